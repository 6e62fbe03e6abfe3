// The checker in Node: `node check.mjs FOLDER [RULESET]` prints the report that `runbench check --format json` prints.

import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { checkFolder, initSync } from "../pkg/runbench.js";

const [folder, ruleset = "auto"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node check.mjs FOLDER [RULESET]");
  process.exit(2);
}

const [paths, lengths, directories] = [[], [], []];
for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const inner = path.slice(join(folder, "/").length).replaceAll("\\", "/");
  if (entry.isDirectory()) directories.push(inner);
  else if (entry.isFile()) {
    paths.push(inner);
    lengths.push(statSync(path).size);
  }
}

/** All of a part of a file, by its place in `paths`. */
function read(file, start, length) {
  const bytes = new Uint8Array(length);
  const handle = openSync(join(folder, paths[file]), "r");
  const count = readSync(handle, bytes, 0, length, start);
  closeSync(handle);
  return bytes.subarray(0, count);
}

initSync({ module: readFileSync(new URL("../pkg/runbench_bg.wasm", import.meta.url)) });
const checked = checkFolder(basename(resolve(folder)), paths, Float64Array.from(lengths), directories, ruleset, read);
process.stdout.write(checked.json());
process.exitCode = checked.error() === undefined ? JSON.parse(checked.json()).official.exit_code : 2;
