//! `runbench regions`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use num_bigint::BigInt;
use runbench_core::region::{Bounds, v0_1, v1_5};
use runbench_core::ruleset::{Parameters, RuleSet};

use super::Exit;
use super::check::{RULESETS_HELP, load_ruleset};
use super::output::{complain, print};

/// Show the regions of concurrency for a declared maximum.
///
/// Every curve needs a point in each region. The margin reaches 10 % beyond the declared maximum: in v0.1 it is part of
/// the last region, in v1.5 it is a span of its own that covers nothing.
#[derive(Args, Debug)]
pub(super) struct RegionsArgs {
    /// M: the most requests in flight that the system is declared to support
    #[arg(short = 'M', long, value_name = "M", allow_negative_numbers = true)]
    max_concurrency: BigInt,
    /// The curve's lowest concurrency, 1 to 32 (v1.5; 32 by default)
    #[arg(
        short = 'm',
        long,
        visible_alias = "min-concurrency",
        value_name = "N",
        allow_negative_numbers = true
    )]
    c_min: Option<BigInt>,
    /// Ruleset whose regions to show
    #[arg(long, value_name = "NAME", default_value = "v0.1")]
    ruleset: String,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What `regions` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// For programs
    Json,
}

/// One line of the table: name, bounds.
type Row<'a> = (&'static str, &'a Bounds);

/// Runs the command.
pub(super) fn execute(args: &RegionsArgs) -> Exit {
    let ruleset = match load_ruleset(&args.ruleset) {
        Ok(ruleset) => ruleset,
        Err(message) => return complain(Exit::Usage, &message, RULESETS_HELP),
    };
    let highest = &args.max_concurrency;
    let text = match &ruleset.parameters {
        Parameters::SubmissionV01(_) if args.c_min.is_some() => {
            let message = format!("`--c-min` means nothing to ruleset {}", ruleset.name);
            return complain(Exit::Usage, &message, "leave it out, or choose `--ruleset v1.5`");
        }
        Parameters::SubmissionV01(parameters) => {
            v0_1::Regions::new(highest, parameters.regions).map(|regions| {
                let row = |region: v0_1::Region| (region.name(), regions.bounds(region));
                args.draw(&ruleset, None, &v0_1::Region::ALL.map(row))
            })
        }
        Parameters::SubmissionV15(parameters) => {
            let greatest = BigInt::from(parameters.regions.greatest_c_min);
            let lowest = args.c_min.as_ref().unwrap_or(&greatest);
            v1_5::Regions::new(highest, lowest, parameters.regions).map(|regions| {
                let row = |region: v1_5::Region| (region.name(), regions.bounds(region));
                args.draw(&ruleset, Some(lowest), &v1_5::Region::ALL.map(row))
            })
        }
    };
    match text {
        Ok(text) => {
            print(&text);
            Exit::Ok
        }
        Err(error) => complain(
            Exit::Findings,
            &error.to_string(),
            "give the highest concurrency that the system supports",
        ),
    }
}

impl RegionsArgs {
    fn draw(&self, ruleset: &RuleSet, c_min: Option<&BigInt>, rows: &[Row<'_>]) -> String {
        match self.format {
            Format::Text => table(rows),
            Format::Json => json(ruleset, &self.max_concurrency, c_min, rows),
        }
    }
}

fn table(rows: &[Row<'_>]) -> String {
    let widest = rows
        .iter()
        .map(|(_, bounds)| bounds.end.to_string().len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!("{:<16} {:>widest$} {:>widest$}\n", "region", "start", "end");
    for (name, bounds) in rows {
        let empty = if bounds.is_empty() { "  (empty)" } else { "" };
        let (start, end) = (bounds.start.to_string(), bounds.end.to_string());
        // Writing to a `String` can't fail.
        let _ = writeln!(text, "{name:<16} {start:>widest$} {end:>widest$}{empty}");
    }
    text
}

/// The greatest integer that every JSON reader keeps: 2^53.
const GREATEST_EXACT: i64 = 1 << 53;

/// An integer; as text where readers would round it.
fn number(value: &BigInt) -> serde_json::Value {
    match i64::try_from(value) {
        Ok(small) if (-GREATEST_EXACT..=GREATEST_EXACT).contains(&small) => small.into(),
        _ => value.to_string().into(),
    }
}

fn json(ruleset: &RuleSet, highest: &BigInt, c_min: Option<&BigInt>, rows: &[Row<'_>]) -> String {
    let rows: Vec<serde_json::Value> = rows
        .iter()
        .map(|(name, bounds)| {
            serde_json::json!({
                "region": name,
                "start": number(&bounds.start),
                "end": number(&bounds.end),
                "empty": bounds.is_empty(),
            })
        })
        .collect();
    let regions = serde_json::json!({
        "format_version": 1,
        "ruleset": ruleset.name,
        "ruleset_sha256": ruleset.sha256,
        "max_concurrency": number(highest),
        "c_min": c_min.map(number),
        "regions": rows,
    });
    format!("{regions:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_beyond_two_to_the_53_are_text() {
        for (given, shown) in [
            ("9007199254740992", "9007199254740992"),
            ("9007199254740993", "\"9007199254740993\""),
            ("-9007199254740993", "\"-9007199254740993\""),
            ("99999999999999999999", "\"99999999999999999999\""),
        ] {
            assert_eq!(number(&given.parse().unwrap()).to_string(), shown);
        }
    }
}
