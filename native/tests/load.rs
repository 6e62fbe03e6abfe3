//! Loads over real sockets, most of them against the mock: rates, orders, caps, warm-up, stop rules, several servers.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbench::event_files::{self, EventLog};
use runbench::mock::{MockOptions, Server as Mock};
use runbench::run::{
    Interrupt, Load, Progress, RunError, RunOptions, RunOutcome, StopRule, WarmUpOptions, run,
};
use runbench_core::metrics::Slo;
use runbench_core::order::{Order, Salts, SampleOrder};
use runbench_core::record::{FailureClass, Record, RequestRecord, RunState};
use runbench_core::schedule::{LoadPattern, Next, OverCap, Plan, Schedule, Thread, Tickets};
use serde_json::Value;
use support::{Received, Server, Then, answer, send};
use tempfile::TempDir;

const N_ROWS: u64 = 10;

struct Silent;

impl Progress for Silent {
    fn tick(&mut self, _elapsed: Duration, _issued: u64, _completed: u64, _failed: u64) {}
    fn phase(&mut self, _name: &str) {}
}

struct Ran {
    outcome: RunOutcome,
    out: PathBuf,
    _folder: TempDir,
}

impl Ran {
    /// Every request, by number.
    fn records(&self) -> Vec<RequestRecord> {
        let log = EventLog::open(&event_files::folder(&self.out)).unwrap();
        let mut requests: Vec<RequestRecord> = log
            .records()
            .filter_map(|record| match record.unwrap() {
                Record::Request(request) => Some(request),
                _ => None,
            })
            .collect();
        requests.sort_by_key(|request| request.id);
        requests
    }

    fn started_ns(&self) -> u64 {
        let log = EventLog::open(&event_files::folder(&self.out)).unwrap();
        log.end().unwrap().started_ns
    }

    fn json(&self, file: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.out.join(file)).unwrap()).unwrap()
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.out.join(file)).unwrap()
    }
}

fn try_run(url: &str, change: impl FnOnce(&mut RunOptions)) -> Result<Ran, RunError> {
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("rows.jsonl");
    let mut rows = String::new();
    for n in 0..N_ROWS {
        writeln!(rows, "{{\"prompt\":\"row {n}\"}}").unwrap();
    }
    std::fs::write(&dataset, rows).unwrap();
    let out = folder.path().join("out");
    let mut options = RunOptions::new(url, "m", dataset, out.clone());
    change(&mut options);
    Ok(Ran {
        outcome: run(&options, &mut Silent, &Interrupt::default())?,
        out,
        _folder: folder,
    })
}

fn run_with(url: &str, change: impl FnOnce(&mut RunOptions)) -> Ran {
    try_run(url, change).unwrap()
}

fn mock(ttft: Duration) -> Mock {
    Mock::start(MockOptions {
        ttft,
        gap: Duration::ZERO,
        tokens: 4,
        ..MockOptions::default()
    })
    .unwrap()
}

/// A server that answers at once and remembers what it was sent.
fn recording() -> (Server, Arc<Mutex<Vec<Received>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Server::start({
        let seen = Arc::clone(&seen);
        move |received, stream| {
            seen.lock().unwrap().push(received.clone());
            let body = "{\"id\":\"1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\
                        \"finish_reason\":\"stop\"}]}";
            send(stream, answer("200 OK", "application/json", body));
            Then::Keep
        }
    });
    (server, seen)
}

fn prompt_of(received: &Received) -> String {
    let body: Value = serde_json::from_slice(&received.body).unwrap();
    let prompt = body.pointer("/messages/0/content").and_then(Value::as_str);
    prompt.unwrap().to_owned()
}

/// Arrival times after the start, as one thread's schedule has them.
fn arrivals(pattern: LoadPattern, n: u64) -> Vec<u64> {
    let plan = Plan {
        stop: runbench_core::schedule::StopRule::samples(n),
        ..Plan::new(pattern, N_ROWS)
    };
    let mut schedule = Schedule::new(&plan, Thread::ALONE, &Arc::new(Tickets::default()), 0).unwrap();
    let mut times = Vec::new();
    while let Next::Send { scheduled_ns, .. } = schedule.next(u64::MAX - 1) {
        times.push(scheduled_ns);
    }
    times
}

#[test]
fn a_rate_is_sent_as_it_is_scheduled_by_however_many_threads() {
    let mock = mock(Duration::from_millis(1));
    let ran = run_with(&mock.url(), |options| {
        options.load = Load::Poisson { qps: 400.0 };
        options.stop = StopRule::Samples(40);
        options.threads = Some(2);
    });
    let pattern = LoadPattern::Poisson { qps: 400.0, seed: 42 };
    let started_ns = ran.started_ns();
    let records = ran.records();
    let scheduled: Vec<u64> = records
        .iter()
        .map(|record| record.scheduled_ns - started_ns)
        .collect();
    assert_eq!(scheduled, arrivals(pattern, 40));
    assert!(
        records
            .iter()
            .all(|record| record.issued_ns >= record.scheduled_ns)
    );
    let mut order = SampleOrder::new(Order::Shuffled { seed: 42 }, N_ROWS).unwrap();
    let rows: Vec<u64> = records.iter().map(|record| record.sample_index).collect();
    assert_eq!(
        rows,
        (0..40).map(|ticket| order.sample(ticket)).collect::<Vec<u64>>()
    );
    assert_eq!(ran.outcome.n_completed, 40);

    let summary = ran.json("performance/result_summary.json");
    let pattern = &summary["run_config"]["load_pattern"];
    assert_eq!(pattern["type"], "poisson");
    assert_eq!(
        (&pattern["target_qps"], &pattern["use_legacy_loadgen_qps_metrics"]),
        (&400.0.into(), &true.into())
    );
    // The reference's rates are over LoadGen's window; ours beside it over the whole.
    let window_ns = summary["legacy_loadgen_window_duration_ns"].as_f64().unwrap();
    let qps = summary["qps"].as_f64().unwrap();
    assert!((qps - 39.0 / (window_ns / 1e9)).abs() < 1e-6, "{qps}");
    assert!(ran.text("config.yaml").contains("    target_qps: 400\n"));
}

#[test]
fn threads_share_a_number_of_requests_in_flight() {
    let mock = mock(Duration::from_millis(300));
    for (concurrency, threads) in [(5, 2), (1, 2), (4, 1)] {
        let ran = run_with(&mock.url(), |options| {
            options.concurrency = concurrency;
            options.stop = StopRule::Samples(8);
            options.threads = Some(threads);
        });
        let records = ran.records();
        let ids: Vec<u64> = records.iter().map(|record| record.id).collect();
        assert_eq!(ids, (0..8).collect::<Vec<u64>>());
        assert_eq!(most_in_flight(&records), usize::try_from(concurrency).unwrap());
    }
}

#[test]
fn every_row_is_sent_once_a_pass_and_the_map_says_which() {
    let mock = mock(Duration::ZERO);
    let ran = run_with(&mock.url(), |options| {
        options.concurrency = 4;
        options.stop = StopRule::Samples(2 * N_ROWS);
        options.threads = Some(2);
    });
    let records = ran.records();
    for pass in records.chunks(usize::try_from(N_ROWS).unwrap()) {
        let rows: BTreeSet<u64> = pass.iter().map(|record| record.sample_index).collect();
        assert_eq!(rows, (0..N_ROWS).collect());
    }
    let map = ran.json("sample_idx_map.json");
    let entries = map["performance"].as_object().unwrap();
    let rows: Vec<u64> = entries.values().map(|row| row.as_u64().unwrap()).collect();
    // Ids end with the request's number, so that their order is that of the requests.
    assert_eq!(
        rows,
        records
            .iter()
            .map(|record| record.sample_index)
            .collect::<Vec<u64>>()
    );
}

#[test]
fn a_single_row_can_be_sent_again_and_again() {
    let (server, seen) = recording();
    run_with(&server.url(), |options| {
        options.order = Order::Single(3);
        options.stop = StopRule::Samples(4);
    });
    let prompts: Vec<String> = seen.lock().unwrap().iter().map(prompt_of).collect();
    assert_eq!(prompts, ["row 3"; 4]);
}

#[test]
fn everything_at_once_is_in_flight_together() {
    let mock = mock(Duration::from_millis(400));
    let ran = run_with(&mock.url(), |options| {
        options.load = Load::MaxThroughput;
        options.stop = StopRule::Samples(12);
    });
    let records = ran.records();
    assert_eq!(records.len(), 12);
    let started_ns = ran.started_ns();
    assert!(records.iter().all(|record| record.scheduled_ns == started_ns));
    let first_end = records.iter().map(|record| record.done_ns).min().unwrap();
    assert!(records.iter().all(|record| record.issued_ns < first_end));
    assert!(ran.text("config.yaml").contains("type: offline\n"));
}

fn capped(options: &mut RunOptions, over_cap: OverCap) {
    options.load = Load::Constant { qps: 200.0 };
    options.max_in_flight = Some(2);
    options.over_cap = over_cap;
    options.stop = StopRule::Samples(10);
    options.threads = Some(1);
}

/// The most requests that were in flight at once.
fn most_in_flight(records: &[RequestRecord]) -> usize {
    let at = |moment_ns: u64| {
        let is_open = |record: &&RequestRecord| record.issued_ns <= moment_ns && moment_ns < record.done_ns;
        records.iter().filter(is_open).count()
    };
    records
        .iter()
        .map(|record| at(record.issued_ns))
        .max()
        .unwrap_or(0)
}

#[test]
fn arrivals_beyond_the_cap_wait_and_the_report_says_so() {
    let mock = mock(Duration::from_millis(60));
    let ran = run_with(&mock.url(), |options| capped(options, OverCap::Wait));
    let records = ran.records();
    assert_eq!(ran.outcome.n_completed, 10);
    assert!(most_in_flight(&records) <= 2);
    // The times that the schedule wanted stay: five milliseconds apart.
    assert!(
        records
            .iter()
            .is_sorted_by(|one, next| one.scheduled_ns + 5_000_000 == next.scheduled_ns)
    );
    assert!(
        ran.outcome
            .notices
            .iter()
            .any(|notice| notice.contains("arrivals had to wait"))
    );
}

#[test]
fn arrivals_beyond_the_cap_are_dropped_if_that_is_asked() {
    let mock = mock(Duration::from_millis(60));
    let ran = run_with(&mock.url(), |options| capped(options, OverCap::Drop));
    let n_dropped = ran.outcome.failures[&FailureClass::Dropped];
    assert_eq!(ran.outcome.n_completed + n_dropped, 10);
    assert!(n_dropped > 0 && ran.outcome.n_completed >= 2);
    let summary = ran.json("performance/result_summary.json");
    assert_eq!(summary["failures"]["dropped"], n_dropped);
    assert_eq!(summary["with_failures"]["latency"]["99.9"], "Infinity");
    assert_eq!(summary["state"], "complete");
}

#[test]
fn a_warm_up_is_salted_and_recorded_nowhere() {
    let (server, seen) = recording();
    let ran = run_with(&server.url(), |options| {
        options.warmup = Some(WarmUpOptions {
            n_requests: Some(3),
            salt: true,
            drain: true,
            ..WarmUpOptions::default()
        });
        options.stop = StopRule::Samples(2);
        options.streaming = false;
    });
    let prompts: Vec<String> = seen.lock().unwrap().iter().map(prompt_of).collect();
    // Loadgen section 3: order by seed + 1, salts by seed + 2, and the measured phase by its own seed.
    let mut salts = Salts::new(44);
    let mut order = SampleOrder::new(Order::Shuffled { seed: 43 }, N_ROWS).unwrap();
    let mut expected: Vec<String> = (0..3)
        .map(|ticket| salts.salted(&format!("row {}", order.sample(ticket))))
        .collect();
    expected.extend(["row 7".to_owned(), "row 3".to_owned()]);
    assert_eq!(prompts, expected);
    assert_eq!((ran.records().len(), ran.outcome.n_issued), (2, 2));
    assert!(
        ran.outcome
            .notices
            .iter()
            .any(|notice| notice.starts_with("3 requests warmed the endpoint up, 0 of them"))
    );
    let summary = ran.json("performance/result_summary.json");
    assert_eq!(summary["run_config"]["warmup"]["enabled"], true);
    assert_eq!(summary["run_config"]["warmup"]["warmup_random_seed"], 42);
}

#[test]
fn a_warm_up_that_is_not_waited_for_leaves_no_trace_in_the_figures() {
    let mock = mock(Duration::from_millis(50));
    let ran = run_with(&mock.url(), |options| {
        options.concurrency = 2;
        options.warmup = Some(WarmUpOptions {
            n_requests: Some(4),
            ..WarmUpOptions::default()
        });
        options.stop = StopRule::Samples(4);
    });
    let started_ns = ran.started_ns();
    let records = ran.records();
    assert_eq!(records.len(), 4);
    assert!(records.iter().all(|record| record.issued_ns >= started_ns));
}

#[test]
fn a_floor_on_time_is_a_floor() {
    let mock = mock(Duration::from_millis(5));
    let floor = Duration::from_millis(300);
    for load in [
        Load::Concurrency,
        Load::Poisson { qps: 100.0 },
        Load::Constant { qps: 30.0 },
    ] {
        let ran = run_with(&mock.url(), |options| {
            options.load = load;
            options.stop = StopRule::Bounds {
                samples: Some(3),
                min_duration: floor,
                max_duration: None,
            };
        });
        let summary = ran.json("performance/result_summary.json");
        let duration_ns = summary["duration_ns"].as_u64().unwrap();
        assert!(
            duration_ns >= u64::try_from(floor.as_nanos()).unwrap(),
            "{load:?}: {duration_ns}"
        );
        assert!(ran.outcome.n_completed >= 3);
    }
}

#[test]
fn what_is_in_flight_is_waited_for_up_to_the_limit() {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let server = Server::start(move |_, _| {
        let _released = wait.lock().unwrap().recv();
        Then::Close
    });
    let ran = run_with(&server.url(), |options| {
        options.stop = StopRule::Samples(1);
        options.performance_drain_timeout = Some(Duration::from_millis(50));
    });
    drop(release);
    assert_eq!(ran.outcome.failures.get(&FailureClass::Abandoned), Some(&1));
    // The limit was asked for: this is no interrupted run.
    assert_eq!(ran.outcome.state, RunState::Complete);
}

#[test]
fn several_servers_take_turns() {
    let (one, seen_by_one) = recording();
    let (other, seen_by_other) = recording();
    let ran = run_with(&one.url(), |options| {
        options.endpoints.push(other.url());
        options.stop = StopRule::Samples(7);
        options.streaming = false;
    });
    assert_eq!(ran.outcome.n_completed, 7);
    assert_eq!(
        (
            seen_by_one.lock().unwrap().len(),
            seen_by_other.lock().unwrap().len()
        ),
        (4, 3)
    );
    let received = seen_by_other.lock().unwrap().first().unwrap().clone();
    assert!(
        received.head.contains(&format!("127.0.0.1:{}", other.port)),
        "{}",
        received.head
    );
}

#[test]
fn each_request_has_an_id_and_no_secret_is_written() {
    let (server, seen) = recording();
    let ran = run_with(&server.url(), |options| {
        options.stop = StopRule::Samples(3);
        options.streaming = false;
        // A variable that is there in every test; what it holds stands for a key.
        options.api_key_env = Some("CARGO_MANIFEST_DIR".to_owned());
        options.headers = vec![("X-Team".to_owned(), "hunter2".to_owned())];
    });
    let heads: Vec<String> = seen
        .lock()
        .unwrap()
        .iter()
        .map(|received| received.head.to_lowercase())
        .collect();
    let id = |head: &String| {
        let line = head
            .lines()
            .find(|line| line.starts_with("x-request-id: "))
            .unwrap();
        line.to_owned()
    };
    let ids: BTreeSet<String> = heads.iter().map(id).collect();
    assert_eq!(ids.len(), 3, "{ids:?}");
    let key = env!("CARGO_MANIFEST_DIR");
    assert!(heads.iter().all(|head| head.contains("x-team: hunter2")));
    assert!(heads.iter().all(|head| head.contains(&key.to_lowercase())));
    let mut folders = vec![ran.out.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                !text.contains("hunter2") && !text.contains(key),
                "{}",
                entry.path().display()
            );
        }
    }
}

#[test]
fn goodput_and_the_course_of_a_run_are_reported() {
    let mock = mock(Duration::from_millis(30));
    let ran = run_with(&mock.url(), |options| {
        options.concurrency = 2;
        options.stop = StopRule::Samples(10);
        options.goodput = Slo {
            ttft_ns: Some(1e12),
            latency_ns: Some(1e6),
            ..Slo::default()
        };
    });
    let goodput = &ran.json("performance/result_summary.json")["goodput"];
    assert_eq!(
        (&goodput["n_good"], &goodput["n_unknown"]),
        (&0.into(), &0.into())
    );
    assert_eq!(goodput["slo_ms"]["e2el"], 1.0);
    assert!(
        ran.text("report.txt")
            .contains("(0 of 10 kept ttft 1000000 ms and e2el 1 ms)"),
        "{}",
        ran.text("report.txt")
    );
    let timeline = ran.json("performance/timeline.json");
    let sum = |key: &str| {
        timeline[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((sum("issued"), sum("completed"), sum("failed")), (10, 10, 0));
    // Little's law: time in flight, counted by steps and by requests.
    let step_ns = timeline["step_ns"].as_f64().unwrap();
    let in_flight = timeline["mean_in_flight"].as_array().unwrap();
    let by_steps: f64 = in_flight
        .iter()
        .map(|mean| mean.as_f64().unwrap() * step_ns)
        .sum();
    let by_requests: u64 = ran
        .records()
        .iter()
        .map(|record| record.done_ns - record.issued_ns)
        .sum();
    let by_requests = Duration::from_nanos(by_requests).as_secs_f64() * 1e9;
    assert!((by_steps - by_requests).abs() < 1e3, "{by_steps} {by_requests}");
}

#[test]
fn refuses_plans_without_sense() {
    let check = |change: fn(&mut RunOptions), expected: &str| {
        let error = try_run("http://127.0.0.1:9", change).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(
        |options| options.load = Load::Constant { qps: -1.0 },
        "the rate is -1 requests/s",
    );
    check(
        |options| {
            options.load = Load::MaxThroughput;
            options.stop = StopRule::After(Duration::from_secs(1));
        },
        "a minimum duration has no meaning",
    );
    check(
        |options| options.order = Order::Single(N_ROWS),
        "sample 10 is not in a dataset of 10 rows",
    );
    check(|options| options.endpoints.clear(), "no endpoint");
    check(
        |options| options.headers = vec![("Host".to_owned(), "x".to_owned())],
        "set by runbench itself",
    );
}
