//! Our own rules beside the reference's (design.md C1): what it lets through, said apart from its verdict.

pub(super) mod common;
pub(super) mod gate_skipped;
pub(super) mod input;
pub(super) mod power;
pub(super) mod shared;
pub(super) mod steady_state_window;
pub(super) mod unread_results;
pub(super) mod utilization_range;
mod view;

use super::{OFFICIAL, prelude};
use crate::diag::Origin;
use crate::rules::Meta;

/// What our own rules have in common.
const OWN: Meta = Meta {
    origin: Origin::Runbench,
    keyed: false,
    ..OFFICIAL
};
