//! The whole job on a built-in endpoint: questions, a mock in a process of its own, ten points from 1 to 64 requests
//! in flight, accuracy from the answers, a submission folder and the verdict on it.
//!
//! Everything is measured over real sockets by the same code as any other run. The model's name is the demo's own, so
//! that no accuracy gate can pretend to hold, and the points are shorter than the rules ask, which they say.

pub mod cores;
pub mod dataset;
pub mod endpoint;
pub mod folder;
pub mod judge;
pub mod machine;
pub mod picture;
pub mod point;
pub mod score;
pub mod submission;
mod sweep;
pub mod table;

pub use sweep::{DemoError, DemoOptions, DemoOutcome, Watch, demo};
