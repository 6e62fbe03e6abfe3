// A served page in a browser, watched: it must ask nothing of another origin, throw nothing, and open no dialog.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { browser as launch, remove, serve, temporary } from "./support.mjs";

/** Server, browser and a scratch folder for the tests of a file. */
export function stage() {
  const stage = { folder: "", server: null, browser: null };
  before(async () => {
    stage.folder = temporary();
    stage.server = await serve();
    stage.browser = await launch();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
    if (stage.folder) remove(stage.folder);
  });
  return stage;
}

/** A fresh page. `close` fails the test when something happened that must not. */
export async function open(stage, { hash = "", url = stage.server.url, prepare = null, ...options } = {}) {
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const { origin } = new URL(url);
  const trouble = [];
  context.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${origin}/`) && !asked.startsWith(`blob:${origin}/`) && asked !== "about:blank") trouble.push(`request to ${asked}`);
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  if (prepare) await page.addInitScript(prepare);
  await page.goto(hash === "" ? url : `${origin}/${hash}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined);
  const close = async () => {
    await context.close();
    assert.deepEqual(trouble, []);
  };
  return { page, context, close };
}

/** The verdict's word, once there is one. */
export async function finished(page) {
  await page.waitForSelector("#verdict-word", { timeout: 60_000 });
  return page.textContent("#verdict-word");
}

/** What a button lets the browser save. */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`button:text-is('${button}')`)]);
  return readFileSync(await download.path(), "utf8");
}

/** Looks at one of the page's examples. */
export async function look(page, name) {
  await page.click(`button:text-is('${name === "valid" ? "a valid submission" : "a broken one"}')`);
  return finished(page);
}

/** A worker that never answers, so that a check stays where it is. */
export function silentWorker() {
  window.Worker = class {
    addEventListener() {}
    postMessage() {}
    terminate() {}
  };
}
