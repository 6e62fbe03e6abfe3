//! `unread-results`.

use super::OWN;
use super::prelude::*;
use crate::rules::own::view::listed;

pub(in super::super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "unread-results",
        severity: Severity::Warning,
        reads: &["results/<system>/<model>/"],
        title: "no directory that looks like a point is left unread",
        what: "A point's directory is `r` and digits. Directories that nearly are (`R8`, `r_8`, `r8-old`, `point_8`) are \
               ignored by the reference, with all that is in them. One finding a curve, with the list.",
        why: "What nobody reads is not judged, and a reader takes it for part of the result.",
        fix: "rename what is meant, and remove the rest",
        ..OWN
    },
    check: &[Check::Curve(CurveStage::Own, |cx, out| {
        let unread: Vec<&str> = cx.curve.unread.iter().map(String::as_str).collect();
        if let Some(first) = unread.first() {
            out.warning(*first, format!("nothing reads {}", listed(&unread)));
        }
        Ok(())
    })],
};
