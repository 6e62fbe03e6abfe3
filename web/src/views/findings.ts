// The list of findings with its filters. Bodies are made when they are opened, and long lists by pages, so that ten
// thousand findings stay usable.

import { count, h, visible } from "../dom.ts";
import { type Filter, type Group, fileOf, grouped, tally } from "../findings.ts";
import { markdown } from "../exporting.ts";
import type { Finding, Origin, Report, RuleText, Severity } from "../report.ts";
import { sourceLine } from "./source.ts";

const SIGN: Record<Severity, string> = { error: "\u2715", warning: "!", info: "i" };
const WHO: Record<Origin, string> = { official: "official", runbench: "own" };
/** Findings of a group that are shown before "show more". */
const PAGE = 25;
/** Groups that are shown before "show more". */
const MOST_GROUPS = 200;

export interface FindingsOptions {
  report: Report;
  rules: Map<string, RuleText>;
  filter: Filter;
  changed: () => void;
  say: (text: string) => void;
}

export function findings(options: FindingsOptions): HTMLElement {
  const { report, filter } = options;
  if (report.findings.length === 0) {
    return h(
      "section",
      { class: "findings", "aria-labelledby": "findings-title" },
      h("h2", { id: "findings-title" }, "Findings"),
      h("p", { class: "empty" }, "None: no error and no warning, official or our own."),
    );
  }
  const list = h("div", { class: "groups" });
  const status = h("p", { class: "shown", role: "status" });
  const draw = (): void => {
    const groups = grouped(report.findings, filter);
    const shown = groups.reduce((sum, group) => sum + group.findings.length, 0);
    status.textContent =
      shown === report.findings.length ? count(shown, "finding") : `${shown} of ${count(report.findings.length, "finding")}`;
    list.replaceChildren();
    list.classList.toggle("many", groups.length > 50);
    const show = (from: number): void => {
      const to = from + MOST_GROUPS;
      list.append(...groups.slice(from, to).map((group) => groupView(group, options)));
      if (groups.length <= to) return;
      const more = h("button", { type: "button" }, `Show more of ${groups.length - to} others`);
      more.addEventListener("click", () => {
        more.remove();
        show(to);
      });
      list.append(more);
    };
    show(0);
    if (groups.length === 0) list.append(h("p", { class: "empty" }, "Nothing matches these filters."));
    options.changed();
  };
  const section = h(
    "section",
    { class: "findings", "aria-labelledby": "findings-title" },
    h("h2", { id: "findings-title" }, "Findings"),
    toolbar(options, draw),
    status,
    list,
  );
  draw();
  return section;
}

function toolbar({ report, filter }: FindingsOptions, draw: () => void): HTMLElement {
  const chip = <T extends string>(set: Set<T>, value: T, label: string, n: number): HTMLElement => {
    const button = h("button", { type: "button", class: `chip ${value}`, "aria-pressed": String(set.has(value)) }, label, h("span", { class: "n" }, String(n)));
    button.addEventListener("click", () => {
      if (!set.delete(value)) set.add(value);
      button.setAttribute("aria-pressed", String(set.has(value)));
      draw();
    });
    return button;
  };
  const number = (test: (finding: Finding) => boolean): number => report.findings.filter(test).length;
  const select = (label: string, value: string, options: [string, number][], set: (value: string) => void): HTMLElement => {
    const control = h("select", { "aria-label": label }, h("option", { value: "" }, label));
    for (const [name, n] of options.slice(0, 500)) {
      control.append(h("option", { value: name, selected: name === value }, `${visible(name) || "(no file)"} (${n})`));
    }
    control.addEventListener("change", () => {
      set(control.value);
      draw();
    });
    return control;
  };
  const search = h("input", { type: "search", id: "search", placeholder: "Search findings", "aria-label": "Search findings", value: filter.text });
  let waiting = 0;
  search.addEventListener("input", () => {
    filter.text = search.value;
    clearTimeout(waiting);
    waiting = window.setTimeout(draw, 120);
  });
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Filters" },
    chip(filter.severity, "error", "Errors", number((f) => f.severity === "error")),
    chip(filter.severity, "warning", "Warnings", number((f) => f.severity === "warning")),
    h("span", { class: "gap" }),
    chip(filter.origin, "official", "Official", number((f) => f.origin === "official")),
    chip(filter.origin, "runbench", "Own", number((f) => f.origin === "runbench")),
    h("span", { class: "gap" }),
    groupBy(filter, draw),
    select("All rules", filter.rule, tally(report.findings, (f) => f.rule), (value) => (filter.rule = value)),
    select("All files", filter.file, tally(report.findings, fileOf), (value) => (filter.file = value)),
    search,
  );
}

function groupBy(filter: Filter, draw: () => void): HTMLElement {
  const control = h(
    "select",
    { "aria-label": "group by" },
    h("option", { value: "rule" }, "By rule"),
    h("option", { value: "file", selected: filter.groupBy === "file" }, "By file"),
  );
  control.addEventListener("change", () => {
    filter.groupBy = control.value === "file" ? "file" : "rule";
    draw();
  });
  return control;
}

function groupView(group: Group, options: FindingsOptions): HTMLElement {
  const { rules } = options;
  const byFile = group.rule === "";
  const list = h("ol", { class: "items" });
  let shown = 0;
  const more = h("button", { type: "button", class: "quiet more" });
  const show = (): void => {
    const next = group.findings.slice(shown, shown + PAGE);
    list.append(...next.map((finding) => h("li", {}, findingView(finding, byFile, options))));
    shown += next.length;
    const left = group.findings.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${Math.min(left, PAGE * 4)} more of ${left}`;
  };
  more.addEventListener("click", () => {
    for (let page = 0; page < 4; page += 1) show();
  });
  show();
  const title = byFile ? undefined : rules.get(group.rule)?.title;
  return h(
    "article",
    { class: `group ${group.severity}` },
    h(
      "h3",
      {},
      ...(byFile ? [h("code", {}, visible(group.file) || "(no file)")] : marks(group)),
      group.findings.length > 1 && h("span", { class: "n" }, `\u00d7 ${group.findings.length.toLocaleString("en")}`),
    ),
    title && h("p", { class: "title" }, "Should hold: ", ...coded(title)),
    list,
    more,
  );
}

/** How much a finding weighs, its rule, and whose rule that is. */
export function marks({ severity, rule, origin }: Pick<Finding, "severity" | "rule" | "origin">): HTMLElement[] {
  return [
    h("span", { class: `sign ${severity}`, "aria-hidden": "true" }, SIGN[severity]),
    h("span", { class: `severity ${severity}` }, severity),
    h("code", {}, rule),
    h("span", { class: `who ${origin}` }, WHO[origin]),
  ];
}

function findingView(finding: Finding, byFile: boolean, options: FindingsOptions): HTMLElement {
  const { place } = finding;
  const line = place && (byFile ? `${place.line}:${place.column}` : `${place.file}:${place.line}:${place.column}`);
  const where = line ?? (byFile ? "" : (finding.path ?? ""));
  const details = h(
    "details",
    { class: "finding" },
    h(
      "summary",
      {},
      byFile && h("span", { class: "marks" }, ...marks(finding)),
      h("span", { class: "message" }, ...coded(finding.message)),
      h("span", { class: "where" }, visible(where)),
    ),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(body(finding, options));
  });
  return details;
}

function body(finding: Finding, { say, report, rules }: FindingsOptions): HTMLElement {
  const copy = h("button", { type: "button", class: "quiet" }, "Copy as Markdown");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(markdown(finding));
      say("The finding was copied as Markdown.");
    } catch {
      say("The browser did not allow copying.");
    }
  });
  const made = findingBody(finding, rules.get(finding.rule), formulaOf(report, finding));
  made.append(h("div", { class: "actions" }, copy));
  return made;
}

/** Source, numbers and texts of a finding. */
export function findingBody(finding: Finding, rule: RuleText | undefined, formula: string): HTMLElement {
  const fix = finding.fix ?? rule?.fix;
  const measure = finding.measure;
  const section = finding.spec_ref !== "" ? h("span", { class: "section" }, ` (section ${finding.spec_ref})`) : null;
  return h(
    "div",
    { class: "body" },
    finding.place && sourceLine(finding.place, finding.severity),
    measure && (measure.measured !== "" || measure.limit !== "")
      ? h(
          "dl",
          { class: "measure" },
          ...pair("measured", measure.measured, measure.unit),
          ...pair("limit", measure.limit, measure.unit),
          ...pair("off by", measure.margin, ""),
        )
      : null,
    h(
      "dl",
      { class: "texts" },
      rule && h("dt", {}, "Why"),
      rule && h("dd", {}, ...coded(rule.why)),
      fix ? h("dt", {}, "How to fix") : null,
      fix ? h("dd", {}, ...coded(fix)) : null,
      finding.hint ? h("dt", {}, "Perhaps") : null,
      finding.hint ? h("dd", {}, ...coded(finding.hint)) : null,
      formula !== "" && h("dt", {}, "Formula"),
      formula !== "" &&
        h(
          "dd",
          {},
          h("code", {}, visible(formula)),
          finding.terms.length > 0 &&
            h("ul", { class: "terms" }, ...finding.terms.map(({ name, value }) => h("li", {}, h("code", {}, visible(name)), ` = ${visible(value)}`))),
        ),
      rule && h("dt", {}, "The rule"),
      rule && h("dd", {}, ...coded(rule.what), section),
    ),
  );
}

/** What the rule computes, with the ruleset's values; empty where it computes nothing. */
export function formulaOf(report: Report, { rule }: Finding): string {
  return report.rules.find((run) => run.rule === rule)?.formula ?? "";
}

function pair(name: string, value: string, unit: string): HTMLElement[] {
  return value === "" ? [] : [h("dt", {}, name), h("dd", {}, visible(`${value} ${unit}`.trim()))];
}

/** Text with what stands in backticks as code. */
export function coded(text: string): (string | HTMLElement)[] {
  return visible(text)
    .split("`")
    .map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
}
