//! Everything about an LLM benchmark that can be decided without IO, clock, threads or entropy.

#![forbid(unsafe_code)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions)]

pub mod answer;
pub mod check;
pub mod coerce;
pub mod diag;
pub mod event_log;
pub mod metrics;
pub mod parse;
pub mod record;
pub mod region;
pub mod report;
pub mod rules;
pub mod ruleset;
pub mod schedule;
pub mod schema;
pub mod sse;
pub mod stats;
pub mod tree;
