//! Steps that run one after another, each timed, all of them even when one fails.

use std::time::{Duration, Instant};

use anyhow::bail;

/// One step of a longer job.
pub(crate) struct Step {
    /// A word or two for the heading and the summary.
    pub(crate) name: &'static str,
    /// Whether `--quick` runs it too.
    pub(crate) quick: bool,
    /// Does the work; an error fails the step and lets the next one begin.
    pub(crate) run: fn() -> anyhow::Result<()>,
}

/// What became of a step.
struct Finished {
    name: &'static str,
    took: Duration,
    error: Option<String>,
}

/// Runs all steps, then prints what became of each. An error if any failed.
pub(crate) fn run_all<'a>(steps: impl Iterator<Item = &'a Step>) -> anyhow::Result<()> {
    let finished: Vec<Finished> = steps.map(run_one).collect();
    print!("\n{}", summary(&finished));
    let failed: Vec<&str> = finished
        .iter()
        .filter(|step| step.error.is_some())
        .map(|step| step.name)
        .collect();
    if !failed.is_empty() {
        bail!(
            "{} of {} steps failed: {}",
            failed.len(),
            finished.len(),
            failed.join(", ")
        );
    }
    Ok(())
}

fn run_one(step: &Step) -> Finished {
    println!("\n=== {} ===", step.name);
    let start = Instant::now();
    let error = (step.run)().err().map(|error| format!("{error:#}"));
    if let Some(error) = &error {
        eprintln!("error: {error}");
    }
    Finished {
        name: step.name,
        took: start.elapsed(),
        error,
    }
}

/// One line a step, and a line for the whole.
fn summary(steps: &[Finished]) -> String {
    use std::fmt::Write as _;
    let width = steps.iter().map(|step| step.name.len()).max().unwrap_or(0);
    let mut text = "=== summary ===\n".to_owned();
    for step in steps {
        let word = if step.error.is_some() { "FAILED" } else { "passed" };
        let why = step.error.as_deref().unwrap_or_default();
        let line = format!(
            "{word}  {:width$} {:>8.1} s  {why}",
            step.name,
            step.took.as_secs_f64()
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let all: Duration = steps.iter().map(|step| step.took).sum();
    let _ = writeln!(text, "        {:width$} {:>8.1} s", "", all.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn goes_on_after_a_failing_step_and_names_it_at_the_end() {
        static RAN: AtomicUsize = AtomicUsize::new(0);
        let count = || {
            RAN.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let steps = [
            Step {
                name: "first",
                quick: true,
                run: count,
            },
            Step {
                name: "second",
                quick: true,
                run: || bail!("no luck"),
            },
            Step {
                name: "third",
                quick: true,
                run: count,
            },
        ];
        let error = run_all(steps.iter()).unwrap_err().to_string();
        assert_eq!(error, "1 of 3 steps failed: second");
        assert_eq!(RAN.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn summary_lines_up_and_says_why() {
        let steps = [
            Finished {
                name: "format",
                took: Duration::from_millis(1_200),
                error: None,
            },
            Finished {
                name: "wasm",
                took: Duration::from_millis(300),
                error: Some("no Node".to_owned()),
            },
        ];
        let wanted = "\
=== summary ===
passed  format      1.2 s
FAILED  wasm        0.3 s  no Node
                    1.5 s
";
        assert_eq!(summary(&steps), wanted);
    }
}
