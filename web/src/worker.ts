// Judges in a thread of its own, so that the page stays usable and a check can be cancelled by ending the thread.

import init, { checkArchive, checkFolder } from "../pkg/runbench.js";
import type { Answer, Request } from "./messages.ts";

const say = (answer: Answer): void => postMessage(answer);

addEventListener("message", async (event: MessageEvent<Request>) => {
  try {
    await init({ module_or_path: event.data.code });
    judge(event.data, await small(event.data));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    say({ kind: "failed", message: `The check itself failed: ${message}. This is a defect of runbench; please report it.` });
  }
});

function judge(request: Request, held: Map<number, ArrayBuffer>): void {
  const { source } = request;
  const part = typeof source === "string" ? fromServer(source) : fromFiles(source);
  const seen = new Set<number>();
  let bytes = 0;
  let said = 0;
  const read = (index: number, start: number, length: number): Uint8Array => {
    const whole = held.get(index);
    const slice = whole ? new Uint8Array(whole, start, length) : new Uint8Array(part(index, start, start + length));
    seen.add(index);
    bytes += slice.length;
    const now = performance.now();
    if (now - said > 50) {
      said = now;
      say({ kind: "progress", files: seen.size, bytes });
    }
    return slice;
  };
  const start = performance.now();
  const lengths = Float64Array.from(request.lengths);
  const checked =
    request.kind === "archive"
      ? checkArchive(request.name, lengths[0] ?? 0, request.ruleset, read)
      : checkFolder(request.name, request.paths, lengths, request.directories, request.ruleset, read);
  const error = checked.error();
  if (error !== undefined) say({ kind: "failed", message: error });
  else {
    const [json, curves] = [checked.json(), checked.curves()];
    say({ kind: "done", json, curves, milliseconds: performance.now() - start });
  }
  checked.free();
}

/** Files up to this length are read before the check, many at a time: waiting for each alone costs a millisecond or two. */
const SMALL_BYTES = 256 * 1024;
/** What is read before the check, all together. */
const HELD_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 64;

/** Contents of a folder's small files. One that can't be read now gives its error when the module asks for it. */
async function small({ kind, lengths, source }: Request): Promise<Map<number, ArrayBuffer>> {
  const held = new Map<number, ArrayBuffer>();
  const wanted: number[] = [];
  let bytes = 0;
  for (const [index, length] of lengths.entries()) {
    if (kind === "archive" || length > SMALL_BYTES || bytes + length > HELD_BYTES) continue;
    bytes += length;
    wanted.push(index);
  }
  const whole = async (index: number): Promise<ArrayBuffer | undefined> => {
    if (typeof source !== "string") return source[index]?.arrayBuffer();
    const answer = await fetch(`${source}${index}?0-${lengths[index]}`);
    return answer.ok ? answer.arrayBuffer() : undefined;
  };
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const some = wanted.slice(start, start + AT_ONCE);
    const contents = await Promise.all(some.map((index) => whole(index).catch(() => undefined)));
    some.forEach((index, nth) => {
      const content = contents[nth];
      if (content && content.byteLength === lengths[index]) held.set(index, content);
    });
  }
  return held;
}

type Part = (index: number, start: number, end: number) => ArrayBuffer;

/** Parts of files that the user chose. */
function fromFiles(files: File[]): Part {
  const reader = new FileReaderSync();
  return (index, start, end) => {
    const file = files[index];
    if (!file) throw new Error("no such file");
    return reader.readAsArrayBuffer(file.slice(start, end));
  };
}

/** Parts of files that the page's own server hands out. The module reads as it goes, so each request is waited for. */
function fromServer(url: string): Part {
  return (index, start, end) => {
    const request = new XMLHttpRequest();
    request.open("GET", `${url}${index}?${start}-${end}`, false);
    request.responseType = "arraybuffer";
    request.send();
    if (request.status !== 200) throw new Error(new TextDecoder().decode(request.response as ArrayBuffer).trim());
    return request.response as ArrayBuffer;
  };
}
