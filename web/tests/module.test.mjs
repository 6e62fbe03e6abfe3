// The module in Node: the same bytes as the command line, for every case of the corpus.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { cases, commandLine, corpus, list, loadModule, program, reader } from "./support.mjs";

let module;
before(async () => {
  module = await loadModule();
});

test("every case gives the command line's bytes", () => {
  let [compared, skipped] = [0, []];
  for (const { id, ruleset, check } of cases()) {
    const path = join(corpus, id, check);
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      skipped.push(`${id} (no folder)`);
      continue;
    }
    const found = list(path);
    if (found.links > 0) {
      skipped.push(`${id} (links)`);
      continue;
    }
    const checked = module.checkFolder(basename(path), found.paths, Float64Array.from(found.lengths), found.directories, ruleset, reader(found.files));
    assert.equal(checked.error(), undefined, id);
    assert.equal(checked.json(), commandLine(path, ruleset), id);
    checked.free();
    compared += 1;
    if (compared % 8 !== 0) continue;
    const byLayout = module.checkFolder(basename(path), found.paths, Float64Array.from(found.lengths), found.directories, "auto", reader(found.files));
    assert.equal(byLayout.json(), commandLine(path), `${id} by layout`);
    byLayout.free();
  }
  console.log(`${compared} cases compared; a browser has no such thing: ${skipped.join(", ") || "none"}`);
  assert.ok(compared > 100 && skipped.length < compared / 10);
});

test("what can't be judged is data", () => {
  const nothing = () => new Uint8Array();
  const wrong = (...args) => {
    const checked = module.checkFolder(...args);
    const error = checked.error();
    assert.deepEqual(JSON.parse(checked.json()), { error });
    checked.free();
    return error;
  };
  assert.match(wrong("a", [], new Float64Array(), [], "v9", nothing), /v9/);
  assert.match(wrong("a", ["../x"], Float64Array.of(1), [], "v1.5", nothing), /isn't a path inside/);
  assert.match(wrong("a", ["x"], Float64Array.of(Number.NaN), [], "v1.5", nothing), /NaN/);
  assert.match(wrong("a", ["x", "x"], Float64Array.of(1, 1), [], "v1.5", nothing), /twice/);
  assert.match(wrong("a", ["x"], new Float64Array(), [], "v1.5", nothing), /1 paths and 0 lengths/);
});

test("a host that fails while a file is read is a finding, not a crash", () => {
  const files = ["results/sys/llama3_1-8b/r1/point.yaml"];
  for (const read of [() => new Uint8Array(1), () => { throw new Error("gone"); }, () => "text"]) {
    const checked = module.checkFolder("a", files, Float64Array.of(5), ["docs"], "v1.5", read);
    const report = JSON.parse(checked.json());
    assert.equal(report.verdict, "invalid");
    assert.ok(report.findings.some(({ rule }) => rule === "point-config-valid"), JSON.stringify(report.findings));
    checked.free();
  }
});

test("regions and rules are JSON", () => {
  const { regions } = JSON.parse(module.regions("v1.5", "1024", "8"));
  assert.deepEqual(regions.map(({ end }) => end), ["8", "18", "109", "1024", "1127"]);
  assert.match(JSON.parse(module.regions("v1.5", "many", undefined)).error, /whole number/);
  for (const ruleset of module.rulesets()) {
    const done = spawnSync(program, ["rules", "list", "--ruleset", ruleset, "--format", "json"], { encoding: "utf8" });
    assert.equal(module.rules(ruleset), done.stdout);
  }
  assert.deepEqual(module.rulesets(), ["v0.1", "v1.5"]);
});
