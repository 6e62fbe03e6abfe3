//! `run --config`, `init`, `validate` and `probe` as processes.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use runbench::mock::{MockOptions, Server as Mock};
use support::{Server, Then, answer, send};
use tempfile::TempDir;

fn mock() -> Mock {
    Mock::start(MockOptions {
        ttft: Duration::ZERO,
        gap: Duration::ZERO,
        tokens: 4,
        ..MockOptions::default()
    })
    .unwrap()
}

/// A folder with a dataset of two rows, `rows.csv`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("rows.csv"),
        "text_input\none\n\"two\nlines\"\n",
    )
    .unwrap();
    folder
}

fn runbench(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_runbench"))
        .current_dir(folder)
        .args(args)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn check(output: &Output, exit_code: i32, parts: &[&str]) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit_code), "{stdout}\n{stderr}");
    for part in parts {
        assert!(
            stdout.contains(part) || stderr.contains(part),
            "`{part}` is not in: {stdout}\n{stderr}"
        );
    }
}

fn config(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

fn issued(folder: &TempDir) -> u64 {
    let summary = std::fs::read(folder.path().join("out/performance/result_summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    summary
        .get("n_samples_issued")
        .and_then(serde_json::Value::as_u64)
        .unwrap()
}

#[test]
fn a_file_gives_options_the_environment_beats_it_and_a_flag_beats_both() {
    let (mock, folder) = (mock(), folder());
    let url = mock.url();
    config(
        &folder,
        "c.yaml",
        &format!(
            "endpoint: {url}\nmodel: m\ndataset: rows.csv\nout: out\ncolumn: {{prompt: text_input}}\nnum_samples: 3\n\
             concurrency: 2\nstreaming: off\ngoodput: {{ttft: 200, e2el: 4000}}\ntemperature: 0.70\noverwrite: true\n\
             warmup-salt: false\ntokenizer:\n"
        ),
    );
    let run = |args: &[&str], environment: &[(&str, &str)]| {
        let args = [&["run", "--config", "c.yaml", "--quiet"][..], args].concat();
        check(&runbench(folder.path(), &args, environment), 0, &["goodput"]);
        issued(&folder)
    };
    assert_eq!(run(&[], &[]), 3);
    let environment = [("RUNBENCH_NUM_SAMPLES", "4")];
    assert_eq!(run(&[], &environment), 4);
    assert_eq!(run(&["--num-samples", "5"], &environment), 5);
    assert_eq!(run(&["--num-prompts", "6"], &environment), 6);
    let written = std::fs::read_to_string(folder.path().join("out/config.yaml")).unwrap();
    for line in [
        "  temperature: 0.70",
        "  streaming: 'off'",
        "    prompt: \"text_input\"",
        "    ttft: 200",
    ] {
        assert!(
            written.lines().any(|seen| seen == line),
            "no `{line}` in {written}"
        );
    }
}

#[test]
fn a_ron_file_is_read_too() {
    let (mock, folder) = (mock(), folder());
    let url = mock.url();
    config(
        &folder,
        "c.ron",
        &format!(
            "(\n  endpoint: [\"{url}\"],\n  model: \"m\",\n  dataset: \"rows.csv\",\n  out: \"out\",\n  \
             column: [\"prompt=text_input\"],\n  num_samples: 2, // as many as rows\n)\n"
        ),
    );
    check(
        &runbench(folder.path(), &["run", "--config", "c.ron"], &[]),
        0,
        &[],
    );
    assert_eq!(issued(&folder), 2);
}

#[test]
fn says_where_a_file_is_wrong() {
    let folder = folder();
    let wrong = |text: &str, parts: &[&str]| {
        config(&folder, "c.yaml", text);
        check(
            &runbench(folder.path(), &["run", "--config", "c.yaml"], &[]),
            2,
            parts,
        );
    };
    wrong(
        "model: m\nconcurency: 3\n",
        &[
            "c.yaml:2: `concurency` is no option",
            "did you mean `concurrency`?",
        ],
    );
    wrong(
        "model: m\n\nconcurrency: many\n",
        &["c.yaml:3: invalid value 'many'"],
    );
    wrong(
        "model: m\noverwrite: 3\n",
        &["c.yaml:2: `overwrite` is `true` or `false`"],
    );
    wrong("model: m\nmodel: n\n", &["c.yaml:2:1: this key is given twice"]);
    wrong("model: {a: b}\n", &["c.yaml:1: `model` needs a single value"]);
    wrong("config: other.yaml\n", &["`config` is no option"]);
    wrong(
        "type: online\nmodel_params:\n  name: m\n",
        &["a config of the reference client"],
    );
    wrong("model: m\n", &["`--endpoint` is missing"]);
    let output = runbench(folder.path(), &["run", "--config", "no.yaml"], &[]);
    check(&output, 2, &["can't read the config file `no.yaml`"]);
}

#[test]
fn what_init_writes_is_valid_once_it_is_filled_in() {
    let (mock, folder) = (mock(), folder());
    for name in ["c.yaml", "c.ron"] {
        check(
            &runbench(folder.path(), &["init", name, "--load", "rate"], &[]),
            0,
            &["is written"],
        );
        check(
            &runbench(folder.path(), &["init", name], &[]),
            2,
            &["is there already"],
        );
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        for key in [
            "min_duration",
            "warmup_salt",
            "temperature",
            "legacy_loadgen_window",
            "over_cap",
        ] {
            assert!(text.contains(&format!("{key}: ")), "no `{key}` in {text}");
        }
        let filled = text
            .replace("http://127.0.0.1:8000", &mock.url())
            .replace("prompts.jsonl", "rows.csv");
        config(&folder, name, &filled);
        check(
            &runbench(folder.path(), &["validate", name], &[]),
            2,
            &["it has no prompt", "`text_input`"],
        );
        let column = if name == "c.yaml" {
            "\ncolumn: [prompt=text_input]\n"
        } else {
            "(column: [\"prompt=text_input\"], "
        };
        let filled = if name == "c.yaml" {
            filled + column
        } else {
            filled.replacen('(', column, 1)
        };
        config(&folder, name, &filled);
        let parts = [
            "type: poisson",
            "target_qps: 5",
            "# valid: 2 rows, 5 requests/s, Poisson",
        ];
        check(&runbench(folder.path(), &["validate", name], &[]), 0, &parts);
    }
    check(
        &runbench(folder.path(), &["init", "-"], &[]),
        0,
        &["concurrency: 8"],
    );
    assert!(!folder.path().join("report").exists(), "validating made a folder");
}

#[test]
fn a_probe_shows_what_comes_back() {
    let (mock, folder) = (mock(), folder());
    let probe = |url: &str, args: &[&str]| {
        let args = [&["probe", "--endpoint", url, "--model", "m"][..], args].concat();
        runbench(folder.path(), &args, &[])
    };
    let parts = [
        "POST http://127.0.0.1:",
        "status         200, a stream of events",
        "first chunk",
        "4 of text",
        "finish reason",
        "text",
    ];
    check(&probe(&mock.url(), &["--prompt", "hi"]), 0, &parts);
    check(
        &probe(&mock.url(), &["--no-streaming", "--api", "completions"]),
        0,
        &["/v1/completions", "server's usage"],
    );

    let server = Server::start(|_, stream| {
        send(
            stream,
            answer(
                "404 Not Found",
                "application/json",
                "{\"error\":\"no\u{202e}such\"}",
            ),
        );
        Then::Keep
    });
    let output = probe(&server.url(), &[]);
    check(
        &output,
        4,
        &[
            "status         404",
            "asked for `/v1/chat/completions` and model `m`",
            "no such",
        ],
    );

    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    check(
        &probe(&format!("http://127.0.0.1:{port}"), &[]),
        3,
        &["connection refused"],
    );
}

#[test]
fn a_compressed_answer_is_called_one() {
    let folder = folder();
    let server = Server::start(|_, stream| {
        let body = b"\x1f\x8b\x08\x00\x00\x00\x00\x00";
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        send(stream, [head.as_bytes(), body].concat());
        Then::Keep
    });
    let output = runbench(
        folder.path(),
        &["probe", "--endpoint", &server.url(), "--model", "m"],
        &[],
    );
    check(
        &output,
        4,
        &["the answer is compressed", "switch compression off"],
    );
}
