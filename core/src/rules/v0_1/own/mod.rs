//! Our own rules beside the reference's (design.md C1): what it lets through, said apart from its verdict.

pub(super) mod common;
pub(super) mod gate_skipped;
pub(super) mod input;
pub(super) mod shared;
pub(super) mod undescribed_results;
pub(super) mod unread_results;
mod view;

use super::prelude;
