// Loads the module given as argument with no imports at all, and runs its check. See pure_wasm.rs.
import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";

const module = new WebAssembly.Module(readFileSync(argv[2]));

const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
  console.error("error: core asks its host for something; a dependency has brought in entropy, a clock or IO");
  for (const { module, name } of imports) console.error(`  = import: ${module}.${name}`);
  exit(1);
}

// What core/examples/pure_wasm.rs reads from the documents it holds.
const wanted = 1024;
const { exports } = new WebAssembly.Instance(module);
const got = exports.check();
if (got !== wanted) {
  console.error(`error: core's check gave ${got} in wasm; ${wanted} was wanted`);
  exit(1);
}
console.log(`core imports nothing, and its check gives ${got} in wasm`);
