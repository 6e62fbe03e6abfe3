//! The demo as a user starts it, with points of a fraction of a second.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_runbench");

fn demo(out: &Path, point_duration: &str, args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("demo")
        .arg("--out")
        .arg(out)
        .args(["--point-duration", point_duration])
        .args(args);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The share of right answers of each point, in percent, as the table on stdout shows it.
fn accuracies(stdout: &str) -> Vec<f64> {
    stdout
        .lines()
        .filter_map(|line| {
            line.strip_suffix(" %")?
                .split_whitespace()
                .next_back()?
                .parse()
                .ok()
        })
        .collect()
}

/// A demo that has begun to measure, and a connection to its mock.
fn begun(out: &Path) -> (Child, TcpStream) {
    let mut child = demo(out, "60s", &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let address = lines.find_map(|line| line.rsplit_once("http://").map(|(_, address)| address.to_owned()));
    let mock = TcpStream::connect(address.unwrap()).unwrap();
    mock.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert!(lines.any(|line| line.starts_with("point 1 of 10")));
    // Keep reading, or the demo would be ended by the closed pipe rather than by what the test does.
    std::thread::spawn(move || lines.for_each(drop));
    (child, mock)
}

/// Waits for the end of the mock at the other end of an idle connection.
fn wait_for_end(mut mock: TcpStream) {
    match mock.read(&mut [0]) {
        Ok(0) => {}
        // The kernel resets what a killed process had open.
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        other => panic!("the mock is still there: {other:?}"),
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn ends_with_a_verdict_and_a_submission_without_errors() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let Output {
        status,
        stdout,
        stderr,
    } = demo(&out, "100ms", &[]).output().unwrap();
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    assert_eq!(status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(
        stdout.contains("official (v0.1") && stdout.contains("PASSED, 0 errors"),
        "{stdout}"
    );
    assert!(stdout.contains("10 x warning[point-duration]: ran "), "{stdout}");
    assert_eq!(accuracies(&stdout), [100.0; 10]);
    let curve = out.join("submission/runbench-demo/pareto/this-machine/runbench-demo/results");
    let accuracy = fs::read(curve.join("point_1/accuracy/results.json")).unwrap();
    let accuracy: Value = serde_json::from_slice(&accuracy).unwrap();
    assert_eq!(
        accuracy.pointer("/runbench-demo-questions/score/exact_match"),
        Some(&100.0.into())
    );
    assert!(!stdout.contains("unread-results"), "{stdout}");
    for report in ["report.txt", "performance/result_summary.json", "events/end.rbl"] {
        assert!(out.join("report/point_64").join(report).is_file(), "{report}");
    }
    let tps_line = |file: &str| {
        let text = fs::read_to_string(out.join(file)).unwrap();
        text.lines()
            .find(|line| line.contains("\"system_tps\""))
            .map(|line| line.trim_end_matches(',').to_owned())
    };
    assert_eq!(
        tps_line(
            "submission/runbench-demo/pareto/this-machine/runbench-demo/results/point_8/results_summary.json"
        ),
        tps_line("report/point_8/performance/result_summary.json"),
    );
    let again = Command::new(PROGRAM)
        .arg("check")
        .arg(out.join("submission/runbench-demo"))
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(0));
}

#[test]
fn accuracy_and_failures_are_measured() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let output = demo(&out, "100ms", &["--wrong-rate", "0.5", "--failure-rate", "0.1"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let accuracies = accuracies(&text(&output.stdout));
    assert_eq!(accuracies.len(), 10);
    let mean = accuracies.iter().sum::<f64>() / 10.0;
    assert!(mean > 15.0 && mean < 75.0, "{accuracies:?}");
    let summary = fs::read(out.join("report/point_64/performance/result_summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert!(summary.get("n_samples_failed").unwrap().as_u64() > Some(0));
}

#[test]
fn an_interrupt_finishes_the_report_and_ends_the_mock() {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    let (child, mock) = begun(&out);
    // Earlier there is nothing to report on.
    while !out.join("report/point_1/events/thread-0.rbl").exists() {
        std::thread::yield_now();
    }
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(out.join("report/point_1/report.txt").is_file());
    assert!(!out.join("submission").exists());
    wait_for_end(mock);
}

#[test]
fn an_interrupt_at_any_time_is_one() {
    let parent = tempfile::tempdir().unwrap();
    let (child, mock) = begun(&parent.path().join("out"));
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    wait_for_end(mock);
}

#[test]
fn a_killed_demo_takes_its_mock_along() {
    let parent = tempfile::tempdir().unwrap();
    let (mut child, mock) = begun(&parent.path().join("out"));
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    wait_for_end(mock);
}

#[test]
fn leaves_a_foreign_folder_alone() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("thesis.txt"), "years of work").unwrap();
    let output = demo(out.path(), "100ms", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("holds `thesis.txt`"));
    assert!(out.path().join("thesis.txt").is_file());
}

#[test]
fn a_mock_whose_parent_is_gone_does_not_start() {
    // The parent of the mock is this test, which is not the process of this id.
    let mut other = Command::new("true").spawn().unwrap();
    let not_parent = Pid::from_child(&other);
    other.wait().unwrap();
    let output = Command::new(PROGRAM)
        .args([
            "mock",
            "--exit-with-parent",
            &not_parent.as_raw_nonzero().to_string(),
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("is not the parent"));
    assert!(output.stdout.is_empty());
}
