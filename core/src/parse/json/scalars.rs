//! Text, numbers and words.

use super::input::Input;
use super::keep::Keep;
use super::{ParseErrorKind, Reader, Stop};
use crate::parse::text::Text;
use crate::parse::{BigInt, MAX_DIGITS, Value};

/// What becomes of text that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    /// Nothing.
    Skip,
    /// Its first bytes are enough; whether there are lone surrogates must be known.
    Head(usize),
    /// All of it.
    Whole,
}

impl<I: Input> Reader<'_, I> {
    /// Reads text that is kept.
    pub(super) fn string(&mut self) -> Result<Text, Stop> {
        self.text(Take::Whole)
    }

    /// Goes past text.
    pub(super) fn skip_string(&mut self) -> Result<(), Stop> {
        self.text(Take::Skip).map(drop)
    }

    /// Reads a key, as far as `keep` needs it.
    pub(super) fn key_text(&mut self, keep: &Keep) -> Result<Text, Stop> {
        match keep.longest_key() {
            usize::MAX => self.text(Take::Whole),
            longest => self.text(Take::Head(longest.saturating_add(1))),
        }
    }

    fn text(&mut self, take: Take) -> Result<Text, Stop> {
        let opening = self.input.offset();
        self.input.advance(1);
        let mut text = Text::default();
        loop {
            let rest = self.input.rest();
            let run = plain_run(rest);
            let next = rest.get(run).copied();
            let taken = match take {
                Take::Skip => 0,
                Take::Head(most) if text.shown.len() >= most => 0,
                Take::Head(_) | Take::Whole => run,
            };
            if taken > 0 {
                let run = rest.get(..taken).unwrap_or_default();
                // What is at hand is UTF-8, and a run ends before an ASCII byte or where that ends.
                text.shown.push_str(std::str::from_utf8(run).unwrap_or_default());
                if take == Take::Whole {
                    self.spend(taken)?;
                }
            }
            self.input.advance(run);
            match next {
                Some(b'"') => {
                    self.input.advance(1);
                    return Ok(text);
                }
                Some(b'\\') => self.escape(&mut text, take)?,
                Some(_) => return Err(self.stop("a control character in text must be escaped")),
                None => {
                    self.input.remember(opening);
                    if !self.input.more()? {
                        return Err(self.unclosed(opening));
                    }
                }
            }
        }
    }

    fn unclosed(&mut self, opening: usize) -> Stop {
        let message = "text without a closing quote".to_owned();
        self.parse_error(ParseErrorKind::Syntax, opening, message)
    }

    fn escape(&mut self, text: &mut Text, take: Take) -> Result<(), Stop> {
        self.ahead(2)?;
        let Some(letter) = self.input.rest().get(1) else {
            return Err(self.stop("text without a closing quote"));
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
            b'u' => return self.unicode_escape(text, take),
            _ => return Err(self.stop("no such escape")),
        };
        self.input.advance(2);
        self.push(text, take, u32::from(character))
    }

    fn unicode_escape(&mut self, text: &mut Text, take: Take) -> Result<(), Stop> {
        self.ahead(12)?;
        let Some(mut code) = unicode_code(self.input.rest()) else {
            return Err(self.stop("`\\u` needs four hexadecimal digits"));
        };
        self.input.advance(6);
        if (0xD800..0xDC00).contains(&code)
            && let Some(low @ 0xDC00..=0xDFFF) = unicode_code(self.input.rest())
        {
            self.input.advance(6);
            let pair = ((code & 0x3FF) << 10) | (low & 0x3FF);
            code = pair.saturating_add(0x1_0000);
        }
        self.push(text, take, code)
    }

    fn push(&mut self, text: &mut Text, take: Take, code: u32) -> Result<(), Stop> {
        let is_surrogate = (0xD800..=0xDFFF).contains(&code);
        match take {
            Take::Skip => {}
            Take::Head(most) if text.shown.len() >= most && (!is_surrogate || text.is_broken()) => {}
            Take::Head(_) => {
                text.push_code(code);
            }
            Take::Whole => {
                self.spend(if is_surrogate { 24 } else { 4 })?;
                text.push_code(code);
            }
        }
        Ok(())
    }

    /// Reads a number; one that is not kept is only looked at for being finite.
    pub(super) fn number(&mut self, kept: bool) -> Result<Value, Stop> {
        // A number is held as a whole; it ends within what is at hand, or with the document. `-Infinity` is one.
        self.ahead(9)?;
        let mut known = 0;
        loop {
            let rest = self.input.rest();
            let more = rest.get(known..).unwrap_or_default();
            let part_of = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
            if !more.iter().all(part_of) {
                break;
            }
            known = rest.len();
            if !self.input.more()? {
                break;
            }
        }
        let start = self.input.offset();
        let mut used = 0_usize;
        let result = scan_number(self.input.rest(), &mut used, kept);
        let (digits, value) = match result {
            Ok(scanned) => scanned,
            Err(message) => {
                let at = start.saturating_add(used);
                return Err(self.parse_error(ParseErrorKind::Syntax, at, message.to_owned()));
            }
        };
        if digits > MAX_DIGITS {
            let message = format!("an integer of {digits} digits; the reference reads {MAX_DIGITS} at most");
            return Err(self.parse_error(ParseErrorKind::Unbuildable, start, message));
        }
        if kept {
            self.spend(digits)?;
        }
        self.input.advance(used);
        Ok(value)
    }

    pub(super) fn word(&mut self) -> Result<Value, Stop> {
        self.ahead(8)?;
        let words = [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ];
        for (word, value) in words {
            if self.input.rest().starts_with(word.as_bytes()) {
                self.input.advance(word.len());
                return Ok(value);
            }
        }
        Err(self.stop("expected a value"))
    }
}

/// Length of the text up to a quote, a backslash or a control character.
fn plain_run(bytes: &[u8]) -> usize {
    let special = |byte: u8| byte == b'"' || byte == b'\\' || byte < 0x20;
    let (blocks, _) = bytes.as_chunks::<32>();
    // Blocks are looked at as a whole, which the compiler does with vectors.
    let plain = blocks
        .iter()
        .position(|block| block.iter().fold(false, |any, byte| any | special(*byte)))
        .unwrap_or(blocks.len());
    let from = plain.saturating_mul(32);
    let rest = bytes.get(from..).unwrap_or_default();
    let run = rest.iter().position(|byte| special(*byte)).unwrap_or(rest.len());
    from.saturating_add(run)
}

/// The code of a `\uXXXX` that stands here.
fn unicode_code(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0_u32, |code, digit| {
        Some((code << 4) | char::from(*digit).to_digit(16)?)
    })
}

/// Reads the number at the front: how many digits it has if it is an integer, else 0, and its value. `used` is where it
/// ends, or where it is wrong. An integer of too many digits has no value yet, and one that is not kept is 0.
fn scan_number(bytes: &[u8], used: &mut usize, kept: bool) -> Result<(usize, Value), &'static str> {
    let at = |used: usize| bytes.get(used).copied();
    let digits = |used: &mut usize| {
        let rest = bytes.get(*used..).unwrap_or_default();
        let count = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len());
        *used = used.saturating_add(count);
        count
    };
    if at(*used) == Some(b'-') {
        *used = 1;
    }
    let first = *used;
    if bytes
        .get(first..)
        .is_some_and(|rest| rest.starts_with(b"Infinity"))
    {
        *used = first.saturating_add(8);
        return Ok((0, Value::Float(f64::NEG_INFINITY)));
    }
    let whole = digits(used);
    if whole == 0 {
        return Err("expected a digit after `-`");
    }
    if whole > 1 && at(first) == Some(b'0') {
        *used = 0;
        return Err("a number may not start with an extra zero");
    }
    let mut is_float = false;
    let mut has_exponent = false;
    if at(*used) == Some(b'.') {
        is_float = true;
        *used = used.saturating_add(1);
        if digits(used) == 0 {
            return Err("expected a digit after the decimal point");
        }
    }
    if let Some(b'e' | b'E') = at(*used) {
        is_float = true;
        has_exponent = true;
        *used = used.saturating_add(1);
        if let Some(b'+' | b'-') = at(*used) {
            *used = used.saturating_add(1);
        }
        if digits(used) == 0 {
            return Err("expected a digit in the exponent");
        }
    }
    let digits_of_integer = if is_float { 0 } else { whole };
    // Without an exponent, so few digits are finite.
    let unread = !kept && !has_exponent && whole < 300;
    if unread || digits_of_integer > MAX_DIGITS {
        return Ok((digits_of_integer, Value::Null));
    }
    let text = bytes.get(..*used).unwrap_or_default();
    let text = std::str::from_utf8(text).unwrap_or_default();
    let value = if is_float {
        text.parse().map(Value::Float).map_err(|_| "not a number")?
    } else if let Ok(small) = text.parse::<i64>() {
        Value::Int(BigInt::from(small))
    } else {
        BigInt::parse_bytes(text.as_bytes(), 10)
            .map(Value::Int)
            .ok_or("not a number")?
    };
    Ok((digits_of_integer, value))
}
