//! Files of texts, good and bad, with counters that are right or wrong.

use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;

use super::{Check, CountFiles, FileCounts, TokenFilesError, count_files};
use crate::drain::{Counters, WorkerPlan, WorkerWish};
use crate::tokens::CountTokens;

/// Counts words, and one more for special tokens; the fast one is wrong on `wrong`, and nobody can count `never`.
struct Words;

struct WordWorker(bool);

impl Counters for Words {
    fn worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(WordWorker(true))
    }

    fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        Box::new(WordWorker(false))
    }

    fn has_fast(&self) -> bool {
        true
    }
}

impl CountTokens for WordWorker {
    fn count(&mut self, text: &str, special: bool) -> Option<u64> {
        let n = u64::try_from(text.split_whitespace().count()).unwrap();
        let more = u64::from(special) + u64::from(self.0 && text.contains("wrong"));
        (!text.contains("never")).then_some(n + more)
    }
}

fn count(
    contents: &[&[u8]],
    field: Option<&str>,
    check: Check,
    stdin: &'static [u8],
) -> Result<FileCounts, TokenFilesError> {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        let path = folder.path().join(format!("file-{number}"));
        std::fs::write(&path, content).unwrap();
        files.push(path);
    }
    if !stdin.is_empty() {
        files.push(PathBuf::from("-"));
    }
    let plan = WorkerPlan::here(&WorkerWish {
        threads: Some(3),
        ..WorkerWish::default()
    });
    let job = CountFiles {
        files: &files,
        field,
        add_special_tokens: false,
        per_text: true,
        check,
        counters: &Words,
        plan: &plan,
    };
    count_files(job, || Box::new(stdin) as Box<dyn Read + Send>)
}

fn refused(content: &[u8], field: Option<&str>, parts: &[&str]) {
    let message = count(&[content], field, Check::Sample, b"")
        .unwrap_err()
        .to_string();
    for part in parts {
        assert!(message.contains(part), "`{message}` lacks `{part}`");
    }
}

#[test]
fn a_file_is_one_text() {
    let found = count(
        &[b"one two\nthree", b"", b"four"],
        None,
        Check::Sample,
        b"on stdin",
    )
    .unwrap();
    assert_eq!(
        (found.counts, found.total, found.n_texts),
        (vec![3, 0, 1, 2], 6, 4)
    );
}

#[test]
fn each_line_has_a_text() {
    let first =
        b"{\"id\":[1,{\"text\":2}],\"text\":\"a b\"}\n\n{\"text\":\"x\",\"text\":\"a \\u00e9 c\"}\r\n";
    let found = count(
        &[first, b"{\"text\":\"\"}"],
        Some("text"),
        Check::Sample,
        b"{\"text\":\"z\"}\n",
    )
    .unwrap();
    assert_eq!(
        (found.counts, found.total, found.n_texts),
        (vec![2, 3, 0, 1], 6, 4)
    );
}

#[test]
fn order_is_kept_over_many_blocks() {
    let mut lines = String::new();
    for number in 0..5000_usize {
        let _ = writeln!(lines, "{{\"t\":\"{}\"}}", "w ".repeat(number % 97));
    }
    let found = count(&[lines.as_bytes()], Some("t"), Check::Sample, b"").unwrap();
    let expected: Vec<u64> = (0..5000).map(|number| number % 97).collect();
    assert_eq!(found.counts, expected);
    assert_eq!(found.n_checked, 5);
}

#[test]
fn names_the_place_of_what_it_cannot_read() {
    refused(b"ab\xffc", None, &["file-0`: not UTF-8", "byte 2 "]);
    refused(
        b"{\"t\":\"a\"}\n{\"t\":\"\xc3\"}",
        Some("t"),
        &["file-0` line 2: not UTF-8"],
    );
    refused(
        b"{\"t\":\"a\"}\n\n{\"u\":1}",
        Some("t"),
        &["line 3: there is no field `t`"],
    );
    refused(b"{\"t\":7}", Some("t"), &["line 1: `t` is a number, not a text"]);
    refused(b"[1]", Some("t"), &["line 1: ", "an object with the field `t`"]);
    refused(b"{\"t\":\"a\"", Some("t"), &["line 1: not JSON: EOF"]);
    refused(b"{\"t\":\"a\"} x", Some("t"), &["line 1: not JSON: trailing"]);
    refused(b"{\"t\":\"\\ud800\"}", Some("t"), &["line 1: not JSON"]);
    refused(
        b"{\"t\":\"a\"}\n{\"t\":\"never\"}",
        Some("t"),
        &["line 2: the tokenizer can't encode"],
    );
    let missing = [PathBuf::from("no/such/file")];
    let plan = WorkerPlan::here(&WorkerWish::default());
    let job = |field| CountFiles {
        files: &missing,
        field,
        add_special_tokens: false,
        per_text: false,
        check: Check::Sample,
        counters: &Words,
        plan: &plan,
    };
    for field in [None, Some("t")] {
        let error = count_files(job(field), || Box::new(std::io::empty())).unwrap_err();
        assert!(error.to_string().contains("can't read `no/such/file`"), "{error}");
    }
}

#[test]
fn the_first_bad_line_is_named() {
    let mut lines = "{\"t\":\"a\"}\n".repeat(1000);
    lines += "{}\n";
    lines += &"nonsense\n".repeat(1000);
    refused(lines.as_bytes(), Some("t"), &["line 1001: there is no field"]);
}

#[test]
fn verifying_names_texts_and_both_counts() {
    let lines = b"{\"t\":\"a\"}\n{\"t\":\"is wrong\"}\n{\"t\":\"b\"}\n{\"t\":\"wrong\"}\n";
    let found = count(&[lines], Some("t"), Check::All, b"").unwrap();
    assert_eq!((found.n_checked, found.n_differences), (4, 2));
    assert_eq!(found.counts, [1, 2, 1, 1], "the oracle's counts stand");
    let message = found.differences[0].to_string();
    assert!(
        message.ends_with("line 2: 3 tokens by the fast counter, 2 by the oracle"),
        "{message}"
    );
}

#[test]
fn a_difference_in_the_sample_is_an_error_and_the_oracle_alone_is_right() {
    let text: &[u8] = b"first is wrong";
    assert!(matches!(
        count(&[text], None, Check::Sample, b""),
        Err(TokenFilesError::Differs(difference)) if (difference.fast, difference.oracle) == (Some(4), Some(3))
    ));
    let found = count(&[text], None, Check::OracleAlone, b"").unwrap();
    assert_eq!((found.total, found.n_checked), (3, 0));
}
