// How long a check of 32 points takes: reported as ratios of one run, never asserted.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { finished, open, stage } from "./open.mjs";
import { commandLine, contents, list, loadModule, reader, zip } from "./support.mjs";

const here = stage();
/** A folder of 32 points, and the program that checks one natively through the same code; given by `cargo xtask test`. */
const [folder, native] = [process.env.RUNBENCH_POINTS ?? "", process.env.RUNBENCH_NATIVE_CHECK ?? ""];

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

test("the module against the native program", async () => {
  const module = await loadModule();
  const { paths, files, lengths, directories } = list(folder);
  const inMemory = new Map();
  const onDisk = reader(files);
  const read = (file, start, length) => {
    const key = `${file} ${start} ${length}`;
    if (!inMemory.has(key)) inMemory.set(key, onDisk(file, start, length));
    return inMemory.get(key);
  };
  const once = () => {
    const start = performance.now();
    const checked = module.checkFolder("points", paths, Float64Array.from(lengths), directories, "v1.5", read);
    const json = checked.json();
    const took = performance.now() - start;
    checked.free();
    assert.match(json, /"verdict": "valid"/);
    return took;
  };
  for (let warm = 0; warm < 20; warm += 1) once();
  const ratios = [];
  for (let round = 0; round < 5; round += 1) {
    const wasm = median(Array.from({ length: 20 }, once));
    const done = spawnSync(native, [folder, "points", "20"], { encoding: "utf8" });
    assert.equal(done.status, 0, done.stderr);
    ratios.push(wasm / Number(done.stdout));
    console.log(`32 points, medians of 20: ${wasm.toFixed(2)} ms in wasm, ${Number(done.stdout).toFixed(2)} ms natively, ${ratios[round].toFixed(2)} x`);
  }
  console.log(`wasm against native: ${median(ratios).toFixed(2)} x (median of 5)`);
});

test("a verdict in the page", async () => {
  const archive = join(here.folder, "points.zip");
  writeFileSync(archive, zip("points", contents(folder)));
  const { page, close } = await open(here);
  await page.evaluate(() => {
    document.getElementById("file-input").addEventListener("change", () => (window.chosen = performance.now()), { capture: true });
    new MutationObserver(() => {
      if (window.judged === undefined && document.getElementById("verdict-word")) window.judged = performance.now();
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.setInputFiles("#file-input", archive);
  assert.equal(await finished(page), JSON.parse(commandLine(archive)).verdict);
  const took = await page.evaluate(() => window.judged - window.chosen);
  console.log(`from the choice of a zip of 32 points to its verdict on the page: ${took.toFixed(0)} ms`);
  await close();
});
