//! `seed-set-registry`, `drafter-list-registry`: the published lists can be read.

use super::facts::Unavailable;
use super::prelude::*;

const BASE: Meta = Meta {
    severity: Severity::Error,
    why: "Rules that have no list to judge by are not evaluated.",
    fix: "give a readable file of the published shape, or leave the option and the environment variable out",
    ..OFFICIAL
};

pub(super) const SEEDS: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-set-registry",
        section: "\u{a7}4.6",
        parameters: &["seed_sets"],
        title: "the published seed sets can be read",
        what: "A file given with `--seed-sets` or MLPERF_ENDPOINTS_SEED_SETS must be YAML with a `cohort` \
               that holds `cohort-id` and a list `seed_sets`, or with a flat `seed_sets` list. When it can't be used, a warning says so and no seed rule is evaluated; one at \
               which the reference crashes is an error.",
        ..BASE
    },
    check: &[Check::Submission(|submission, out| {
        check(submission.seeds.as_ref().err(), out)
    })],
};

pub(super) const DRAFTERS: SubmissionRule = Rule {
    meta: Meta {
        id: "drafter-list-registry",
        section: "\u{a7}2.9.4",
        parameters: &["drafters"],
        title: "the approved drafters can be read",
        what: "A file given with `--approved-drafters` or MLPERF_ENDPOINTS_APPROVED_DRAFTERS must be YAML with a \
               `drafters` list. When it can't be used, a warning says so and no drafter rule is evaluated; one at which \
               the reference crashes is an error.",
        ..BASE
    },
    check: &[Check::Submission(|submission, out| {
        check(submission.drafters.as_ref().err(), out)
    })],
};

fn check(unavailable: Option<&Unavailable>, out: &mut Out<'_>) -> Ran {
    match unavailable {
        Some(Unavailable {
            message,
            crash: Some(path),
        }) => {
            out.error(path, message.clone()).keyed("unworded-error");
        }
        Some(Unavailable { message, .. }) => {
            out.warning("", message.clone())
                .without_path()
                .keyed("unavailable");
        }
        None => {}
    }
    Ok(())
}
