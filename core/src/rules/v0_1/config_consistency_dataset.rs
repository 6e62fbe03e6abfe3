//! `config-consistency-dataset`.

use std::collections::BTreeMap;

use super::prelude::*;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "config-consistency-dataset",
        section: "#16",
        reads: &["pareto/<system_id>/<model>/points/point_*.yaml"],
        title: "all points of a curve name one dataset",
        what: "Points whose config and result both loaded must agree on `dataset`. Not evaluated without such a point.",
        why: "Points of one curve are comparable only on the same prompts.",
        fix: "repeat the odd points on the curve's dataset",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    let path = &cx.model.path;
    let mut datasets: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in cx.model.points()? {
        if let Some((config, _)) = point.loaded() {
            datasets.entry(&config.value.dataset).or_default().push(point);
        }
    }
    let Some((common, _)) = datasets.iter().max_by_key(|(_, points)| points.len()) else {
        return Err(NotRun::because("no point has both a config and a result"));
    };
    if datasets.len() == 1 {
        out.pass(path, format!("all points name dataset `{common}`"));
        return Ok(());
    }
    let names = datasets
        .iter()
        .map(|(name, points)| format!("`{name}` ({})", points.len()))
        .collect::<Vec<_>>()
        .join(", ");
    let finding = out.error(path, format!("points name {} datasets: {names}", datasets.len()));
    let odd = datasets
        .iter()
        .filter(|(name, _)| name != &common)
        .flat_map(|(_, points)| points)
        .next();
    if let Some(config) = odd.and_then(|point| point.config.good()) {
        finding.at(config.place("/dataset"));
    }
    Ok(())
}
