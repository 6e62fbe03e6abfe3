// A report as one HTML file: no script, no request, everything open.

import { everything, grouped } from "./findings.ts";
import { h } from "./dom.ts";
import type { Curve, Report, RuleText } from "./report.ts";
import { charts } from "./views/chart.ts";
import { coded, findingBody, formulaOf, marks } from "./views/findings.ts";
import { rules } from "./views/rules.ts";
import { verdict } from "./views/verdict.ts";

/** Findings of one rule that a file shows; ten thousand would be no report to read. */
const MOST = 500;

export async function selfContained(report: Report, curves: Curve[], texts: Map<string, RuleText>): Promise<string> {
  const page = document.implementation.createHTMLDocument(`${report.verdict}: ${report.path}`);
  const head = (name: string, attributes: Record<string, string>): void => {
    const element = page.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    page.head.append(element);
  };
  head("meta", { charset: "utf-8" });
  head("meta", { name: "viewport", content: "width=device-width, initial-scale=1" });
  head("meta", { "http-equiv": "Content-Security-Policy", content: "default-src 'none'; style-src 'unsafe-inline'" });
  page.documentElement.lang = "en";
  const body = h("main", {}, h("p", { class: "facts" }, `${report.program} ${report.program_version}, ruleset ${report.ruleset}, reference ${report.reference}`), verdict(report));
  const picture = charts(curves, () => {});
  if (picture) body.append(picture);
  body.append(h("h2", {}, "Findings"));
  if (report.findings.length === 0) body.append(h("p", { class: "empty" }, "None."));
  for (const group of grouped(report.findings, everything())) {
    const article = h("article", { class: `group ${group.severity}` }, h("h3", {}, ...marks(group)));
    for (const finding of group.findings.slice(0, MOST)) {
      article.append(h("div", { class: "finding" }, h("p", { class: "message" }, ...coded(finding.message)), findingBody(finding, texts.get(finding.rule), formulaOf(report, finding))));
    }
    if (group.findings.length > MOST) article.append(h("p", {}, `${group.findings.length - MOST} more are in the JSON report.`));
    body.append(article);
  }
  body.append(rules(report));
  for (const details of body.querySelectorAll("details")) {
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
  }
  // What only a script could serve.
  for (const element of body.querySelectorAll("select, button")) element.remove();
  page.body.append(page.adoptNode(body));
  // The style comes in as text: as an element it would fall under this page's own policy.
  const html = page.documentElement.outerHTML.replace("</head>", () => `<style>${styles()}</style></head>`);
  return `<!doctype html>\n${html}\n`;
}

/** The page's own rules, without fonts: a file of its own must not ask for any. */
function styles(): string {
  return [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => !(rule instanceof CSSFontFaceRule))
    .map((rule) => rule.cssText)
    .join("\n");
}
