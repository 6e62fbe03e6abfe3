// What the page's tests share: the program, the corpus as folders, the module in Node, a browser.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, openSync, readSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const web = dirname(dirname(fileURLToPath(import.meta.url)));

/** The program under test, given by `cargo xtask test`. */
export const program = process.env.RUNBENCH ?? join(web, "../target/release/runbench");
/** The corpus as folders, given by `cargo xtask test`. */
export const corpus = process.env.RUNBENCH_CASES ?? "";

export function temporary() {
  return mkdtempSync(join(tmpdir(), "runbench-page-"));
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** The corpus's cases; what is missing is an error, never a silent pass. */
export function cases() {
  if (corpus === "" || !existsSync(join(corpus, "index.json"))) throw new Error("RUNBENCH_CASES names no unpacked corpus: run `cargo xtask test`");
  return JSON.parse(readFileSync(join(corpus, "index.json"), "utf8"));
}

/** What the command line says of a path, with the path's own name as PATH. */
export function commandLine(path, ruleset) {
  const done = spawnSync(program, ["check", basename(path), "--ruleset", ruleset, "--format", "json"], { cwd: dirname(path), encoding: "utf8", maxBuffer: 1 << 30 });
  if (done.error) throw done.error;
  return done.stdout;
}

/** A folder's files and folders as the module takes them, links not followed. */
export function list(root) {
  const found = { paths: [], files: [], lengths: [], directories: [], links: 0 };
  const walk = (folder, below) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const [path, inner] = [join(folder, entry.name), below + entry.name];
      if (entry.isSymbolicLink()) found.links += 1;
      else if (entry.isDirectory()) {
        found.directories.push(inner);
        walk(path, `${inner}/`);
      } else {
        found.paths.push(inner);
        found.files.push(path);
        found.lengths.push(statSync(path).size);
      }
    }
  };
  if (statSync(root).isDirectory()) walk(root, "");
  return found;
}

/** Hands out parts of files on disk. */
export function reader(files) {
  return (file, start, length) => {
    const bytes = new Uint8Array(length);
    const handle = openSync(files[file], "r");
    try {
      readSync(handle, bytes, 0, length, start);
    } finally {
      closeSync(handle);
    }
    return bytes;
  };
}

/** The module, as any Node program would load it. */
export async function loadModule() {
  const module = await import("../pkg/runbench.js");
  module.initSync({ module: readFileSync(join(web, "pkg/runbench_bg.wasm")) });
  return module;
}

/** `runbench serve`, ended by `stop`. */
export async function serve(...args) {
  const child = spawn(program, ["serve", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const url = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`runbench serve ended with ${code}`)));
    child.stdout.on("data", (data) => {
      text += data;
      const line = /^listening on (\S+)\n/.exec(text);
      if (line) resolve(line[1]);
    });
  });
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.on("exit", resolve);
        child.kill("SIGTERM");
      }),
  };
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium with an empty profile. */
export async function browser() {
  const { chromium } = await import("playwright-core");
  const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
  if (!executablePath) throw new Error("no Chromium: install Debian's package `chromium`, or set CHROMIUM to one");
  return chromium.launch({ executablePath, args: FLAGS });
}
