//! Documents of a submission as their schemas see them: one module per ruleset, one file per document kind.

pub mod v0_1;
pub mod v1_5;
