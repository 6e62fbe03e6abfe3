//! Text of a submission inside other formats, where it must stay text.

use std::fmt::Write as _;

use super::source::printable;

/// Characters that mean nothing to Markdown inside a line.
fn is_harmless(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(
            c,
            ' ' | ',' | ';' | '.' | '/' | '\'' | '"' | '?' | '%' | '(' | ')' | '-' | '=' | '+' | '\u{2013}'
        )
}

/// Text in Markdown: everything that could be markup, HTML, a mention, a reference or a link is an entity, or broken by
/// a zero-width blank.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    let text = printable(text).replace("www.", "www\u{200b}.");
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(c) = characters.next() {
        let starts_block = std::mem::take(&mut first) && matches!(c, '-' | '+' | '=');
        let ends_word = c == ':' && characters.peek().is_none_or(|next| *next == ' ');
        match c {
            // Sites look for mentions and references after Markdown was read, where an entity no longer helps.
            '@' | '#' => {
                let _ = write!(escaped, "&#{};&#8203;", u32::from(c));
            }
            '\u{200b}' => escaped.push_str("&#8203;"),
            c if (is_harmless(c) && !starts_block) || ends_word || !c.is_ascii() => escaped.push(c),
            c => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
        }
    }
    escaped
}

/// Text as code in Markdown, table cells included.
pub(super) fn code(text: &str) -> String {
    let mut escaped = String::from("<code>");
    for c in printable(text).chars() {
        if is_harmless(c) || !c.is_ascii() {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "&#{};", u32::from(c));
        }
    }
    escaped.push_str("</code>");
    escaped
}

/// A message in Markdown: what stands between backticks is code.
pub(super) fn message(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is no quotation.
    if parts.len().is_multiple_of(2) {
        return markdown(text);
    }
    let parts = parts
        .iter()
        .enumerate()
        .map(|(at, part)| match (at % 2, part.is_empty()) {
            (_, true) => String::new(),
            (0, false) => markdown(part),
            (_, false) => code(part),
        });
    parts.collect()
}

/// Text in HTML.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::new();
    for c in printable(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '[' => escaped.push_str("&#91;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The message of a workflow command.
pub(super) fn command_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
pub(super) fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a URI reference: relative, or `file:` for an absolute one.
pub(super) fn uri(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    if path.starts_with('/') {
        format!("file://{}", escaped.replacen("//", "/", 1))
    } else {
        escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_of_a_hostile_text_holds_no_markup() {
        let text = "a|b <img src=x> *b* _i_ `c` [l](http://x) @team #1 www.x.y \u{202e}\u{1b}[2J $x$ \\ ~~s~~ :tada:\n# h";
        for escaped in [markdown(text), code(text)] {
            let inner = escaped.replace("<code>", "").replace("</code>", "");
            for markup in [
                "|", "<", ">", "*", "_", "`", "[", "]", "@", "://", ":tada", "$", "\\", "~", "\n",
                "\u{202e}", "\u{1b}",
            ] {
                assert!(!inner.contains(markup), "{markup:?} in {escaped}");
            }
        }
        assert!(!markdown("www.evil.example").contains("www."));
        assert_eq!(markdown("@all"), "&#64;&#8203;all");
        assert_eq!(markdown("- a: b-c"), "&#45; a: b-c");
    }

    #[test]
    fn quoted_parts_of_a_message_are_code_and_an_odd_backtick_is_text() {
        assert_eq!(message("`a|b` is x"), "<code>a&#124;b</code> is x");
        assert_eq!(message("a ` b"), "a &#96; b");
    }

    #[test]
    fn workflow_commands_end_where_they_should() {
        assert_eq!(command_data("50 %\r\n::error::x"), "50 %25%0D%0A::error::x");
        assert_eq!(command_property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("acme/a b#c.json"), "acme/a%20b%23c.json");
        assert_eq!(uri("/tmp/x"), "file:///tmp/x");
        assert_eq!(uri("//tmp/x"), "file:///tmp/x");
        assert_eq!(uri("a:b/\u{e9}"), "a%3Ab/%C3%A9");
    }
}
