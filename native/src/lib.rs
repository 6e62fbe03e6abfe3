//! The world around `runbench-core`: sockets, clock, files, cores, terminal, processes.

pub mod affinity;
pub mod atomic_file;
pub mod cli;
pub mod client;
pub mod clock;
pub mod dataset;
pub mod demo;
pub mod disk;
pub mod drain;
pub mod endpoint;
pub mod event_export;
pub mod event_files;
pub mod mock;
pub mod parent;
pub mod reference_events;
pub mod report_files;
pub mod request_body;
pub mod run;
pub mod serve;
pub mod signals;
pub mod submission;
pub mod token_bench;
pub mod token_files;
pub mod tokens;
pub mod topology;
