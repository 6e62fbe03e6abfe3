// The module as a package for others, and the page behind any server that hands out files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { look, open, stage } from "./open.mjs";
import { commandLine, example, web, write, zip } from "./support.mjs";

const here = stage();
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
let plain;

before(async () => {
  // Knows nothing of wasm, and answers below a folder of its own.
  plain = createServer(({ url }, answer) => {
    const path = normalize(join(web, decodeURIComponent(url.split("?")[0]).replace(/\/$/, "/index.html")));
    if (!path.startsWith(web) || !existsSync(path) || statSync(path).isDirectory()) return answer.writeHead(404).end();
    return answer.writeHead(200, { "Content-Type": KINDS[extname(path)] ?? "application/octet-stream" }).end(readFileSync(path));
  });
  await new Promise((resolve) => plain.listen(0, "127.0.0.1", resolve));
});
after(() => plain?.close());

test("Node", () => {
  const folder = write(join(here.folder, "in-node"), example("broken"));
  const done = spawnSync(process.execPath, [join(web, "examples/check.mjs"), folder], { encoding: "utf8" });
  assert.equal(done.stderr, "");
  assert.equal(done.stdout, commandLine(folder));
  assert.equal(done.status, 1);
});

test("another page", async () => {
  const archive = join(here.folder, "embedded.zip");
  writeFileSync(archive, zip("embedded", example("valid")));
  const context = await here.browser.newContext();
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${plain.address().port}/examples/embed/`);
  await page.setInputFiles("#file", archive);
  await page.waitForFunction(() => document.getElementById("report").textContent !== "");
  assert.equal(await page.textContent("#report"), commandLine(archive));
  await context.close();
});

test("the built page in a folder of a plain server", async () => {
  const { page, close } = await open(here, { url: `http://127.0.0.1:${plain.address().port}/dist/` });
  assert.equal(await look(page, "broken"), "invalid");
  await close();
});
