//! `power-descriptor`, `power-estimated`: the power that is provisioned for a system.

use super::power::{Assessment, Described};
use super::prelude::*;
use crate::rules::document::{Document, Loaded};
use crate::schema::v1_5::power::{Cooling, SystemPower};

/// Divisions that need no power descriptor.
const EXEMPT: [&str; 2] = ["rdi", "serviced"];

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "power-descriptor",
        section: "\u{a7}4.5.2",
        reads: &[POWER, DESCRIPTION],
        parameters: &["power"],
        title: "the provisioned power follows from its parts",
        what: "`system_power.json` must be there, unless the division is Serviced or RDI; match its schema; agree with the \
               description on cooling and ensembles; and give every figure that the sum needs. watts = major components x \
               (1 + overhead) + published figures + switches. Figures that the submitter computed must agree.",
        why: "Throughput per kilowatt is only as good as the kilowatts.",
        fix: "correct the figure named; every figure needs a source",
        ..OFFICIAL
    },
    check: &[
        Check::System(check),
        Check::SystemEnding(|cx, out| {
            let (_, assessment) = good(&cx)?;
            let kw = assessment.provision.kw;
            out.pass_as(
                "pass-2",
                &cx.system.power_path,
                format!("{kw:.2} kW are provisioned"),
            );
            Ok(())
        }),
    ],
};

pub(super) const ESTIMATED: SubmissionRule = Rule {
    meta: Meta {
        id: "power-estimated",
        section: "\u{a7}4.5.2",
        severity: Severity::Warning,
        reads: &[POWER],
        parameters: &["power"],
        title: "the power is made of sourced figures",
        what: "Says when a default of the rules is part of the power.",
        why: "A default is a guess on the safe side, not a figure of this system.",
        fix: "give the figure with its source",
        ..OFFICIAL
    },
    check: &[Check::System(|cx, out| {
        let (document, assessment) = good(&cx)?;
        if assessment.provision.estimated {
            out.warning(document.path(), "a default of the rules is part of the power");
        }
        Ok(())
    })],
};

/// Descriptor and computation, if the power can be computed.
pub(super) fn good<'a>(cx: &SystemCx<'a>) -> Result<(&'a Document<SystemPower>, &'a Assessment), NotRun> {
    let document = cx.system.power.as_ref().and_then(Loaded::good);
    match (document, &cx.system.assessment) {
        (Some(document), Some(assessment)) if assessment.problems.is_empty() => Ok((document, assessment)),
        _ => Err(NotRun::after(RULE.meta.id)),
    }
}

fn check(cx: SystemCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.system.power_path;
    let described = &cx.system.described;
    let Some(loaded) = &cx.system.power else {
        if described
            .division
            .as_deref()
            .is_some_and(|division| EXEMPT.contains(&division))
        {
            out.pass_as("pass", path, "the division needs no power descriptor")
                .section("\u{a7}4.5");
        } else {
            out.error(path, format!("no `{path}`"));
        }
        return Ok(());
    };
    loaded.report(path, out);
    let (Some(document), Some(assessment)) = (loaded.good(), &cx.system.assessment) else {
        return Ok(());
    };
    cooling(document, described, out);
    ensembles(document, described, out);
    for (message, pointer) in &assessment.problems {
        out.error(path, message.clone())
            .keyed("computation-problem")
            .at(document.place(pointer));
    }
    for (message, pointer) in &assessment.remarks {
        out.warning(path, message.clone())
            .keyed("computation-warning")
            .at(document.place(pointer));
    }
    Ok(())
}

fn cooling(document: &Document<SystemPower>, described: &Described, out: &mut Out<'_>) {
    let declared = document.value.cooling;
    if let Some(cooling) = described.cooling
        && cooling != declared
    {
        let word = |cooling: Cooling| match cooling {
            Cooling::Liquid => "liquid",
            Cooling::Air => "air",
        };
        let message = format!(
            "cooling is declared as {}, but the system is described as cooled by {}",
            word(declared),
            word(cooling)
        );
        out.error(document.path(), message)
            .keyed("fail-2")
            .at(document.place("/cooling"));
    }
}

fn ensembles(document: &Document<SystemPower>, described: &Described, out: &mut Out<'_>) {
    if described.ensembles.is_empty() {
        return;
    }
    let unknown: Vec<String> = (document.value.node_sets.iter())
        .map(|set| &set.system_node_ensemble_id)
        .filter(|id| !described.ensembles.contains_key(*id))
        .map(ToString::to_string)
        .collect();
    if !unknown.is_empty() {
        out.warning(
            document.path(),
            format!("the description has no ensemble {}", unknown.join(", ")),
        )
        .at(document.place("/node_sets"));
    }
}
