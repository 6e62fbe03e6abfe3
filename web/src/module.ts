// The module on the page's own thread, for what takes no time: rule texts and regions.

import init, * as module from "../pkg/runbench.js";
import address from "../pkg/runbench_bg.wasm?url";
import type { RegionSpan, RuleText } from "./report.ts";

let code: Promise<WebAssembly.Module> | undefined;
let ready: Promise<unknown> | undefined;

/** The module's code, fetched and compiled once; workers get it handed over. */
export function compiled(): Promise<WebAssembly.Module> {
  code ??= fetch(address).then(async (answer) => {
    if (!answer.ok) throw new Error(`its module could not be fetched (status ${answer.status})`);
    return WebAssembly.compile(await answer.arrayBuffer());
  });
  return code;
}

export async function load(): Promise<typeof module> {
  ready ??= compiled().then((code) => init({ module_or_path: code }));
  await ready;
  return module;
}

/** Rule texts by id. */
export async function ruleTexts(ruleset: string): Promise<Map<string, RuleText>> {
  const answer = JSON.parse((await load()).rules(ruleset)) as { rules?: RuleText[] };
  return new Map((answer.rules ?? []).map((rule) => [rule.rule, rule]));
}

export async function regionSpans(ruleset: string, cMax: string, cMin: string): Promise<RegionSpan[] | string> {
  const answer = JSON.parse((await load()).regions(ruleset, cMax, cMin === "" ? undefined : cMin)) as {
    regions?: RegionSpan[];
    error?: string;
  };
  return answer.regions ?? answer.error ?? "no answer";
}
