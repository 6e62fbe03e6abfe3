//! Findings: what rules have to say, where it stands, and how it is shown.

mod complete;
mod escape;
mod explain;
mod figure;
mod finding;
mod github;
mod group;
mod json;
mod markdown;
mod sarif;
mod source;
mod text;
mod wrap;

pub(crate) use complete::complete;
pub use explain::{ExplainError, explain, explain_json};
pub use figure::Figure;
pub use finding::{Finding, Measure, Origin, Place, Severity, Term};
pub use github::to_github;
pub use json::to_json;
pub use markdown::to_markdown;
pub use sarif::to_sarif;
pub use source::Source;
pub(crate) use source::printable;
pub use text::{Style, to_text};
pub use wrap::wrapped;
