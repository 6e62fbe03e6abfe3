//! `unread-results`.

use super::prelude::*;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "unread-results",
        severity: Severity::Warning,
        reads: &["pareto/<system_id>/<model>/**"],
        title: "nothing that looks like a point or a result is left unread",
        what: "Reported are YAML files in `points/` that aren't named `point_*.yaml` (`.yml` too), directories in `results/` \
               whose concurrency no point declares, second accuracy files of a curve (the reference uses the first and \
               doesn't open the others), and `accuracy/accuracy.txt` and `accuracy_result.json`, which the layout's page \
               documents and nothing reads. One finding a curve, with the list.",
        why: "What nobody reads is not judged, and a reader takes it for part of the result.",
        fix: "rename what is meant, and remove the rest",
        ..OWN
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let second = (cx.model.candidates.iter())
        .filter(|candidate| matches!(candidate.state, CandidateState::Unneeded))
        .map(|candidate| candidate.path.as_str());
    let unread: Vec<&str> = cx.model.unread.iter().map(String::as_str).chain(second).collect();
    if let Some(first) = unread.first() {
        out.warning(
            *first,
            format!("nothing reads {}", crate::rules::own::view::listed(&unread)),
        );
    }
    Ok(())
}
