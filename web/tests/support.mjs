// What the page's tests share: the program, the corpus as folders, the module in Node, a browser.

import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, inflateRawSync } from "node:zlib";

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
export function commandLine(path, ruleset = "auto") {
  const done = spawnSync(program, ["check", basename(path), "--ruleset", ruleset, "--format", "json"], { cwd: dirname(path), encoding: "utf8", maxBuffer: 1 << 30 });
  if (done.error) throw done.error;
  return done.stdout;
}

/** A folder's files and folders as the module takes them; links are not followed. */
export function list(root) {
  const found = { paths: [], files: [], lengths: [], directories: [], empty: 0, links: 0 };
  const walk = (folder, below) => {
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.length === 0) found.empty += 1;
    for (const entry of entries) {
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

/** Writes files (path to content) below a folder. */
export function write(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return folder;
}

/** The files of a folder on disk, as `zip` takes them. */
export function contents(root) {
  const { paths, files } = list(root);
  return Object.fromEntries(paths.map((path, index) => [path, readFileSync(files[index])]));
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** A zip of files below a folder. */
export function zip(top, files) {
  const [parts, central] = [[], []];
  let at = 0;
  const numbers = (...pairs) => {
    const bytes = Buffer.alloc(pairs.reduce((sum, [size]) => sum + size, 0));
    let offset = 0;
    for (const [size, value] of pairs) offset = bytes.writeUIntLE(value, offset, size);
    return bytes;
  };
  for (const [path, content] of Object.entries(files)) {
    const [name, plain] = [Buffer.from(`${top}/${path}`), Buffer.from(content)];
    const packed = deflateRawSync(plain);
    const common = numbers([2, 20], [2, 0x800], [2, 8], [4, 0], [4, crc32(plain)], [4, packed.length], [4, plain.length], [2, name.length], [2, 0]);
    parts.push(numbers([4, 0x04034b50]), common, name, packed);
    central.push(numbers([4, 0x02014b50], [2, 20]), common, numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), name);
    at += 4 + common.length + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const count = Object.keys(files).length;
  return Buffer.concat([...parts, directory, numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, directory.length], [4, at], [2, 0])]);
}

/** The files of one of the page's examples, below its folder. */
export function example(name) {
  const bytes = readFileSync(join(web, `public/examples/${name}.zip`));
  const files = {};
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [packed, name, extra] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const start = at + 30 + name + extra;
    const path = bytes.toString("utf8", at + 30, at + 30 + name);
    files[path.slice(path.indexOf("/") + 1)] = inflateRawSync(bytes.subarray(start, start + packed));
    at = start + packed;
  }
  return files;
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
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const executablePath = process.env.CHROMIUM ?? known.find((path) => existsSync(path));
  if (!executablePath) throw new Error("no Chromium: install Debian's package `chromium`, or set CHROMIUM to one");
  return chromium.launch({ executablePath, args: FLAGS });
}
