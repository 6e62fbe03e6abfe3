//! The world around `runbench-core`: sockets, clock, files, cores, terminal, processes.

pub mod cli;
pub mod demo;
pub mod disk;
pub mod mock;
pub mod parent;
pub mod run;
