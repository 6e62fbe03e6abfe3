// What leaves the page: downloads made here, and text for the clipboard.

import { visible } from "./dom.ts";
import type { Finding, Report } from "./report.ts";

/** Lets the browser save text as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Only after the click has been followed.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** A file name from a folder's name. */
export function fileName(report: Report, extension: string): string {
  const name = report.path.replace(/[^\w.-]+/g, "-").replace(/^[.-]+|[.-]+$/g, "") || "submission";
  return `${name}.${report.ruleset}.${extension}`;
}

/** Markdown reads backticks as code: a run of more of them than the text holds stands around it. */
function code(text: string): string {
  const shown = visible(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Outside of code, what Markdown or HTML would read as markup is taken literally; `x` stays code. */
function prose(text: string): string {
  return visible(text)
    .split("`")
    .map((part, index) => (index % 2 === 1 ? code(part) : part.replace(/[\\*_[\]<>#|~!]/g, "\\$&")))
    .join("");
}

/** One finding as Markdown. */
export function markdown(finding: Finding): string {
  const { place, measure } = finding;
  const who = finding.origin === "official" ? "official" : "own finding of runbench";
  const lines = [`**${finding.severity}** ${code(finding.rule)} (${who}): ${prose(finding.message)}`];
  if (place) {
    lines.push("", `${code(`${place.file}:${place.line}:${place.column}`)}${place.pointer ? ` ${code(place.pointer)}` : ""}`, "");
    lines.push(`    ${visible(place.text)}`, `    ${" ".repeat(Math.max(0, place.text_column - 1))}${"^".repeat(Math.max(1, Math.min(place.width, 200)))}`);
  } else if (finding.path) lines.push("", code(finding.path));
  if (measure && measure.measured !== "") {
    lines.push("", `Measured ${code(`${measure.measured} ${measure.unit}`.trim())}, limit ${code(`${measure.limit} ${measure.unit}`.trim())}`);
  }
  if (finding.fix) lines.push("", `Fix: ${prose(finding.fix)}`);
  return `${lines.join("\n")}\n`;
}
