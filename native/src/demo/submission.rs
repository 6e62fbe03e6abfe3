//! The v0.1 submission folder of the demo's measurements (submission-rules section 2.1).

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::dataset::DATASET_NAME;
use super::folder::{FolderError, write};
use super::machine::Machine;
use super::point::{MAX_SUPPORTED_CONCURRENCY, Point};

/// The organisation's folder.
const ORGANISATION: &str = "runbench-demo";
/// File name of the one system.
const SYSTEM_ID: &str = "this-machine";
/// Name of the mock's model. No benchmark has it, so that no accuracy gate can pretend to hold.
pub const MODEL: &str = "runbench-demo";

const DOCUMENTATION: &str = "\
# A demonstration, not a submission

`runbench demo` wrote this folder. The system under test is the program's own mock endpoint, which waits as long as it
is told to and solves the demo's word problems by arithmetic. Every figure here was measured over a real socket, but
none says anything about a model or about this machine's power. The points are far shorter than the rules ask.
";

/// Writes the folder; gives the path that a checker takes.
pub fn write_submission(folder: &Path, machine: &Machine, points: &[Point]) -> Result<PathBuf, FolderError> {
    let root = folder.join(ORGANISATION);
    write_json(&root.join(format!("systems/{SYSTEM_ID}.json")), &system(machine))?;
    write(&root.join("documentation/README.md"), DOCUMENTATION)?;
    let curve = root.join("pareto").join(SYSTEM_ID).join(MODEL);
    for point in points {
        let name = format!("point_{}", point.concurrency);
        let results = curve.join("results").join(&name);
        write(&curve.join(format!("points/{name}.yaml")), &point_yaml(point))?;
        write_json(
            &results.join("results_summary.json"),
            &results_summary(&point.summary),
        )?;
    }
    // A curve has one accuracy: where several points bring one, only the first is read.
    if let Some(point) = points.first() {
        let folder = curve.join(format!("results/point_{}/accuracy", point.concurrency));
        write_json(&folder.join("results.json"), &accuracy(point))?;
    }
    Ok(root)
}

fn system(machine: &Machine) -> Value {
    let mut node = Map::new();
    let mut fact = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            node.insert(key.to_owned(), value);
        }
    };
    fact("number_of_nodes", Some(json!(1)));
    fact("host_processors_per_node", machine.sockets.map(Value::from));
    fact(
        "host_processor_model_name",
        machine.cpu_model.clone().map(Value::from),
    );
    fact("host_processor_core_count", machine.cores.map(Value::from));
    fact("host_processor_vcpu_count", machine.threads.map(Value::from));
    fact("host_memory_capacity", machine.memory().map(Value::from));
    fact(
        "operating_system",
        machine.operating_system.clone().map(Value::from),
    );
    fact("inference_backend", Some(Value::from(backend())));
    json!({
        "submitter_org_names": ORGANISATION,
        "system_name": SYSTEM_ID,
        "system_category": "demonstration",
        "system_availability_status": "RDI",
        "division": "RDI",
        "max_supported_concurrency": MAX_SUPPORTED_CONCURRENCY,
        "system_node_ensemble_count": 1,
        "system_node_ensemble_total": 1,
        "serving_framework": backend(),
        "model_id": MODEL,
        "model_notes": "no model: a mock that computes its answers",
        "dataset_id": DATASET_NAME,
        "dataset_name": DATASET_NAME,
        "node_types": [node],
    })
}

fn backend() -> String {
    format!("runbench mock {}", env!("CARGO_PKG_VERSION"))
}

fn point_yaml(point: &Point) -> String {
    let Point {
        concurrency, region, ..
    } = point;
    format!(
        "concurrency: {concurrency}\nregion: {region}\ndataset: {DATASET_NAME}\nruntime_settings:\n  load_pattern: concurrency\n  stream_all_chunks: true\n"
    )
}

/// The run's own summary. The checker looks up the percentiles 50 and 95 under these names, which are added.
fn results_summary(summary: &Value) -> Value {
    let mut summary = summary.clone();
    if let Some(Value::Object(percentiles)) = summary.pointer_mut("/ttft/percentiles") {
        for (long, short) in [("50.0", "50"), ("95.0", "95")] {
            if let Some(value) = percentiles.get(long).cloned() {
                percentiles.insert(short.to_owned(), value);
            }
        }
    }
    summary
}

fn accuracy(point: &Point) -> Value {
    let score = point.score.percent();
    json!({DATASET_NAME: {"score": {"exact_match": score}, "num_samples": point.score.asked}})
}

fn write_json(path: &Path, value: &Value) -> Result<(), FolderError> {
    write(path, &format!("{value:#}\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::point::Score;
    use super::*;

    fn written(machine: &Machine) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let summary = json!({"n_samples_completed": 3, "ttft": {"percentiles": {"50.0": 1.5, "95.0": 2.5}}});
        let first = Point::from_summary(8, "low_latency", Score { right: 2, asked: 3 }, summary.clone());
        let second = Point::from_summary(16, "low_latency", Score { right: 3, asked: 3 }, summary);
        let root = write_submission(folder.path(), machine, &[first, second]).unwrap();
        (folder, root)
    }

    fn read(root: &Path, path: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(root.join(path)).unwrap()).unwrap()
    }

    #[test]
    fn writes_what_the_checker_looks_for() {
        let (_folder, root) = written(&Machine::default());
        let curve = "pareto/this-machine/runbench-demo";
        assert!(root.join("documentation").is_dir());
        assert_eq!(
            read(&root, "systems/this-machine.json")["max_supported_concurrency"],
            64
        );
        let yaml = fs::read_to_string(root.join(curve).join("points/point_8.yaml")).unwrap();
        assert!(
            yaml.starts_with("concurrency: 8\nregion: low_latency\n"),
            "{yaml}"
        );
        let results = format!("{curve}/results/point_8");
        let summary = read(&root, &format!("{results}/results_summary.json"));
        assert_eq!(
            summary["ttft"]["percentiles"],
            json!({"50.0": 1.5, "95.0": 2.5, "50": 1.5, "95": 2.5})
        );
        let accuracy = read(&root, &format!("{results}/accuracy/results.json"));
        assert_eq!(accuracy[DATASET_NAME]["num_samples"], 3);
        assert_eq!(accuracy[DATASET_NAME]["score"]["exact_match"], 100.0 * 2.0 / 3.0);
        assert!(
            root.join(curve)
                .join("results/point_16/results_summary.json")
                .is_file()
        );
        assert!(!root.join(curve).join("results/point_16/accuracy").exists());
    }

    #[test]
    fn says_nothing_about_the_machine_that_is_not_known() {
        let (_folder, root) = written(&Machine {
            threads: Some(2),
            ..Machine::default()
        });
        let node = &read(&root, "systems/this-machine.json")["node_types"][0];
        assert_eq!(node["host_processor_vcpu_count"], 2);
        assert!(
            node.get("host_memory_capacity").is_none() && node.get("host_processor_core_count").is_none()
        );
    }
}
