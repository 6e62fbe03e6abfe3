//! `runbench tokens`, `drain` and `report` as processes.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use support::{LAST_FRAMES, STREAM_END, STREAM_HEAD, Server, Then, chunk, frame, send};
use tempfile::TempDir;

const WORDS: &str = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
    "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
    "model":{"type":"WordLevel","vocab":{"?":0},"unk_token":"?"}}"#;

fn runbench(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbench"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must exit with `exit_code`.
fn check(folder: &Path, args: &[&str], exit_code: i32) -> Output {
    let output = runbench(folder, args).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(exit_code),
        "{args:?}: {}",
        text(&output.stderr)
    );
    output
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.json"), WORDS).unwrap();
    folder
}

#[test]
fn counts_files_and_lines() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "one two\nthree").unwrap();
    fs::write(folder.path().join("b.jsonl"), "{\"t\":\"x\"}\n{\"t\":\"y z\"}\n").unwrap();
    let base = ["tokens", "count", "--tokenizer", "t.json"];
    let output = check(folder.path(), &[&base[..], &["a.txt"]].concat(), 0);
    assert!(text(&output.stdout).starts_with("3 tokens in 1 text, without special tokens\n"));
    let args = [
        &base[..],
        &[
            "--jsonl",
            "t",
            "--per-text",
            "--format",
            "json",
            "--verify",
            "b.jsonl",
            "-",
        ],
    ]
    .concat();
    let mut child = runbench(folder.path(), &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{\"t\":\"\"}").unwrap();
    let output = child.wait_with_output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["counts"], json!([1, 2, 0]));
    assert_eq!((&value["total"], &value["n_texts"]), (&json!(3), &json!(3)));
    assert_eq!(
        (&value["method"], &value["crate_version"]),
        (&json!("oracle"), &json!("0.23.2"))
    );
    assert_eq!(value["tokenizer_sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn says_what_is_wrong_with_the_input() {
    let folder = folder();
    fs::write(folder.path().join("a"), b"ab\xff").unwrap();
    fs::write(folder.path().join("b"), "{\"t\":\"x\"}\n{\"t\":1}\n").unwrap();
    let base = ["tokens", "count", "--tokenizer", "t.json"];
    for (args, part) in [
        (&["a"][..], "`a`: not UTF-8: byte 2"),
        (&["--jsonl", "t", "b"], "`b` line 2: `t` is a number, not a text"),
        (&["--jsonl", "u", "b"], "`b` line 1: there is no field `u`"),
        (&["missing"], "can't read `missing`"),
        (&["."], "can't read `.`: it is a folder"),
    ] {
        let output = check(folder.path(), &[&base[..], args].concat(), 2);
        assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    check(folder.path(), &["tokens", "count", "--tokenizer", "a", "b"], 2);
}

#[test]
fn bench_prints_a_row_for_each_way() {
    let folder = folder();
    fs::write(folder.path().join("a.txt"), "one two three\n".repeat(2000)).unwrap();
    let args = [
        "tokens",
        "bench",
        "--tokenizer",
        "t.json",
        "--rounds",
        "1",
        "--threads",
        "1,2",
        "--format",
        "json",
        "a.txt",
    ];
    let value: Value = serde_json::from_slice(&check(folder.path(), &args, 0).stdout).unwrap();
    assert_eq!(value["rates"].as_array().unwrap().len(), 6);
    assert!(value["rates"][0]["mb_per_s"].as_f64().unwrap() > 0.0);
    let output = check(folder.path(), &args[..8], 0);
    assert!(text(&output.stdout).contains("x oracle"));
}

/// A report folder of a run of six requests.
fn run(folder: &Path, args: &[&str]) -> PathBuf {
    let server = Server::start(|_, stream| {
        let stream_text = [
            STREAM_HEAD,
            &chunk(&frame("a b")),
            &chunk(&frame(" c d e")),
            &chunk(LAST_FRAMES),
            STREAM_END,
        ];
        send(stream, stream_text.concat());
        Then::Keep
    });
    fs::write(
        folder.join("rows.jsonl"),
        "{\"prompt\":\"one\"}\n{\"prompt\":\"two words\"}\n",
    )
    .unwrap();
    let url = server.url();
    let base = [
        "run",
        "--endpoint",
        &url,
        "--model",
        "m",
        "--dataset",
        "rows.jsonl",
        "--num-samples",
        "6",
    ];
    check(
        folder,
        &[&base[..], &["--out", "out", "--quiet"], args].concat(),
        0,
    );
    folder.join("out")
}

fn report_files(out: &Path) -> Vec<Vec<u8>> {
    [
        "performance/result_summary.json",
        "metrics/final_snapshot.json",
        "report.txt",
    ]
    .map(|file| fs::read(out.join(file)).unwrap())
    .into()
}

#[test]
fn the_log_alone_gives_the_report_again_and_can_be_counted_again() {
    let folder = folder();
    let out = run(folder.path(), &["--tokenizer", "t.json"]);
    let first = report_files(&out);
    let summary: Value = serde_json::from_slice(&first[0]).unwrap();
    assert_eq!(summary["output_sequence_lengths"]["total"], 30);
    for file in ["performance", "metrics"] {
        fs::remove_dir_all(out.join(file)).unwrap();
    }
    let output = check(folder.path(), &["report", "out"], 0);
    assert_eq!(report_files(&out), first);
    assert_eq!(output.stdout, first[2]);
    // The tokenizer is the one that the run was given.
    check(folder.path(), &["drain", "out", "--quiet"], 0);
    assert_eq!(report_files(&out), first);
    let output = check(
        folder.path(),
        &["drain", "out", "--tokenizer", "t.json", "--drain-timeout", "1us"],
        0,
    );
    assert_eq!(report_files(&out), first, "{}", text(&output.stderr));
}

#[test]
fn a_drain_without_time_is_incomplete() {
    let folder = folder();
    let out = run(folder.path(), &[]);
    let output = check(folder.path(), &["drain", "out"], 2);
    assert!(text(&output.stderr).contains("--tokenizer F"));
    let args = ["drain", "out", "--tokenizer", "t.json", "--drain-timeout"];
    let output = check(folder.path(), &[&args[..], &["1us"]].concat(), 1);
    assert!(text(&output.stderr).contains("tokens of 6 requests are not counted"));
    let summary: Value = serde_json::from_slice(&report_files(&out)[0]).unwrap();
    assert_eq!(
        (&summary["n_pending_tasks"], &summary["complete"]),
        (&json!(6), &json!(false))
    );
    assert_eq!(summary["tokenizer"]["method"], "incomplete");
    check(folder.path(), &[&args[..], &["10m"]].concat(), 0);
    for bad in ["-1s", "NaN", "nans", "inf", "5"] {
        let output = check(folder.path(), &[&args[..], &[bad]].concat(), 2);
        assert!(
            text(&output.stderr).contains("is not a duration"),
            "{}",
            text(&output.stderr)
        );
    }
    check(folder.path(), &["drain", "."], 3);
    check(folder.path(), &["report", "missing"], 3);
}

#[test]
fn events_are_exported_as_rows() {
    let folder = folder();
    run(folder.path(), &["--tokenizer", "t.json"]);
    let output = check(folder.path(), &["events", "export", "out"], 0);
    let rows: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 6);
    assert_eq!((&rows[0]["osl"], &rows[0]["failure"]), (&json!(5), &json!(null)));
    assert_eq!(
        (&rows[0]["n_chunks"], &rows[0]["finish_reason"]),
        (&json!(2), &json!("stop"))
    );
    assert!(rows[0]["first_chunk_ns"].as_u64() >= rows[0]["issued_ns"].as_u64());
    check(
        folder.path(),
        &["events", "export", "out", "--format", "csv", "-o", "rows.csv"],
        0,
    );
    let table = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert_eq!(table.lines().count(), 7);
    assert!(table.starts_with("id,sample_index,scheduled_ns,"));
    check(folder.path(), &["events", "export", "."], 3);
}
