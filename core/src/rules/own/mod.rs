//! Our own rules beside the reference's (design.md C1), as far as they are the same in every version: what the reference
//! lets through, said apart from its verdict. A version says which files they look at.

pub(super) mod duplicate_key;
pub(super) mod duplicate_point;
pub(super) mod input;
pub(super) mod nonfinite_number;
mod walk;

pub(super) use walk::AnyDocument;

use crate::diag::{Origin, Severity};
use crate::rules::{Family, Meta};

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
    why: "",
    fix: "",
};

/// Calls its argument with every usable file of a submission, in order of evaluation.
pub(super) type Documents<'d> = dyn Fn(&mut dyn FnMut(&dyn AnyDocument)) + 'd;
