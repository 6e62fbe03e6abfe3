//! Everything about an LLM benchmark that can be decided without IO, clock, threads or entropy.
//!
//! A submission is checked in memory: put its files into a tree, choose a ruleset, read the verdict.
//!
//! ```
//! use runbench_core::check::{Verdict, check};
//! use runbench_core::ruleset::RuleSet;
//! use runbench_core::tree::MemoryTree;
//!
//! let mut tree = MemoryTree::new();
//! tree.insert_directory("documentation");
//! tree.insert(
//!     "systems/node1.json",
//!     r#"{"submitter_org_names": "Acme", "system_name": "one node", "system_category": "datacenter",
//!         "system_availability_status": "available", "division": "serviced", "node_types": [],
//!         "max_supported_concurrency": 64, "model_id": "acme/small"}"#,
//! );
//! let curve = "pareto/node1/small";
//! for concurrency in [1, 8, 32, 34, 40, 48] {
//!     tree.insert(&format!("{curve}/points/point_{concurrency}.yaml"), format!("concurrency: {concurrency}\n"));
//!     tree.insert(
//!         &format!("{curve}/results/point_{concurrency}/results_summary.json"),
//!         format!(r#"{{"n_samples_completed": {}, "duration_ns": 1.2e12}}"#, 900 + concurrency),
//!     );
//! }
//! tree.insert(&format!("{curve}/results/point_8/accuracy/results.json"), r#"{"qa": {"score": {"rouge1": 40.1}}}"#);
//!
//! let report = check(&tree, "acme", &RuleSet::embedded("v0.1")?);
//!
//! // Six points; a curve needs seven.
//! assert_eq!(report.verdict(), Verdict::Invalid);
//! let errors: Vec<&str> = report.errors().map(|finding| finding.rule).collect();
//! assert_eq!(errors, ["point-count"]);
//! # Ok::<(), runbench_core::ruleset::RuleSetError>(())
//! ```
//!
//! Where things are: [`check`] is the way in; [`rules`] hold what is judged, [`ruleset`] the numbers it is judged by,
//! [`parse`], [`coerce`] and [`schema`] what files mean, [`diag`] what is said about them, [`curve`] what a picture
//! of them shows. On the measuring side [`plan`] reads a run's options, [`schedule`] decides when to send and
//! [`order`] what, [`record`] and [`event_log`] keep what happened, [`http1`], [`answer`] and [`sse`] read it,
//! [`health`] says whether the client kept up,
//! [`metrics`], [`stats`] and [`report`] make the figures.

#![forbid(unsafe_code)]
// Tests check their sums by failing.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::as_conversions))]

pub mod answer;
pub mod archive;
pub mod check;
pub mod coerce;
pub mod curve;
pub mod diag;
pub mod event_log;
pub mod health;
pub mod http1;
pub mod limits;
pub mod metrics;
pub mod order;
pub mod parse;
pub mod plan;
pub mod record;
pub mod region;
pub mod report;
pub mod rules;
pub mod ruleset;
pub mod schedule;
pub mod schema;
pub mod sse;
pub mod stats;
pub mod suggest;
pub mod tree;
