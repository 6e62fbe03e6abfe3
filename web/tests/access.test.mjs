// For everybody: contrast and names (axe), the keyboard alone, narrow and wide, links that hold the view.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { finished, look, open, saved, silentWorker, stage } from "./open.mjs";
import { commandLine, example, write } from "./support.mjs";

const here = stage();

async function violations(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** Everything that can be opened, opened. */
async function unfold(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await page.waitForTimeout(50);
}

const STATES = {
  empty: { enter: async () => {} },
  loading: { prepare: silentWorker, enter: async (page) => {
    await page.click("button:text-is('a valid submission')");
    await page.waitForSelector(".busy progress");
  } },
  valid: { enter: async (page) => {
    await look(page, "valid");
    await unfold(page);
  } },
  broken: { enter: async (page) => {
    await look(page, "broken");
    await unfold(page);
  } },
  "broken, by file": { enter: async (page) => {
    await look(page, "broken");
    await page.selectOption("select[aria-label='group by']", "file");
  } },
  regions: { hash: "#v=1&view=regions&c-max=512", enter: (page) => page.waitForSelector(".answer-table td") },
  keys: { enter: async (page) => {
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
  } },
};

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in any state (${colorScheme})`, async () => {
    for (const [name, { enter, ...options }] of Object.entries(STATES)) {
      const { page, close } = await open(here, { colorScheme, ...options });
      await enter(page);
      assert.deepEqual(await violations(page), [], name);
      await close();
    }
  });
}

test("nothing is cut off or scrolls sideways from 360 pixels on", async () => {
  for (const width of [360, 800, 1440]) {
    for (const [name, { enter, ...options }] of Object.entries(STATES)) {
      const { page, close } = await open(here, { viewport: { width, height: 800 }, ...options });
      await enter(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${name} at ${width}: ${over} pixels too wide`);
      await close();
    }
  }
});

/** Presses Tab until the focus is on what matches. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  assert.fail(`${selector} can't be reached with Tab`);
}

test("the keyboard alone leads from the choice of a folder to the export", async () => {
  const folder = write(join(here.folder, "by-keys"), example("broken"));
  const { page, close } = await open(here);
  // Waited for from here on: the browser must know it before the key is pressed, which on a busy machine takes a while.
  const chosen = page.waitForEvent("filechooser");
  await tabTo(page, "button.primary");
  await page.keyboard.press("Enter");
  const chooser = await chosen;
  await chooser.setFiles(folder);
  await finished(page);
  const focused = () => page.evaluate(() => `${document.activeElement?.localName} ${document.activeElement?.id || document.activeElement?.className}`);
  assert.equal(await focused(), "h2 verdict-word");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForSelector("details.finding[open] .body");
  assert.match(await page.textContent("details.finding[open]"), /How to fix/);
  await tabTo(page, ".finding .actions button");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details.finding[open]").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.localName), "summary");
  await page.keyboard.press("/");
  assert.equal(await focused(), "input search");
  await page.keyboard.type("r96");
  await page.waitForFunction(() => / of /.test(document.querySelector(".shown")?.textContent ?? ""));
  await page.evaluate(() => document.getElementById("main")?.focus());
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.getElementById("main")?.focus());
  await tabTo(page, "svg .point");
  assert.match(await page.textContent(".tip:not([hidden])"), /concurrency/);
  await page.evaluate(() => document.getElementById("main")?.focus());
  await tabTo(page, ".report-bar .json");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  const { readFileSync } = await import("node:fs");
  assert.equal(readFileSync(await download.path(), "utf8"), commandLine(folder));
  await close();
});

test("a link holds view and filters, never the data", async () => {
  const { page, close } = await open(here);
  await look(page, "broken");
  await page.click(".chip.warning");
  await page.fill("#search", "duration");
  await page.waitForFunction(() => location.hash.includes("search=duration"));
  const { hash } = new URL(page.url());
  assert.doesNotMatch(hash, /example|concurency|r96/);
  const fresh = await open(here, { hash });
  assert.equal(await fresh.page.locator(".trouble").count(), 0);
  await look(fresh.page, "broken");
  assert.equal(await fresh.page.inputValue("#search"), "duration");
  assert.equal(await fresh.page.getAttribute(".chip.warning", "aria-pressed"), "false");
  await fresh.close();
  await close();
  const odd = await open(here, { hash: "#v=1&view=regions&c-max=64&shape=round" });
  await odd.page.click("button:text-is('Check')");
  assert.match(await odd.page.textContent(".trouble"), /`shape`/);
  await odd.close();
});

test("the regions are the command line's", async () => {
  const { page, close } = await open(here, { hash: "#v=1&view=regions&ruleset=v1.5&c-max=1024&c-min=8" });
  await page.waitForSelector(".answer-table td");
  const ends = await page.locator(".answer-table td:nth-child(3)").allTextContents();
  assert.deepEqual(ends, ["8", "18", "109", "1024", "1127"]);
  await page.fill("#c-max", "many");
  await page.waitForSelector(".answer-table .trouble");
  await close();
});

test("a point that fails leads to its findings", async () => {
  const { page, close } = await open(here);
  await look(page, "broken");
  await page.hover("svg .point.fails .mark >> nth=0", { force: true });
  assert.match(await page.textContent(".tip:not([hidden])"), /fails/);
  await page.click("svg .point.fails .mark >> nth=0", { force: true });
  assert.match(await page.textContent(".shown"), / of /);
  const html = await saved(page, "HTML");
  assert.match(html, /<svg/);
  await close();
});
