//! `runbench regions`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use num_bigint::BigInt;
use runbench_core::region::v0_1::{Region, Regions};
use runbench_core::ruleset::Parameters;

use super::Exit;
use super::check::load_ruleset;
use super::output::{complain, print};

/// Show the regions of concurrency for a declared maximum.
///
/// Every curve needs a point in each region. The last region reaches 10 % beyond the declared maximum.
#[derive(Args, Debug)]
pub(super) struct RegionsArgs {
    /// The system's max_supported_concurrency
    #[arg(short = 'M', long, value_name = "M", allow_negative_numbers = true)]
    max_concurrency: BigInt,
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

/// Runs the command.
pub(super) fn execute(args: &RegionsArgs) -> Exit {
    let ruleset = match load_ruleset(&args.ruleset, None) {
        Ok(ruleset) => ruleset,
        Err(message) => return complain(Exit::Usage, &message, "`runbench rules sets` lists the rulesets"),
    };
    let Parameters::SubmissionV01(parameters) = &ruleset.parameters else {
        todo!()
    };
    let regions = match Regions::new(&args.max_concurrency, parameters.regions) {
        Ok(regions) => regions,
        Err(error) => {
            return complain(
                Exit::Findings,
                &error.to_string(),
                "give the highest concurrency that the system supports",
            );
        }
    };
    print(&match args.format {
        Format::Text => table(&regions),
        Format::Json => json(&regions),
    });
    Exit::Ok
}

fn table(regions: &Regions) -> String {
    let widest = Region::ALL
        .iter()
        .map(|region| regions.bounds(*region).end.to_string().len())
        .max()
        .unwrap_or(0)
        .max(5);
    let mut text = format!("{:<16} {:>widest$} {:>widest$}\n", "region", "start", "end");
    for region in Region::ALL {
        let bounds = regions.bounds(region);
        let empty = if bounds.is_empty() { "  (empty)" } else { "" };
        let (start, end) = (bounds.start.to_string(), bounds.end.to_string());
        // Writing to a `String` can't fail.
        let _ = writeln!(
            text,
            "{:<16} {start:>widest$} {end:>widest$}{empty}",
            region.name()
        );
    }
    text
}

fn json(regions: &Regions) -> String {
    let number = |value: &BigInt| {
        i64::try_from(value).map_or_else(|_| value.to_string().into(), serde_json::Value::from)
    };
    let rows: Vec<serde_json::Value> = Region::ALL
        .iter()
        .map(|region| {
            let bounds = regions.bounds(*region);
            serde_json::json!({"region": region.name(), "start": number(&bounds.start), "end": number(&bounds.end), "empty": bounds.is_empty()})
        })
        .collect();
    format!("{:#}\n", serde_json::Value::from(rows))
}
