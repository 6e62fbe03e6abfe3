//! The table of rules, in the reference's order of evaluation.

use super::SubmissionRule;

/// Every rule of ruleset v0.1; our own ones stand at the end.
pub static RULES: &[SubmissionRule] = &[
    super::path_exists::RULE,
    super::required_dir::RULE,
    super::system_description_present::RULE,
    super::system_description_valid::RULE,
    super::max_concurrency_declared::RULE,
    super::region_computation::RULE,
    super::pareto_dir_exists::RULE,
    super::benchmark_model_dir::RULE,
    super::src_dir::RULE,
    super::pareto_subdir::RULE,
    super::measurement_points_present::RULE,
    super::point_config_valid::RULE,
    super::load_pattern::RULE,
    super::streaming_config::RULE,
    super::concurrency_in_range::RULE,
    super::region_declared::RULE,
    super::point_filename_concurrency::RULE,
    super::result_file_present::RULE,
    super::result_file_valid::RULE,
    super::point_duration::RULE,
    super::min_query_count::RULE,
    super::metric_consistency_duration::RULE,
    super::metric_consistency_accounting::RULE,
    super::metric_consistency_output_tokens::RULE,
    super::metric_consistency_system_tps::RULE,
    super::metric_consistency_tps_per_user::RULE,
    super::accuracy_file::RULE,
    super::accuracy_valid::RULE,
    super::point_count::RULE,
    super::point_cap::RULE,
    super::coverage::LOW_LATENCY,
    super::coverage::LOW_THROUGHPUT,
    super::coverage::MED_THROUGHPUT,
    super::coverage::HIGH_THROUGHPUT,
    super::model_name_consistency::RULE,
    super::config_consistency_dataset::RULE,
    super::accuracy_sample_count::RULE,
    super::accuracy_gate::RULE,
    super::accuracy_present::RULE,
    super::own::shared::NONFINITE_NUMBER,
    super::own::shared::DUPLICATE_POINT,
    super::own::common::DUPLICATE_RESULT,
    super::own::common::RUN_INCOMPLETE,
    super::own::common::LOAD_CONTRADICTION,
    super::own::common::SERIES_ORDER,
    super::own::common::NEGATIVE_FIGURE,
    super::own::common::NONFINITE_RATE,
    super::own::common::LINK_LEAVES_FOLDER,
    super::own::common::POINT_SYSTEM_CONTRADICTION,
    super::own::gate_skipped::RULE,
    super::own::shared::DUPLICATE_KEY,
    super::own::undescribed_results::RULE,
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
        assert!(
            ids.iter()
                .all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        );
    }

    #[test]
    fn the_reference_has_39_rules() {
        assert_eq!(
            RULES
                .iter()
                .filter(|rule| rule.meta.origin == Origin::Official)
                .count(),
            39
        );
    }

    #[test]
    fn every_rule_says_what_why_and_how_to_fix() {
        for rule in RULES {
            let meta = &rule.meta;
            for text in [meta.title, meta.what, meta.why, meta.fix] {
                assert!(!text.is_empty(), "{} lacks a text", meta.id);
            }
            assert!(
                meta.origin == Origin::Runbench || meta.section.starts_with('#'),
                "{} names no section",
                meta.id
            );
        }
    }
}
