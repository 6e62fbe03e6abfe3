//! Findings: what rules have to say, where it stands, and how it is shown.

mod finding;
mod json;
mod source;
mod text;

pub use finding::{Finding, Measure, Origin, Place, Severity};
pub use json::to_json;
pub use source::Source;
pub(crate) use source::printable;
pub use text::{Style, to_text};
