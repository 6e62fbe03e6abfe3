//! Text to tokens: signs, indentation, and which words are keys.
//!
//! A key needs no sign before it; only the `:` behind it tells. So tokens wait in a queue while the first of them may
//! still turn out to be a key, which ends with the line or after [`KEY_MAX_CHARS`] characters.

use std::collections::VecDeque;

use super::super::{ParseError, Span};
use super::cursor::{Cursor, END, is_blank_or_end, is_break_or_end};
use super::error;
use super::token::{Token, TokenKind};

/// Characters from the start of a key to its `:`, where no `?` stands before it.
const KEY_MAX_CHARS: usize = 1024;

pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    /// Open `[` and `{`; 0 is block style.
    pub(super) flow_level: usize,
    /// Column of the innermost block collection; none outside of all.
    pub(super) indent: Option<usize>,
    /// The columns around it.
    outer_indents: Vec<Option<usize>>,
    /// Whether a key, and in block style a collection, may start here.
    pub(super) key_allowed: bool,
    /// Tokens that may turn out to be keys, at most one for each flow level, outermost first.
    candidates: VecDeque<Candidate>,
    queue: VecDeque<Token>,
    /// Tokens handed out so far.
    taken: usize,
    done: bool,
}

/// A token that is a key if `:` follows it in time.
struct Candidate {
    /// Number of the token, counted from the start of the text.
    token: usize,
    flow_level: usize,
    /// Whether nothing but a key may stand there.
    required: bool,
    cursor: Place,
}

struct Place {
    at: usize,
    index: usize,
    line: usize,
    column: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut cursor = Cursor::new(text);
        if cursor.peek() == '\u{feff}' {
            cursor.advance();
        }
        Self {
            cursor,
            flow_level: 0,
            indent: None,
            outer_indents: Vec::new(),
            key_allowed: true,
            candidates: VecDeque::new(),
            queue: VecDeque::new(),
            taken: 0,
            done: false,
        }
    }

    /// The next token. After the end of the stream there is none.
    pub(super) fn peek(&mut self) -> Result<Option<&Token>, ParseError> {
        self.fill()?;
        Ok(self.queue.front())
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Option<Token>, ParseError> {
        self.fill()?;
        self.taken = self.taken.saturating_add(1);
        Ok(self.queue.pop_front())
    }

    /// Scans until it is known whether the first token in the queue is a key.
    fn fill(&mut self) -> Result<(), ParseError> {
        while !self.done {
            if !self.queue.is_empty() {
                self.drop_stale_candidates()?;
                if self
                    .candidates
                    .front()
                    .is_none_or(|candidate| candidate.token != self.taken)
                {
                    break;
                }
            }
            self.scan()?;
        }
        Ok(())
    }

    /// Scans one word or sign.
    fn scan(&mut self) -> Result<(), ParseError> {
        self.skip_to_token();
        self.drop_stale_candidates()?;
        self.unindent(Some(self.cursor.column));
        let at_line_start = self.cursor.column == 0;
        match self.cursor.peek() {
            END => self.stream_end(),
            '%' if at_line_start => self.directive_line(),
            '-' if at_line_start && self.cursor.at_document_marker() => {
                self.document_marker(TokenKind::DocumentStart)
            }
            '.' if at_line_start && self.cursor.at_document_marker() => {
                self.document_marker(TokenKind::DocumentEnd)
            }
            '[' => self.flow_start(TokenKind::FlowSequenceStart),
            '{' => self.flow_start(TokenKind::FlowMappingStart),
            ']' => self.flow_end(TokenKind::FlowSequenceEnd),
            '}' => self.flow_end(TokenKind::FlowMappingEnd),
            ',' => self.flow_entry(),
            '-' if self.word_ends_next() => self.block_entry(),
            '?' if self.flow_level > 0 || self.word_ends_next() => self.explicit_key(),
            ':' if self.flow_level > 0 || self.word_ends_next() => self.value(),
            '*' | '&' => {
                self.save_candidate()?;
                self.key_allowed = false;
                let token = self.anchor_or_alias()?;
                self.queue.push_back(token);
                Ok(())
            }
            '!' => {
                self.save_candidate()?;
                self.key_allowed = false;
                let token = self.tag()?;
                self.queue.push_back(token);
                Ok(())
            }
            '|' | '>' if self.flow_level == 0 => {
                self.key_allowed = true;
                self.drop_candidate()?;
                let token = self.block_scalar()?;
                self.queue.push_back(token);
                Ok(())
            }
            '\'' | '"' => {
                self.save_candidate()?;
                self.key_allowed = false;
                let token = self.quoted_scalar()?;
                self.queue.push_back(token);
                Ok(())
            }
            first if self.starts_plain_scalar(first) => {
                self.save_candidate()?;
                self.key_allowed = false;
                let token = self.plain_scalar();
                self.queue.push_back(token);
                Ok(())
            }
            '\t' => Err(self.error("a tab can't stand here; indent and separate with spaces")),
            other => Err(self.error(format!("`{other}` can't start a value; put the text in quotes"))),
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        error(self.cursor.at, message)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.queue.push_back(Token {
            kind,
            span: Span {
                start,
                end: self.cursor.at,
            },
        });
    }

    /// Takes a sign of so many characters.
    fn push_sign(&mut self, kind: TokenKind, characters: usize) {
        let start = self.cursor.at;
        self.cursor.advance_by(characters);
        self.push(kind, start);
    }

    fn word_ends_next(&self) -> bool {
        is_blank_or_end(self.cursor.peek_at(1))
    }

    fn starts_plain_scalar(&self, first: char) -> bool {
        let is_sign = matches!(
            first,
            '-' | '?'
                | ':'
                | ','
                | '['
                | ']'
                | '{'
                | '}'
                | '#'
                | '&'
                | '*'
                | '!'
                | '|'
                | '>'
                | '\''
                | '"'
                | '%'
                | '@'
                | '`'
        );
        if !is_sign {
            return !is_blank_or_end(first);
        }
        let may_be_text = first == '-' || (self.flow_level == 0 && matches!(first, '?' | ':'));
        may_be_text && !self.word_ends_next()
    }

    /// Goes past spaces, comments and line ends.
    fn skip_to_token(&mut self) {
        loop {
            self.cursor.take_while(|character| character == ' ');
            if self.cursor.peek() == '#' {
                self.cursor.take_while(|character| !is_break_or_end(character));
            }
            if self.cursor.take_break().is_none() {
                return;
            }
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    // Keys

    /// Forgets tokens that can't be keys any more.
    fn drop_stale_candidates(&mut self) -> Result<(), ParseError> {
        while let Some(oldest) = self.candidates.front() {
            let length = self.cursor.index.saturating_sub(oldest.cursor.index);
            if oldest.cursor.line == self.cursor.line && length <= KEY_MAX_CHARS {
                break;
            }
            if oldest.required {
                return Err(error(
                    oldest.cursor.at,
                    "expected `:` after this key, on the same line",
                ));
            }
            self.candidates.pop_front();
        }
        Ok(())
    }

    /// Notes that the token about to be scanned may be a key.
    fn save_candidate(&mut self) -> Result<(), ParseError> {
        if !self.key_allowed {
            return Ok(());
        }
        self.drop_candidate()?;
        let Cursor {
            at,
            index,
            line,
            column,
            ..
        } = self.cursor;
        self.candidates.push_back(Candidate {
            token: self.taken.saturating_add(self.queue.len()),
            flow_level: self.flow_level,
            required: self.flow_level == 0 && self.indent == Some(column),
            cursor: Place {
                at,
                index,
                line,
                column,
            },
        });
        Ok(())
    }

    /// Forgets the candidate of this flow level.
    fn drop_candidate(&mut self) -> Result<(), ParseError> {
        match self.candidates.back() {
            Some(candidate) if candidate.flow_level == self.flow_level => {
                if candidate.required {
                    return Err(error(candidate.cursor.at, "expected `:` after this key"));
                }
                self.candidates.pop_back();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    // Indentation

    /// Closes block collections that are indented more than `column`.
    fn unindent(&mut self, column: Option<usize>) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.indent = self.outer_indents.pop().flatten();
            self.push(TokenKind::BlockEnd, self.cursor.at);
        }
    }

    /// Whether a block collection starts at this column: it is indented more than the one around.
    fn indent_to(&mut self, column: usize) -> bool {
        let deeper = self.indent < Some(column);
        if deeper {
            self.outer_indents.push(self.indent);
            self.indent = Some(column);
        }
        deeper
    }

    // Tokens

    fn stream_end(&mut self) -> Result<(), ParseError> {
        self.unindent(None);
        self.drop_candidate()?;
        self.candidates.clear();
        self.push_sign(TokenKind::StreamEnd, 0);
        self.done = true;
        Ok(())
    }

    fn directive_line(&mut self) -> Result<(), ParseError> {
        self.unindent(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        let start = self.cursor.at;
        let directive = self.directive()?;
        self.push(TokenKind::Directive(directive), start);
        Ok(())
    }

    fn document_marker(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.unindent(None);
        self.drop_candidate()?;
        self.key_allowed = false;
        self.push_sign(kind, 3);
        Ok(())
    }

    fn flow_start(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.save_candidate()?;
        self.flow_level = self.flow_level.saturating_add(1);
        self.key_allowed = true;
        self.push_sign(kind, 1);
        Ok(())
    }

    fn flow_end(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        self.drop_candidate()?;
        let Some(outer) = self.flow_level.checked_sub(1) else {
            return Err(self.error(format!("{} closes nothing", kind.name())));
        };
        self.flow_level = outer;
        self.key_allowed = false;
        self.push_sign(kind, 1);
        Ok(())
    }

    fn flow_entry(&mut self) -> Result<(), ParseError> {
        self.key_allowed = true;
        self.drop_candidate()?;
        self.push_sign(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), ParseError> {
        self.start_in_block("a list item can't start here", TokenKind::BlockSequenceStart)?;
        self.key_allowed = true;
        self.drop_candidate()?;
        self.push_sign(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn explicit_key(&mut self) -> Result<(), ParseError> {
        self.start_in_block("a key can't start here", TokenKind::BlockMappingStart)?;
        self.key_allowed = self.flow_level == 0;
        self.drop_candidate()?;
        self.push_sign(TokenKind::Key, 1);
        Ok(())
    }

    fn value(&mut self) -> Result<(), ParseError> {
        if self
            .candidates
            .back()
            .is_some_and(|candidate| candidate.flow_level == self.flow_level)
            && let Some(key) = self.candidates.pop_back()
        {
            let before = key.token.saturating_sub(self.taken);
            let span = Span {
                start: key.cursor.at,
                end: key.cursor.at,
            };
            self.queue.insert(
                before.min(self.queue.len()),
                Token {
                    kind: TokenKind::Key,
                    span,
                },
            );
            if self.flow_level == 0 && self.indent_to(key.cursor.column) {
                self.queue.insert(
                    before,
                    Token {
                        kind: TokenKind::BlockMappingStart,
                        span,
                    },
                );
            }
            self.key_allowed = false;
        } else {
            self.start_in_block(
                "a `:` can't stand here; quote the text if it is no key",
                TokenKind::BlockMappingStart,
            )?;
            self.key_allowed = self.flow_level == 0;
            self.drop_candidate()?;
        }
        self.push_sign(TokenKind::Value, 1);
        Ok(())
    }

    /// In block style: fails where no collection may start, and starts one where this column is a deeper one.
    fn start_in_block(&mut self, refusal: &str, kind: TokenKind) -> Result<(), ParseError> {
        if self.flow_level > 0 {
            return Ok(());
        }
        if !self.key_allowed {
            return Err(self.error(refusal));
        }
        if self.indent_to(self.cursor.column) {
            self.push(kind, self.cursor.at);
        }
        Ok(())
    }
}
