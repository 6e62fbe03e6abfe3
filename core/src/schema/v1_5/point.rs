//! `r<N>/point.yaml`.

use num_bigint::BigInt;
use num_traits::Zero;

use crate::coerce::{
    Fault, FaultKind, Faults, Field, at_least, at_most, boolean, entries, float, int, list, raw, string,
    text_of_at_least,
};
use crate::parse::Node;

/// Longest warm-up, in seconds.
const LONGEST_WARMUP_S: u32 = 86_400;

/// What a measurement point declares. Fields that no rule reads are checked and dropped.
#[derive(Clone, Debug)]
pub struct PointConfig {
    /// Requests in flight.
    pub concurrency: BigInt,
    /// The region that the submitter sees the point in.
    pub region: Option<String>,
    /// The dataset's name; empty by default.
    pub dataset: String,
    /// How the load was made.
    pub runtime: RuntimeSettings,
    /// What was sent before the measurement.
    pub warmup: Option<Warmup>,
    /// The benchmark model.
    pub model_name: Option<String>,
    /// `dedicated`, `elected` or `none`.
    pub offline: Option<String>,
    /// What the load generator found about the steady state.
    pub steady_state: Option<SteadyState>,
    /// Settings of speculative decoding, as written.
    pub speculative_decoding: Option<Node>,
    /// Nodes that the point used, per ensemble; all of them when absent.
    pub nodes_used: Option<Vec<NodesUsed>>,
    /// Why data parallelism is lower than the hardware allows.
    pub dp_shortfall: Option<DpShortfall>,
    /// Where the implementation lies, below the submission.
    pub shared_src: Option<String>,
    /// Where the documents lie, below the submission.
    pub shared_docs: Option<String>,
    /// Id of the published seeds.
    pub seed_set: Option<String>,
    /// The cohort that the submission is meant for.
    pub target_cohort: Option<String>,
}

/// How the load was made.
#[derive(Clone, Debug, Default)]
pub struct RuntimeSettings {
    /// How the load was held; `concurrency` by default.
    pub load_pattern: String,
    /// Whether every chunk was streamed; true by default.
    pub stream_all_chunks: bool,
    /// Whether warm-up prompts were salted.
    pub salt: Option<bool>,
    /// Seeds of the run.
    pub seeds: Seeds,
}

/// Seeds of a run, of any size and sign.
#[derive(Clone, Debug, Default)]
pub struct Seeds {
    /// Of the scheduler; an old name fills it in.
    pub scheduler: Option<BigInt>,
    /// Of the sample order; an old name fills it in.
    pub sample_index: Option<BigInt>,
    /// Of the model's sampling.
    pub model: Option<BigInt>,
    /// Whether an old name filled one in.
    pub legacy_names: bool,
}

/// What was sent before the measurement.
#[derive(Clone, Debug)]
pub struct Warmup {
    /// Whether there was none: duration and counts are all 0.
    pub disabled: bool,
    /// Whether its logs were kept.
    pub logs_retained: Option<bool>,
    /// Where they are.
    pub link_logs: Option<String>,
}

/// What the load generator found about the steady state.
#[derive(Clone, Debug, Default)]
pub struct SteadyState {
    /// Whether a window was found.
    pub status: Option<String>,
    /// What the metrics did.
    pub verdict: Option<String>,
    /// The window.
    pub window: Window,
    /// State per metric, in file order.
    pub state: Vec<(String, String)>,
}

/// The steady-state window.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// First pass.
    pub super_pass_start: Option<BigInt>,
    /// Last pass.
    pub super_pass_end: Option<BigInt>,
    /// Length in seconds.
    pub duration_s: Option<f64>,
}

/// Nodes of one ensemble that a point used.
#[derive(Clone, Debug, Default)]
pub struct NodesUsed {
    /// The ensemble.
    pub system_node_ensemble_id: BigInt,
    /// How many of its nodes.
    pub nodes: BigInt,
}

/// Why data parallelism is lower than the hardware allows.
#[derive(Clone, Debug, Default)]
pub struct DpShortfall {
    /// Data parallelism of the run.
    pub dp_actual: BigInt,
    /// Data parallelism that the hardware allows.
    pub dp_formula: BigInt,
}

/// Reads a point file.
pub fn read(root: &Node) -> Result<PointConfig, Vec<Fault>> {
    Faults::read(root, |field| {
        let config = field.object(|object| {
            let concurrency = object.required("concurrency", int);
            let region = object.optional("region", string);
            let dataset = object.default("dataset", String::new(), string);
            let runtime = object.required("runtime_settings", runtime_settings);
            let warmup = object.optional("warmup", warmup);
            object.optional("division", string);
            object.optional("max_supported_concurrency", int);
            let model_name = object.optional("model_name", string);
            for name in [
                "model_precision",
                "link_to_model",
                "link_to_model_transformation",
                "model_notes",
                "dataset_name",
                "dataset_type",
                "dataset_link",
            ] {
                object.optional(name, string);
            }
            PointConfig {
                concurrency,
                region,
                dataset,
                runtime,
                warmup,
                model_name,
                offline: object.optional("offline", string),
                steady_state: object.optional("steady_state", steady_state),
                speculative_decoding: object.optional("speculative_decoding", free_map),
                nodes_used: object.optional("nodes_used", list(nodes_used)),
                dp_shortfall: object.optional("dp_shortfall", dp_shortfall),
                shared_src: object.optional("shared_src", string),
                shared_docs: object.optional("shared_docs", string),
                seed_set: object.optional("seed_set", string),
                target_cohort: object.optional("target_cohort", string),
            }
        })?;
        let concurrency = config.concurrency.clone();
        let seeds = config.runtime.seeds.clone();
        // Seeds are written out where no set is bound.
        let [scheduler, sample_index] =
            [&seeds.scheduler, &seeds.sample_index].map(|seed| match config.seed_set {
                Some(_) => None,
                None => seed.as_ref(),
            });
        field.writable(config, &[Some(&concurrency), scheduler, sample_index])
    })
}

/// A mapping from text to anything, as written.
fn free_map(field: Field<'_>) -> Option<Node> {
    entries(raw)(field).map(|_| field.node.clone())
}

fn runtime_settings(field: Field<'_>) -> Option<RuntimeSettings> {
    field.object(|object| {
        let load_pattern = object.default("load_pattern", "concurrency".to_owned(), string);
        object.default("min_duration_ms", BigInt::default(), int);
        object.optional("min_sample_count", int);
        let stream_all_chunks = object.default("stream_all_chunks", true, boolean);
        let seeds = object.required("runtime", seeds);
        let salt = object.optional("warmup", |field| {
            field.object(|object| object.optional("salt", boolean))
        });
        RuntimeSettings {
            load_pattern,
            stream_all_chunks,
            salt: salt.flatten(),
            seeds,
        }
    })
}

fn seeds(field: Field<'_>) -> Option<Seeds> {
    field.object(|object| {
        let scheduler = object.optional("scheduler_rng_seed", int);
        let sample_index = object.optional("sample_index_rng_seed", int);
        let model = object.optional("model_seed", int);
        let old_scheduler = object.optional("scheduler_random_seed", int);
        let old_sample_index = object.optional("dataloader_random_seed", int);
        Seeds {
            legacy_names: old_scheduler.is_some() || old_sample_index.is_some(),
            scheduler: scheduler.or(old_scheduler),
            sample_index: sample_index.or(old_sample_index),
            model,
        }
    })
}

fn warmup(field: Field<'_>) -> Option<Warmup> {
    struct Raw {
        duration_s: f64,
        issued: BigInt,
        completed: BigInt,
        concurrency: BigInt,
        warmup: Warmup,
    }
    let raw = field.object(|object| {
        let duration_s = object.required("duration_s", at_least(0, at_most(LONGEST_WARMUP_S, float)));
        let issued = object.required("requests_issued", at_least(0, int));
        let completed = object.required("requests_completed", at_least(0, int));
        object.required("data_source", text_of_at_least(1));
        let concurrency = object.required("concurrency", at_least(0, int));
        object.default("initialization_steps", Vec::new(), list(string));
        Raw {
            duration_s,
            issued,
            completed,
            concurrency,
            warmup: Warmup {
                disabled: false,
                logs_retained: object.optional("logs_retained", boolean),
                link_logs: object.optional("link_logs", string),
            },
        }
    })?;
    if raw.completed > raw.issued {
        let message = format!(
            "{} requests completed, but only {} were issued",
            raw.completed, raw.issued
        );
        return field.fault(FaultKind::Named("warmup-completed-exceeds-issued"), message);
    }
    // The bounds leave no NaN and nothing below 0.
    let idle = raw.duration_s <= 0.0 && raw.issued.is_zero() && raw.completed.is_zero();
    if raw.concurrency.is_zero() && !idle {
        return field.fault(
            FaultKind::Named("warmup-concurrency-zero"),
            "concurrency is 0, but something was sent",
        );
    }
    Some(Warmup {
        disabled: idle,
        ..raw.warmup
    })
}

fn steady_state(field: Field<'_>) -> Option<SteadyState> {
    field.object(|object| SteadyState {
        status: object.optional("status", string),
        verdict: object.optional("verdict", string),
        window: object.default("window", Window::default(), window),
        state: object.default("state", Vec::new(), entries(string)),
    })
}

fn window(field: Field<'_>) -> Option<Window> {
    field.object(|object| {
        let super_pass_start = object.optional("super_pass_start", int);
        let super_pass_end = object.optional("super_pass_end", int);
        object.optional("super_pass_size", int);
        object.optional("n_samples", int);
        Window {
            super_pass_start,
            super_pass_end,
            duration_s: object.optional("duration_s", float),
        }
    })
}

fn nodes_used(field: Field<'_>) -> Option<NodesUsed> {
    field.object(|object| NodesUsed {
        system_node_ensemble_id: object.required("system_node_ensemble_id", int),
        nodes: object.required("nodes", int),
    })
}

fn dp_shortfall(field: Field<'_>) -> Option<DpShortfall> {
    field.object(|object| {
        let shortfall = DpShortfall {
            dp_actual: object.required("dp_actual", int),
            dp_formula: object.required("dp_formula", int),
        };
        object.required("reason", text_of_at_least(1));
        shortfall
    })
}
