//! Names of models as directories bear them.

use super::python_text::is_word;

/// Longest name of a model directory, in characters.
const LONGEST_NAME: usize = 64;

/// The directory name of a model's name.
pub(super) fn normalise(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut slug = String::new();
    for c in trim(last).chars() {
        let c = if is_word(c) || c == '-' { c } else { '_' };
        if c != '_' || !slug.ends_with('_') {
            slug.push(c);
        }
    }
    slug.trim_matches('_').chars().take(LONGEST_NAME).collect()
}

/// Trims what Python's `str.strip` does: white space, and the four ASCII separators that Rust doesn't count in.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Whether Python takes a character for white space.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, directory: &str) {
        assert_eq!(normalise(name), directory, "{name:?}");
    }

    #[test]
    fn names_are_normalised_as_the_rule_says() {
        check("meta-llama/Llama-3.1-8B-Instruct", "Llama-3_1-8B-Instruct");
        check("a/b/ c d ", "c_d");
        check("__x..y__", "x_y");
        check("gr\u{f6}\u{df}e 2", "gr\u{f6}\u{df}e_2");
        check("e\u{301}\u{24b6}x", "e_x");
        check("org/", "");
        check(&"x".repeat(80), &"x".repeat(64));
    }
}
