//! Everything about an LLM benchmark that can be decided without IO, clock, threads or entropy.

#![forbid(unsafe_code)]
// Tests check their sums by failing.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod answer;
pub mod coerce;
pub mod event_log;
pub mod metrics;
pub mod parse;
pub mod record;
pub mod report;
pub mod schedule;
pub mod sse;
pub mod stats;
