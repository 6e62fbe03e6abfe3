//! Scanning anchors, aliases, tags and directives.

use super::super::{ParseError, Span};
use super::cursor::{END, is_blank_or_end, is_break, is_space_or_end};
use super::error;
use super::scanner::Scanner;
use super::token::{Directive, Token, TokenKind};

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

fn is_uri(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-;/?:@&=+$,_.!~*'()[]%".contains(character)
}

impl Scanner<'_> {
    /// `&name` or `*name`.
    pub(super) fn anchor_or_alias(&mut self) -> Result<Token, ParseError> {
        let start = self.cursor.at;
        let is_alias = self.cursor.peek() == '*';
        self.cursor.advance();
        let name = self.cursor.take_while(is_word).to_owned();
        if name.is_empty() {
            return Err(self.error("expected a name of ASCII letters, digits, `-` and `_`"));
        }
        let next = self.cursor.peek();
        if !is_blank_or_end(next) && !"?:,]}%@`".contains(next) {
            return Err(self.error(format!("`{next}` can't follow the name of an anchor")));
        }
        let kind = if is_alias {
            TokenKind::Alias(name)
        } else {
            TokenKind::Anchor(name)
        };
        Ok(Token {
            kind,
            span: Span {
                start,
                end: self.cursor.at,
            },
        })
    }

    /// `!`, `!suffix`, `!!suffix`, `!handle!suffix` or `!<tag>`.
    pub(super) fn tag(&mut self) -> Result<Token, ParseError> {
        let start = self.cursor.at;
        let (handle, suffix) = match self.cursor.peek_at(1) {
            '<' => {
                self.cursor.advance_by(2);
                let suffix = self.tag_uri()?;
                if self.cursor.peek() != '>' {
                    return Err(self.error("expected `>` after the tag"));
                }
                self.cursor.advance();
                (None, suffix)
            }
            next if is_blank_or_end(next) => {
                self.cursor.advance();
                (None, "!".to_owned())
            }
            _ => {
                let word = self
                    .cursor
                    .rest()
                    .chars()
                    .skip(1)
                    .take_while(|next| !is_space_or_end(*next));
                let handle = if word.into_iter().any(|next| next == '!') {
                    self.tag_handle()?
                } else {
                    self.cursor.advance();
                    "!".to_owned()
                };
                (Some(handle), self.tag_uri()?)
            }
        };
        if !is_space_or_end(self.cursor.peek()) {
            return Err(self.error("expected a space after the tag"));
        }
        Ok(Token {
            kind: TokenKind::Tag { handle, suffix },
            span: Span {
                start,
                end: self.cursor.at,
            },
        })
    }

    fn tag_handle(&mut self) -> Result<String, ParseError> {
        let mut handle = self.take_sign('!')?;
        if self.cursor.peek() == ' ' {
            return Ok(handle);
        }
        handle.push_str(self.cursor.take_while(is_word));
        handle.push_str(&self.take_sign('!')?);
        Ok(handle)
    }

    fn take_sign(&mut self, sign: char) -> Result<String, ParseError> {
        if self.cursor.peek() != sign {
            return Err(self.error(format!("expected `{sign}`")));
        }
        self.cursor.advance();
        Ok(sign.to_string())
    }

    fn tag_uri(&mut self) -> Result<String, ParseError> {
        let start = self.cursor.at;
        let written = self.cursor.take_while(is_uri);
        if written.is_empty() {
            return Err(self.error("expected a tag"));
        }
        unescaped(written).ok_or_else(|| error(start, "a tag with a broken `%` escape"))
    }

    /// `%YAML 1.1`, `%TAG !x! tag:…`, or any other line that starts with `%`.
    pub(super) fn directive(&mut self) -> Result<Directive, ParseError> {
        self.cursor.advance();
        let name = self.cursor.take_while(is_word);
        if name.is_empty() || !is_space_or_end(self.cursor.peek()) {
            return Err(self.error("expected the name of a directive; quote the text if it is none"));
        }
        let directive = match name {
            "YAML" => self.yaml_version()?,
            "TAG" => self.tag_directive()?,
            _ => {
                self.cursor
                    .take_while(|character| !is_break(character) && character != END);
                Directive::Unknown
            }
        };
        self.end_of_line("a comment or the end of the line after the directive")?;
        Ok(directive)
    }

    fn yaml_version(&mut self) -> Result<Directive, ParseError> {
        self.cursor.take_while(|character| character == ' ');
        let major = self.version_number()?;
        if self.cursor.peek() != '.' {
            return Err(self.error("expected a version such as 1.1"));
        }
        self.cursor.advance();
        self.version_number()?;
        if !is_space_or_end(self.cursor.peek()) {
            return Err(self.error("expected a version such as 1.1"));
        }
        Ok(Directive::Yaml { major })
    }

    /// Digits, without leading zeros.
    fn version_number(&mut self) -> Result<String, ParseError> {
        let digits = self.cursor.take_while(|character| character.is_ascii_digit());
        if digits.is_empty() {
            return Err(self.error("expected a version such as 1.1"));
        }
        Ok(digits.trim_start_matches('0').to_owned())
    }

    fn tag_directive(&mut self) -> Result<Directive, ParseError> {
        self.cursor.take_while(|character| character == ' ');
        let handle = self.tag_handle()?;
        if self.cursor.peek() != ' ' {
            return Err(self.error("expected a space after the tag's handle"));
        }
        self.cursor.take_while(|character| character == ' ');
        let prefix = self.tag_uri()?;
        if !is_space_or_end(self.cursor.peek()) {
            return Err(self.error("expected a space after the tag's prefix"));
        }
        Ok(Directive::Tag { handle, prefix })
    }
}

/// Resolves `%` escapes, each run of which must be UTF-8 by itself.
fn unescaped(written: &str) -> Option<String> {
    let mut tag = String::new();
    let mut rest = written;
    while let Some((plain, escapes)) = rest.split_once('%') {
        tag.push_str(plain);
        let mut bytes = Vec::new();
        rest = escapes;
        loop {
            bytes
                .push(u8::from_str_radix(rest.get(..2).filter(|digits| !digits.starts_with('+'))?, 16).ok()?);
            rest = rest.get(2..)?;
            match rest.strip_prefix('%') {
                Some(more) => rest = more,
                None => break,
            }
        }
        tag.push_str(std::str::from_utf8(&bytes).ok()?);
    }
    tag.push_str(rest);
    Some(tag)
}
