// The address keeps what is shown, never what was dropped.

import type { Filter } from "./findings.ts";
import type { Origin, Severity } from "./report.ts";

const VERSION = "1";
const SEVERITIES: readonly string[] = ["error", "warning"];
const ORIGINS: readonly string[] = ["official", "runbench"];

export interface Link {
  view: "check" | "regions";
  ruleset: string;
  filter: Filter;
  cMax: string;
  cMin: string;
  /** The word under which `runbench serve` hands out a submission; empty without one. */
  open: string;
}

/** The state as the part behind `#`. */
export function write(link: Link): string {
  const parts = new URLSearchParams({ v: VERSION });
  if (link.view !== "check") parts.set("view", link.view);
  if (link.ruleset !== "") parts.set("ruleset", link.ruleset);
  if (link.filter.severity.size < 2) parts.set("severity", [...link.filter.severity].join(" "));
  if (link.filter.origin.size < 2) parts.set("origin", [...link.filter.origin].join(" "));
  if (link.filter.groupBy !== "rule") parts.set("group", link.filter.groupBy);
  if (link.filter.rule !== "") parts.set("rule", link.filter.rule);
  if (link.filter.text !== "") parts.set("search", link.filter.text);
  if (link.view === "regions" && link.cMax !== "") parts.set("c-max", link.cMax);
  if (link.view === "regions" && link.cMin !== "") parts.set("c-min", link.cMin);
  if (link.open !== "") parts.set("open", link.open);
  return `#${parts}`;
}

/** Reads a link into the state; what this page doesn't know is ignored and named. */
export function read(hash: string, into: Link, rulesets: readonly string[]): string[] {
  const ignored: string[] = [];
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  if ([...parts].length === 0) return ignored;
  if (parts.get("v") !== VERSION) return ["this link's version"];
  for (const [name, value] of parts) {
    const words = value.split(" ").filter((word) => word !== "");
    if (name === "v") continue;
    else if (name === "view" && value === "regions") into.view = value;
    else if (name === "open" && /^[0-9a-f]{32}$/.test(value)) into.open = value;
    else if (name === "group" && value === "file") into.filter.groupBy = value;
    else if (name === "ruleset" && rulesets.includes(value)) into.ruleset = value;
    else if (name === "severity" && words.every((word) => SEVERITIES.includes(word))) into.filter.severity = new Set(words as Severity[]);
    else if (name === "origin" && words.every((word) => ORIGINS.includes(word))) into.filter.origin = new Set(words as Origin[]);
    else if (name === "rule" && /^[a-z0-9-]{1,80}$/.test(value)) into.filter.rule = value;
    else if (name === "search") into.filter.text = value.slice(0, 200);
    else if (name === "c-max") into.cMax = value.slice(0, 40);
    else if (name === "c-min") into.cMin = value.slice(0, 40);
    else ignored.push(`\`${name}\``);
  }
  return ignored;
}
