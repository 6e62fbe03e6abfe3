//! The load engine beside `wrk` and `oha`: one run, the server on one core and the client on the other.
//!
//! `cargo bench --bench client` prints the tables of `benches/README.md`. `wrk` and `oha` are left out where they are
//! not installed; `--rounds N`, `--seconds S` and `--only NAME` change what is run.

#![expect(clippy::print_stdout, reason = "a bench prints its tables")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use runbench::affinity::allowed_cores;
use runbench::clock::Clock;
use runbench_benches::canned_server::{CannedServer, streamed_answer, whole_answer};
use runbench_benches::load_client::{self, BODY, Options, Ran};
use runbench_core::health::shares;
use runbench_core::schedule::LoadPattern;

/// Events of a streamed answer, without `[DONE]`.
const CHUNKS: usize = 64;

struct Settings {
    rounds: usize,
    seconds: u64,
    only: Option<String>,
    cores: (usize, usize),
    folder: PathBuf,
    oha: Option<PathBuf>,
}

fn main() -> Result<()> {
    let settings = settings()?;
    let wants = |name: &str| settings.only.as_deref().is_none_or(|only| only == name);
    if wants("cost") {
        cost(
            &settings,
            "one JSON answer, 256 connections",
            &whole_answer(),
            256,
        )?;
        cost(
            &settings,
            "stream of 64 chunks, 64 connections",
            &streamed_answer(CHUNKS),
            64,
        )?;
    }
    if wants("live") {
        live_view(&settings)?;
    }
    if wants("lateness") {
        lateness(&settings)?;
    }
    if wants("program") {
        start_up(&settings)?;
        memory(&settings)?;
    }
    Ok(())
}

fn settings() -> Result<Settings> {
    let mut settings = Settings {
        rounds: 5,
        seconds: 2,
        only: None,
        cores: (0, 0),
        folder: std::env::temp_dir().join(format!("runbench-bench-{}", std::process::id())),
        oha: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--rounds" => settings.rounds = value()?.parse()?,
            "--seconds" => settings.seconds = value()?.parse()?,
            "--only" => settings.only = Some(value()?),
            "--oha" => settings.oha = Some(value()?.into()),
            _ => {}
        }
    }
    let cores = allowed_cores()?;
    if let [first, .., last] = cores.as_slice() {
        settings.cores = (*last, *first);
    }
    Ok(settings)
}

/// What one client spent on one request. Microseconds.
struct Cost {
    client: &'static str,
    thread_us: f64,
    process_us: f64,
}

/// Processor time for a request, of all three clients in turn.
fn cost(settings: &Settings, name: &str, answer: &[u8], in_flight: u32) -> Result<()> {
    println!("\n{name}: processor time a request, us (client thread / whole process)");
    let mut rounds: Vec<Vec<Cost>> = Vec::new();
    for round in 0..settings.rounds {
        let server = CannedServer::start(settings.cores.1, answer.to_vec(), Clock::start())?;
        let mut costs = Vec::new();
        if let Some(cost) = wrk(settings, &server, in_flight)? {
            costs.push(cost);
        }
        if let Some(cost) = oha(settings, &server, in_flight)? {
            costs.push(cost);
        }
        costs.push(ours(settings, &server, in_flight)?);
        let shown: Vec<String> = costs
            .iter()
            .map(|cost| format!("{} {:.2}/{:.2}", cost.client, cost.thread_us, cost.process_us))
            .collect();
        println!("  round {}: {}", round + 1, shown.join(", "));
        rounds.push(costs);
    }
    for other in ["wrk", "oha"] {
        let ratio = |of: fn(&Cost) -> f64| {
            let ratios = rounds.iter().filter_map(|costs| {
                let find = |client: &str| costs.iter().find(|cost| cost.client == client);
                Some(of(find("runbench")?) / find(other)?.thread_us)
            });
            median(ratios.collect())
        };
        if let (Some(thread), Some(process)) = (ratio(|it| it.thread_us), ratio(|it| it.process_us)) {
            println!(
                "  median: client thread {thread:.2} x {other}, with the event log's thread {process:.2} x {other}"
            );
        }
    }
    Ok(())
}

fn ours(settings: &Settings, server: &CannedServer, in_flight: u32) -> Result<Cost> {
    let server_before = server.cpu_ns.load(std::sync::atomic::Ordering::Relaxed);
    let ran = run_ours(settings, server, in_flight, false)?;
    let server_ns = server.cpu_ns.load(std::sync::atomic::Ordering::Relaxed) - server_before;
    let n = float(ran.n_completed.max(1));
    if ran.n_events > 0 {
        println!(
            "    runbench: {:.2} million events/s of its thread's time, {:.0} % at work",
            float(ran.n_events) * 1e3 / float(ran.health.cpu_ns.max(1)),
            shares(&ran.health).busy * 100.0
        );
    }
    Ok(Cost {
        client: "runbench",
        thread_us: float(ran.health.cpu_ns) / n / 1e3,
        process_us: float(ran.process_ns.saturating_sub(server_ns)) / n / 1e3,
    })
}

fn run_ours(settings: &Settings, server: &CannedServer, in_flight: u32, live_view: bool) -> Result<Ran> {
    load_client::run(&Options {
        address: server.address,
        cores: settings.cores,
        pattern: LoadPattern::Concurrency { in_flight },
        duration: Duration::from_secs(settings.seconds),
        folder: &settings.folder,
        live_view,
    })
}

fn wrk(settings: &Settings, server: &CannedServer, in_flight: u32) -> Result<Option<Cost>> {
    std::fs::create_dir_all(&settings.folder)?;
    let script = settings.folder.with_extension("lua");
    std::fs::write(
        &script,
        format!(
            "wrk.method = 'POST'\nwrk.body = [[{BODY}]]\nwrk.headers['Content-Type'] = 'application/json'\n"
        ),
    )?;
    let mut command = pinned(settings, Path::new("wrk"));
    command
        .args(["-t1", "-c"])
        .arg(in_flight.to_string())
        .arg(format!("-d{}s", settings.seconds))
        .arg("-s")
        .arg(&script)
        .arg(format!("http://{}/v1/chat/completions", server.address));
    run_other("wrk", command, server)
}

fn oha(settings: &Settings, server: &CannedServer, in_flight: u32) -> Result<Option<Cost>> {
    let program = settings.oha.clone().unwrap_or_else(|| "oha".into());
    let mut command = pinned(settings, &program);
    command
        .args([
            "--no-tui",
            "-m",
            "POST",
            "-T",
            "application/json",
            "-d",
            BODY,
            "-c",
        ])
        .arg(in_flight.to_string())
        .arg("-z")
        .arg(format!("{}s", settings.seconds))
        .arg(format!("http://{}/v1/chat/completions", server.address));
    run_other("oha", command, server)
}

fn pinned(settings: &Settings, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .arg("-c")
        .arg(settings.cores.0.to_string())
        .arg(program)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Runs another client; its requests are counted by the server, its processor time by the system.
fn run_other(client: &'static str, mut command: Command, server: &CannedServer) -> Result<Option<Cost>> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let count = || server.n_requests.load(std::sync::atomic::Ordering::Relaxed);
    let before = count();
    let mut child = command.spawn().context("`taskset` can't be started")?;
    let pid = Pid::from_child(&child);
    // Left in the table, so that its times can still be read.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    if !child.wait()?.success() {
        println!("  {client} is not installed, or failed");
        return Ok(None);
    }
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    let ticks = ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0);
    let n = count() - before;
    let us = float(ticks) * 1e6 / float(rustix::param::clock_ticks_per_second()) / float(n.max(1));
    Ok(Some(Cost {
        client,
        thread_us: us,
        process_us: us,
    }))
}

/// What reading the live figures costs the client's thread.
fn live_view(settings: &Settings) -> Result<()> {
    println!("\nlive view: processor time of the client thread for a request, with against without it");
    let mut ratios = Vec::new();
    for _ in 0..settings.rounds {
        let server = CannedServer::start(settings.cores.1, streamed_answer(CHUNKS), Clock::start())?;
        let cost = |live_view: bool| -> Result<f64> {
            let ran = run_ours(settings, &server, 64, live_view)?;
            Ok(float(ran.health.cpu_ns) / float(ran.n_completed.max(1)))
        };
        let (without, with) = (cost(false)?, cost(true)?);
        ratios.push(with / without);
    }
    println!(
        "  ratios {ratios:.3?}, median {:.3}",
        median(ratios.clone()).unwrap_or(0.0)
    );
    Ok(())
}

/// How late requests are sent at a rate.
fn lateness(settings: &Settings) -> Result<()> {
    println!("\nsend time less schedule, us");
    println!(
        "  {:<10}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "arrivals", "rate/s", "p50", "p90", "p99", "max"
    );
    let pattern = |is_poisson, qps| {
        if is_poisson {
            LoadPattern::Poisson { qps, seed: 42 }
        } else {
            LoadPattern::Constant { qps }
        }
    };
    for (name, is_poisson) in [("constant", false), ("poisson", true)] {
        for rate in [100.0, 1000.0, 10_000.0] {
            let server = CannedServer::start(settings.cores.1, whole_answer(), Clock::start())?;
            let options = Options {
                address: server.address,
                cores: settings.cores,
                pattern: pattern(is_poisson, rate),
                duration: Duration::from_secs(settings.seconds),
                folder: &settings.folder,
                live_view: false,
            };
            let ran = load_client::run(&options)?;
            let late = &ran.lateness_ns;
            let at = |p: usize| {
                let last = late.len().saturating_sub(1);
                float(late.get(last * p / 100).copied().unwrap_or(0)) / 1e3
            };
            println!(
                "  {name:<10}{rate:>9}{:>9.1}{:>9.1}{:>9.1}{:>9.1}   waited for its core {:.2} % of the window",
                at(50),
                at(90),
                at(99),
                at(100),
                shares(&ran.health).run_queue.unwrap_or(0.0) * 100.0
            );
        }
    }
    Ok(())
}

/// From the start of the program to its first request.
fn start_up(settings: &Settings) -> Result<()> {
    let mut times_ms = Vec::new();
    for _ in 0..settings.rounds {
        let clock = Clock::start();
        let server = CannedServer::start(settings.cores.1, whole_answer(), clock)?;
        let started_ns = clock.now_ns();
        run_program(settings, &server, 1)?;
        let first_ns = server.first_request_ns.load(std::sync::atomic::Ordering::Relaxed);
        times_ms.push(float(first_ns.saturating_sub(started_ns)) / 1e6);
    }
    println!(
        "\nstart of `runbench run` to its first request: {times_ms:.0?} ms, median {:.0} ms",
        median(times_ms.clone()).unwrap_or(0.0)
    );
    Ok(())
}

/// What a request adds to the largest memory that the program ever had, reports included.
fn memory(settings: &Settings) -> Result<()> {
    const FEW: u64 = 100_000;
    const MANY: u64 = 1_000_000;
    let mut peaks = Vec::new();
    for samples in [FEW, MANY] {
        let server = CannedServer::start(settings.cores.1, whole_answer(), Clock::start())?;
        peaks.push(run_program(settings, &server, samples)?);
    }
    if let [few, many] = peaks.as_slice() {
        println!(
            "\nlargest memory: {} kB after {FEW} requests, {} kB after {MANY}: {:.0} bytes a request",
            few / 1024,
            many / 1024,
            float(many.saturating_sub(*few)) / float(MANY - FEW)
        );
    }
    Ok(())
}

/// Runs the program itself; gives the most memory it had resident. Bytes.
fn run_program(settings: &Settings, server: &CannedServer, samples: u64) -> Result<u64> {
    let program = std::env::current_exe()?;
    let program = program
        .parent()
        .and_then(Path::parent)
        .context("a bench lies in target/release/deps")?
        .join("runbench");
    std::fs::create_dir_all(&settings.folder)?;
    let dataset = settings.folder.join("rows.jsonl");
    std::fs::write(&dataset, "{\"prompt\":\"Tell me something short.\"}\n")?;
    let mut child = Command::new(program)
        .args([
            "run",
            "--quiet",
            "--overwrite",
            "--model",
            "m",
            "--streaming",
            "off",
        ])
        .args(["--concurrency", "64", "--num-samples", &samples.to_string()])
        .arg("--endpoint")
        .arg(format!("http://{}", server.address))
        .arg("--dataset")
        .arg(&dataset)
        .arg("--out")
        .arg(settings.folder.join("out"))
        .stdout(Stdio::null())
        .spawn()
        .context("`runbench` isn't built: run `cargo build --release` first")?;
    let mut peak_bytes = 0;
    while child.try_wait()?.is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak_kb = peak.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        peak_bytes = peak_kb.map_or(peak_bytes, |kb| kb * 1024);
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(peak_bytes)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn float(value: u64) -> f64 {
    value as f64
}
