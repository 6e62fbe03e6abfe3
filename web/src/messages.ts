// What page and worker say to each other.

/** A folder or archive to judge. Files are handles: their bytes are read in the worker, slice by slice. */
export interface Request {
  ruleset: string;
  name: string;
  kind: "folder" | "archive";
  paths: string[];
  files: File[];
  directories: string[];
}

export type Answer =
  | { kind: "progress"; files: number; bytes: number }
  | { kind: "done"; json: string; curves: string; milliseconds: number }
  | { kind: "failed"; message: string };
