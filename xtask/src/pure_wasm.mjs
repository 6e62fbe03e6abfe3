// Loads the module given as argument with no imports at all, runs its check and prints the report. See pure_wasm.rs.
import { readFileSync } from "node:fs";
import { argv, exit, stdout } from "node:process";

const module = new WebAssembly.Module(readFileSync(argv[2]));

const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  console.error("error: core asks its host for something; a dependency has brought in entropy, a clock or IO");
  for (const { module, name } of imports) console.error(`  = import: ${module}.${name}`);
  exit(1);
}

const { exports } = new WebAssembly.Instance(module);
const start = exports.check();
const memory = new Uint8Array(exports.memory.buffer);
stdout.write(memory.subarray(start, memory.indexOf(0, start)));
