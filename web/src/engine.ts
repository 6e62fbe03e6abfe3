// The worker seen from the page.

import type { Answer, Request } from "./messages.ts";
import type { Chosen } from "./inputs.ts";

export interface Judged {
  /** The report as the module wrote it: what is exported are these very bytes. */
  json: string;
  curves: string;
  milliseconds: number;
}

/** Judges what was chosen. Aborting ends the worker, whatever it is doing. */
export function judge(
  chosen: Chosen,
  ruleset: string,
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
    worker.postMessage(request(chosen, ruleset));
  });
}

function request(chosen: Chosen, ruleset: string): Request {
  if (chosen.kind === "archive") {
    return { ruleset, name: chosen.name, kind: "archive", paths: [chosen.name], files: [chosen.file], directories: [] };
  }
  return {
    ruleset,
    name: chosen.name,
    kind: "folder",
    paths: chosen.files.map(({ path }) => path),
    files: chosen.files.map(({ file }) => file),
    directories: chosen.directories,
  };
}
