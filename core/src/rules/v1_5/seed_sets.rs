//! `seed-set-consistency`, `seed-set-membership`, `seed-runtime-match`, `seed-set-adoption`: the seeds of a curve are a
//! published set.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use super::config_consistency::odd_one;
use super::point_config_valid;
use super::prelude::*;
use super::registries::{PublishedSet, Seeds};
use crate::coerce::python_writes;
use crate::rules::document::{Document, crash};
use crate::schema::v1_5::point::PointConfig;

const BASE: Meta = Meta {
    section: "\u{a7}4.6",
    reads: &[POINT],
    parameters: &["seed_sets"],
    why: "Seeds chosen freely let a submitter choose the order that suits the server.",
    ..OFFICIAL
};

pub(super) const CONSISTENCY: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-set-consistency",
        title: "all points of a curve bind one seed set",
        what: "The valid points that name a `seed_set` must name the same one.",
        fix: "measure all points with one seed set",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, consistency)],
};

pub(super) const MEMBERSHIP: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-set-membership",
        title: "the seed set is a published one",
        what: "A `seed_set` must be the id of a published set.",
        fix: "name a published set, or give a newer list with `--seed-sets`",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, membership)],
};

pub(super) const RUNTIME: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-runtime-match",
        title: "the run used the seeds of its set",
        what: "The three seeds in `runtime_settings.runtime` must be those of the set. Old names without `model_seed` are a \
               warning besides.",
        fix: "run with the seeds of the set",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, runtime)],
};

pub(super) const ADOPTION: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-set-adoption",
        title: "the seed set is open to the targeted cohort",
        what: "`target_cohort` must be one of the set's cohorts: that of its publication and the next three. Not evaluated \
               where the list gives no cohorts.",
        fix: "run with a set that is open to the cohort",
        ..BASE
    },
    check: &[Check::Curve(CurveStage::Whole, adoption)],
};

fn seeds<'a>(cx: &CurveCx<'a>) -> Result<&'a Seeds, NotRun> {
    (cx.submission.seeds.as_ref()).map_err(|_| NotRun::after("seed-set-registry"))
}

/// Valid points that bind a seed set, with its id.
fn bound<'a>(cx: &CurveCx<'a>) -> impl Iterator<Item = (&'a Document<PointConfig>, &'a str)> {
    let bound =
        |(_, declared): (_, &'a Document<PointConfig>)| Some((declared, declared.value.seed_set.as_deref()?));
    cx.curve.valid().filter_map(bound)
}

/// Valid points whose seed set is published, with it.
fn published<'a>(
    cx: &CurveCx<'a>,
    seeds: &'a Seeds,
) -> impl Iterator<Item = (&'a Document<PointConfig>, &'a str, &'a PublishedSet)> {
    bound(cx).filter_map(|(declared, id)| Some((declared, id, seeds.get(id)?)))
}

fn consistency(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    seeds(&cx)?;
    let ids: BTreeSet<&str> = bound(&cx).map(|(_, id)| id).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    match ids.as_slice() {
        [] => return Err(NotRun::because("no valid point binds a seed set")),
        [id] => out.pass(&cx.curve.path, format!("all points bind seed set `{id}`")),
        _ => {
            out.error(
                &cx.curve.path,
                format!("points bind different seed sets: {}", ids.join(", ")),
            )
            .at_maybe(odd_one(bound(&cx), "/seed_set"));
        }
    }
    Ok(())
}

fn membership(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let seeds = seeds(&cx)?;
    for (declared, id) in bound(&cx) {
        if seeds.get(id).is_some() {
            out.pass(declared.path(), format!("seed set `{id}` is published"));
        } else {
            let known: Vec<&str> = seeds.ids().collect();
            out.error(
                declared.path(),
                format!("seed set `{id}` is not published; known: {}", known.join(", ")),
            )
            .at(declared.place("/seed_set"));
        }
    }
    Ok(())
}

fn runtime(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    for (declared, id, set) in published(&cx, seeds(&cx)?) {
        let used = &declared.value.runtime.seeds;
        let given = [&used.scheduler, &used.sample_index, &used.model];
        if given.into_iter().flatten().any(|seed| !python_writes(seed)) {
            let message = "a seed has more digits than the reference can write out";
            let owner = &point_config_valid::RULE.meta;
            crash(out, owner, declared, "/runtime_settings/runtime", message);
            continue;
        }
        let differing: Vec<String> = (set.seeds.iter())
            .zip(given)
            .filter(|((_, wanted), given)| given.as_ref() != Some(wanted))
            .map(|((name, wanted), given)| {
                let given = given.as_ref().map_or("absent".to_owned(), BigInt::to_string);
                format!("{name} is {given}, not {wanted}")
            })
            .collect();
        let place = || declared.place("/runtime_settings/runtime");
        if differing.is_empty() {
            out.pass(declared.path(), format!("the seeds are those of set `{id}`"));
        } else {
            out.error(
                declared.path(),
                format!("the seeds are not those of set `{id}`: {}", differing.join(", ")),
            )
            .at(place());
        }
        if used.legacy_names && used.model.is_none() {
            out.warning(
                declared.path(),
                "seeds have their old names, and `model_seed` is absent",
            )
            .at(place());
        }
    }
    Ok(())
}

fn adoption(cx: CurveCx<'_>, out: &mut Out<'_>) -> Ran {
    let seeds = seeds(&cx)?;
    if !seeds.have_cohorts() {
        let targeted = cx
            .curve
            .valid()
            .any(|(_, declared)| declared.value.target_cohort.is_some());
        let key = if targeted { "skipped-cohorts" } else { "skipped" };
        out.pass_as(
            key,
            &cx.curve.path,
            "the published list gives no cohorts; nothing was judged",
        );
        return Ok(());
    }
    for (declared, id, set) in published(&cx, seeds) {
        let Some(target) = &declared.value.target_cohort else {
            continue;
        };
        if set.cohorts.contains(target) {
            out.pass(declared.path(), format!("seed set `{id}` is open to {target}"));
        } else {
            let message = format!(
                "seed set `{id}` is open to {}, not to {target}",
                set.cohorts.join(", ")
            );
            out.error(declared.path(), message)
                .at(declared.place("/target_cohort"))
                .measured(target, set.cohorts.join(", "), "", "");
        }
    }
    Ok(())
}
