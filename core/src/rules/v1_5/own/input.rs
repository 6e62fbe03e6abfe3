//! Our rules about files, names and archives, which are the same in every version.

use super::OWN;
use super::prelude::*;
use crate::rules::own::input;

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(pub(in super::super) const $name: SubmissionRule = Rule {
            meta: Meta {
                rulesets: OWN.rulesets,
                reads: &["**"],
                ..input::$name.meta
            },
            check: &[Check::Ending(|submission, out| {
                if !submission.exists {
                    return Err(NotRun::after("path-exists"));
                }
                input::$name.check(&submission.input, out)
            })],
        };)*
    };
}

rules!(
    STRUCTURE,
    NAME,
    DUPLICATE,
    CASE,
    LINK,
    CONTENT,
    RATIO,
    ENTRIES,
    DEPTH,
    PATH_LENGTH,
    FILE_SIZE,
    TOTAL_SIZE,
    UNREAD,
    SKIMMED,
);
