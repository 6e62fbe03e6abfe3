//! Our own rules beside the reference's (design.md C1): what it lets through, said apart from its verdict.

pub(super) mod duplicate_key;
pub(super) mod duplicate_point;
pub(super) mod gate_skipped;
pub(super) mod nonfinite_number;
pub(super) mod undescribed_results;
mod walk;

use super::prelude;
