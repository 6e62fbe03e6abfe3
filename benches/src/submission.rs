//! Valid submissions for the benches, with as many points as asked for.

use std::fmt::Write as _;

use runbench_core::tree::MemoryTree;

/// Points of the submissions that the figures are about.
pub const POINTS: u32 = 32;

const C_MAX: u32 = 256;

/// The concurrencies of so many points: from 8 to `C_MAX` in steps that grow.
fn concurrencies(points: u32) -> Vec<u32> {
    let last = points.saturating_sub(1).max(1);
    let of = |point: u32| 8 + (C_MAX - 8) * point * (point + last) / (2 * last * last);
    (0..points).map(of).collect()
}

/// A v1.5 submission of one curve: four files a point, and scores at five of them.
pub fn v1_5(points: u32) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert("docs/calibration.md", "weights were rounded\n");
    tree.insert("src/vllm/README.md", "vllm serve\n");
    let system = "results/sys_a";
    tree.insert(&format!("{system}/system_power.json"), POWER);
    let concurrencies = concurrencies(points);
    let peak = f64::from(1000 + 14 * C_MAX);
    for (number, concurrency) in concurrencies.iter().enumerate() {
        let point = format!("{system}/llama3_1-8b/r{concurrency}");
        let tps = f64::from(1000 + 14 * concurrency);
        tree.insert(
            &format!("{point}/config.yaml"),
            "type: \"submission\"\nendpoint_config:\n  endpoints:\n    - \"http://localhost:8000\"\n",
        );
        tree.insert(
            &format!("{point}/point.yaml"),
            POINT.replace("CONCURRENCY", &concurrency.to_string()),
        );
        let mut utilization = String::new();
        let _ = write!(utilization, "{:.4}", tps / peak);
        tree.insert(
            &format!("{point}/system_desc.json"),
            DESCRIPTION.replace("UTILIZATION", &utilization),
        );
        let total = format!("{:.0}", tps * 1260.0);
        tree.insert(
            &format!("{point}/result_summary.json"),
            SUMMARY_V1_5.replace("TOTAL", &total),
        );
        if number % 7 == 0 {
            tree.insert(&format!("{point}/accuracy_results.json"), SCORES);
        }
    }
    tree
}

/// A v0.1 submission of one curve: two files a point, and scores at the first.
pub fn v0_1(points: u32) -> MemoryTree {
    let mut tree = MemoryTree::new();
    tree.insert_directory("documentation");
    tree.insert_directory("src/llama3_1-8b");
    tree.insert("systems/node1.json", SYSTEM_V0_1);
    let curve = "pareto/node1/llama3_1-8b";
    for (number, concurrency) in concurrencies(points).iter().enumerate() {
        let results = format!("{curve}/results/point_{concurrency}");
        tree.insert(
            &format!("{curve}/points/point_{concurrency}.yaml"),
            format!(
                "concurrency: {concurrency}\ndataset: \"cnn_dailymail\"\nruntime_settings:\n  load_pattern: \"concurrency\"\n  \
                 min_duration_ms: 600000\n  stream_all_chunks: true\n"
            ),
        );
        tree.insert(&format!("{results}/results_summary.json"), SUMMARY_V0_1);
        if number == 0 {
            tree.insert(&format!("{results}/accuracy/results.json"), SCORES);
        }
    }
    tree
}

const POINT: &str = r#"concurrency: CONCURRENCY
dataset: "cnn_dailymail"
division: "standardized"
max_supported_concurrency: 256
model_name: "llama3_1-8b"
model_precision: "fp8"
link_to_model: "https://example.com/m"
dataset_name: "cnn_dailymail"
dataset_type: "Performance"
dataset_link: "https://example.com/d"
shared_src: "src/vllm"
shared_docs: "docs"
seed_set: "A"
target_cohort: "2026-12-C0"
runtime_settings:
  load_pattern: "concurrency"
  min_duration_ms: 600000
  stream_all_chunks: true
  runtime:
    scheduler_rng_seed: 10487924139932647040
    sample_index_rng_seed: 586478644936801402
    model_seed: 9315206023656308754
warmup:
  duration_s: 30
  requests_issued: 64
  requests_completed: 64
  data_source: "synthetic"
  concurrency: CONCURRENCY
  logs_retained: true
steady_state:
  status: "windowable"
  verdict: "STEADY STATE"
  window:
    super_pass_start: 2
    super_pass_end: 7
    super_pass_size: 100
    n_samples: 600
    duration_s: 1249.5
  state:
    ttft_p50: "Plateau"
    tpot_p90: "Plateau"
"#;

const DESCRIPTION: &str = r#"{
  "system_name": "sys_a",
  "system_availability_status": "rdi",
  "max_supported_concurrency": 256,
  "system_size": "2 node",
  "system_node_ensemble_count": 1,
  "system_node_ensemble_total": 1,
  "shortened_system_name": "sys short",
  "division": "standardized",
  "cooling": "air",
  "node_types": [
    {
      "system_node_ensemble_id": 1,
      "number_of_nodes": 2,
      "host_processor_core_count": 96,
      "host_memory_configuration": "24x96GB",
      "host_network_card_count": "8",
      "driver": "1.0",
      "filesystem": "ext4",
      "accelerator_info": [
        {
          "accelerator_model_name": "Example B200",
          "accelerators_per_node": 8
        }
      ]
    }
  ],
  "tensor_parallel": 8,
  "pipeline_parallel": 1,
  "expert_parallel": 1,
  "data_parallel": 2,
  "tps_utilization": UTILIZATION
}
"#;

const SUMMARY_V1_5: &str = r#"{
  "n_samples_issued": 13412,
  "n_samples_completed": 13412,
  "n_samples_failed": 0,
  "duration_ns": 1260000000000,
  "ttft": {
    "total": 1000000000000.0,
    "percentiles": {
      "50": 210000000.0,
      "90": 330000000.0
    }
  },
  "output_sequence_lengths": {
    "total": TOTAL,
    "percentiles": {
      "50.0": 128.0
    }
  },
  "tpot": {
    "total": 1000000000000.0,
    "percentiles": {
      "90": 12058000.0
    }
  },
  "latency": {
    "total": 310000000000000.0,
    "percentiles": {
      "50": 1000000000.0
    }
  }
}
"#;

const POWER: &str = r#"{
  "system_desc_id": "sys",
  "cooling": "air",
  "node_sets": [
    {
      "node_set_id": 0,
      "system_node_ensemble_id": 1,
      "nodes_provisioned": 2,
      "power_method": "component_sum",
      "components": {
        "cpu": {
          "model": "Example EPYC 96-core",
          "count_per_node": 2,
          "tdp_per_unit": {
            "value_w": 400,
            "source_type": "vendor_spec",
            "source": "https://example.com/spec"
          }
        },
        "accelerator": {
          "model": "Example B200",
          "count_per_node": 8,
          "tdp_per_unit": {
            "value_w": 1000,
            "source_type": "vendor_spec",
            "source": "https://example.com/spec"
          }
        },
        "scale_up_network": {
          "method": "declared_tdp",
          "switch_count": 4,
          "tdp_per_switch": {
            "value_w": 100,
            "source_type": "vendor_spec",
            "source": "https://example.com/spec"
          }
        }
      }
    }
  ],
  "scale_out": {
    "present": true,
    "cabling": "passive",
    "required_bandwidth_tbps": 6.4,
    "nics": {
      "count_per_node": 8,
      "bandwidth_per_nic_gbps": 400,
      "counted": true,
      "tdp_per_nic": {
        "value_w": 25,
        "source_type": "vendor_spec",
        "source": "https://example.com/spec"
      }
    },
    "switches": [
      {
        "model": "SwitchCo 64",
        "count": 2,
        "bandwidth_tbps": 6.4,
        "power_per_switch": {
          "value_w": 900,
          "source_type": "vendor_spec",
          "source": "https://example.com/spec"
        }
      }
    ]
  }
}
"#;

const SCORES: &str = r#"{
  "cnn_dailymail::llama3_8b": {
    "dataset_name": "cnn_dailymail::llama3_8b",
    "num_samples": 13368,
    "score": {
      "rouge1": "38.7287",
      "rouge2": "16.0968",
      "rougeL": "24.5",
      "rougeLsum": "35.9",
      "gen_len": 8167000
    }
  }
}
"#;

const SYSTEM_V0_1: &str = r#"{
  "submitter_org_names": "Acme",
  "system_name": "H200x8",
  "system_category": "datacenter",
  "system_availability_status": "preview",
  "max_supported_concurrency": 256,
  "node_types": [
    {
      "system_node_ensemble_id": 1,
      "number_of_nodes": 1,
      "host_processor_model_name": "Example CPU 9000",
      "host_processors_per_node": 2,
      "host_processor_core_count": 64,
      "host_memory_capacity": "2 TB",
      "accelerator_model_name": "Example GPU X1",
      "accelerators_per_node": 8,
      "accelerator_memory_capacity": "141 GB"
    }
  ],
  "division": "RDI",
  "model_id": "llama3_1-8b",
  "dataset_name": "cnn_dailymail"
}
"#;

const SUMMARY_V0_1: &str = r#"{
  "n_samples_issued": 15000,
  "n_samples_completed": 15000,
  "n_samples_failed": 0,
  "duration_ns": 640000000000,
  "ttft": {
    "total": 1000000000000.0,
    "percentiles": {
      "50": 210000000.0,
      "95": 400000000.0
    }
  },
  "output_sequence_lengths": {
    "total": 94426,
    "percentiles": {
      "50": 128.0
    }
  }
}
"#;
