// The worker seen from the page.

import type { Answer, Request } from "./messages.ts";
import type { Chosen } from "./inputs.ts";
import { compiled } from "./module.ts";

export interface Judged {
  /** The report as the module wrote it: what is exported are these very bytes. */
  json: string;
  curves: string;
  milliseconds: number;
}

/** Judges what was chosen. Aborting ends the worker, whatever it is doing. */
export async function judge(
  chosen: Chosen,
  ruleset: string,
  signal: AbortSignal,
  progress: (files: number, bytes: number) => void,
): Promise<Judged> {
  return answer({ ...request(chosen, ruleset), code: await compiled() }, signal, progress);
}

function answer(
  request: Request,
  signal: AbortSignal,
  progress: (files: number, bytes: number) => void,
): Promise<Judged> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const finish = (then: () => void): void => {
      worker.terminate();
      then();
    };
    signal.addEventListener("abort", () => finish(() => reject(new Error("Cancelled."))));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      finish(() => reject(new Error(`The checker could not be started: ${event.message || "its files could not be loaded"}.`)));
    });
    worker.addEventListener("message", (event: MessageEvent<Answer>) => {
      const answer = event.data;
      if (answer.kind === "progress") progress(answer.files, answer.bytes);
      else if (answer.kind === "failed") finish(() => reject(new Error(answer.message)));
      else finish(() => resolve(answer));
    });
    if (signal.aborted) finish(() => reject(new Error("Cancelled.")));
    else worker.postMessage(request);
  });
}

function request(chosen: Chosen, ruleset: string): Omit<Request, "code"> {
  const { name } = chosen;
  if (chosen.kind === "archive") {
    return { ruleset, name, kind: "archive", paths: [name], lengths: [chosen.file.size], directories: [], source: [chosen.file] };
  }
  if (chosen.kind === "served") {
    const { what, paths, lengths, directories, url } = chosen;
    return { ruleset, name, kind: what, paths, lengths, directories, source: url };
  }
  return {
    ruleset,
    name,
    kind: "folder",
    paths: chosen.files.map(({ path }) => path),
    lengths: chosen.files.map(({ file }) => file.size),
    directories: chosen.directories,
    source: chosen.files.map(({ file }) => file),
  };
}
