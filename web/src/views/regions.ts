// The regions of a declared maximum, as `runbench regions` prints them.

import { h } from "../dom.ts";
import { regionSpans } from "../module.ts";

export interface RegionsOptions {
  ruleset: string;
  cMax: string;
  cMin: string;
  changed: (cMax: string, cMin: string) => void;
}

export function regions(options: RegionsOptions): HTMLElement {
  const cMax = h("input", { id: "c-max", inputmode: "numeric", autocomplete: "off", value: options.cMax || "1024" });
  const cMin = h("input", { id: "c-min", inputmode: "numeric", autocomplete: "off", value: options.cMin, placeholder: "32" });
  const answer = h("div", { class: "answer-table", "aria-live": "polite" });
  const hasCMin = options.ruleset !== "v0.1";
  const draw = async (): Promise<void> => {
    options.changed(cMax.value, cMin.value);
    const spans = await regionSpans(options.ruleset, cMax.value, hasCMin ? cMin.value.trim() : "");
    if (typeof spans === "string") {
      answer.replaceChildren(h("p", { class: "trouble" }, spans));
      return;
    }
    answer.replaceChildren(
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...["Region", "From", "To"].map((name) => h("th", { scope: "col" }, name)))),
        h(
          "tbody",
          {},
          ...spans.map((span) =>
            h("tr", {}, h("th", { scope: "row" }, span.title), h("td", { class: "n" }, span.start), h("td", { class: "n" }, span.end, span.empty && " (empty)")),
          ),
        ),
      ),
    );
  };
  cMax.addEventListener("input", () => void draw());
  cMin.addEventListener("input", () => void draw());
  void draw();
  return h(
    "section",
    { class: "regions", "aria-labelledby": "regions-title" },
    h("h2", { id: "regions-title", tabindex: "-1" }, "Regions of concurrency"),
    h("p", {}, `Every curve needs points in these spans of ruleset ${options.ruleset}. They follow from the most requests in flight that the system is declared to support.`),
    h(
      "div",
      { class: "fields" },
      h("label", { for: "c-max" }, hasCMin ? "C_max, declared maximum" : "M, declared maximum", cMax),
      hasCMin && h("label", { for: "c-min" }, "C_min, lowest concurrency (1 to 32)", cMin),
    ),
    answer,
  );
}
