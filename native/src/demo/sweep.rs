//! The demo itself: endpoint, questions, points, submission, verdict.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use runbench_core::check::Report;
use runbench_core::record::RunState;
use serde_json::Value;

use super::cores::CoreShares;
use super::dataset::write_dataset;
use super::endpoint::{Endpoint, EndpointError, EndpointOptions};
use super::folder::{Folder, FolderError};
use super::judge::{JudgeError, judge, region_names};
use super::machine::Machine;
use super::point::{CONCURRENCIES, Point};
use super::score::score;
use super::submission::{MODEL, write_submission};
use crate::affinity::allowed_cores;
use crate::event_files::EventLogError;
use crate::mock::questions::Question;
use crate::mock::tokenizer::TOKENIZER;
use crate::report_files::RESULT_SUMMARY;
use crate::run::{Interrupt, Progress, RunError, RunOptions, StopRule, run};
use crate::tokens::TokenizerSource;

/// How long the mock may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long one request may take; at 64 in flight the mock needs less than one second.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// Longer than any answer of the mock.
const MAX_OUTPUT_TOKENS: u32 = 128;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoOptions {
    /// The program whose `mock` subcommand is the endpoint: this one.
    pub program: PathBuf,
    /// Where everything is written.
    pub out: PathBuf,
    /// How long each point issues requests.
    pub point_duration: Duration,
    /// Seed of the questions and of the mock.
    pub seed: u64,
    /// Share of requests that the mock fails.
    pub failure_rate: f64,
    /// Share of questions that the mock answers wrongly.
    pub wrong_rate: f64,
}

/// Told how the demo gets on.
pub trait Watch: Progress {
    /// The endpoint listens; the cores are divided as `cores` says.
    fn started(&mut self, url: &str, cores: &str);
    /// A point begins, the `number`th (from 1) of `of`.
    fn point(&mut self, number: usize, of: usize, concurrency: u32);
    /// All points are measured, or the demo was interrupted.
    fn measured(&mut self);
}

/// What came of it.
#[derive(Debug)]
pub struct DemoOutcome {
    /// Where everything lies.
    pub folder: Folder,
    /// The points that were measured.
    pub points: Vec<Point>,
    /// The submission and its verdict; `None` when the demo was interrupted before all points were measured.
    pub submission: Option<(PathBuf, Report)>,
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The mock endpoint did not start.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A point could not be run.
    #[error("at concurrency {concurrency}: {cause}")]
    Run {
        /// The point.
        concurrency: u32,
        /// What the run says.
        cause: RunError,
    },
    /// The mock endpoint is gone.
    #[error("the mock endpoint ended at concurrency {concurrency} ({status})")]
    EndpointEnded {
        /// The point.
        concurrency: u32,
        /// Its exit status.
        status: String,
    },
    /// No request was answered.
    #[error("none of {issued} requests was answered at concurrency {concurrency}")]
    NothingMeasured {
        /// The point.
        concurrency: u32,
        /// Requests issued.
        issued: u64,
    },
    /// The answers can't be read back.
    #[error(transparent)]
    Log(#[from] EventLogError),
    /// The run's summary can't be read back.
    #[error("can't read `{}`: {cause}", path.display())]
    Summary {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: std::io::Error,
    },
    /// There is no verdict.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

impl DemoError {
    /// The program's exit code: 3 setup failed, 4 execution failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Folder(_) | Self::Endpoint(_) => 3,
            // The demo chooses the run's options itself: what the user did wrong can't be among them.
            Self::Run { cause, .. } => cause.exit_code().max(3),
            _ => 4,
        }
    }
}

/// Runs the demo. The endpoint is gone when this returns, whatever happened.
pub fn demo(
    options: &DemoOptions,
    interrupt: &Interrupt,
    watch: &mut dyn Watch,
) -> Result<DemoOutcome, DemoError> {
    let regions = region_names(&CONCURRENCIES)?;
    let folder = Folder::prepare(&options.out)?;
    let questions = write_dataset(&folder.dataset(), options.seed)?;
    let cores = CoreShares::new(&allowed_cores().unwrap_or_default());
    let endpoint_options = EndpointOptions {
        model: MODEL.to_owned(),
        seed: options.seed,
        core: cores.mock,
        failure_rate: options.failure_rate,
        wrong_rate: options.wrong_rate,
    };
    let mut endpoint = Endpoint::start(&options.program, &endpoint_options, START_LIMIT)?;
    watch.started(endpoint.url(), &cores.words);

    let mut points = Vec::new();
    for (index, (concurrency, region)) in CONCURRENCIES.into_iter().zip(regions).enumerate() {
        if interrupt.load(Ordering::Relaxed) {
            break;
        }
        watch.point(index.saturating_add(1), CONCURRENCIES.len(), concurrency);
        let run_options = RunOptions {
            concurrency,
            stop: StopRule::After(options.point_duration),
            max_output_tokens: MAX_OUTPUT_TOKENS,
            tokenizer: Some(TokenizerSource::Embedded(TOKENIZER)),
            threads: Some(1),
            cores: cores.client.map(|core| vec![core]),
            request_timeout: REQUEST_LIMIT,
            ..RunOptions::new(
                endpoint.url(),
                MODEL,
                folder.dataset(),
                folder.report(concurrency),
            )
        };
        let outcome = run(&run_options, watch, interrupt);
        if let Some(status) = endpoint.ended() {
            return Err(DemoError::EndpointEnded {
                concurrency,
                status: status.to_string(),
            });
        }
        let outcome = match outcome {
            // Before this point sent anything: what was measured before it stands.
            Err(RunError::Interrupted) => break,
            outcome => outcome.map_err(|cause| DemoError::Run { concurrency, cause })?,
        };
        let interrupted = outcome.state == RunState::Interrupted;
        if outcome.n_completed == 0 && !interrupted {
            return Err(DemoError::NothingMeasured {
                concurrency,
                issued: outcome.n_issued,
            });
        }
        points.push(read_point(&run_options.out, concurrency, region, &questions)?);
        if interrupted {
            break;
        }
    }
    drop(endpoint);
    watch.measured();

    let submission = if interrupt.load(Ordering::Relaxed) {
        None
    } else {
        let path = write_submission(&folder.submission(), &Machine::read(), &points)?;
        let report = judge(&path)?;
        Some((path, report))
    };
    Ok(DemoOutcome {
        folder,
        points,
        submission,
    })
}

fn read_point(
    report: &Path,
    concurrency: u32,
    region: &'static str,
    questions: &[Question],
) -> Result<Point, DemoError> {
    let path = report.join(RESULT_SUMMARY);
    let summary: Value = fs::read(&path)
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(std::io::Error::from))
        .map_err(|cause| DemoError::Summary { path, cause })?;
    Ok(Point::from_summary(
        concurrency,
        region,
        score(report, questions)?,
        summary,
    ))
}
