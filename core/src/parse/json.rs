//! JSON as Python's `json.loads` takes it.

use std::collections::BTreeMap;

use super::map::{Entry, Map};
use super::text::Text;
use super::{BigInt, MAX_DIGITS, Node, ParseError, ParseErrorKind, Span, Value};

#[cfg(test)]
mod tests;

/// Lists and objects that may be open at once. The reference crashes on deeper files: measured, it reads 989 levels
/// in release 0.1.1.9 and 988 in 1.5.3.0, whose own calls take one more.
pub const JSON_MAX_DEPTH: usize = 988;

/// Reads a JSON document: UTF-8 without a byte-order mark; besides the standard also `NaN`, `Infinity`, `-Infinity`,
/// floats beyond the range (infinite) and lone surrogate escapes. An integer may have [`MAX_DIGITS`] digits.
pub fn parse_json(bytes: &[u8]) -> Result<Node, ParseError> {
    let text = super::utf8(bytes)?;
    Reader {
        text,
        at: 0,
        open: Vec::new(),
    }
    .document()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open>,
}

/// A list or object whose end has not been seen.
struct Open {
    start: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Object {
        entries: Vec<Entry>,
        /// The key whose value comes next.
        key: Option<Node>,
        /// By entry: what tells keys with lone surrogates apart.
        surrogates: BTreeMap<usize, Vec<(usize, u32)>>,
    },
}

impl Reader<'_> {
    fn document(mut self) -> Result<Node, ParseError> {
        if self.text.starts_with('\u{feff}') {
            return Err(self.error("starts with a byte-order mark; save it as UTF-8 without one"));
        }
        self.skip_blanks();
        if self.peek().is_none() {
            return Err(self.error("the file is empty"));
        }
        loop {
            let Some(mut node) = self.value()? else { continue };
            // A finished value goes into what is open around it, and may finish that too.
            loop {
                let Some(around) = self.open.last_mut() else {
                    self.skip_blanks();
                    return match self.peek() {
                        None => Ok(node),
                        Some(_) => Err(self.error("more text after the end of the value")),
                    };
                };
                around.take(node);
                self.skip_blanks();
                match self.close()? {
                    Some(closed) => node = closed,
                    None => break,
                }
            }
        }
    }

    /// Reads a value; `None` if it opened a list or object that is not empty.
    fn value(&mut self) -> Result<Option<Node>, ParseError> {
        self.skip_blanks();
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => self.string()?.into_value().0,
            Some(b'[') => {
                self.open(Content::List(Vec::new()))?;
                self.skip_blanks();
                return if self.peek() == Some(b']') {
                    self.close()
                } else {
                    Ok(None)
                };
            }
            Some(b'{') => {
                self.open(Content::Object {
                    entries: Vec::new(),
                    key: None,
                    surrogates: BTreeMap::new(),
                })?;
                self.skip_blanks();
                if self.peek() == Some(b'}') {
                    return self.close();
                }
                self.key()?;
                return Ok(None);
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => self.word()?,
        };
        Ok(Some(Node {
            value,
            span: Span { start, end: self.at },
        }))
    }

    fn open(&mut self, content: Content) -> Result<(), ParseError> {
        if self.open.len() >= JSON_MAX_DEPTH {
            let message =
                format!("nested deeper than {JSON_MAX_DEPTH} levels; the reference can't read it either");
            return Err(ParseError {
                kind: ParseErrorKind::TooDeep,
                at: self.at,
                message,
            });
        }
        self.open.push(Open {
            start: self.at,
            content,
        });
        self.advance(1);
        Ok(())
    }

    /// After a value or an opening bracket: goes past the comma and a key, or closes the innermost list or object.
    fn close(&mut self) -> Result<Option<Node>, ParseError> {
        let in_list = matches!(
            self.open.last(),
            Some(Open {
                content: Content::List(_),
                ..
            })
        );
        match (self.peek(), in_list) {
            (Some(b','), _) => {
                self.advance(1);
                if !in_list {
                    self.skip_blanks();
                    self.key()?;
                }
                return Ok(None);
            }
            (Some(b']'), true) | (Some(b'}'), false) => {}
            (_, true) => return Err(self.error("expected `,` or `]`")),
            (_, false) => return Err(self.error("expected `,` or `}`")),
        }
        self.advance(1);
        Ok(self.open.pop().map(|Open { start, content }| {
            let value = match content {
                Content::List(items) => Value::List(items),
                Content::Object {
                    entries, surrogates, ..
                } => Value::Map(object(entries, &surrogates)),
            };
            Node {
                value,
                span: Span { start, end: self.at },
            }
        }))
    }

    fn key(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in double quotes"));
        }
        let (value, broken) = self.string()?.into_value();
        let node = Node {
            value,
            span: Span { start, end: self.at },
        };
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:`"));
        }
        self.advance(1);
        if let Some(Open {
            content:
                Content::Object {
                    entries,
                    key,
                    surrogates,
                },
            ..
        }) = self.open.last_mut()
        {
            if !broken.is_empty() {
                surrogates.insert(entries.len(), broken);
            }
            *key = Some(node);
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Text, ParseError> {
        let opening = self.at;
        self.advance(1);
        let mut text = Text::default();
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let run = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .unwrap_or(rest.len());
            let end = self.at.saturating_add(run);
            text.shown
                .push_str(self.text.get(self.at..end).unwrap_or_default());
            self.at = end;
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(text);
                }
                Some(b'\\') => self.escape(&mut text)?,
                Some(_) => return Err(self.error("a control character in text must be escaped")),
                None => {
                    self.at = opening;
                    return Err(self.error("text without a closing quote"));
                }
            }
        }
    }

    fn escape(&mut self, text: &mut Text) -> Result<(), ParseError> {
        let Some(letter) = self.text.as_bytes().get(self.at.saturating_add(1)) else {
            return Err(self.error("text without a closing quote"));
        };
        let character = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(text),
            _ => return Err(self.error("no such escape")),
        };
        self.advance(2);
        text.shown.push(character);
        Ok(())
    }

    fn unicode_escape(&mut self, text: &mut Text) -> Result<(), ParseError> {
        let Some(mut code) = self.unicode_code() else {
            return Err(self.error("`\\u` needs four hexadecimal digits"));
        };
        self.advance(6);
        if (0xD800..0xDC00).contains(&code)
            && let Some(low @ 0xDC00..=0xDFFF) = self.unicode_code()
        {
            self.advance(6);
            let pair = ((code & 0x3FF) << 10) | (low & 0x3FF);
            code = pair.saturating_add(0x1_0000);
        }
        text.push_code(code);
        Ok(())
    }

    /// The code of a `\uXXXX` that stands here.
    fn unicode_code(&self) -> Option<u32> {
        let escape = self.text.as_bytes().get(self.at..self.at.checked_add(6)?)?;
        let digits = escape.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0_u32, |code, digit| {
            Some((code << 4) | char::from(*digit).to_digit(16)?)
        })
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.advance(1);
        }
        if self.rest().starts_with("Infinity") {
            self.advance(8);
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let whole = self.digits();
        if whole == 0 {
            return Err(self.error("expected a digit after `-`"));
        }
        if whole > 1 && self.text.as_bytes().get(self.at.saturating_sub(whole)) == Some(&b'0') {
            self.at = start;
            return Err(self.error("a number may not start with an extra zero"));
        }
        let mut is_float = false;
        if self.peek() == Some(b'.') {
            is_float = true;
            self.advance(1);
            if self.digits() == 0 {
                return Err(self.error("expected a digit after the decimal point"));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_float = true;
            self.advance(1);
            if let Some(b'+' | b'-') = self.peek() {
                self.advance(1);
            }
            if self.digits() == 0 {
                return Err(self.error("expected a digit in the exponent"));
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_float {
            return text
                .parse()
                .map(Value::Float)
                .map_err(|_| self.error("not a number"));
        }
        if whole > MAX_DIGITS {
            let message = format!("an integer of {whole} digits; the reference reads {MAX_DIGITS} at most");
            return Err(ParseError {
                kind: ParseErrorKind::Unbuildable,
                at: start,
                message,
            });
        }
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Value::Int(BigInt::from(small)));
        }
        BigInt::parse_bytes(text.as_bytes(), 10)
            .map(Value::Int)
            .ok_or_else(|| self.error("not a number"))
    }

    /// Goes past digits; how many there were.
    fn digits(&mut self) -> usize {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len());
        self.advance(count);
        count
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.advance(word.len());
                return Ok(value);
            }
        }
        Err(self.error("expected a value"))
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn error(&self, message: &str) -> ParseError {
        ParseError {
            kind: ParseErrorKind::Syntax,
            at: self.at,
            message: message.to_owned(),
        }
    }
}

impl Open {
    fn take(&mut self, node: Node) {
        match &mut self.content {
            Content::List(items) => items.push(node),
            Content::Object { entries, key, .. } => {
                if let Some(key) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
        }
    }
}

fn object(entries: Vec<Entry>, surrogates: &BTreeMap<usize, Vec<(usize, u32)>>) -> Map {
    fn text(entry: Option<&Entry>) -> &str {
        match entry.map(|entry| &entry.key.value) {
            Some(Value::Str(text) | Value::LoneSurrogate(text)) => text,
            _ => "",
        }
    }
    Map::of_entries(entries, |entries, one, other| {
        text(entries.get(one))
            .cmp(text(entries.get(other)))
            .then_with(|| surrogates.get(&one).cmp(&surrogates.get(&other)))
    })
}
