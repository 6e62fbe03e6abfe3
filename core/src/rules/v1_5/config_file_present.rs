//! `config-file-present`.

use super::prelude::*;
use crate::rules::document::Loaded;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "config-file-present",
        section: "\u{a7}8.1",
        reads: &[CONFIG],
        title: "every point has the load generator's configuration",
        what: "`config.yaml` must be a file that is UTF-8, YAML, and a mapping; its keys are free.",
        why: "The configuration is what makes the run repeatable.",
        fix: "copy the configuration of the run into the point's directory",
        ..OFFICIAL
    },
    check: &[Check::Point(PointStage::Declared, check)],
};

fn check(cx: PointCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = format!("{}/config.yaml", cx.point.path);
    match &cx.point.config_file {
        None => {
            out.error(&path, format!("no file `{path}`"));
        }
        Some(Loaded::Bad(troubles)) => {
            for trouble in troubles {
                let finding = out.error(&path, trouble.message.clone()).keyed("invalid");
                if let Some(place) = &trouble.place {
                    finding.at(place.clone());
                }
            }
        }
        Some(Loaded::Good(_)) => {}
    }
    Ok(())
}
