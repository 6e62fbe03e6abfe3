// What page and worker say to each other.

/** A folder or archive to judge. Its bytes are read in the worker, slice by slice. */
export interface Request {
  /** The module, compiled. */
  code: WebAssembly.Module;
  ruleset: string;
  name: string;
  kind: "folder" | "archive";
  paths: string[];
  lengths: number[];
  directories: string[];
  /** Handles of files that the user chose, or the address below which `runbench serve` hands them out by number. */
  source: File[] | string;
}

export type Answer =
  | { kind: "progress"; files: number; bytes: number }
  | { kind: "done"; json: string; curves: string; milliseconds: number }
  | { kind: "failed"; message: string };
