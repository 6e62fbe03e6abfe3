// What became of each rule, folded: passed and not evaluated ones are looked at last.

import { count, h } from "../dom.ts";
import type { Outcome, Report, RuleRun } from "../report.ts";
import { coded } from "./findings.ts";

const HEADS: [Outcome, string][] = [
  ["fail", "Failed"],
  ["warn", "Warned"],
  ["not_run", "Not evaluated"],
  ["pass", "Passed"],
];

export function rules(report: Report): HTMLElement {
  return h(
    "section",
    { class: "rules", "aria-labelledby": "rules-title" },
    h("h2", { id: "rules-title" }, "Rules"),
    ...HEADS.map(([outcome, title]) => {
      const runs = report.rules.filter((run) => run.outcome === outcome);
      if (runs.length === 0) return null;
      const details = h("details", { class: `outcome ${outcome}` }, h("summary", {}, `${title} (${runs.length})`));
      details.addEventListener("toggle", () => {
        if (details.open && details.childElementCount === 1) details.append(table(runs));
      });
      return details;
    }),
  );
}

function table(runs: RuleRun[]): HTMLElement {
  const row = (run: RuleRun): HTMLElement => {
    const reasons = run.not_run_because.map(({ reason, count: n }) => h("li", {}, ...coded(reason), n > 1 ? ` (${n} times)` : ""));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("code", {}, run.rule), run.origin === "runbench" && h("span", { class: "who runbench" }, "own")),
      h("td", {}, ...coded(run.title), reasons.length > 0 && h("ul", { class: "reasons" }, ...reasons)),
      h("td", { class: "n" }, count(run.evaluated, "time")),
    );
  };
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": "table of rules" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Rule"), h("th", { scope: "col" }, "Holds when"), h("th", { scope: "col" }, "Evaluated"))),
      h("tbody", {}, ...runs.map(row)),
    ),
  );
}
