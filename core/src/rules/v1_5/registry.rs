//! The table of rules, in the reference's order of evaluation.

use super::SubmissionRule;

/// Every rule of ruleset v1.5; our own ones stand at the end.
pub static RULES: &[SubmissionRule] = &[
    super::list_registries::SEEDS,
    super::list_registries::DRAFTERS,
    super::path_exists::RULE,
    super::required_dir::RULE,
    super::src_dir::RULE,
    super::src_readme::RULE,
    super::system_results_dir::RULE,
    super::power_descriptor::RULE,
    super::power_descriptor::ESTIMATED,
    super::benchmark_model_dir::RULE,
    super::point_dirs::RULE,
    super::config_file_present::RULE,
    super::measurement_points_present::RULE,
    super::point_config_valid::RULE,
    super::offline_declared::RULE,
    super::steady_state_valid::RULE,
    super::steady_state_consistency::RULE,
    super::point_disclosure_complete::RULE,
    super::target_cohort::RULE,
    super::seed_config_legacy::RULE,
    super::warmup::PRESENT,
    super::warmup::LOGS,
    super::warmup::SALT,
    super::load_pattern::RULE,
    super::streaming_config::RULE,
    super::region_declared::RULE,
    super::point_dirname_concurrency::RULE,
    super::system_description_present::RULE,
    super::system_description_consistency::RULE,
    super::system_description_valid::RULE,
    super::c_min_override::RULE,
    super::model_name_valid::RULE,
    super::max_concurrency_declared::RULE,
    super::region_basis::RULE,
    super::region_computation::RULE,
    super::concurrency_in_range::RULE,
    super::region_placement::RULE,
    super::result_summary_present::RULE,
    super::result_file_valid::RULE,
    super::point_duration::RULE,
    super::steady_state_basis::RULE,
    super::min_query_count::RULE,
    super::metric_consistency_duration::RULE,
    super::metric_consistency_accounting::RULE,
    super::metric_consistency_output_tokens::RULE,
    super::metric_consistency_system_tps::RULE,
    super::metric_consistency_tpot_p90::RULE,
    super::metric_consistency_tps_per_user::RULE,
    super::agentic_metric_consistency::RULE,
    super::nodes_used::RULE,
    super::maximal_engagement::RULE,
    super::metric_consistency_tps_per_kw::RULE,
    super::point_rules_skipped::RULE,
    super::shared_path_resolution::RULE,
    super::seed_sets::CONSISTENCY,
    super::seed_sets::MEMBERSHIP,
    super::seed_sets::RUNTIME,
    super::seed_sets::ADOPTION,
    super::drafters::APPROVED,
    super::drafters::LEAD_TIME,
    super::accuracy_valid::RULE,
    super::benchmark_type_consistency::RULE,
    super::point_count::COUNT,
    super::point_count::CAP,
    super::offline_point_present::RULE,
    super::offline_ordering::RULE,
    super::coverage::ULTRA_LOW,
    super::coverage::LOW,
    super::coverage::MED,
    super::coverage::HIGH,
    super::model_name_consistency::RULE,
    super::config_consistency::MODEL,
    super::config_consistency::DATASET,
    super::accuracy_coverage::RULE,
    super::agentic_gates::KNOWN,
    super::agentic_gates::INLINE,
    super::agentic_gates::SWE,
    super::agentic_gates::OSL,
    super::accuracy_sample_count::RULE,
    super::accuracy_gate::RULE,
    super::tps_utilization::RULE,
    super::accuracy_present::RULE,
    super::own::shared::NONFINITE_NUMBER,
    super::own::shared::DUPLICATE_POINT,
    super::own::common::DUPLICATE_RESULT,
    super::own::common::RUN_INCOMPLETE,
    super::own::common::LOAD_CONTRADICTION,
    super::own::common::SERIES_ORDER,
    super::own::common::NEGATIVE_FIGURE,
    super::own::common::NONFINITE_RATE,
    super::own::steady_state_window::RULE,
    super::own::power::UNPHYSICAL,
    super::own::common::LINK_LEAVES_FOLDER,
    super::own::common::POINT_SYSTEM_CONTRADICTION,
    super::own::gate_skipped::RULE,
    super::own::shared::DUPLICATE_KEY,
    super::own::common::IDENTICAL_FIGURES,
    super::own::common::RATE_MISMATCH,
    super::own::common::COUNT_CONTRADICTION,
    super::own::common::THROUGHPUT_UNEXPLAINED,
    super::own::common::THROUGHPUT_SHAPE,
    super::own::common::TTFT_FALLS,
    super::own::common::OVERLAPPING_RUNS,
    super::own::common::STREAMING_CONTRADICTION,
    super::own::common::DECLARED_MINIMUM,
    super::own::common::MODEL_BY_SUBSTRING,
    super::own::common::METRIC_OVERWRITTEN,
    super::own::common::ACCURACY_UNJUDGED,
    super::own::common::MISSPELT_KEY,
    super::own::utilization_range::RULE,
    super::own::power::CONTRADICTION,
    super::own::unread_results::RULE,
    super::own::common::LINK_LEADS_NOWHERE,
    super::own::input::STRUCTURE,
    super::own::input::NAME,
    super::own::input::DUPLICATE,
    super::own::input::CASE,
    super::own::input::LINK,
    super::own::input::CONTENT,
    super::own::input::RATIO,
    super::own::input::ENTRIES,
    super::own::input::DEPTH,
    super::own::input::PATH_LENGTH,
    super::own::input::FILE_SIZE,
    super::own::input::TOTAL_SIZE,
    super::own::input::UNREAD,
    super::own::input::SKIMMED,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Origin;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.meta.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(ids.iter().all(|id| {
            id.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        }));
    }

    #[test]
    fn the_reference_has_82_rules() {
        let official = |rule: &&SubmissionRule| rule.meta.origin == Origin::Official;
        assert_eq!(RULES.iter().filter(official).count(), 82);
    }

    #[test]
    fn every_rule_says_what_why_and_how_to_fix() {
        for rule in RULES {
            let meta = &rule.meta;
            for text in [meta.title, meta.what, meta.why, meta.fix] {
                assert!(!text.is_empty(), "{} lacks a text", meta.id);
            }
            assert!(
                meta.origin == Origin::Runbench || meta.section.starts_with('\u{a7}'),
                "{} names no section",
                meta.id
            );
        }
    }
}
