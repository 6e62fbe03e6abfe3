//! Token counts of texts in files: whole files, or one field of each line of JSON Lines.
//!
//! Lines are read and counted in blocks by many threads, and their counts come in the files' order; a single long text is
//! cut into parts for them. Memory is bounded by the blocks under way and, where each count is asked for, 8 bytes a text.

mod lines;
mod long_text;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use self::lines::{Block, Blocks, field_of_line};
use self::long_text::LongTexts;
use crate::drain::{Counters, Pair, WorkerPlan, in_order};

/// The longest text that is counted: it must be in memory at once. Bytes.
pub const MAX_TEXT_BYTES: u64 = 1 << 30;

/// One of this many texts is counted by the oracle too, where a sample is to be checked.
const CHECK_EVERY: u64 = 1000;

/// Longer texts are left out of the sample: the oracle would take longer than everything else. Bytes.
const MAX_SAMPLED_BYTES: usize = 64 << 10;

/// Differences that are kept.
const KEPT_DIFFERENCES: usize = 10;

/// Where a text stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as given; `-` for stdin.
    pub file: PathBuf,
    /// Line from 1; `None` for a whole file.
    pub line: Option<u64>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(out, "`{}` line {line}", self.file.display()),
            None => write!(out, "`{}`", self.file.display()),
        }
    }
}

/// Why texts could not be counted.
#[derive(Debug, thiserror::Error)]
pub enum TokenFilesError {
    /// A file can't be read.
    #[error("can't read `{}`: {cause}", file.display())]
    Unreadable {
        /// As given.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Bytes that are no text.
    #[error("{place}: not UTF-8: byte {offset} of it can't be read")]
    NotUtf8 {
        /// Where.
        place: Place,
        /// Offset of the first bad byte in the file or line, from 0.
        offset: usize,
    },
    /// More than can be counted at once.
    #[error("{place}: longer than {MAX_TEXT_BYTES} bytes, which is the most that is counted as one text")]
    TooLong {
        /// Where.
        place: Place,
    },
    /// A line without the text that is asked for.
    #[error("{place}: {message}")]
    BadLine {
        /// Where.
        place: Place,
        /// What is wrong with it.
        message: String,
    },
    /// The tokenizer has no encoding for a text.
    #[error("{place}: the tokenizer can't encode this text")]
    Uncountable {
        /// Where.
        place: Place,
    },
    /// The fast counter is wrong on a text of the sample.
    #[error("{0}")]
    Differs(TextDifference),
}

/// A text on which the two counters differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDifference {
    /// Where; `None` for a text of the program's own set.
    pub place: Option<Place>,
    /// Tokens by the fast counter; `None` if it could not count.
    pub fast: Option<u64>,
    /// Tokens by the oracle; `None` if it could not count.
    pub oracle: Option<u64>,
}

impl std::fmt::Display for TextDifference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |count: Option<u64>| count.map_or_else(|| "no".to_owned(), |count| count.to_string());
        let (fast, oracle) = (count(self.fast), count(self.oracle));
        match &self.place {
            Some(place) => write!(out, "{place}: ")?,
            None => write!(out, "a text of the program's own set: ")?,
        }
        write!(out, "{fast} tokens by the fast counter, {oracle} by the oracle")
    }
}

/// Which texts both counters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// None; the oracle counts alone.
    OracleAlone,
    /// One of a thousand; a difference is an error.
    Sample,
    /// Every text; differences are collected.
    All,
}

/// What to count.
#[derive(Clone, Copy)]
pub struct CountFiles<'a> {
    /// Files; `-` stands for stdin.
    pub files: &'a [PathBuf],
    /// The field of each line that is a text; `None` if each file is one text.
    pub field: Option<&'a str>,
    /// Whether the template's special tokens are counted too.
    pub add_special_tokens: bool,
    /// Whether each text's count is kept.
    pub per_text: bool,
    /// What is counted twice.
    pub check: Check,
    /// Who counts.
    pub counters: &'a dyn Counters,
    /// On how many threads, and where.
    pub plan: &'a WorkerPlan,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Texts.
    pub n_texts: u64,
    /// Tokens of all of them.
    pub total: u64,
    /// Tokens of each, in order, if that was asked for.
    pub counts: Vec<u64>,
    /// Texts that both counters counted.
    pub n_checked: u64,
    /// Texts on which they differ; there the oracle's count stands.
    pub n_differences: u64,
    /// The first of those.
    pub differences: Vec<TextDifference>,
}

/// One counted text.
struct Counted {
    count: u64,
    difference: Option<TextDifference>,
}

/// Counts all texts; the first error in the order of the texts ends it.
pub fn count_files(
    job: CountFiles<'_>,
    stdin: impl FnOnce() -> Box<dyn Read + Send>,
) -> Result<FileCounts, TokenFilesError> {
    let mut found = FileCounts::default();
    let fast = job.check != Check::OracleAlone && job.counters.has_fast();
    let blocks = Blocks::new(job.files, job.field.is_some(), stdin);
    let long = LongTexts::new(job.counters, job.plan);
    let worker = || Pair::new(job.counters, fast);
    let work = |pair: &mut Pair<'_>, block: Block| {
        let before = pair.n_checked;
        let counted = match (block, job.field) {
            (Block::Lines { file, lines, .. }, Some(field)) => lines
                .into_iter()
                .map(|line| {
                    let place = Place {
                        file: file.clone(),
                        line: Some(line.number),
                    };
                    let text = utf8(line.bytes, &place)?;
                    let text = field_of_line(&text, field).map_err(|message| TokenFilesError::BadLine {
                        place: place.clone(),
                        message,
                    })?;
                    job.count(pair, &long, &text, line.text_number, place)
                })
                .collect::<Result<Vec<_>, _>>()?,
            (
                Block::Whole {
                    file,
                    reader,
                    text_number,
                },
                _,
            ) => {
                let place = Place { file, line: None };
                let text = utf8(read_whole(reader, &place)?, &place)?;
                vec![job.count(pair, &long, &text, text_number, place)?]
            }
            (Block::Lines { .. }, None) => Vec::new(),
        };
        Ok((counted, pair.n_checked - before))
    };
    in_order(
        job.plan,
        blocks,
        Block::bytes,
        worker,
        work,
        |(texts, n_checked)| {
            found.n_checked += n_checked;
            for text in texts {
                found.n_texts += 1;
                found.total = found.total.saturating_add(text.count);
                if job.per_text {
                    found.counts.push(text.count);
                }
                if let Some(difference) = text.difference {
                    found.n_differences += 1;
                    if found.differences.len() < KEPT_DIFFERENCES {
                        found.differences.push(difference);
                    }
                }
            }
            Ok(())
        },
    )?;
    Ok(found)
}

impl CountFiles<'_> {
    fn count(
        self,
        pair: &mut Pair<'_>,
        long: &LongTexts<'_>,
        text: &str,
        text_number: u64,
        place: Place,
    ) -> Result<Counted, TokenFilesError> {
        let check = match self.check {
            Check::OracleAlone => false,
            Check::All => true,
            Check::Sample => text_number.is_multiple_of(CHECK_EVERY) && text.len() <= MAX_SAMPLED_BYTES,
        };
        let in_parts = if check || !pair.is_fast() {
            None
        } else {
            long.count(text)
        };
        if let Some(count) = in_parts {
            // Of no text there are the template's own.
            let special = pair.count("", self.add_special_tokens, false).ok().flatten();
            let count = count.saturating_add(special.unwrap_or(0));
            return Ok(Counted {
                count,
                difference: None,
            });
        }
        let (count, difference) = match pair.count(text, self.add_special_tokens, check) {
            Ok(count) => (count, None),
            Err(difference) => {
                let difference = TextDifference {
                    place: Some(place.clone()),
                    fast: difference.fast,
                    oracle: difference.oracle,
                };
                if self.check == Check::Sample {
                    return Err(TokenFilesError::Differs(difference));
                }
                (difference.oracle, Some(difference))
            }
        };
        match count {
            Some(count) => Ok(Counted { count, difference }),
            None => Err(TokenFilesError::Uncountable { place }),
        }
    }
}

fn utf8(bytes: Vec<u8>, place: &Place) -> Result<String, TokenFilesError> {
    String::from_utf8(bytes).map_err(|error| TokenFilesError::NotUtf8 {
        place: place.clone(),
        offset: error.utf8_error().valid_up_to(),
    })
}

fn read_whole(reader: Option<Box<dyn Read + Send>>, place: &Place) -> Result<Vec<u8>, TokenFilesError> {
    let unreadable = |cause| TokenFilesError::Unreadable {
        file: place.file.clone(),
        cause,
    };
    let reader = match reader {
        Some(reader) => reader,
        None => Box::new(open(&place.file).map_err(unreadable)?),
    };
    let mut bytes = Vec::new();
    let n_read = reader
        .take(MAX_TEXT_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(n_read).unwrap_or(u64::MAX) > MAX_TEXT_BYTES {
        return Err(TokenFilesError::TooLong { place: place.clone() });
    }
    Ok(bytes)
}

fn open(path: &Path) -> std::io::Result<File> {
    let file = File::open(path)?;
    // Reading a folder fails later, and with a worse message.
    if file.metadata()?.is_dir() {
        return Err(std::io::Error::other("it is a folder"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
