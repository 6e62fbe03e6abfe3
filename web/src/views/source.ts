// The line that a finding is about, with the value marked.

import { h, visible } from "../dom.ts";
import type { Place, Severity } from "../report.ts";

export function sourceLine(place: Place, severity: Severity): HTMLElement {
  const characters = [...place.text];
  const from = Math.max(0, place.text_column - 1);
  const to = Math.min(characters.length, from + place.width);
  const text = (start: number, end?: number): string => visible(characters.slice(start, end).join(""));
  return h(
    "figure",
    { class: "source" },
    h("figcaption", {}, visible(place.file), place.pointer !== "" && h("span", { class: "pointer" }, visible(place.pointer))),
    h(
      "pre",
      { tabindex: "0", "aria-label": `line ${place.line} of ${place.file}` },
      h("span", { class: "line", "aria-hidden": "true" }, String(place.line)),
      h("code", {}, text(0, from), h("mark", { class: severity }, text(from, to) || " "), text(to)),
    ),
  );
}
