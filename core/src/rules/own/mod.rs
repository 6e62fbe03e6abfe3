//! Our own rules beside the reference's (design.md C1), as far as they are the same in every version: what the reference
//! lets through, said apart from its verdict. A version says which files they look at.

pub(super) mod accuracy_unjudged;
pub(super) mod count_contradiction;
pub(super) mod declared_minimum;
pub(super) mod duplicate_key;
pub(super) mod duplicate_point;
pub(super) mod duplicate_result;
pub(super) mod gates;
pub(super) mod identical_figures;
pub(super) mod input;
pub(super) mod links;
pub(super) mod load_contradiction;
pub(super) mod metric_overwritten;
pub(super) mod misspelt_key;
pub(super) mod model_by_substring;
pub(super) mod negative_figure;
pub(super) mod nonfinite_number;
pub(super) mod nonfinite_rate;
pub(super) mod overlapping_runs;
pub(super) mod point_system_contradiction;
pub(super) mod rate_mismatch;
pub(super) mod run_incomplete;
pub(super) mod series_order;
pub(super) mod streaming_contradiction;
pub(super) mod throughput_shape;
pub(super) mod throughput_unexplained;
pub(super) mod ttft_falls;
pub(super) mod view;
pub(super) mod walk;

pub(super) use walk::AnyDocument;

use crate::diag::{Origin, Severity};
use crate::rules::{Family, Meta, Ran};

/// What our own rules have in common.
const OWN: Meta = Meta {
    id: "",
    family: Family::Submission,
    origin: Origin::Runbench,
    rulesets: &[],
    severity: Severity::Error,
    keyed: false,
    section: "",
    reads: &[],
    parameters: &[],
    title: "",
    what: "",
    formula: "",
    why: "",
    fix: "",
};

/// Calls its argument with every usable file of a submission, in order of evaluation.
pub(super) type Documents<'d> = dyn Fn(&mut dyn FnMut(&dyn AnyDocument)) + 'd;

/// What a rule's function gives, as what the registry's function gives.
pub(super) trait Done {
    fn done(self) -> Ran;
}

impl Done for () {
    fn done(self) -> Ran {
        Ok(())
    }
}

impl Done for Ran {
    fn done(self) -> Ran {
        self
    }
}
