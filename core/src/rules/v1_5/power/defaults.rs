//! Defaults of the rules for parts without a figure (section 4.4 of the specification).

use num_bigint::BigInt;

use crate::coerce::{decimal_digit, parse_python_int};
use crate::rules::model_name::is_blank;
use crate::rules::python_text::is_word;
use crate::ruleset::{Cores, Power, PowerOfModel, SwitchPower, squashed};
use crate::schema::v1_5::power::Cabling;

/// Watts of a processor by its name and number of cores.
pub(super) fn cpu_w(power: &Power, model: &str, described_cores: Option<&BigInt>) -> Option<f64> {
    let name = model.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !is_word(c)).collect();
    let is_of = |family: &Cores| family.words.iter().any(|word| words.contains(&word.as_str()));
    let family = [&power.arm, &power.x86]
        .into_iter()
        .find(|family| is_of(family))?;
    let cores = described_cores.cloned().or_else(|| cores_in_name(&name))?;
    if cores <= BigInt::from(family.few) {
        Some(family.few_w)
    } else {
        family.many_w
    }
}

/// The first number that stands before `core`, with blanks and hyphens between.
fn cores_in_name(name: &str) -> Option<BigInt> {
    name.match_indices("core").find_map(|(at, _)| {
        let before = name.get(..at)?.trim_end_matches(|c| c == '-' || is_blank(c));
        let digits = before.trim_end_matches(|c| decimal_digit(c).is_some()).len();
        parse_python_int(before.get(digits..)?)
    })
}

/// Watts of an accelerator by its name.
pub(super) fn accelerator_w(power: &Power, model: &str) -> Option<f64> {
    let name = squashed(model);
    let PowerOfModel(_, watts) = power
        .accelerators
        .iter()
        .find(|PowerOfModel(fragment, _)| name.contains(fragment.as_str()))?;
    Some(*watts)
}

/// Watts of a switch between nodes by its name and cables.
pub(super) fn switch_w(power: &Power, model: &str, cabling: Cabling) -> Option<f64> {
    let name = squashed(model);
    let SwitchPower(_, passive, active) = power
        .switches
        .iter()
        .find(|SwitchPower(fragment, ..)| name.contains(fragment.as_str()))?;
    match cabling {
        Cabling::Passive => Some(*passive),
        Cabling::ActiveOptical => *active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ruleset::{Parameters, RuleSet};

    fn check(model: &str, described: Option<u32>, watts: Option<f64>) {
        let Parameters::SubmissionV15(parameters) = RuleSet::embedded("v1.5").unwrap().parameters else {
            panic!()
        };
        let cores = described.map(BigInt::from);
        assert_eq!(cpu_w(&parameters.power, model, cores.as_ref()), watts, "{model}");
    }

    #[test]
    fn processors_are_told_by_words_and_cores() {
        check("Example EPYC 96-core", None, Some(500.0));
        check("AMD EPYC", Some(64), Some(350.0));
        check("NVIDIA Grace 72core", None, Some(300.0));
        check("Altra 192 core", None, None);
        check("Xeon 65 - core", None, Some(500.0));
        check("Xeon 6\u{665}core", None, Some(500.0));
        check("Xeon", None, None);
        check("Xeonish 8-core", None, None);
        check("Unknown 8-core", None, None);
    }
}
