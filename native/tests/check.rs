//! `runbench check`, `regions` and `rules` as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn runbench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_runbench"))
        .args(arguments)
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_path_that_does_not_exist_is_an_ordinary_failing_report() {
    let output = runbench(&["check", "./no//such/", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["ruleset"], "v0.1");
    assert_eq!(report["verdict"], "invalid");
    assert_eq!(report["official"]["exit_code"], 1);
    let results = report["official"]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["rule"], "path-exists");
    assert_eq!(results[0]["path"], "no/such");
    assert_eq!(report["findings"][0]["origin"], "official");
}

#[test]
fn output_writes_the_json_report_beside_what_goes_to_stdout() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let output = runbench(&["check", "nowhere", "-o", file.to_str().unwrap()]);
    assert!(stdout(&output).contains("verdict: "), "{}", stdout(&output));
    let json = runbench(&["check", "nowhere", "--format", "json"]);
    assert_eq!(fs::read_to_string(file).unwrap(), stdout(&json));
}

#[test]
fn an_unwritable_output_is_said_clearly() {
    let output = runbench(&["check", "nowhere", "-o", "/proc/no/report.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("/proc/no/report.json"),
        "{}",
        stderr(&output)
    );
    // The answer is not lost with the file.
    assert!(stdout(&output).contains("verdict: "), "{}", stdout(&output));
}

#[test]
fn a_report_can_be_written_to_a_device() {
    let output = runbench(&["check", "nowhere", "--format", "github", "-o", "/dev/stdout"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("::error ") && text.contains("\"format_version\": 1"),
        "{text}"
    );
}

/// A folder with the layout of v1.5 and nothing in it.
fn empty_v1_5() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("acme/results")).unwrap();
    folder
}

#[test]
fn the_ruleset_is_recognised_by_the_layout_and_said() {
    let folder = empty_v1_5();
    let path = folder.path().join("acme");
    let path = path.to_str().unwrap();
    for arguments in [&["check", path][..], &["check", path, "--ruleset", "auto"]] {
        let text = stdout(&runbench(arguments));
        assert!(text.starts_with("ruleset: v1.5, as `results/` found"), "{text}");
    }
    let report: Value =
        serde_json::from_str(&stdout(&runbench(&["check", path, "--format", "json"]))).unwrap();
    assert_eq!(report["ruleset"], "v1.5");
    assert_eq!(report["ruleset_choice"]["by"], "layout");
    let guess = stdout(&runbench(&["check", "nowhere", "--quiet"]));
    assert!(guess.starts_with("ruleset: v0.1 is a guess"), "{guess}");
    let named = stdout(&runbench(&["check", path, "--ruleset", "v0.1"]));
    assert!(!named.contains("ruleset: "), "{named}");
}

#[test]
fn a_finding_is_explained_from_the_folder_and_from_its_report() {
    let folder = empty_v1_5();
    let path = folder.path().join("acme");
    let report_path = folder.path().join("report.json");
    let (path, report_path) = (path.to_str().unwrap(), report_path.to_str().unwrap());
    runbench(&["check", path, "-o", report_path]);
    let report: Value = serde_json::from_str(&fs::read_to_string(report_path).unwrap()).unwrap();
    let id = report["findings"][0]["id"].as_str().unwrap();
    let rule = report["findings"][0]["rule"].as_str().unwrap();
    let from_folder = runbench(&["explain", path, id]);
    assert_eq!(from_folder.status.code(), Some(0));
    assert!(stdout(&from_folder).contains(rule), "{}", stdout(&from_folder));
    for asked in [id, &id[..4], rule] {
        let from_report = runbench(&["explain", report_path, asked]);
        assert_eq!(from_report.status.code(), Some(0), "{asked}");
        assert!(
            stdout(&from_report).contains(id),
            "{asked}: {}",
            stdout(&from_report)
        );
    }
    let unknown = runbench(&["explain", report_path, "path-exist"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        stderr(&unknown).contains("did you mean `path-exists`"),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn every_format_exits_alike_and_sarif_says_how() {
    for format in ["text", "json", "sarif", "markdown", "github"] {
        let output = runbench(&["check", "nowhere", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(stdout(&output).contains("path-exists"), "{format}");
    }
    let sarif: Value =
        serde_json::from_str(&stdout(&runbench(&["check", "nowhere", "--format", "sarif"]))).unwrap();
    assert_eq!(sarif["runs"][0]["invocations"][0]["exitCode"], 1);
}

#[test]
fn a_ruleset_of_one_s_own_is_never_called_official() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.ron");
    let text = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../configs/rulesets/v0.1.ron"
    ))
    .unwrap();
    fs::write(&file, text.replacen("min: 7", "min: 5", 1)).unwrap();
    let file = file.to_str().unwrap();
    let output = stdout(&runbench(&["check", "nowhere", "--ruleset-file", file]));
    assert!(
        output.contains("custom ruleset") && !output.contains("official (v0.1"),
        "{output}"
    );
    let shown = stdout(&runbench(&[
        "rules",
        "show",
        "point-count",
        "--ruleset-file",
        file,
    ]));
    assert!(shown.contains("at least 5 points"), "{shown}");
}

#[test]
fn rulesets_are_compared() {
    let text = stdout(&runbench(&["rules", "diff", "v0.1", "v1.5"]));
    for part in [
        "added: ",
        "removed: ",
        "changed: ",
        "+ offline-ordering",
        "- pareto-dir-exists",
        "+ min_passes: 4",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = stdout(&runbench(&["rules", "diff", "v0.1", "v1.5", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["format_version"], 1);
    let near = runbench(&["rules", "diff", "v0.1", "v.1.5"]);
    assert_eq!(near.status.code(), Some(2));
    assert!(stderr(&near).contains("did you mean `v1.5`"), "{}", stderr(&near));
}

#[test]
fn big_regions_are_text_in_json() {
    let output = runbench(&["regions", "-M", "9007199254740993", "--format", "json"]);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["max_concurrency"], "9007199254740993");
    assert_eq!(json["regions"][0]["end"], 32);
    assert!(json["regions"][3]["end"].is_string());
}

#[test]
fn a_result_that_can_not_be_written_is_no_success() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbench"));
    let output = command.args(["rules", "list"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("stdout"), "{}", stderr(&output));
}

#[test]
fn bad_usage_exits_with_2() {
    let bad = [
        &["check"][..],
        &["check", "x", "--ruleset", "v9"],
        &["check", "x", "--format", "xml"],
        &["rules", "show", "no-rule"],
        &["fly"],
    ];
    for arguments in bad {
        assert_eq!(runbench(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_ruleset_file_with_an_error_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.ron");
    fs::write(&file, "RuleSet(\n  format_version: 1,\n  nmae: \"x\",\n)").unwrap();
    let output = runbench(&["check", "x", "--ruleset-file", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("line 3") && stderr(&output).contains("nmae"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn regions_are_listed_with_their_bounds() {
    let output = runbench(&["regions", "--max-concurrency", "64"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    let expected = [
        ["low_latency", "1", "32"],
        ["low_throughput", "33", "35"],
        ["med_throughput", "36", "42"],
        ["high_throughput", "43", "71"],
    ];
    assert_eq!(rows, expected);
}

#[test]
fn regions_of_v1_5_move_with_the_lowest_concurrency() {
    let output = runbench(&["regions", "-M", "64", "--ruleset", "v1.5", "--c-min", "8"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    let expected = [
        ["low_latency", "1", "8"],
        ["low_concurrency", "9", "12"],
        ["med_concurrency", "13", "23"],
        ["high_concurrency", "24", "64"],
        ["margin", "65", "71"],
    ];
    assert_eq!(rows, expected);
    let too_high = runbench(&["regions", "-M", "64", "--ruleset", "v1.5", "--c-min", "33"]);
    assert_eq!(too_high.status.code(), Some(1));
    let v0_1 = runbench(&["regions", "-M", "64", "--c-min", "8"]);
    assert_eq!(v0_1.status.code(), Some(2));
}

#[test]
fn an_unreadable_seed_set_file_is_a_finding_not_a_usage_error() {
    let check = ["check", "nowhere", "--ruleset", "v1.5", "--format", "json"];
    let output = Command::new(env!("CARGO_BIN_EXE_runbench"))
        .args(check)
        .env("MLPERF_ENDPOINTS_SEED_SETS", "no/such/file.yaml")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let first = report.pointer("/official/results/0").unwrap();
    assert_eq!(first.get("rule"), Some(&"seed-set-registry".into()));
    assert_eq!(first.get("key"), Some(&"unavailable".into()));
}

#[test]
fn a_maximum_that_is_too_low_exits_with_1() {
    let output = runbench(&["regions", "-M", "-32"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("-32"), "{}", stderr(&output));
}

#[test]
fn the_catalogue_lists_every_rule_and_suggests_near_ids() {
    let list = stdout(&runbench(&["rules", "list"]));
    assert_eq!(list.lines().filter(|line| line.contains(" #")).count(), 39);
    assert!(stdout(&runbench(&["rules", "show", "point-duration"])).contains("600 s"));
    let near = stderr(&runbench(&["rules", "show", "point-durration"]));
    assert!(near.contains("did you mean `point-duration`"), "{near}");
}

#[test]
fn help_says_what_every_command_does() {
    let help = stdout(&runbench(&["--help"]));
    for command in ["check", "regions", "rules"] {
        assert!(help.contains(command), "{help}");
    }
}

/// A tar of one file below a folder.
fn tar(path: &str, content: &str) -> Vec<u8> {
    let mut header = path.as_bytes().to_vec();
    header.resize(124, 0);
    header.extend(format!("{:011o}\0", content.len()).as_bytes());
    header.resize(148, b'0');
    header.extend(b"        0");
    header.resize(512, 0);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header.splice(148..156, format!("{sum:06o}\0 ").into_bytes());
    header.extend(content.as_bytes());
    header.resize(512 + content.len().next_multiple_of(512) + 1024, 0);
    header
}

/// The paths that a report names, of official results.
fn paths(output: &Output) -> Vec<String> {
    let report: Value = serde_json::from_str(&stdout(output)).unwrap();
    let results = report.pointer("/official/results").unwrap().as_array().unwrap();
    let paths = results
        .iter()
        .map(|result| result.get("path").unwrap().as_str().unwrap().to_owned());
    paths.collect()
}

#[test]
fn an_archive_is_judged_under_the_name_of_the_folder_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = tar("Nimbus/systems/a.json", "{}");
    let file = folder.path().join("upload.tar");
    fs::write(&file, &bytes).unwrap();
    let json = ["--format", "json"];
    let from_file = runbench(&[&["check", file.to_str().unwrap()][..], &json].concat());
    assert_eq!(from_file.status.code(), Some(1));
    assert_eq!(
        paths(&from_file),
        [
            "Nimbus",
            "Nimbus/systems",
            "Nimbus/pareto",
            "Nimbus/documentation"
        ]
    );

    let check = |stdin: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbench"));
        let command = command.args(["check", "-"]).args(json);
        command.stdin(stdin).stdout(Stdio::piped()).spawn().unwrap()
    };
    let redirected = check(fs::File::open(&file).unwrap().into())
        .wait_with_output()
        .unwrap();
    assert_eq!(redirected.stdout, from_file.stdout);
    let mut piped = check(Stdio::piped());
    piped.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert_eq!(piped.wait_with_output().unwrap().stdout, from_file.stdout);
}

#[test]
fn a_file_that_is_no_archive_is_a_finding_under_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "not an archive").unwrap();
    let path = file.to_str().unwrap();
    let output = runbench(&["check", path, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(paths(&output).first().map(String::as_str), Some(path));
    assert!(
        stdout(&output).contains("archive-readable"),
        "{}",
        stdout(&output)
    );
}
