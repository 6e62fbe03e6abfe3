//! Long texts in lines.

/// A text in lines of at most `columns` characters, the first as it is, the others behind `indent` blanks; paragraphs
/// stay apart, and a word longer than a line is not broken. 0 columns: no line is broken.
pub fn wrapped(text: &str, indent: usize, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut length = 0_usize;
        for word in paragraph.split_whitespace() {
            let needed = word.chars().count().saturating_add(1);
            let full = columns > 0 && indent.saturating_add(length).saturating_add(needed) > columns;
            if length > 0 && full {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
            length = length.saturating_add(needed);
        }
        lines.push(line);
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_end_before_the_column_and_start_behind_the_indent() {
        assert_eq!(wrapped("one two three four", 2, 11), "one two\n  three\n  four");
        assert_eq!(wrapped("one two three four", 2, 0), "one two three four");
        assert_eq!(wrapped("a\nb", 1, 80), "a\n b");
        assert_eq!(wrapped("extraordinarily long", 2, 5), "extraordinarily\n  long");
    }
}
