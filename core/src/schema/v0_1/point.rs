//! `points/point_*.yaml`.

use num_bigint::BigInt;

use crate::coerce::{Fault, Faults, Field, boolean, int, string};
use crate::parse::Node;

/// What a measurement point declares. Fields that no rule reads are checked and dropped.
#[derive(Clone, Debug)]
pub struct PointConfig {
    /// Requests in flight.
    pub concurrency: BigInt,
    /// The region that the submitter sees the point in.
    pub region: Option<String>,
    /// The dataset's name; empty by default.
    pub dataset: String,
    /// How the load was held; `concurrency` by default.
    pub load_pattern: String,
    /// Whether every chunk was streamed; true by default.
    pub stream_all_chunks: bool,
}

/// Reads a point file.
pub fn read(root: &Node) -> Result<PointConfig, Vec<Fault>> {
    Faults::read(root, |field| {
        let config = field.object(|object| {
            let concurrency = object.required("concurrency", int);
            let region = object.optional("region", string);
            let dataset = object.default("dataset", String::new(), string);
            let (load_pattern, stream_all_chunks) =
                object.default("runtime_settings", runtime_defaults(), runtime_settings);
            PointConfig {
                concurrency,
                region,
                dataset,
                load_pattern,
                stream_all_chunks,
            }
        })?;
        let concurrency = config.concurrency.clone();
        field.writable(config, &[Some(&concurrency)])
    })
}

fn runtime_defaults() -> (String, bool) {
    ("concurrency".to_owned(), true)
}

fn runtime_settings(field: Field<'_>) -> Option<(String, bool)> {
    let (load_pattern, stream_all_chunks) = runtime_defaults();
    field.object(|object| {
        let load_pattern = object.default("load_pattern", load_pattern, string);
        object.default("min_duration_ms", BigInt::default(), int);
        object.optional("min_sample_count", int);
        (
            load_pattern,
            object.default("stream_all_chunks", stream_all_chunks, boolean),
        )
    })
}
