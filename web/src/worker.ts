// Judges in a thread of its own, so that the page stays usable and a check can be cancelled by ending the thread.

import init, { checkArchive, checkFolder } from "../pkg/runbench.js";
import type { Answer, Request } from "./messages.ts";

const say = (answer: Answer): void => postMessage(answer);

addEventListener("message", async (event: MessageEvent<Request>) => {
  try {
    await init();
    judge(event.data);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    say({ kind: "failed", message: `The check itself failed: ${message}. This is a defect of runbench; please report it.` });
  }
});

function judge(request: Request): void {
  const reader = new FileReaderSync();
  const seen = new Set<number>();
  let bytes = 0;
  let said = 0;
  const read = (index: number, start: number, length: number): Uint8Array => {
    const file = request.files[index];
    if (!file) throw new Error("no such file");
    const slice = new Uint8Array(reader.readAsArrayBuffer(file.slice(start, start + length)));
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
  const lengths = Float64Array.from(request.files, (file) => file.size);
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
