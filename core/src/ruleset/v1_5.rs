//! Parameters of the v1.5 submission rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::Numbers;
use super::shared::{all_occur, squashed};
use super::{AccuracyTarget, CountRange, StoredValue};

/// Parameters of the v1.5 submission rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SubmissionV15 {
    /// Spans of concurrency.
    pub regions: RegionParametersV15,
    /// Shortest run.
    pub min_duration: Durations,
    /// Points of one curve.
    pub point_count: CountRange,
    /// What a dedicated Offline point changes.
    pub offline: Offline,
    /// Fewest passes of a steady-state window.
    pub min_passes: u32,
    /// When a stored value agrees with the derived one.
    pub stored_value: StoredValue,
    /// By how much a declared `tps_utilization` may differ from the derived one, absolutely.
    pub tps_utilization_tolerance: f64,
    /// Completed queries wanted, per dataset.
    pub min_queries: BTreeMap<String, u64>,
    /// Models that may be benchmarked, by their exact names.
    pub models: Vec<String>,
    /// Accuracy targets; the first that matches a model counts.
    pub accuracy: Vec<AccuracyTarget>,
    /// Gates of the agentic benchmarks; the first that matches a model counts.
    pub agentic: Vec<AgenticTarget>,
    /// The seed that runs had before seed sets were published.
    pub legacy_seed: u64,
    /// How many cohorts may adopt a seed set, from its publication on.
    pub seed_adoption_cohorts: u32,
    /// Published seed sets.
    pub seed_sets: Vec<SeedSet>,
    /// How many cohorts lie between a drafter's approval and its first use.
    pub drafter_lead_cohorts: u32,
    /// Approved draft models.
    pub drafters: Vec<Drafter>,
    /// Electrical power.
    pub power: Power,
}

/// How regions are computed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegionParametersV15 {
    /// The greatest lowest concurrency `C_min`; also the end of Ultra Low Concurrency and what `C_max` must exceed.
    pub greatest_c_min: u32,
    /// The highest concurrency allowed is `C_max` times this, rounded up.
    pub margin: f64,
}

/// Shortest run, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Durations {
    /// Up to this concurrency `short_ms` counts.
    pub short_up_to: u32,
    /// At low concurrency.
    pub short_ms: f64,
    /// Above it.
    pub long_ms: f64,
    /// Above it, for agentic load.
    pub agentic_ms: f64,
}

/// What a dedicated Offline point changes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Offline {
    /// Fewest points of a curve that has one.
    pub min_points: usize,
    /// Its throughput must reach this share of the throughput at `C_max`.
    pub tps_ratio: f64,
}

/// What an agentic run of one model must reach.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AgenticTarget {
    /// All must occur in the model's squashed name.
    pub fragments: Vec<String>,
    /// Floor of the accuracy measured during the performance run, in percent.
    pub inline_percent: f64,
    /// Floor of the SWE-bench score averaged over the bands, in percent.
    pub swe_bench_percent: f64,
    /// Average output length, in tokens: from, to.
    pub osl_tokens: (f64, f64),
}

/// A published set of seeds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSet {
    /// Its id.
    pub id: String,
    /// Seed of the scheduler.
    pub scheduler_rng_seed: u64,
    /// Seed of the sample order.
    pub sample_index_rng_seed: u64,
    /// Seed of the model's sampling.
    pub model_seed: u64,
    /// Cohorts that may use it.
    pub cohorts: Vec<String>,
}

/// An approved draft model.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Drafter {
    /// The benchmark model it drafts for.
    pub benchmark: String,
    /// The cohort that approved it.
    pub approved_cohort: String,
    /// Identifies its weights.
    pub weight_checksum: String,
}

/// Numbers of the power computation.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// Overhead of the rest of the system, as a share of the major components.
    pub overhead: Cooling,
    /// Words of ARM processors' names, looked for first.
    pub arm: Cores,
    /// Words of x86 processors' names.
    pub x86: Cores,
    /// Accelerators; the first whose fragment occurs in the squashed name counts.
    pub accelerators: Vec<PowerOfModel>,
    /// Switches, in the same way.
    pub switches: Vec<SwitchPower>,
    /// A network card, in watts.
    pub nic_w: f64,
    /// Rounding that is forgiven.
    pub tolerances: PowerTolerances,
}

/// One number per kind of cooling.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Cooling {
    pub liquid: f64,
    pub air: f64,
}

/// Power of a family of processors by their number of cores.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cores {
    /// Words that tell the family.
    pub words: Vec<String>,
    /// `few_w` counts up to so many cores.
    pub few: u32,
    /// Watts with few cores.
    pub few_w: f64,
    /// Watts with more, where a default exists.
    pub many_w: Option<f64>,
}

/// A default of one accelerator.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PowerOfModel(pub String, pub f64);

/// A default of one switch: fragment, watts with passive cabling, watts with active optical cabling.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SwitchPower(pub String, pub f64, pub Option<f64>);

/// Rounding that is forgiven when declared figures are recomputed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PowerTolerances {
    /// Of a figure in watts.
    pub watts: f64,
    /// Of a figure in kilowatts.
    pub kilowatts: f64,
    /// Of a share.
    pub ratio: f64,
    /// Of a bandwidth, in Tb/s.
    pub bandwidth_tbps: f64,
}

impl AgenticTarget {
    /// Whether a model directory's name belongs to this target.
    pub fn matches(&self, model: &str) -> bool {
        all_occur(&self.fragments, &squashed(model))
    }
}

impl SubmissionV15 {
    /// Every number that must be finite, for the ruleset's own check.
    pub(super) fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::default();
        numbers.at_least(1.0, "regions.margin", self.regions.margin);
        numbers.counts("point_count", self.point_count);
        if self.regions.greatest_c_min == 0 {
            numbers.refuse("regions.greatest_c_min", "is 0; the first region would be empty");
        }
        self.names(&mut numbers);
        numbers.stored_value(self.stored_value);
        numbers.accuracy(&self.accuracy);
        let (durations, power) = (&self.min_duration, &self.power);
        for (field, number) in [
            ("min_duration.short_ms", durations.short_ms),
            ("min_duration.long_ms", durations.long_ms),
            ("min_duration.agentic_ms", durations.agentic_ms),
            ("offline.tps_ratio", self.offline.tps_ratio),
            ("tps_utilization_tolerance", self.tps_utilization_tolerance),
            ("power.overhead.liquid", power.overhead.liquid),
            ("power.overhead.air", power.overhead.air),
            ("power.nic_w", power.nic_w),
            ("power.tolerances.watts", power.tolerances.watts),
            ("power.tolerances.kilowatts", power.tolerances.kilowatts),
            ("power.tolerances.ratio", power.tolerances.ratio),
            ("power.tolerances.bandwidth_tbps", power.tolerances.bandwidth_tbps),
        ] {
            numbers.at_least(0.0, field, number);
        }
        for (family, cores) in [("arm", &power.arm), ("x86", &power.x86)] {
            numbers.at_least(0.0, format!("power.{family}.few_w"), cores.few_w);
            numbers.at_least(0.0, format!("power.{family}.many_w"), cores.many_w.unwrap_or(0.0));
        }
        for PowerOfModel(fragment, watts) in &power.accelerators {
            numbers.at_least(0.0, format!("power.accelerators {fragment}"), *watts);
        }
        for SwitchPower(fragment, passive, active) in &power.switches {
            numbers.at_least(0.0, format!("power.switches {fragment} passive"), *passive);
            numbers.at_least(
                0.0,
                format!("power.switches {fragment} active"),
                active.unwrap_or(0.0),
            );
        }
        for target in &self.agentic {
            let name = format!("agentic.{}", target.fragments.join("+"));
            numbers.range(
                &format!("{name}.osl_tokens"),
                target.osl_tokens.0,
                target.osl_tokens.1,
            );
            for (field, number) in [
                ("inline_percent", target.inline_percent),
                ("swe_bench_percent", target.swe_bench_percent),
                ("osl_tokens.0", target.osl_tokens.0),
                ("osl_tokens.1", target.osl_tokens.1),
            ] {
                numbers.at_least(0.0, format!("{name}.{field}"), number);
            }
        }
        numbers
    }

    /// Names that must be able to match.
    fn names(&self, numbers: &mut Numbers) {
        for target in &self.agentic {
            let field = format!("agentic.{}.fragments", target.fragments.join("+"));
            numbers.fragments(&field, target.fragments.iter().map(String::as_str));
        }
        for PowerOfModel(fragment, _) in &self.power.accelerators {
            numbers.fragments("power.accelerators", [fragment.as_str()]);
        }
        for SwitchPower(fragment, ..) in &self.power.switches {
            numbers.fragments("power.switches", [fragment.as_str()]);
        }
        for (family, cores) in [("arm", &self.power.arm), ("x86", &self.power.x86)] {
            for word in &cores.words {
                numbers.lower_case(&format!("power.{family}.words"), word);
            }
        }
        if self.models.is_empty() {
            numbers.refuse("models", "is empty; no model could be benchmarked");
        }
        for set in &self.seed_sets {
            for cohort in &set.cohorts {
                if !is_cohort(cohort) {
                    numbers.refuse(
                        format!("seed_sets.{}.cohorts", set.id),
                        format!("holds `{cohort}`, which is no cohort such as 2026-10-C1"),
                    );
                }
            }
        }
        for drafter in &self.drafters {
            if !is_cohort(&drafter.approved_cohort) {
                numbers.refuse(
                    format!("drafters.{}.approved_cohort", drafter.weight_checksum),
                    format!(
                        "is `{}`, which is no cohort such as 2026-10-C1",
                        drafter.approved_cohort
                    ),
                );
            }
        }
    }
}

/// Whether a text has the shape `YYYY-MM-C0` or `YYYY-MM-C1`.
fn is_cohort(text: &str) -> bool {
    let mut parts = text.split('-');
    let number = |part: Option<&str>, length: usize| {
        part.filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|part| part.parse::<u32>().ok())
    };
    number(parts.next(), 4).is_some()
        && number(parts.next(), 2).is_some_and(|month| (1..=12).contains(&month))
        && matches!(parts.next(), Some("C0" | "C1"))
        && parts.next().is_none()
}
