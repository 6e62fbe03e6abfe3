//! `config.yaml`: the resolved configuration in the reference's schema (spec section 2), without secrets.
//!
//! Keys of ours that the schema doesn't know stand under `runbench`.

use std::fmt::Write;
use std::time::Duration;

use runbench_core::order::Order;
use runbench_core::schedule::OverCap;

use super::{Api, Load, RunOptions, StopRule};
use crate::dataset::Format;

/// The configuration of a run. The same options give the same bytes, whose hash the event log holds.
pub(super) fn config_yaml(options: &RunOptions) -> String {
    let mut yaml = Yaml::default();
    let is_offline = options.load == Load::MaxThroughput;
    let kind = if is_offline { "offline" } else { "online" };
    yaml.line(0, "name", format_args!("{kind}_benchmark"));
    yaml.line(0, "version", "'1.0'");
    yaml.line(0, "type", kind);
    model_params(&mut yaml, options);
    dataset(&mut yaml, options);
    settings(&mut yaml, options);
    endpoints(&mut yaml, options);
    own(&mut yaml, options);
    yaml.0
}

/// YAML, line by line.
#[derive(Default)]
struct Yaml(String);

impl Yaml {
    fn line(&mut self, depth: usize, key: &str, value: impl std::fmt::Display) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "{:1$}{key}: {value}", "", depth * 2);
    }

    fn section(&mut self, depth: usize, key: &str) {
        let _ = writeln!(self.0, "{:1$}{key}:", "", depth * 2);
    }

    fn some(&mut self, depth: usize, key: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.line(depth, key, value);
        }
    }
}

fn model_params(yaml: &mut Yaml, options: &RunOptions) {
    let sampling = &options.sampling;
    yaml.section(0, "model_params");
    yaml.line(1, "name", quoted(&options.model));
    for (key, value) in [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
        ("repetition_penalty", &sampling.repetition_penalty),
        ("presence_penalty", &sampling.presence_penalty),
        ("frequency_penalty", &sampling.frequency_penalty),
        ("seed", &sampling.seed),
        ("top_k", &sampling.top_k),
        ("chat_template_kwargs", &sampling.chat_template_kwargs),
    ] {
        yaml.some(1, key, value.as_ref());
    }
    yaml.line(1, "max_new_tokens", options.max_output_tokens);
    yaml.some(1, "min_new_tokens", sampling.min_output_tokens);
    yaml.some(1, "skip_special_tokens", sampling.skip_special_tokens);
    yaml.line(1, "streaming", if options.streaming { "'on'" } else { "'off'" });
}

fn dataset(yaml: &mut Yaml, options: &RunOptions) {
    let name = options.dataset.file_stem().map(|stem| stem.to_string_lossy());
    yaml.section(0, "datasets");
    yaml.line(0, "- name", quoted(&name.unwrap_or_default()));
    yaml.line(1, "type", "performance");
    yaml.line(1, "path", quoted(&options.dataset.to_string_lossy()));
    let format = options.dataset_format.map(|format| match format {
        Format::Jsonl => ".jsonl",
        Format::Json => ".json",
        Format::Csv => ".csv",
    });
    yaml.some(1, "format", format);
    let mut columns = options.columns.entries().peekable();
    if columns.peek().is_some() {
        yaml.section(1, "parser");
    }
    for (target, source) in columns {
        yaml.line(2, target, quoted(source));
    }
}

fn settings(yaml: &mut Yaml, options: &RunOptions) {
    let ms = |duration: Duration| duration.as_millis();
    yaml.section(0, "settings");
    yaml.section(1, "runtime");
    let (min_duration, max_duration, samples) = match options.stop {
        StopRule::DatasetOnce => (Duration::ZERO, None, None),
        StopRule::Samples(n) => (Duration::ZERO, None, Some(n)),
        StopRule::After(duration) => (duration, None, None),
        StopRule::Bounds {
            samples,
            min_duration,
            max_duration,
        } => (min_duration, max_duration, samples),
        StopRule::ReferenceCount {
            min_duration,
            max_duration,
        } => (min_duration, max_duration, None),
    };
    yaml.line(2, "min_duration_ms", ms(min_duration));
    yaml.some(2, "max_duration_ms", max_duration.map(ms));
    yaml.some(2, "n_samples_to_issue", samples);
    yaml.line(2, "scheduler_random_seed", options.schedule_seed);
    yaml.some(2, "dataloader_random_seed", options.order_seed());
    yaml.section(1, "load_pattern");
    yaml.line(2, "type", options.load_name());
    yaml.some(2, "target_qps", options.target_qps());
    yaml.some(2, "target_concurrency", options.target_concurrency());
    if matches!(options.load, Load::Poisson { .. }) {
        yaml.line(2, "use_legacy_loadgen_qps_metrics", options.legacy_window);
    }
    let counting = (!options.drain_timeout.is_zero()).then_some(options.drain_timeout);
    if options.performance_drain_timeout.is_some() || counting.is_some() {
        let seconds = |limit: Option<Duration>| limit.map(|limit| limit.as_secs_f64());
        yaml.section(1, "drain");
        yaml.some(
            2,
            "performance_timeout_s",
            seconds(options.performance_drain_timeout),
        );
        yaml.some(2, "metrics_drain_timeout_s", seconds(counting));
    }
    if let Some(warmup) = options.warmup {
        yaml.section(1, "warmup");
        yaml.line(2, "enabled", true);
        yaml.some(2, "n_requests", warmup.n_requests);
        yaml.line(2, "salt", warmup.salt);
        yaml.line(2, "drain", warmup.drain);
        yaml.line(2, "warmup_random_seed", warmup.seed);
    }
}

fn endpoints(yaml: &mut Yaml, options: &RunOptions) {
    yaml.section(0, "endpoint_config");
    yaml.section(1, "endpoints");
    for endpoint in &options.endpoints {
        // Writing to a string can't fail.
        let _ = writeln!(yaml.0, "  - {}", quoted(endpoint));
    }
    let api_type = match options.api {
        Api::Chat => "openai",
        Api::Completions => "openai_completions",
    };
    yaml.line(1, "api_type", api_type);
    if options.api_key_env.is_some() {
        yaml.line(1, "api_key", "<redacted>");
    }
}

/// What the reference's schema has no key for; nothing where it is as usual.
fn own(yaml: &mut Yaml, options: &RunOptions) {
    let mut own = Yaml::default();
    match options.order {
        Order::Shuffled { .. } => {}
        Order::WithReplacement { .. } => own.line(1, "order", "with_replacement"),
        Order::Sequential => own.line(1, "order", "sequential"),
        Order::Single(index) => {
            own.line(1, "order", "single");
            own.line(1, "sample_index", index);
        }
    }
    if options.load != Load::Concurrency {
        own.some(1, "max_in_flight", options.max_in_flight);
    }
    if options.over_cap == OverCap::Drop {
        own.line(1, "over_cap", "drop");
    }
    if matches!(options.stop, StopRule::ReferenceCount { .. }) {
        own.line(1, "reference_count", true);
    }
    own.some(
        1,
        "live_tokens",
        options.live_tokens.as_ref().map(|cores| format!("{cores:?}")),
    );
    if !options.goodput.is_empty() {
        own.section(1, "goodput_ms");
        for (name, limit_ms) in options.goodput.entries_ms() {
            own.line(2, name, limit_ms);
        }
    }
    if !options.headers.is_empty() {
        own.section(1, "headers");
        for (name, _) in &options.headers {
            // The values may be secrets.
            own.line(2, &quoted(name), "<redacted>");
        }
    }
    if !own.0.is_empty() {
        yaml.section(0, "runbench");
        yaml.0.push_str(&own.0);
    }
}

/// A text as a double-quoted YAML scalar; JSON's escapes are all YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use runbench_core::metrics::Slo;
    use runbench_core::parse::parse_yaml;

    use super::*;
    use crate::run::WarmUpOptions;

    fn options() -> RunOptions {
        RunOptions::new(
            "http://h:1",
            "m: \"x\"",
            PathBuf::from("d/rows.jsonl"),
            PathBuf::new(),
        )
    }

    fn check(options: &RunOptions, lines: &[&str]) {
        let yaml = config_yaml(options);
        assert!(parse_yaml(yaml.as_bytes()).is_ok(), "{yaml}");
        for line in lines {
            assert!(
                yaml.lines().any(|seen| seen == *line),
                "no line `{line}` in\n{yaml}"
            );
        }
    }

    #[test]
    fn the_defaults_are_written_out() {
        let expected = "name: online_benchmark\nversion: '1.0'\ntype: online\nmodel_params:\n  name: \"m: \\\"x\\\"\"\n  \
            max_new_tokens: 1024\n  streaming: 'on'\ndatasets:\n- name: \"rows\"\n  type: performance\n  \
            path: \"d/rows.jsonl\"\nsettings:\n  runtime:\n    min_duration_ms: 0\n    scheduler_random_seed: 42\n    \
            dataloader_random_seed: 42\n  load_pattern:\n    type: concurrency\n    target_concurrency: 1\n\
            endpoint_config:\n  endpoints:\n  - \"http://h:1\"\n  api_type: openai\n";
        assert_eq!(config_yaml(&options()), expected);
    }

    #[test]
    fn everything_else_has_its_key_and_no_secret_shows() {
        let mut options = options();
        options.load = Load::Poisson { qps: 2.5 };
        options.max_in_flight = Some(7);
        options.order = Order::Single(3);
        options.warmup = Some(WarmUpOptions::default());
        options.headers = vec![("X-Key".to_owned(), "hunter2".to_owned())];
        options.api_key_env = Some("HOME".to_owned());
        options.live_tokens = Some(vec![2, 3]);
        options.goodput = Slo {
            ttft_ns: Some(2e8),
            ..Slo::default()
        };
        options.performance_drain_timeout = Some(Duration::from_millis(1500));
        options.drain_timeout = Duration::from_secs(90);
        check(
            &options,
            &[
                "    target_qps: 2.5",
                "    use_legacy_loadgen_qps_metrics: true",
                "    performance_timeout_s: 1.5",
                "    metrics_drain_timeout_s: 90",
                "    warmup_random_seed: 42",
                "  api_key: <redacted>",
                "  order: single",
                "  sample_index: 3",
                "  max_in_flight: 7",
                "  live_tokens: [2, 3]",
                "    ttft: 200",
                "    \"X-Key\": <redacted>",
            ],
        );
        assert!(!config_yaml(&options).contains("hunter2"));
    }
}
