//! The world around `runbench-core`: sockets, clock, files, cores, terminal, processes.

pub mod affinity;
pub mod cli;
pub mod drain;
pub mod clock;
pub mod dataset;
pub mod endpoint;
pub mod event_files;
pub mod request_body;
pub mod run;
