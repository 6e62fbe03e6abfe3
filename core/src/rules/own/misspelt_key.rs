//! `misspelt-key`.

use super::OWN;
use super::view::{File, SERIES, View, at};
use super::walk::MOST_PER_FILE;
use crate::diag::Severity;
use crate::parse::Value;
use crate::rules::{Meta, Out};
use crate::suggest::closest;

pub(in crate::rules) const META: Meta = Meta {
    id: "misspelt-key",
    severity: Severity::Warning,
    title: "no unknown key looks like a known one that is missing",
    what: "Every schema takes unknown keys in silence. One that is an edit or two away from a key which the object lacks is \
           reported, in point files, summaries, and accuracy entries.",
    why: "A misspelt optional field counts as absent: its default is judged, or its check is skipped.",
    fix: "rename the key",
    ..OWN
};

const SUMMARY: &[&str] = &[
    "version",
    "git_sha",
    "test_started_at",
    "n_samples_issued",
    "n_samples_completed",
    "n_samples_failed",
    "n_pending_tasks",
    "duration_ns",
    "state",
    "complete",
    "ttft",
    "tpot",
    "latency",
    "output_sequence_lengths",
    "output_sequence_lengths_full_run",
    "input_sequence_lengths",
    "legacy_loadgen_window_duration_ns",
    "qps",
    "tps",
    "finish_reason_counts",
    "run_config",
    "run_id",
    "system_tps",
    "tps_per_user",
    "system_tps_per_kw",
    "e2e_avg_interactivity",
    "output_tokens_per_turn_total",
    "e2e_turn_time_seconds_total",
];

const STATS: &[&str] = &[
    "total",
    "min",
    "max",
    "median",
    "avg",
    "std_dev",
    "percentiles",
    "early_stopping_percentiles",
    "histogram",
];

const POINT: &[&str] = &[
    "concurrency",
    "region",
    "covered_region",
    "dataset",
    "runtime_settings",
    "offline",
    "warmup",
    "division",
    "max_supported_concurrency",
    "model_name",
    "model_precision",
    "link_to_model",
    "link_to_model_transformation",
    "model_notes",
    "dataset_name",
    "dataset_type",
    "dataset_link",
    "shared_src",
    "shared_docs",
    "seed_set",
    "target_cohort",
    "steady_state",
    "speculative_decoding",
    "nodes_used",
    "dp_shortfall",
];

const RUNTIME: &[&str] = &[
    "load_pattern",
    "min_duration_ms",
    "max_duration_ms",
    "min_sample_count",
    "max_sample_count",
    "stream_all_chunks",
    "warmup",
    "runtime",
    "metric",
];

const WINDOW: &[&str] = &[
    "super_pass_start",
    "super_pass_end",
    "super_pass_size",
    "n_samples",
    "duration_s",
];

const STEADY_STATE: &[&str] = &["status", "verdict", "window", "state", "anomaly"];

const ACCURACY: &[&str] = &[
    "dataset_name",
    "dataset_type",
    "score",
    "num_samples",
    "unit_samples",
    "total_samples",
    "n_repeats",
    "num_repeats",
    "status",
    "extractor",
    "ground_truth_column",
    "complete",
    "duration_s",
    "response_counts",
];

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for point in view.curves.iter().flat_map(|curve| &curve.points) {
        for (pointer, known) in [
            ("", POINT),
            ("/runtime_settings", RUNTIME),
            ("/steady_state", STEADY_STATE),
            ("/steady_state/window", WINDOW),
        ] {
            of_object(point.config, pointer, known, out);
        }
    }
    for (_, _, file) in view.measured() {
        of_object(file, "", SUMMARY, out);
        for series in SERIES {
            of_object(file, &format!("/{series}"), STATS, out);
        }
    }
    for scores in view.curves.iter().flat_map(|curve| &curve.scores) {
        for entry in scores.entries.iter().take(MOST_PER_FILE) {
            of_object(scores.file, &entry.pointer, ACCURACY, out);
        }
    }
}

/// Reports the first unknown keys of an object that look like known ones.
fn of_object(file: File<'_>, pointer: &str, known: &[&'static str], out: &mut Out<'_>) {
    let Some(Value::Map(map)) = at(file, pointer).map(|node| &node.value) else {
        return;
    };
    let absent = || known.iter().copied().filter(|name| map.get(name).is_none());
    for entry in map.entries().iter().take(MOST_PER_FILE) {
        let Value::Str(key) = &entry.key.value else {
            continue;
        };
        if known.contains(&key.as_str()) {
            continue;
        }
        if let Some(meant) = closest(key, absent()) {
            let at = format!("{pointer}/{}", super::view::escaped(key));
            out.warning(
                file.path(),
                format!("`{key}` is no known key and is not read; did you mean `{meant}`?"),
            )
            .at(file.place_of_span(&at, entry.key.span));
        }
    }
}
