//! A valid v0.1 submission in memory, to be broken in one place at a time.

use runbench_core::tree::MemoryTree;
use serde_json::{Value, json};

/// The system's id.
pub const SYSTEM: &str = "h100x8";
/// The model's directory.
pub const MODEL: &str = "Llama-3_1-8B-Instruct";
/// M of the system.
pub const MAX_CONCURRENCY: u32 = 64;
/// Concurrencies of the curve's points: every region has one.
pub const CONCURRENCIES: [u32; 7] = [1, 8, 32, 34, 40, 48, 64];

/// The system file.
pub fn system_path() -> String {
    format!("systems/{SYSTEM}.json")
}

/// The curve's directory.
pub fn curve() -> String {
    format!("pareto/{SYSTEM}/{MODEL}")
}

/// A point's file.
pub fn point_path(concurrency: u32) -> String {
    format!("{}/points/point_{concurrency}.yaml", curve())
}

/// A point's result.
pub fn summary_path(concurrency: u32) -> String {
    format!("{}/results/point_{concurrency}/results_summary.json", curve())
}

/// A point's accuracy result.
pub fn accuracy_path(concurrency: u32) -> String {
    format!("{}/results/point_{concurrency}/accuracy/results.json", curve())
}

/// The system description.
pub fn system() -> Value {
    json!({
        "submitter_org_names": "Acme",
        "system_name": "H100 x 8",
        "system_category": "datacenter",
        "system_availability_status": "available",
        "max_supported_concurrency": MAX_CONCURRENCY,
        "node_types": [{"number_of_nodes": 1, "accelerators_per_node": 8}],
        "division": "Standardized",
        "model_id": "meta-llama/Llama-3.1-8B-Instruct",
    })
}

/// A point file.
pub fn point(concurrency: u32) -> String {
    format!(
        "concurrency: {concurrency}\ndataset: dataset-c\nregion: submitters_choice\nruntime_settings:\n  load_pattern: concurrency\n  stream_all_chunks: true\n"
    )
}

/// A point's result: 1300 s, 8 tokens/s and user.
pub fn summary(concurrency: u32) -> Value {
    let tokens = 8 * 1300 * concurrency;
    json!({
        "n_samples_issued": 1300,
        "n_samples_completed": 1299,
        "n_samples_failed": 1,
        "duration_ns": 1_300_000_000_000_u64,
        "ttft": {"total": 9.1e9, "percentiles": {"50": 7.0e6, "95": 9.0e6}},
        "output_sequence_lengths": {"total": tokens, "percentiles": {"50": 128.0}},
        "system_tps": 8.0 * f64::from(concurrency),
        "tps_per_user": 8.0,
    })
}

/// An accuracy result that reaches every target.
pub fn accuracy() -> Value {
    json!({
        "cnn": {
            "num_samples": 13368,
            "score": {"rouge1": 38.8, "rouge2": 16.0, "rougel": 24.5, "rougelsum": 35.8, "gen_len": 8_167_644},
        }
    })
}

/// The whole submission.
pub fn valid() -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert("documentation/notes.md", "none\n");
    tree.insert(&format!("src/{MODEL}/README.md"), "see the container\n");
    tree.insert(&system_path(), system().to_string());
    for concurrency in CONCURRENCIES {
        tree.insert(&point_path(concurrency), point(concurrency));
        tree.insert(&summary_path(concurrency), summary(concurrency).to_string());
    }
    tree.insert(&accuracy_path(8), accuracy().to_string());
    tree
}

/// The valid submission with one JSON file changed.
pub fn with_json(path: &str, value: Value, edit: impl FnOnce(&mut Value)) -> MemoryTree {
    let mut value = value;
    edit(&mut value);
    let mut tree = valid();
    tree.insert(path, value.to_string());
    tree
}

/// The valid submission with one file's text replaced.
pub fn with_text(path: &str, text: impl Into<Vec<u8>>) -> MemoryTree {
    let mut tree = valid();
    tree.insert(path, text);
    tree
}

/// The valid submission without all files whose path starts so; directories that held only these are gone too.
pub fn without(prefix: &str) -> MemoryTree {
    let whole = valid();
    let mut tree = MemoryTree::new();
    for path in whole.paths().filter(|path| !path.starts_with(prefix)) {
        if let Ok(content) = runbench_core::tree::Tree::read(&whole, path) {
            tree.insert(path, content.into_owned());
        }
    }
    tree
}
