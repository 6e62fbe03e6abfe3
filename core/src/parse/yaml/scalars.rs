//! Scanning text: plain, quoted, and block style.

use super::super::text::Text;
use super::super::{ParseError, Span};
use super::cursor::{END, is_blank_or_end, is_break, is_break_or_end, is_space_or_end};
use super::scanner::Scanner;
use super::token::{Token, TokenKind};
use super::{error, unbuildable};

/// What a block scalar does with the line ends behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    /// `-`: drops all.
    Strip,
    /// Keeps one.
    Clip,
    /// `+`: keeps all.
    Keep,
}

impl Scanner<'_> {
    fn scalar(text: Text, plain: bool, span: Span) -> Token {
        Token {
            kind: TokenKind::Scalar { text, plain },
            span,
        }
    }

    /// Text without quotes. It may go on over lines; line ends are folded to spaces.
    pub(super) fn plain_scalar(&mut self) -> Token {
        let start = self.cursor.at;
        let mut end = start;
        let least_column = self.indent.map_or(0, |indent| indent.saturating_add(1));
        let mut text = String::new();
        let mut gap = String::new();
        while self.cursor.peek() != '#' {
            let length = self.plain_run();
            if length == 0 {
                break;
            }
            self.key_allowed = false;
            text.push_str(&gap);
            text.push_str(self.cursor.rest().get(..length).unwrap_or_default());
            let run_end = self.cursor.at.saturating_add(length);
            while self.cursor.at < run_end {
                self.cursor.advance();
            }
            end = self.cursor.at;
            gap = self.plain_gap();
            if gap.is_empty() || (self.flow_level == 0 && self.cursor.column < least_column) {
                break;
            }
        }
        Self::scalar(text.into(), true, Span { start, end })
    }

    /// Bytes of plain text up to the next blank or sign.
    fn plain_run(&self) -> usize {
        let in_flow = self.flow_level > 0;
        let rest = self.cursor.rest();
        let mut characters = rest.char_indices().peekable();
        while let Some((offset, character)) = characters.next() {
            let ends = match character {
                ':' => {
                    let next = characters.peek().map_or(END, |(_, next)| *next);
                    is_blank_or_end(next) || (in_flow && matches!(next, ',' | '[' | ']' | '{' | '}'))
                }
                ',' | '?' | '[' | ']' | '{' | '}' => in_flow,
                _ => is_blank_or_end(character),
            };
            if ends {
                return offset;
            }
        }
        rest.len()
    }

    /// Goes past spaces and line ends inside plain text; what they stand for. Empty where the text can't go on.
    fn plain_gap(&mut self) -> String {
        let spaces = self.cursor.take_while(|character| character == ' ');
        let Some(line_break) = self.cursor.take_break() else {
            return spaces.to_owned();
        };
        self.key_allowed = true;
        let mut more = String::new();
        loop {
            if self.cursor.at_document_marker() {
                return String::new();
            }
            self.cursor.take_while(|character| character == ' ');
            match self.cursor.take_break() {
                Some(line_break) => more.push(line_break),
                None => return folded(line_break, more),
            }
        }
    }

    /// Text in quotes.
    pub(super) fn quoted_scalar(&mut self) -> Result<Token, ParseError> {
        let start = self.cursor.at;
        let quote = self.cursor.peek();
        self.cursor.advance();
        let mut text = Text::default();
        loop {
            let plain = self.cursor.take_while(|character| {
                !matches!(character, '\'' | '"' | '\\') && !is_blank_or_end(character)
            });
            text.shown.push_str(plain);
            match self.cursor.peek() {
                '\'' if quote == '\'' && self.cursor.peek_at(1) == '\'' => {
                    text.shown.push('\'');
                    self.cursor.advance_by(2);
                }
                end if end == quote => {
                    self.cursor.advance();
                    return Ok(Self::scalar(
                        text,
                        false,
                        Span {
                            start,
                            end: self.cursor.at,
                        },
                    ));
                }
                '\\' if quote == '"' => self.escape(&mut text)?,
                other @ ('\'' | '"' | '\\') => {
                    text.shown.push(other);
                    self.cursor.advance();
                }
                _ => self.quoted_gap(start, &mut text)?,
            }
        }
    }

    /// Goes past blanks and line ends inside quotes.
    fn quoted_gap(&mut self, start: usize, text: &mut Text) -> Result<(), ParseError> {
        let blanks = self
            .cursor
            .take_while(|character| matches!(character, ' ' | '\t'));
        if self.cursor.peek() == END {
            return Err(error(start, "text without a closing quote"));
        }
        match self.cursor.take_break() {
            None => text.shown.push_str(blanks),
            Some(line_break) => {
                let more = self.quoted_breaks()?;
                text.shown.push_str(&folded(line_break, more));
            }
        }
        Ok(())
    }

    /// Goes past empty lines, and the blanks before the next text, inside quotes.
    fn quoted_breaks(&mut self) -> Result<String, ParseError> {
        let mut breaks = String::new();
        loop {
            if self.cursor.at_document_marker() {
                return Err(self.error("a document marker inside quotes"));
            }
            self.cursor
                .take_while(|character| matches!(character, ' ' | '\t'));
            match self.cursor.take_break() {
                Some(line_break) => breaks.push(line_break),
                None => return Ok(breaks),
            }
        }
    }

    /// `\` and what follows, in double quotes.
    fn escape(&mut self, text: &mut Text) -> Result<(), ParseError> {
        let start = self.cursor.at;
        self.cursor.advance();
        let letter = self.cursor.peek();
        let code_digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ if is_break(letter) => {
                self.cursor.take_break();
                let breaks = self.quoted_breaks()?;
                text.shown.push_str(&breaks);
                return Ok(());
            }
            _ => {
                let Some(character) = escaped(letter) else {
                    return Err(error(start, "no such escape"));
                };
                text.shown.push(character);
                self.cursor.advance();
                return Ok(());
            }
        };
        self.cursor.advance();
        let mut code: u32 = 0;
        for _ in 0..code_digits {
            let Some(digit) = self.cursor.peek().to_digit(16) else {
                return Err(error(start, format!("expected {code_digits} hexadecimal digits")));
            };
            code = (code << 4) | digit;
            self.cursor.advance();
        }
        if text.push_code(code) {
            return Ok(());
        }
        Err(unbuildable(start, "no such character"))
    }

    /// Text behind `|` or `>`: lines that are indented more than what is around.
    pub(super) fn block_scalar(&mut self) -> Result<Token, ParseError> {
        let start = self.cursor.at;
        let folds = self.cursor.peek() == '>';
        self.cursor.advance();
        let (chomping, increment) = self.block_header()?;
        self.end_of_line("a comment or the end of the line after `|` or `>`")?;

        let least = self.indent.map_or(1, |indent| indent.saturating_add(1)).max(1);
        let (mut breaks, indent, mut end);
        if let Some(increment) = increment {
            indent = least.saturating_add(increment).saturating_sub(1);
            (breaks, end) = self.block_breaks(indent);
        } else {
            let deepest;
            (breaks, deepest, end) = self.block_indentation();
            indent = least.max(deepest);
        }

        let mut text = String::new();
        let mut line_break = None;
        while self.cursor.column == indent && self.cursor.peek() != END {
            text.push_str(&breaks);
            let starts_blank = matches!(self.cursor.peek(), ' ' | '\t');
            text.push_str(self.cursor.take_while(|character| !is_break_or_end(character)));
            end = self.cursor.at;
            line_break = self.cursor.take_break();
            let (more, breaks_end) = self.block_breaks(indent);
            breaks = more;
            if self.cursor.column != indent || self.cursor.peek() == END {
                if chomping == Chomping::Keep {
                    end = breaks_end;
                }
                break;
            }
            let next_blank = matches!(self.cursor.peek(), ' ' | '\t');
            if folds && line_break == Some('\n') && !starts_blank && !next_blank {
                if breaks.is_empty() {
                    text.push(' ');
                }
            } else {
                text.extend(line_break);
            }
        }
        if chomping != Chomping::Strip {
            text.extend(line_break);
        }
        if chomping == Chomping::Keep {
            text.push_str(&breaks);
        }
        Ok(Self::scalar(text.into(), false, Span { start, end }))
    }

    /// Chomping and indentation signs, in either order.
    fn block_header(&mut self) -> Result<(Chomping, Option<usize>), ParseError> {
        let mut chomping = None;
        let mut increment = None;
        for _ in 0..2 {
            match self.cursor.peek() {
                '-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                '+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                '0' if increment.is_none() => return Err(self.error("an indentation of 0; expected 1 to 9")),
                digit @ '1'..='9' if increment.is_none() => {
                    increment = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
                }
                _ => break,
            }
            self.cursor.advance();
        }
        if is_space_or_end(self.cursor.peek()) {
            return Ok((chomping.unwrap_or(Chomping::Clip), increment));
        }
        Err(self.error("expected `+`, `-` or a digit after `|` or `>`"))
    }

    /// Goes past empty lines before a block scalar's text: their ends, the deepest indent, and where they end.
    fn block_indentation(&mut self) -> (String, usize, usize) {
        let mut breaks = String::new();
        let mut deepest = 0;
        let mut end = self.cursor.at;
        loop {
            if self.cursor.peek() == ' ' {
                self.cursor.advance();
                deepest = deepest.max(self.cursor.column);
            } else if let Some(line_break) = self.cursor.take_break() {
                breaks.push(line_break);
                end = self.cursor.at;
            } else {
                return (breaks, deepest, end);
            }
        }
    }

    /// Goes past empty lines in a block scalar: their ends, and where they end.
    fn block_breaks(&mut self, indent: usize) -> (String, usize) {
        let mut breaks = String::new();
        let mut end = self.cursor.at;
        loop {
            while self.cursor.column < indent && self.cursor.peek() == ' ' {
                self.cursor.advance();
            }
            let Some(line_break) = self.cursor.take_break() else {
                return (breaks, end);
            };
            breaks.push(line_break);
            end = self.cursor.at;
        }
    }

    /// Goes past spaces, a comment, and the end of the line.
    pub(super) fn end_of_line(&mut self, expected: &str) -> Result<(), ParseError> {
        self.cursor.take_while(|character| character == ' ');
        if self.cursor.peek() == '#' {
            self.cursor.take_while(|character| !is_break_or_end(character));
        }
        if !is_break_or_end(self.cursor.peek()) {
            return Err(self.error(format!("expected {expected}")));
        }
        self.cursor.take_break();
        Ok(())
    }
}

/// A line end followed by empty lines: a single one is a space.
fn folded(line_break: char, more: String) -> String {
    match (line_break, more.is_empty()) {
        ('\n', true) => " ".to_owned(),
        ('\n', false) => more,
        _ => format!("{line_break}{more}"),
    }
}

/// What a letter after `\` stands for.
fn escaped(letter: char) -> Option<char> {
    Some(match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        ' ' | '"' | '\\' | '/' => letter,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
