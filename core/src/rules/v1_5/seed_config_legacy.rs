//! `seed-config-legacy`.

use num_bigint::BigInt;

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "seed-config-legacy",
        section: "\u{a7}4.6",
        reads: &[POINT],
        parameters: &["legacy_seed"],
        title: "without a seed set the seeds are the old default",
        what: "Where `seed_set` is absent, the scheduler's and the sample order's seed must be 42; each of them is a \
               warning even then, because published seeds are expected.",
        why: "Seeds chosen freely let a submitter choose the order that suits the server.",
        fix: "run with a published seed set and name it in `seed_set`",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    if declared.value.seed_set.is_some() {
        return Err(NotRun::because("the point binds a seed set"));
    }
    let expected = BigInt::from(cx.submission.parameters.legacy_seed);
    let seeds = &declared.value.runtime.seeds;
    for (name, seed) in [
        ("scheduler_rng_seed", &seeds.scheduler),
        ("sample_index_rng_seed", &seeds.sample_index),
    ] {
        let place = declared.place(&format!("/runtime_settings/runtime/{name}"));
        if seed.as_ref() == Some(&expected) {
            let message = format!("{name} is the old default {expected}; no seed set is bound");
            out.warning(declared.path(), message).at(place);
        } else {
            let given = seed.as_ref().map_or("absent".to_owned(), BigInt::to_string);
            let message = format!("{name} is {given}; without a seed set it must be {expected}");
            out.error(declared.path(), message)
                .at(place)
                .measured(given, &expected, "", "");
        }
    }
    Ok(())
}
