// What is handed to the page in a real Chromium: the same verdict and bytes as the command line's, and a sentence otherwise.

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { get, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { finished, look, open, saved, stage } from "./open.mjs";
import { cases, commandLine, contents, corpus, example, list, serve, write, zip } from "./support.mjs";

const here = stage();

/** Cases that a file chooser can hand over: a folder without links and without empty folders. */
function some(ruleset) {
  const plain = cases().filter(({ id, ruleset: its, check }) => {
    if (its !== ruleset || check === "none" || check === "") return false;
    const path = join(corpus, id, check);
    const found = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? list(path) : null;
    return found !== null && found.paths.length > 0 && found.links + found.empty === 0;
  });
  const every = Math.max(1, Math.floor(plain.length / 6));
  return plain.filter((_, index) => index % every === 0).slice(0, 7);
}

test("folders and zips through the real file inputs", async () => {
  const seen = [];
  for (const { id, ruleset, check } of ["v0.1", "v1.5"].flatMap(some)) {
    const path = join(corpus, id, check);
    const name = check.split("/").pop();
    const { verdict } = JSON.parse(commandLine(path, ruleset));
    const { page, close } = await open(here, { hash: `#v=1&ruleset=${ruleset}` });
    const agrees = async (how, given) => {
      // Rules about archives are evaluated on archives alone, so each is compared with its own.
      const wanted = commandLine(given, ruleset);
      const { official, own } = JSON.parse(wanted);
      assert.equal(await finished(page), verdict, `${id} as a ${how}`);
      const counts = await page.locator(".side .numbers").allTextContents();
      for (const [index, { errors, warnings }] of [official.counts, own.counts].entries()) {
        assert.match(counts[index], new RegExp(`^${errors.toLocaleString("en")} errors?, ${warnings.toLocaleString("en")} warnings?$`), `${id} as a ${how}`);
      }
      assert.equal(await saved(page, "JSON"), wanted, `${id} as a ${how}`);
    };
    await page.setInputFiles("#folder-input", path);
    await agrees("folder", path);
    await page.click("button:has-text('Another submission')");
    const archive = join(here.folder, `${id}.zip`);
    writeFileSync(archive, zip(name, contents(path)));
    await page.setInputFiles("#file-input", archive);
    await agrees("zip", archive);
    await close();
    seen.push(`${id} ${verdict}`);
  }
  console.log(`${seen.length} cases, each as a folder and as a zip: ${seen.join(", ")}`);
  assert.ok(seen.length >= 10);
});

test("a folder that is really dropped, empty folders included", async () => {
  const folder = write(join(here.folder, "dropped"), example("broken"));
  const { page, context, close } = await open(here);
  const devtools = await context.newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await devtools.send("Input.dispatchDragEvent", { type, x: 400, y: 400, data });
  assert.equal(await finished(page), "invalid");
  assert.equal(await saved(page, "JSON"), commandLine(folder));
  await close();
});

test("the examples are what they are called", async () => {
  const { page, close } = await open(here);
  assert.equal(await look(page, "valid"), "valid");
  await page.click("button:has-text('Another submission')");
  assert.equal(await look(page, "broken"), "invalid");
  await close();
});

test("what is no submission gives a sentence or a finding", async () => {
  const { page, close } = await open(here);
  const sentence = async (file) => {
    await page.setInputFiles("#file-input", file);
    await page.waitForFunction(() => document.querySelector(".trouble, #verdict-word") !== null);
    return page.textContent(".trouble");
  };
  const huge = join(here.folder, "huge.zip");
  const handle = openSync(huge, "w");
  ftruncateSync(handle, 8 * 2 ** 30);
  closeSync(handle);
  assert.match(await sentence(huge), /`huge\.zip` is no zip/);
  const notes = join(here.folder, "notes.txt");
  writeFileSync(notes, "hello");
  assert.match(await sentence(notes), /neither a folder nor a \.zip/);
  const empty = join(here.folder, "empty.zip");
  writeFileSync(empty, "");
  assert.match(await sentence(empty), /is no zip/);
  const cut = join(here.folder, "cut.zip");
  writeFileSync(cut, zip("cut", example("valid")).subarray(0, 9_000));
  await page.setInputFiles("#file-input", cut);
  assert.equal(await finished(page), "invalid");
  assert.equal(await saved(page, "JSON"), commandLine(cut));
  await close();
});

test("eight gigabytes in the folder neither freeze the page nor change the verdict", async () => {
  const folder = write(join(here.folder, "heavy"), { ...example("valid"), "docs/weights.bin": "" });
  truncateSync(join(folder, "docs/weights.bin"), 8 * 2 ** 30);
  const { page, close } = await open(here);
  await page.setInputFiles("#folder-input", folder);
  assert.equal(await finished(page), JSON.parse(commandLine(folder)).verdict);
  await close();
});

test("a long check can be cancelled, and the page goes on", async () => {
  const folder = write(join(here.folder, "long"), example("valid"));
  const handle = openSync(join(folder, "results/example_8x/llama3_1-8b/r16/results.json"), "w");
  writeSync(handle, '{"cnn_dailymail::llama3_8b": {"rows": [');
  const rows = Buffer.from(`"${"a row of text, ".repeat(70)}",\n`.repeat(1000));
  for (let written = 0; written < 600e6; written += rows.length) writeSync(handle, rows);
  writeSync(handle, '""]}}');
  closeSync(handle);
  const { page, close } = await open(here);
  await page.setInputFiles("#folder-input", folder);
  await page.waitForFunction(() => /MB read/.test(document.querySelector(".progress-line")?.textContent ?? ""));
  await page.click("button:text-is('Cancel')");
  assert.equal(await page.textContent(".trouble"), "Cancelled.");
  assert.equal(await look(page, "valid"), "valid");
  await close();
});

const MARKUP = '<img src=x onerror="alert(1)">';

test("markup and control characters in names and values are only text", async () => {
  const files = {};
  for (const [path, content] of Object.entries(example("broken"))) {
    const text = content.toString().replaceAll("Example 8x", JSON.stringify(`${MARKUP}\u202e`).slice(1, -1));
    files[path.replace("example_8x", MARKUP.replaceAll("/", ""))] = text.replace('dataset: "cnn_dailymail"', `dataset: '<script>alert(2)</script>\`'`);
  }
  files[`results/${MARKUP}/llama3_1-8b/r17/<svg onload=alert(3)>.txt`] = MARKUP;
  const folder = write(join(here.folder, "<b>hostile\u202e"), files);
  const { page, context, close } = await open(here);
  await page.setInputFiles("#folder-input", folder);
  assert.equal(await finished(page), "invalid");
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  assert.match(await page.textContent("main"), /<img src=x/);
  const elements = "main img, main script, main iframe, main b, main svg[onload]";
  assert.equal(await page.locator(elements).count(), 0);
  assert.doesNotMatch(await page.textContent("main"), /\u202e/);
  assert.equal(await saved(page, "JSON"), commandLine(folder));
  const html = await saved(page, "HTML");
  const empty = await context.newPage();
  const dangerous = await empty.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const handlers = [...parsed.querySelectorAll("*")].filter((element) => [...element.attributes].some(({ name }) => name.startsWith("on")));
    return parsed.querySelectorAll("script, img, iframe, link, a, form").length + handlers.length;
  }, html);
  assert.equal(dangerous, 0);
  assert.match(html, /Content-Security-Policy/);
  await close();
});

test("ten thousand findings stay usable", async () => {
  const files = { "docs/a.md": "a" };
  for (let point = 1; point <= 3500; point += 1) {
    files[`results/system/llama3_1-8b/r${point}/point.yaml`] = `concurency: ${point}\n`;
    files[`results/system/llama3_1-8b/r${point}/system_desc.json`] = "{}";
  }
  const archive = join(here.folder, "many.zip");
  writeFileSync(archive, zip("many", files));
  const { page, close } = await open(here);
  await page.setInputFiles("#file-input", archive);
  assert.equal(await finished(page), "invalid");
  const total = JSON.parse(await saved(page, "JSON")).findings.length;
  assert.ok(total >= 10_000, String(total));
  const shown = async () => Number((await page.textContent(".shown")).replaceAll(",", "").match(/\d+/)[0]);
  assert.equal(await shown(), total);
  const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok((await elements()) < 20_000, String(await elements()));
  await page.fill("#search", "/r3499/");
  await page.waitForFunction(() => / of /.test(document.querySelector(".shown")?.textContent ?? ""));
  assert.ok((await shown()) > 0 && (await shown()) < 100);
  await page.fill("#search", "");
  await page.selectOption("select[aria-label='group by']", "file");
  await page.waitForFunction(() => !/ of /.test(document.querySelector(".shown")?.textContent ?? ""));
  assert.equal(await shown(), total);
  assert.ok((await elements()) < 20_000, String(await elements()));
  await close();
});

test("`runbench serve PATH` opens the submission, and hands it to nobody else", async () => {
  const folder = write(join(here.folder, "served"), example("broken"));
  const server = await serve(folder);
  try {
    const { page, close } = await open(here, { url: server.url });
    assert.equal(await finished(page), "invalid");
    assert.equal(await saved(page, "JSON"), commandLine(folder));
    await page.reload();
    assert.equal(await finished(page), "invalid");
    await close();
    const { origin, port, hash } = new URL(server.url);
    const word = new URLSearchParams(hash.slice(1)).get("open");
    const status = (path, options = {}) =>
      new Promise((resolve, reject) => {
        const asked = request(`${origin}${path}`, options, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.on("error", reject);
        asked.end();
      });
    assert.equal(await status(`/open/${word}/list.json`), 200);
    assert.equal(await status(`/open/${"0".repeat(32)}/list.json`), 404);
    assert.equal(await status(`/open/${word}/../../etc/passwd`), 404);
    assert.equal(await status(`/open/${word}/0?5-1`), 409);
    assert.equal(await status(`/open/${word}/list.json`, { headers: { Host: `evil.example:${port}` } }), 421);
    assert.equal(await status("/", { method: "POST" }), 405);
  } finally {
    await server.stop();
  }
});

test("every answer of the server forbids what the page doesn't need", async () => {
  for (const path of ["", "icon.svg", "nothing"]) {
    const headers = await new Promise((resolve, reject) => {
      get(`${new URL(here.server.url).origin}/${path}`, (answer) => {
        answer.resume();
        resolve(answer.headers);
      }).on("error", reject);
    });
    assert.match(headers["content-security-policy"], /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    assert.match(headers["content-security-policy"], /frame-ancestors 'none'/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
  }
});
