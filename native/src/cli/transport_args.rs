//! Options on how connections are made and given up.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::units::parse_duration;
use crate::run::Limits;

/// How connections are made, and when what goes over them is given up.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connections")]
pub(super) struct TransportArgs {
    /// How long a connection may take to be made
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration, env = "RUNBENCH_CONNECT_TIMEOUT")]
    connect_timeout: Duration,
    /// How long a streamed answer's first token may take [default: as long as the request]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, env = "RUNBENCH_FIRST_TOKEN_TIMEOUT")]
    first_token_timeout: Option<Duration>,
    /// How long an answer may stop arriving [default: as long as the request]
    #[arg(long, value_name = "TIME", value_parser = parse_duration, env = "RUNBENCH_STALL_TIMEOUT")]
    stall_timeout: Option<Duration>,
    /// Trust any certificate of an `https://` server
    #[arg(long, env = "RUNBENCH_INSECURE")]
    pub(super) insecure: bool,
    /// Certificates (PEM) to trust instead of the system's
    #[arg(long, value_name = "FILE", env = "RUNBENCH_CA_FILE")]
    pub(super) ca_file: Option<PathBuf>,
}

impl TransportArgs {
    /// The limits that they set.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            connect_timeout: self.connect_timeout,
            first_token_timeout: self.first_token_timeout,
            stall_timeout: self.stall_timeout,
            ..Limits::default()
        }
    }
}
