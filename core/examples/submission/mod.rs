//! A submission in memory for the examples: complete but for its Med Throughput region, and one of its results holds a
//! NaN.

use runbench_core::tree::MemoryTree;

const SYSTEM: &str = r#"{
  "submitter_org_names": "Acme",
  "system_name": "one node",
  "system_category": "datacenter",
  "system_availability_status": "available",
  "division": "serviced",
  "node_types": [],
  "max_supported_concurrency": 64,
  "model_id": "acme/small"
}"#;

/// The submission's files.
pub(crate) fn submission() -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert_directory("documentation");
    tree.insert("systems/node1.json", SYSTEM);
    for concurrency in [1, 4, 8, 32, 34, 48, 64] {
        let duration = if concurrency == 48 { "NaN" } else { "1.2e12" };
        let curve = "pareto/node1/small";
        tree.insert(
            &format!("{curve}/points/point_{concurrency}.yaml"),
            format!("concurrency: {concurrency}\n"),
        );
        tree.insert(
            &format!("{curve}/results/point_{concurrency}/results_summary.json"),
            format!("{{\n  \"n_samples_completed\": 900,\n  \"duration_ns\": {duration}\n}}\n"),
        );
    }
    tree.insert(
        "pareto/node1/small/results/point_8/accuracy/results.json",
        r#"{"qa": {"score": 0.4}}"#,
    );
    tree
}
