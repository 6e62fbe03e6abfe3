//! The page's two examples: a v1.5 submission of an invented system, and the same with mistakes that people make.
//!
//! Numbers come from a small model of a server that gets slower with load, so that the pictures look like a curve.
//! Nothing was measured, and the name of the submitter says so.

use serde_json::{Value, json};

/// Path below the submission's folder, and content.
pub type Files = Vec<(String, Vec<u8>)>;

/// The folder around the valid one.
pub const VALID_NAME: &str = "example-valid";
/// The folder around the broken one.
pub const BROKEN_NAME: &str = "example-broken";

const C_MAX: u32 = 512;
const CONCURRENCIES: [u32; 13] = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, C_MAX];
/// One of each region: there the answers were scored.
const SCORED: [u32; 4] = [8, 12, 48, C_MAX];
const MODEL: &str = "llama3_1-8b";
const OUTPUT_TOKENS: u32 = 128;

/// Everything that the checkers accept.
pub fn valid() -> Files {
    let mut files = vec![
        text(
            "docs/calibration.md",
            "Weights were rounded to FP8, per tensor; activations are dynamic.\n",
        ),
        text(
            "src/server/README.md",
            "`server --model llama3_1-8b --tensor-parallel 8`\n",
        ),
        json_file("results/example_8x/system_power.json", &power()),
    ];
    for concurrency in CONCURRENCIES {
        let point = format!("results/example_8x/{MODEL}/r{concurrency}");
        let figures = Figures::of(concurrency);
        files.push(text(&format!("{point}/config.yaml"), CONFIG));
        files.push(text(&format!("{point}/point.yaml"), &declaration(concurrency)));
        files.push(json_file(
            &format!("{point}/system_desc.json"),
            &description(figures.system_tps),
        ));
        files.push(json_file(
            &format!("{point}/result_summary.json"),
            &figures.summary(),
        ));
        if SCORED.contains(&concurrency) {
            files.push(json_file(
                &format!("{point}/accuracy_results.json"),
                &scores(38.7287),
            ));
        }
    }
    files.sort();
    files
}

/// The same with a run shorter than its window, a misspelt key, a wrong share, a missed target, a number that is none,
/// another dataset and a misspelt directory.
pub fn broken() -> Files {
    let mut files = valid();
    for (path, _) in &mut files {
        *path = path.replace("docs/", "dosc/");
    }
    let point = |concurrency: u32, file: &str| format!("results/example_8x/{MODEL}/r{concurrency}/{file}");
    let short = Figures {
        duration_s: 598.2,
        ..Figures::of(96)
    };
    put(
        &mut files,
        json_file(&point(96, "result_summary.json"), &short.summary()),
    );
    let misspelt = declaration(24).replacen("concurrency: 24", "concurency: 24", 1);
    put(&mut files, text(&point(24, "point.yaml"), &misspelt));
    put(
        &mut files,
        json_file(&point(256, "system_desc.json"), &description(3_000.0)),
    );
    put(
        &mut files,
        json_file(&point(C_MAX, "accuracy_results.json"), &scores(37.2)),
    );
    let no_number = serde_json::to_string_pretty(&Figures::of(192).summary())
        .unwrap_or_default()
        .replacen("\"n_samples_failed\": 0", "\"n_samples_failed\": NaN", 1);
    put(&mut files, text(&point(192, "result_summary.json"), &no_number));
    let other = declaration(32).replace("cnn_dailymail", "open_orca");
    put(&mut files, text(&point(32, "point.yaml"), &other));
    files
}

fn put(files: &mut Files, (path, content): (String, Vec<u8>)) {
    for (known, old) in files {
        if *known == path {
            old.clone_from(&content);
        }
    }
}

fn text(path: &str, content: &str) -> (String, Vec<u8>) {
    (path.to_owned(), content.as_bytes().to_vec())
}

fn json_file(path: &str, content: &Value) -> (String, Vec<u8>) {
    let written = serde_json::to_string_pretty(content).unwrap_or_default();
    text(path, &format!("{written}\n"))
}

/// What the invented server does at a load.
#[derive(Clone, Copy)]
struct Figures {
    duration_s: f64,
    system_tps: f64,
    tpot_p90_ms: f64,
    ttft_p50_ms: f64,
}

impl Figures {
    fn of(concurrency: u32) -> Self {
        let load = f64::from(concurrency);
        // At 384 the batches no longer fit: a point that another one beats.
        let crowded = if concurrency == 384 { 1.45 } else { 1.0 };
        let tpot_p90_ms = (5.2 + 0.016 * load + 0.000_02 * load * load) * crowded;
        Self {
            duration_s: if concurrency < 16 { 1_860.0 } else { 1_260.0 },
            system_tps: (load * 940.0 / tpot_p90_ms).round(),
            tpot_p90_ms,
            ttft_p50_ms: 38.0 + 0.42 * load * crowded,
        }
    }

    fn summary(self) -> Value {
        let tokens = (self.system_tps * self.duration_s).round();
        let samples = (tokens / f64::from(OUTPUT_TOKENS)).floor();
        let ns = |ms: f64| (ms * 1e6).round();
        let ttft = |factor: f64| ns(self.ttft_p50_ms * factor);
        let tpot = |factor: f64| ns(self.tpot_p90_ms * factor);
        let latency = ttft(1.0) + 127.0 * tpot(0.94);
        let count = |value: f64| json!(format!("{value:.0}").parse::<u64>().unwrap_or_default());
        json!({
            "n_samples_issued": count(samples),
            "n_samples_completed": count(samples),
            "n_samples_failed": 0,
            "duration_ns": count(self.duration_s * 1e9),
            "ttft": {
                "total": samples * ttft(1.06),
                "percentiles": {"50": ttft(1.0), "90": ttft(1.7), "95": ttft(2.0), "99": ttft(2.9)},
            },
            "tpot": {
                "total": samples * tpot(0.95),
                "percentiles": {"50": tpot(0.94), "90": tpot(1.0), "99": tpot(1.12)},
            },
            "latency": {"total": samples * latency, "percentiles": {"50": latency}},
            "output_sequence_lengths": {"total": count(tokens), "percentiles": {"50.0": f64::from(OUTPUT_TOKENS)}},
        })
    }
}

fn description(system_tps: f64) -> Value {
    let peak = CONCURRENCIES
        .iter()
        .map(|concurrency| Figures::of(*concurrency).system_tps)
        .fold(0.0, f64::max);
    json!({
        "system_name": "Example 8x",
        "system_availability_status": "rdi",
        "max_supported_concurrency": C_MAX,
        "system_size": "2 node",
        "system_node_ensemble_count": 1,
        "system_node_ensemble_total": 1,
        "shortened_system_name": "example 8x",
        "division": "standardized",
        "cooling": "air",
        "node_types": [{
            "system_node_ensemble_id": 1,
            "number_of_nodes": 2,
            "host_processor_core_count": 96,
            "host_memory_configuration": "24x96GB",
            "host_network_card_count": "8",
            "driver": "1.0",
            "filesystem": "ext4",
            "accelerator_info": [{"accelerator_model_name": "Example accelerator", "accelerators_per_node": 8}],
        }],
        "tensor_parallel": 8,
        "pipeline_parallel": 1,
        "expert_parallel": 1,
        "data_parallel": 2,
        "tps_utilization": (system_tps / peak * 10_000.0).round() / 10_000.0,
    })
}

fn scores(rouge1: f64) -> Value {
    json!({
        "cnn_dailymail::llama3_8b": {
            "dataset_name": "cnn_dailymail::llama3_8b",
            "num_samples": 13368,
            "score": {
                "rouge1": rouge1.to_string(),
                "rouge2": "16.0968",
                "rougeL": "24.5",
                "rougeLsum": "35.9",
                "gen_len": 8_167_000,
            },
        },
    })
}

fn power() -> Value {
    let watts = |value: u32| json!({"value_w": value, "source_type": "vendor_spec", "source": "https://example.com/spec"});
    json!({
        "system_desc_id": "example_8x",
        "cooling": "air",
        "node_sets": [{
            "node_set_id": 0,
            "system_node_ensemble_id": 1,
            "nodes_provisioned": 2,
            "power_method": "component_sum",
            "components": {
                "cpu": {"model": "Example CPU", "count_per_node": 2, "tdp_per_unit": watts(400)},
                "accelerator": {"model": "Example accelerator", "count_per_node": 8, "tdp_per_unit": watts(1000)},
                "scale_up_network": {"method": "declared_tdp", "switch_count": 4, "tdp_per_switch": watts(100)},
            },
        }],
        "scale_out": {
            "present": true,
            "cabling": "passive",
            "required_bandwidth_tbps": 6.4,
            "nics": {
                "count_per_node": 8,
                "bandwidth_per_nic_gbps": 400,
                "counted": true,
                "tdp_per_nic": watts(25),
            },
            "switches": [
                {"model": "Example switch", "count": 2, "bandwidth_tbps": 6.4, "power_per_switch": watts(900)},
            ],
        },
    })
}

const CONFIG: &str =
    "type: \"submission\"\nendpoint_config:\n  endpoints:\n    - \"http://localhost:8000\"\n";

fn declaration(concurrency: u32) -> String {
    let offline = if concurrency == C_MAX {
        "offline: \"elected\"\n"
    } else {
        ""
    };
    format!(
        r#"concurrency: {concurrency}
dataset: "cnn_dailymail"
division: "standardized"
max_supported_concurrency: {C_MAX}
model_name: "{MODEL}"
model_precision: "fp8"
link_to_model: "https://example.com/model"
dataset_name: "cnn_dailymail"
dataset_type: "Performance"
dataset_link: "https://example.com/dataset"
shared_src: "src/server"
shared_docs: "docs"
seed_set: "A"
target_cohort: "2026-12-C0"
runtime_settings:
  load_pattern: "concurrency"
  min_duration_ms: 1200000
  stream_all_chunks: true
  runtime:
    scheduler_rng_seed: 10487924139932647040
    sample_index_rng_seed: 586478644936801402
    model_seed: 9315206023656308754
warmup:
  duration_s: 30
  requests_issued: {warmup}
  requests_completed: {warmup}
  data_source: "synthetic"
  concurrency: {concurrency}
  logs_retained: true
steady_state:
  status: "windowable"
  verdict: "STEADY STATE"
  window:
    super_pass_start: 2
    super_pass_end: 7
    super_pass_size: 2000
    n_samples: 12000
    duration_s: 1249.5
  state:
    ttft_p50: "Plateau"
    tpot_p90: "Plateau"
{offline}"#,
        warmup = 4 * concurrency,
    )
}
