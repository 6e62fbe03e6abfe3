// The page in a real Chromium, served by the program itself.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { browser as launch, cases, commandLine, corpus, remove, serve, temporary } from "./support.mjs";

let [server, browser, folder] = [];
before(async () => {
  folder = temporary();
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  if (folder) remove(folder);
});

/** A fresh page that fails the test when it asks anything of another origin, or throws. */
async function open(options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const origin = new URL(server.url).origin;
  const trouble = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)) trouble.push(`request to ${url}`);
  });
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
  page.on("dialog", (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(origin + "/" + hash);
  await page.waitForFunction(() => document.documentElement.dataset.ready !== undefined);
  const close = async () => {
    await context.close();
    assert.deepEqual(trouble, []);
  };
  return { page, close };
}

/** A zip of a folder, with its name around it. */
function zip(path) {
  const out = join(folder, `${basename(dirname(path))}-${basename(path)}.zip`);
  const script = "import shutil,sys; shutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2], sys.argv[3])";
  const done = spawnSync("python3", ["-c", script, out, dirname(path), basename(path)]);
  assert.equal(done.status, 0, String(done.stderr));
  return out;
}

async function finished(page) {
  await page.waitForSelector("#verdict-word", { timeout: 30_000 });
  return page.textContent("#verdict-word");
}

async function exported(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button:text-is('JSON')")]);
  return readFileSync(await download.path(), "utf8");
}

/** Cases of both rulesets that a file chooser can hand over: no links, no empty folders, and a folder at all. */
function some() {
  const wanted = cases().filter(({ id }) => /-(000-valid|0[13]\d-single|06\d-(single|multi))$/.test(id));
  return wanted.filter((one) => !["none", ""].includes(one.check)).slice(0, 24);
}

test("folders and zips through the real file inputs give the command line's verdict and bytes", async () => {
  let compared = 0;
  for (const { id, ruleset, check } of some()) {
    const path = join(corpus, id, check);
    const wanted = commandLine(path, ruleset);
    const report = JSON.parse(wanted);
    // A chooser leaves out empty folders, and a link is none: these verdicts differ for a reason that the page says.
    const plain = spawnSync("find", [path, "(", "-type", "l", "-o", "-type", "d", "-empty", ")", "-print"], { encoding: "utf8" });
    if (plain.status !== 0 || plain.stdout !== "") continue;
    const { page, close } = await open({}, `#v=1&ruleset=${ruleset}`);
    await page.setInputFiles("#folder-input", path);
    assert.equal(await finished(page), report.verdict, id);
    assert.equal(await exported(page), wanted, id);
    const counts = await page.textContent(".side .numbers");
    assert.match(counts ?? "", new RegExp(`^${report.official.counts.errors} error`), id);
    await page.click("button:has-text('Another submission')");
    await page.setInputFiles("#file-input", zip(path));
    assert.equal(await finished(page), report.verdict, id);
    assert.equal(await exported(page), wanted, id);
    await close();
    compared += 1;
  }
  console.log(`${compared} cases compared, each as a folder and as a zip`);
  assert.ok(compared >= 8);
});
