// Findings filtered, sorted and grouped. What is equal but for its place stands once, with the list of places.

import type { Finding, Origin, Severity } from "./report.ts";

export interface Filter {
  severity: Set<Severity>;
  origin: Set<Origin>;
  rule: string;
  file: string;
  text: string;
  groupBy: "rule" | "file";
}

/** Findings that stand under one head: of one rule, or of one file. */
export interface Group {
  key: string;
  severity: Severity;
  origin: Origin;
  /** The rule that all are of; empty when grouped by file. */
  rule: string;
  /** The file that all are about, when grouped by file. */
  file: string;
  findings: Finding[];
}

export function everything(): Filter {
  return { severity: new Set(["error", "warning"]), origin: new Set(["official", "runbench"]), rule: "", file: "", text: "", groupBy: "rule" };
}

/** The file that a finding is about. */
export function fileOf(finding: Finding): string {
  return finding.place?.file ?? finding.path ?? "";
}

export function matches(finding: Finding, filter: Filter): boolean {
  if (!filter.severity.has(finding.severity) || !filter.origin.has(finding.origin)) return false;
  if (filter.rule !== "" && finding.rule !== filter.rule) return false;
  if (filter.file !== "" && fileOf(finding) !== filter.file) return false;
  const wanted = filter.text.trim().toLowerCase();
  if (wanted === "") return true;
  const text = `${finding.rule} ${finding.message} ${finding.path ?? ""} ${finding.place?.file ?? ""} ${finding.place?.text ?? ""}`;
  return text.toLowerCase().includes(wanted);
}

const WEIGHT: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Errors before warnings, official before own, then in the order of evaluation; files by name. */
export function grouped(findings: readonly Finding[], filter: Filter): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    if (!matches(finding, filter)) continue;
    const byFile = filter.groupBy === "file";
    const file = byFile ? fileOf(finding) : "";
    const key = byFile ? file : `${finding.severity} ${finding.origin} ${finding.rule}`;
    const group = groups.get(key);
    if (group) group.findings.push(finding);
    else {
      const { severity, origin, rule } = finding;
      groups.set(key, { key, severity, origin, rule: byFile ? "" : rule, file, findings: [finding] });
    }
  }
  const rank = (group: Group): number => WEIGHT[group.severity] * 2 + (group.origin === "official" ? 0 : 1);
  const all = [...groups.values()];
  if (filter.groupBy === "rule") return all.sort((a, b) => rank(a) - rank(b));
  for (const group of all) {
    group.findings.sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
    group.severity = group.findings[0]?.severity ?? group.severity;
  }
  return all.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Values with their number of findings, the most frequent first. */
export function tally<T extends string>(findings: readonly Finding[], of: (finding: Finding) => T): [T, number][] {
  const counts = new Map<T, number>();
  for (const finding of findings) counts.set(of(finding), (counts.get(of(finding)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
