//! A place in the text that is being scanned.

/// Walks through the text by characters.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// Byte offset.
    pub(super) at: usize,
    /// Characters before this place.
    pub(super) index: usize,
    /// Line, from 0.
    pub(super) line: usize,
    /// Characters between the start of the line and this place; a byte-order mark counts nothing.
    pub(super) column: usize,
}

/// Stands for the end of the text; the text itself holds none.
pub(super) const END: char = '\0';

/// Whether it ends a line.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether it ends a line or the text.
pub(super) fn is_break_or_end(character: char) -> bool {
    character == END || is_break(character)
}

/// Whether it ends a word, tabs not counted.
pub(super) fn is_space_or_end(character: char) -> bool {
    character == ' ' || is_break_or_end(character)
}

/// Whether it ends a word.
pub(super) fn is_blank_or_end(character: char) -> bool {
    character == '\t' || is_space_or_end(character)
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            index: 0,
            line: 0,
            column: 0,
        }
    }

    /// The text from here on.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The character here.
    pub(super) fn peek(&self) -> char {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if byte.is_ascii() => char::from(*byte),
            _ => self.rest().chars().next().unwrap_or(END),
        }
    }

    /// The character `ahead` characters further.
    pub(super) fn peek_at(&self, ahead: usize) -> char {
        self.rest().chars().nth(ahead).unwrap_or(END)
    }

    /// Goes past a character.
    pub(super) fn advance(&mut self) {
        // Most are ASCII and end no line.
        if let Some(b' '..=b'~') = self.text.as_bytes().get(self.at) {
            self.go_on(1);
            return;
        }
        let Some(character) = self.rest().chars().next() else {
            return;
        };
        self.at = self.at.saturating_add(character.len_utf8());
        self.index = self.index.saturating_add(1);
        if is_break(character) && !(character == '\r' && self.peek() == '\n') {
            self.line = self.line.saturating_add(1);
            self.column = 0;
        } else if character != '\u{feff}' {
            self.column = self.column.saturating_add(1);
        }
    }

    /// Goes past printable ASCII characters.
    fn go_on(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
        self.index = self.index.saturating_add(count);
        self.column = self.column.saturating_add(count);
    }

    /// Goes past `count` characters.
    pub(super) fn advance_by(&mut self, count: usize) {
        for _ in 0..count {
            self.advance();
        }
    }

    /// Goes past the characters that `wanted` takes, and returns them.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        let taken = rest.get(..end).unwrap_or_default();
        if taken.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.go_on(taken.len());
        } else {
            self.advance_by(taken.chars().count());
        }
        taken
    }

    /// Goes past a line's end; what it stands for in text: `\n` for all but the two Unicode separators.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let character = self.peek();
        if !is_break(character) {
            return None;
        }
        let is_pair = character == '\r' && self.peek_at(1) == '\n';
        self.advance_by(if is_pair { 2 } else { 1 });
        Some(if matches!(character, '\u{2028}' | '\u{2029}') {
            character
        } else {
            '\n'
        })
    }

    /// Whether `---` or `...` stands here as a word of its own.
    pub(super) fn at_document_marker(&self) -> bool {
        let rest = self.rest();
        (rest.starts_with("---") || rest.starts_with("...")) && is_blank_or_end(self.peek_at(3))
    }
}
