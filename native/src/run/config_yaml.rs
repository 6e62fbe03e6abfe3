//! `config.yaml`: the resolved configuration in the reference's schema (spec section 2), without secrets.

use std::fmt::Write;

use super::{Api, RunOptions, StopRule};

/// The configuration of a run. The same options give the same bytes, whose hash the event log holds.
pub(super) fn config_yaml(options: &RunOptions) -> String {
    let api_type = match options.api {
        Api::Chat => "openai",
        Api::Completions => "openai_completions",
    };
    let streaming = if options.streaming { "on" } else { "off" };
    let runtime = match options.stop {
        StopRule::DatasetOnce => "    min_duration_ms: 0\n".to_owned(),
        StopRule::Samples(n) => format!("    min_duration_ms: 0\n    n_samples_to_issue: {n}\n"),
        StopRule::After(duration) => {
            let ms = duration.as_millis();
            format!("    min_duration_ms: {ms}\n    max_duration_ms: {ms}\n")
        }
    };
    let mut yaml = String::from("name: online_benchmark\nversion: '1.0'\ntype: online\n");
    let _infallible = write!(
        yaml,
        "model_params:\n  name: {}\n  max_new_tokens: {}\n  streaming: '{streaming}'\n\
         datasets:\n- name: {}\n  type: performance\n  path: {}\n\
         settings:\n  runtime:\n{runtime}  load_pattern:\n    type: concurrency\n    target_concurrency: {}\n\
         endpoint_config:\n  endpoints:\n  - {}\n  api_type: {api_type}\n",
        quoted(&options.model),
        options.max_output_tokens,
        quoted(
            &options
                .dataset
                .file_stem()
                .map(|stem| stem.to_string_lossy())
                .unwrap_or_default()
        ),
        quoted(&options.dataset.to_string_lossy()),
        options.concurrency,
        quoted(&options.endpoint),
    );
    if options.api_key_env.is_some() {
        yaml.push_str("  api_key: <redacted>\n");
    }
    yaml
}

/// A text as a double-quoted YAML scalar; JSON's escapes are all YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
