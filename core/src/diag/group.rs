//! Findings that differ only in place, drawn as one.

use std::collections::BTreeMap;

use super::{Finding, Origin, Severity};
use crate::check::Report;

/// Findings of one rule that say the same about several places, in the order of evaluation; never empty.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    /// The first.
    pub first: &'a Finding,
    /// The others.
    pub others: Vec<&'a Finding>,
}

impl Group<'_> {
    /// How many findings it holds.
    pub(super) fn len(&self) -> usize {
        self.others.len().saturating_add(1)
    }
}

/// Errors before warnings, official before ours; within these the order of evaluation.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(Severity, Origin, &str, String), usize> = BTreeMap::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
    {
        let key = (finding.severity, finding.origin, finding.rule, shape(finding));
        let at = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.others.push(finding),
            None => groups.push(Group {
                first: finding,
                others: Vec::new(),
            }),
        }
    }
    groups.sort_by_key(|group| (group.first.severity, group.first.origin));
    groups
}

/// What two findings must share to be drawn as one: the message without its numbers and without what names the place.
fn shape(finding: &Finding) -> String {
    let message = match finding.path.as_deref() {
        Some(path) if !path.is_empty() => finding.message.replace(path, ""),
        _ => finding.message.clone(),
    };
    let pointer = finding.place.as_ref().map_or("", |place| place.pointer.as_str());
    let words = message
        .split_whitespace()
        .filter(|word| !word.chars().any(|c| c.is_ascii_digit()));
    format!("{} {pointer}", words.collect::<Vec<_>>().join(" "))
}
