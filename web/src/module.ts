// The module on the page's own thread, for what takes no time: rule texts and regions.

import init, * as module from "../pkg/runbench.js";
import type { RegionSpan, RuleText } from "./report.ts";

let ready: Promise<unknown> | undefined;

export async function load(): Promise<typeof module> {
  ready ??= init();
  await ready;
  return module;
}

/** Rule texts by id. */
export async function ruleTexts(ruleset: string): Promise<Map<string, RuleText>> {
  const answer = JSON.parse((await load()).rules(ruleset)) as { rules?: RuleText[] };
  return new Map((answer.rules ?? []).map((rule) => [rule.id, rule]));
}

export async function regionSpans(ruleset: string, cMax: string, cMin: string): Promise<RegionSpan[] | string> {
  const answer = JSON.parse((await load()).regions(ruleset, cMax, cMin === "" ? undefined : cMin)) as {
    regions?: RegionSpan[];
    error?: string;
  };
  return answer.regions ?? answer.error ?? "no answer";
}
