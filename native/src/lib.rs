//! The world around `runbench-core`: sockets, clock, files, cores, terminal, processes.

pub mod affinity;
pub mod cli;
pub mod dataset;
pub mod endpoint;
pub mod request_body;
pub mod run;
