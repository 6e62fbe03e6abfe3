//! `streaming-contradiction`.

use super::OWN;
use super::view::{File, View, at, listed, place};
use crate::diag::Severity;
use crate::parse::{Node, Value};
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "streaming-contradiction",
    severity: Severity::Warning,
    title: "a time to the first token is given if, and only if, answers were streamed",
    what: "A point with `stream_all_chunks` (the default) must give figures in `ttft`; one without must not (dedicated Offline points aside, and in v0.1 left to \
           `streaming-config`). Reported once a \
           curve and kind, with the list of points.",
    why: "Without streaming there is no first token to time; with it, a run that timed none measured something else. The \
          reference takes an absent TTFT as 0.",
    fix: "correct the setting, or measure again with streaming on",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        for streamed in [true, false] {
            if !streamed && curve.streaming_judged {
                continue;
            }
            let wrong: Vec<(&str, File<'_>, File<'_>)> = (curve.points.iter())
                .filter(|point| streamed || !point.dedicated)
                .filter_map(|point| Some((point.label, point.config, point.summary?)))
                .filter(|(_, config, summary)| streams(*config) == streamed && has_ttft(*summary) != streamed)
                .collect();
            let Some((_, config, summary)) = wrong.first() else {
                continue;
            };
            let labels: Vec<&str> = wrong.iter().map(|wrong| wrong.0).collect();
            if streamed {
                let message = format!("answers were streamed, but no TTFT is given: {}", listed(&labels));
                out.warning(summary.path(), message).at(place(*summary, "/ttft"));
            } else {
                let message = format!(
                    "a TTFT is given, but answers were not streamed: {}",
                    listed(&labels)
                );
                let at = place(*config, "/runtime_settings/stream_all_chunks");
                out.warning(config.path(), message).at(at);
            }
        }
    }
}

/// Whether a point file says that chunks were streamed; its schema has accepted it.
fn streams(config: File<'_>) -> bool {
    let setting = at(config, "/runtime_settings/stream_all_chunks");
    let off = |node: &Node| match &node.value {
        Value::Bool(flag) => !flag,
        Value::Str(text) => ["false", "f", "no", "n", "off", "0"].contains(&text.to_lowercase().as_str()),
        Value::Int(integer) => *integer == 0.into(),
        Value::Float(float) => float.abs() <= 0.0,
        _ => false,
    };
    !setting.is_some_and(off)
}

/// Whether a summary holds any figure of a time to the first token.
fn has_ttft(summary: File<'_>) -> bool {
    let number = |node: &Node| super::view::as_number(node).is_some_and(|number| number.abs() > 0.0);
    let Some(Value::Map(map)) = at(summary, "/ttft").map(|node| &node.value) else {
        return false;
    };
    map.entries().iter().any(|entry| match &entry.value.value {
        Value::Map(inner) => inner.entries().iter().any(|entry| number(&entry.value)),
        _ => number(&entry.value),
    })
}
