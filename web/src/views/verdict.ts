// The answer first: a word, a sign, and whose errors there are.

import { count, h, visible } from "../dom.ts";
import type { Counts, Outcome, Report, Verdict } from "../report.ts";

const SIGN: Record<Verdict, string> = { valid: "\u2713", invalid: "\u2715", incomplete: "\u25d0" };

/** The verdict in a sentence. */
function says({ verdict, official, own }: Report): string {
  if (verdict === "invalid") return "At least one error stands below.";
  if (verdict === "incomplete") return "There is no error, but a gate that decides was not evaluated.";
  const warnings = official.counts.warnings + own.counts.warnings;
  if (warnings === 0) return "Nothing is wrong, neither by the published rules nor by our own.";
  return `There is no error; ${count(warnings, "warning")} below.`;
}

/** One sentence for the live region. */
export function announcement(report: Report): string {
  const { errors, warnings } = report.official.counts;
  const own = report.own.counts;
  return (
    `${report.path}: ${report.verdict}. Official: ${count(errors, "error")}, ${count(warnings, "warning")}. ` +
    `Own findings: ${count(own.errors, "error")}, ${count(own.warnings, "warning")}.`
  );
}

/** The head of a report. */
export function verdict(report: Report): HTMLElement {
  const outcomes = tally(report);
  return h(
    "section",
    { class: `verdict ${report.verdict}`, "aria-labelledby": "verdict-word" },
    h(
      "div",
      { class: "answer" },
      h("span", { class: "sign", "aria-hidden": "true" }, SIGN[report.verdict]),
      h(
        "div",
        {},
        h("h2", { id: "verdict-word", tabindex: "-1" }, report.verdict),
        h("p", { class: "path" }, visible(report.path)),
        h("p", {}, says(report)),
      ),
    ),
    h(
      "dl",
      { class: "sides" },
      side("Official", report.official.counts, officialNote(report)),
      side("Our own findings", report.own.counts, "Beyond the reference; they never change its answer."),
      h(
        "div",
        { class: "side" },
        h("dt", {}, "Rules"),
        h(
          "dd",
          {},
          h("span", { class: "numbers" }, `${outcomes.pass} passed`),
          h("span", { class: "small" }, `${outcomes.fail} failed, ${outcomes.warn} warned, ${outcomes.not_run} not evaluated`),
        ),
      ),
    ),
  );
}

function officialNote(report: Report): string {
  return `Exit code ${report.official.exit_code}, strict ${report.official.strict_exit_code}, as ${report.reference} gives.`;
}

function side(title: string, counts: Counts, note: string): HTMLElement {
  const numbers = `${count(counts.errors, "error")}, ${count(counts.warnings, "warning")}`;
  const weight = counts.errors > 0 ? "error" : counts.warnings > 0 ? "warning" : "clean";
  return h(
    "div",
    { class: "side" },
    h("dt", {}, title),
    h("dd", {}, h("span", { class: `numbers ${weight}` }, numbers), h("span", { class: "small" }, note)),
  );
}

function tally(report: Report): Record<Outcome, number> {
  const tally: Record<Outcome, number> = { pass: 0, warn: 0, fail: 0, not_run: 0 };
  for (const run of report.rules) tally[run.outcome] += 1;
  return tally;
}
