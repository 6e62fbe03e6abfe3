//! `accuracy-valid`.

use super::prelude::*;
use crate::rules::document::Loaded;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "accuracy-valid",
        section: "#4.3",
        reads: &["pareto/<system_id>/<model>/results/point_<C>/accuracy/results.json"],
        title: "the accuracy result is JSON that its schema accepts",
        what: "The file must be readable, JSON, and an object of at least one entry, every entry an object. The first \
               file that passes is used for the whole curve; later ones are not read. After an error the next point's \
               file is tried. A number that makes the reference checker crash is an error here too.",
        why: "A throughput counts only together with the accuracy it was reached at.",
        fix: "submit the accuracy result as the evaluation wrote it",
        ..OFFICIAL
    },
    check: Check::Candidate(check),
};

fn check(cx: CandidateCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.candidate.path;
    match &cx.candidate.state {
        CandidateState::Absent => return Err(NotRun::after("accuracy-file")),
        CandidateState::Unneeded => return Err(NotRun::because("an earlier point's accuracy file is used")),
        CandidateState::Read(Loaded::Good(document)) if document.value.entries.is_empty() => {
            let place = document.place("");
            out.error(path, format!("`{path}` holds no entry"))
                .at(place)
                .without_path();
        }
        CandidateState::Read(document) => document.report(path, out),
    }
    Ok(())
}
