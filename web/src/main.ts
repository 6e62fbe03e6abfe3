// The page: state, and which view shows it.

import "./fonts.css";
import "./style.css";
import { bytes, count, h } from "./dom.ts";
import { judge } from "./engine.ts";
import { download, fileName } from "./exporting.ts";
import { selfContained } from "./standalone.ts";
import { everything } from "./findings.ts";
import { type Chosen, InputError, fromDrop, fromFileInput, fromFolderInput, fromServer } from "./inputs.ts";
import * as link from "./link.ts";
import { load, ruleTexts } from "./module.ts";
import type { Curve, Report, RuleText } from "./report.ts";
import { charts } from "./views/chart.ts";
import { coded, findings } from "./views/findings.ts";
import { help, listen } from "./views/keys.ts";
import { regions } from "./views/regions.ts";
import { rules } from "./views/rules.ts";
import { start } from "./views/start.ts";
import { announcement, verdict } from "./views/verdict.ts";

/** A judged submission with the text that was got: exports are this text, never one written anew. */
interface Shown {
  json: string;
  report: Report;
  curves: Curve[];
  texts: Map<string, RuleText>;
  milliseconds: number;
}

const state: link.Link & { chosen: Chosen | null; shown: Shown | null; trouble: string } = {
  view: "check",
  ruleset: "",
  filter: everything(),
  cMax: "",
  cMin: "",
  open: "",
  chosen: null,
  shown: null,
  trouble: "",
};
let running: AbortController | null = null;

const main = h("main", { id: "main", tabindex: "-1" });
const live = h("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });
const rulesetChoice = h("select", { "aria-label": "ruleset" });
const tabs = {
  check: h("button", { type: "button", class: "tab" }, "Check"),
  regions: h("button", { type: "button", class: "tab" }, "Regions"),
};

function say(text: string): void {
  live.textContent = text;
}

function remember(): void {
  const hash = link.write(state);
  // No entry in the history for every letter that is typed.
  if (hash !== location.hash) history.replaceState(null, "", hash);
}

function draw(): void {
  for (const [name, tab] of Object.entries(tabs)) {
    if (name === state.view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (state.view === "regions") {
    const changed = (cMax: string, cMin: string): void => {
      [state.cMax, state.cMin] = [cMax, cMin];
      remember();
    };
    main.replaceChildren(regions({ ruleset: chosenRuleset() === AUTO ? newest : chosenRuleset(), cMax: state.cMax, cMin: state.cMin, changed }));
  } else if (state.shown) main.replaceChildren(...reportView(state.shown));
  else main.replaceChildren(start({ folder: choose(fromFolderInput), file: choose(fromFileInput), example }, state.trouble));
  remember();
}

/** The ruleset that the user asked for, or the one whose layout the submission has. */
const AUTO = "auto";
let newest = "";

function chosenRuleset(): string {
  return rulesetChoice.value || AUTO;
}

function reportView(shown: Shown): HTMLElement[] {
  const { report, texts } = shown;
  const action = (label: string, act: () => void, kind = ""): HTMLElement => {
    const button = h("button", { type: "button", class: kind }, label);
    button.addEventListener("click", act);
    return button;
  };
  const partial = state.chosen?.kind === "folder" && !state.chosen.complete;
  const picture = charts(shown.curves, (point) => {
    state.filter = everything();
    state.filter.text = point.path;
    draw();
    document.getElementById("findings-title")?.scrollIntoView();
  });
  return [
    h(
      "div",
      { class: "report-bar" },
      action("\u2190 Another submission", () => {
        [state.shown, state.chosen, state.trouble, state.open] = [null, null, "", ""];
        state.filter = everything();
        draw();
        focusOn("start-title");
      }),
      h("span", { class: "gap" }),
      action("JSON", () => download(fileName(report, "json"), "application/json", shown.json), "json"),
      action("HTML", () => void selfContained(report, shown.curves, texts).then((html) => download(fileName(report, "html"), "text/html", html))),
      action("Print", () => window.print()),
    ),
    verdict(report),
    ...(partial && report.verdict !== "valid"
      ? [h("p", { class: "note" }, "A folder chooser leaves out empty folders. If one is said to be missing, drop the folder instead.")]
      : []),
    ...(picture ? [picture] : []),
    findings({ report, rules: texts, filter: state.filter, changed: remember, say }),
    rules(report),
    h(
      "footer",
      { class: "facts" },
      `${report.program} ${report.program_version}, ruleset ${report.ruleset} `,
      h("code", { title: "SHA-256 of the ruleset" }, report.ruleset_sha256.slice(0, 12)),
      ...(report.ruleset_choice.reason === "" ? [] : coded(`, as ${report.ruleset_choice.reason}`)),
      `, reference ${report.reference}. Checked here in ${shown.milliseconds.toFixed(0)} ms.`,
    ),
  ];
}

function choose(from: (list: FileList) => Chosen): (list: FileList) => void {
  return (list) => {
    try {
      void run(from(list));
    } catch (thrown) {
      fail(thrown);
    }
  };
}

function fail(thrown: unknown): void {
  state.trouble = thrown instanceof Error ? thrown.message : String(thrown);
  [state.shown, state.view] = [null, "check"];
  draw();
  focusOn("start-title");
}

function focusOn(id: string): void {
  document.getElementById(id)?.focus({ preventScroll: false });
}

/** Shows that something is going on, with a way out; gives what ends it. */
function busy(title: string): { controller: AbortController; line: HTMLElement } {
  running?.abort();
  const controller = new AbortController();
  running = controller;
  const line = h("p", { class: "progress-line" }, "starting");
  const cancel = h("button", { type: "button" }, "Cancel");
  cancel.addEventListener("click", () => controller.abort());
  main.replaceChildren(
    h(
      "section",
      { class: "busy", "aria-labelledby": "busy-title", "aria-busy": "true" },
      h("h2", { id: "busy-title", tabindex: "-1" }, title),
      h("progress", { "aria-label": "progress" }),
      line,
      cancel,
    ),
  );
  focusOn("busy-title");
  return { controller, line };
}

async function run(chosen: Chosen): Promise<void> {
  [state.view, state.chosen, state.trouble] = ["check", chosen, ""];
  if (chosen.kind !== "served") state.open = "";
  const { controller, line } = busy(`Checking ${chosen.name}`);
  try {
    const ruleset = chosenRuleset();
    const judged = await judge(chosen, ruleset, controller.signal, (files, read) => {
      line.textContent = `${count(files, "file")}, ${bytes(read)} read`;
    });
    const report = JSON.parse(judged.json) as Report;
    const { curves } = JSON.parse(judged.curves) as { curves: Curve[] };
    const texts = await ruleTexts(report.ruleset);
    if (controller.signal.aborted) throw new InputError("Cancelled.");
    state.shown = { json: judged.json, report, curves, texts, milliseconds: judged.milliseconds };
    draw();
    say(announcement(report));
    focusOn("verdict-word");
  } catch (thrown) {
    if (running === controller) fail(thrown);
  }
}

async function example(name: "valid" | "broken"): Promise<void> {
  try {
    const file = `${name}.zip`;
    const answer = await fetch(new URL(`examples/${file}`, document.baseURI));
    if (!answer.ok) throw new Error(`The example could not be loaded (status ${answer.status}).`);
    await run({ kind: "archive", name: file, file: new File([await answer.blob()], file) });
  } catch (thrown) {
    fail(thrown);
  }
}

/** What `runbench serve PATH` was given. */
async function open(word: string): Promise<void> {
  try {
    await run(await fromServer(word));
  } catch (thrown) {
    state.open = "";
    fail(thrown);
  }
}

async function dropped(event: DragEvent): Promise<void> {
  event.preventDefault();
  document.body.classList.remove("dragging");
  if (!event.dataTransfer) return;
  // Asked for at once: the transfer is empty after the first pause.
  const controller = new AbortController();
  let seen = (_files: number): void => {};
  const chosen = fromDrop(event.dataTransfer, controller.signal, (files) => seen(files));
  const { controller: shown, line } = busy("Listing files");
  shown.signal.addEventListener("abort", () => controller.abort());
  seen = (files) => (line.textContent = count(files, "file"));
  try {
    const done = await chosen;
    if (!shown.signal.aborted) await run(done);
  } catch (thrown) {
    fail(thrown);
  }
}

function themeSwitch(): HTMLElement {
  const order = ["auto", "light", "dark"] as const;
  type Theme = (typeof order)[number];
  const key = "runbench-theme";
  let theme: Theme = "auto";
  try {
    theme = order.find((known) => known === localStorage.getItem(key)) ?? "auto";
  } catch {
    // No storage: the choice lasts as long as the page.
  }
  const button = h("button", { type: "button", class: "quiet" });
  const apply = (): void => {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length] ?? "auto";
    try {
      localStorage.setItem(key, theme);
    } catch {
      // As above.
    }
    apply();
  });
  apply();
  return button;
}

/** Takes view and filters from the address. */
function follow(rulesets: readonly string[]): void {
  [state.view, state.ruleset, state.filter, state.open] = ["check", "", everything(), ""];
  const ignored = link.read(location.hash, state, rulesets);
  rulesetChoice.value = state.ruleset || AUTO;
  if (ignored.length > 0) state.trouble = `The link holds what this page doesn't know, which was ignored: ${ignored.join(", ")}.`;
}

/** Paper can't be unfolded: what stands on the page is open while it is printed. */
function printUnfolded(): void {
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener("beforeprint", () => {
    opened = [...main.querySelectorAll<HTMLDetailsElement>("details:not([open])")].filter((details) => !details.matches(".pass"));
    for (const details of opened) {
      details.open = true;
      // Its own event would come after the printing.
      details.dispatchEvent(new Event("toggle"));
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
}

async function boot(): Promise<void> {
  const dialog = help();
  const keys = h("button", { type: "button", class: "quiet" }, "Keys");
  keys.addEventListener("click", () => dialog.showModal());
  document.getElementById("app")?.append(
    h("a", { class: "skip", href: "#main" }, "Skip to the content"),
    h(
      "header",
      { class: "top" },
      h("h1", {}, "runbench", h("span", {}, "checker")),
      h("nav", { "aria-label": "views" }, tabs.check, tabs.regions),
      h("span", { class: "gap" }),
      h("label", { class: "ruleset" }, "Ruleset", rulesetChoice),
      keys,
      themeSwitch(),
    ),
    live,
    main,
    dialog,
  );
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  listen(dialog);
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("dragging");
  });
  window.addEventListener("drop", (event) => void dropped(event));
  printUnfolded();
  for (const view of ["check", "regions"] as const) {
    tabs[view].addEventListener("click", () => {
      state.view = view;
      draw();
      focusOn(view === "regions" ? "regions-title" : state.shown ? "verdict-word" : "start-title");
    });
  }
  try {
    const module = await load();
    const rulesets = module.rulesets();
    rulesetChoice.append(h("option", { value: AUTO }, "by layout"));
    for (const name of rulesets) rulesetChoice.append(h("option", { value: name }, name));
    newest = rulesets[rulesets.length - 1] ?? "";
    follow(rulesets);
    window.addEventListener("hashchange", () => {
      const before = state.open;
      follow(rulesets);
      draw();
      if (state.open !== "" && state.open !== before) void open(state.open);
    });
  } catch (thrown) {
    state.trouble = `The checker could not be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}.`;
  }
  rulesetChoice.addEventListener("change", () => {
    state.ruleset = rulesetChoice.value === AUTO ? "" : rulesetChoice.value;
    if (state.chosen && state.view === "check") void run(state.chosen);
    else draw();
  });
  draw();
  if (state.open !== "") await open(state.open);
  document.documentElement.dataset["ready"] = "";
}

void boot();
