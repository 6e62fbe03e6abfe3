//! The mock endpoint as a child process, which never outlives the demo.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// What the mock of the demo is like.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointOptions {
    /// The one model it serves.
    pub model: String,
    /// Seed of its jitter and wrong answers.
    pub seed: u64,
    /// Core to pin it to; `None` leaves it to the system.
    pub core: Option<usize>,
    /// Share of requests that fail.
    pub failure_rate: f64,
    /// Share of problems that are answered wrongly.
    pub wrong_rate: f64,
}

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The program could not be started a second time.
    #[error("can't start the mock endpoint: {0}")]
    Spawn(std::io::Error),
    /// It ended before it listened.
    #[error("the mock endpoint ended before it listened ({status}){}", said(stderr))]
    Ended {
        /// Its exit status.
        status: String,
        /// What it wrote on stderr.
        stderr: String,
    },
    /// It did not listen in time.
    #[error("the mock endpoint did not listen within {} s", .0.as_secs())]
    Late(Duration),
    /// Its first line was something else.
    #[error("the mock endpoint said `{0}` instead of where it listens")]
    Unexpected(String),
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!(": {stderr}")
    }
}

/// A running mock endpoint. It is ended when this is dropped, and by the kernel if the demo is killed.
#[derive(Debug)]
pub struct Endpoint {
    child: Child,
    url: String,
}

impl Endpoint {
    /// Starts `program mock …` and waits until it listens.
    ///
    /// Call it on a thread that lives as long as the demo: the kernel ends the child with the *thread* that made it.
    pub fn start(program: &Path, options: &EndpointOptions, limit: Duration) -> Result<Self, EndpointError> {
        let mut command = Command::new(program);
        command
            .args([
                "mock",
                "--ttft",
                "15ms",
                "--gap",
                "3ms",
                "--tokens",
                "48",
                "--load-slope",
                "0.05",
            ])
            .args(["--model", &options.model])
            .args(["--seed", &options.seed.to_string()])
            .args(["--failure-rate", &options.failure_rate.to_string()])
            .args(["--wrong-rate", &options.wrong_rate.to_string()])
            .args(["--exit-with-parent", &std::process::id().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C at the terminal goes to the demo alone, which still needs answers to what is in flight.
            .process_group(0);
        if let Some(core) = options.core {
            command.args(["--cores", &core.to_string()]);
        }
        // From here on the child is ended whichever way this function is left.
        let mut endpoint = Self {
            child: command.spawn().map_err(EndpointError::Spawn)?,
            url: String::new(),
        };
        let line = endpoint.first_line(limit)?;
        match line.trim_end().strip_prefix("listening on ") {
            Some(url) => url.clone_into(&mut endpoint.url),
            None => return Err(EndpointError::Unexpected(line.trim_end().to_owned())),
        }
        Ok(endpoint)
    }

    /// Root URL of the endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How the child ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn first_line(&mut self, limit: Duration) -> Result<String, EndpointError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        if let Some(stdout) = self.child.stdout.take() {
            std::thread::spawn(move || {
                let mut line = String::new();
                // What can't be read is an empty line, which stands for the child's end.
                let _ = BufReader::new(stdout).read_line(&mut line);
                let _ = sender.send(line);
            });
        }
        let line = receiver
            .recv_timeout(limit)
            .map_err(|_| EndpointError::Late(limit))?;
        if !line.is_empty() {
            return Ok(line);
        }
        let status = self
            .child
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        let mut stderr = String::new();
        if let Some(pipe) = self.child.stderr.take() {
            // The child has ended; what it said is helpful but not needed.
            let _ = pipe.take(2000).read_to_string(&mut stderr);
        }
        Err(EndpointError::Ended {
            status,
            stderr: stderr.trim().to_owned(),
        })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        // Both fail only when the child is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
