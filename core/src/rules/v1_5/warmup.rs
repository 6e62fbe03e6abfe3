//! `warmup-present`, `warmup-logs-retained`, `warmup-salt`: what was sent before the measurement.

use super::prelude::*;

const BASE: Meta = Meta {
    reads: &[POINT],
    why: "What a server did before the measurement decides what its caches held during it.",
    ..OFFICIAL
};

pub(super) const PRESENT: SubmissionRule = Rule {
    meta: Meta {
        id: "warmup-present",
        section: "\u{a7}6.3.3",
        title: "the warm-up is declared",
        what: "`warmup` must be given, also when there was none: duration, counts and concurrency are 0 then.",
        fix: "declare the warm-up in `point.yaml`",
        ..BASE
    },
    check: &[Check::Point(PointStage::Declared, present)],
};

pub(super) const LOGS: SubmissionRule = Rule {
    meta: Meta {
        id: "warmup-logs-retained",
        section: "\u{a7}6.3.2",
        severity: Severity::Warning,
        title: "the logs of a warm-up were kept",
        what: "Where `warmup` is given and something was sent, `logs_retained` must be true.",
        fix: "keep the logs of the warm-up and say so with `logs_retained: true`",
        ..BASE
    },
    check: &[Check::Point(PointStage::Declared, logs)],
};

pub(super) const SALT: SubmissionRule = Rule {
    meta: Meta {
        id: "warmup-salt",
        section: "\u{a7}6.3.3",
        severity: Severity::Warning,
        title: "warm-up prompts were not salted",
        what: "`runtime_settings.warmup.salt` should not be true.",
        fix: "repeat the run without salted warm-up prompts",
        ..BASE
    },
    check: &[Check::Point(PointStage::Declared, salt)],
};

fn present(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    if declared.value.warmup.is_some() {
        out.pass(declared.path(), "the warm-up is declared");
    } else {
        out.error(declared.path(), "the warm-up is not declared")
            .at(declared.place(""));
    }
    Ok(())
}

fn logs(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    let Some(warmup) = &declared.value.warmup else {
        return Err(NotRun::after("warmup-present"));
    };
    let path = declared.path();
    match (warmup.disabled, warmup.logs_retained) {
        (true, _) => out.pass(path, "there was no warm-up"),
        (false, Some(true)) => {
            let linked = warmup.link_logs.as_ref().is_some_and(|link| !link.is_empty());
            let key = if linked { "retained-link" } else { "retained" };
            out.pass_as(key, path, "the warm-up's logs were kept");
        }
        (false, Some(false)) => {
            out.warning(path, "the warm-up's logs were not kept")
                .at(declared.place("/warmup/logs_retained"));
        }
        (false, None) => {
            out.warning(path, "nothing says that the warm-up's logs were kept")
                .keyed("warn-2")
                .at(declared.place("/warmup"));
        }
    }
    Ok(())
}

fn salt(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let declared = cx.point.declared()?;
    if declared.value.runtime.salt == Some(true) {
        out.warning(declared.path(), "warm-up prompts were salted")
            .at(declared.place("/runtime_settings/warmup/salt"));
    }
    Ok(())
}
