//! An OpenAI-compatible endpoint with known timing, for the demo, for tests and for trying a client out.
//!
//! Served: `POST /v1/chat/completions` and `POST /v1/completions` (streamed or not), `GET /v1/models`, `GET /health`.
//! Errors have the shape that OpenAI-compatible servers give them.
//!
//! Answers are counted in tokens of the demo's own tokenizer ([`tokenizer::TOKENIZER`]); a stream brings one token an
//! event. Jitter and answers depend on the seed and the request's bytes alone, so a run can be repeated. Timers fire
//! in steps of a whole millisecond.

mod author;
mod body;
mod load;
mod options;
mod pace;
pub mod questions;
mod refusal;
mod request;
pub mod seeded;
mod server;
mod service;
pub mod tokenizer;
mod trace;
mod wire;

pub use options::MockOptions;
pub use server::{MockError, Server};
pub use trace::{TraceError, TraceEvent};
