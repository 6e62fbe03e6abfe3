// What a user hands over: a folder or an archive, from a drop or from a file chooser.

/** Most files that are listed; a submission has a few hundred. */
export const MOST_FILES = 100_000;

export interface ChosenFile {
  /** Below the folder, `/` between names. */
  path: string;
  file: File;
}

/** A folder with its own name. */
export interface ChosenFolder {
  kind: "folder";
  name: string;
  files: ChosenFile[];
  directories: string[];
  /** Whether empty folders are known: a file chooser leaves them out. */
  complete: boolean;
}

export interface ChosenArchive {
  kind: "archive";
  name: string;
  file: File;
}

/** What `runbench serve PATH` hands out. */
export interface ChosenServed {
  kind: "served";
  what: "folder" | "archive";
  name: string;
  paths: string[];
  lengths: number[];
  directories: string[];
  url: string;
}

export type Chosen = ChosenFolder | ChosenArchive | ChosenServed;

/** Something was handed over that can't be checked. */
export class InputError extends Error {}

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;

/** The submission that this page's own server hands out under a random word. */
export async function fromServer(word: string): Promise<Chosen> {
  const url = new URL(`open/${word}/`, document.baseURI).href;
  const answer = await fetch(`${url}list.json`);
  if (!answer.ok) {
    throw new InputError("This address opens a submission of an earlier `runbench serve`, which has ended. Use the address that it printed last.");
  }
  const { kind, ...list } = (await answer.json()) as Omit<ChosenServed, "kind" | "what" | "url"> & { kind: ChosenServed["what"] };
  return { ...list, kind: "served", what: kind, url };
}

/** Files of `<input type="file" webkitdirectory>`. */
export function fromFolderInput(list: FileList): Chosen {
  const all = [...list];
  if (all.length > MOST_FILES) throw tooMany();
  const name = all[0]?.webkitRelativePath.split("/")[0] ?? "";
  if (name === "") throw new InputError("That folder holds no files, so there is nothing to check.");
  const files = all.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file }));
  return { kind: "folder", name, files: sorted(files), directories: [], complete: false };
}

/** The file of `<input type="file">`. */
export function fromFileInput(list: FileList): Chosen {
  const file = list[0];
  if (!file) throw new InputError("No file was chosen.");
  return fromFile(file);
}

function fromFile(file: File): Chosen {
  if (!ARCHIVE.test(file.name)) {
    throw new InputError(`\`${file.name}\` is neither a folder nor a .zip, .tar or .tar.gz of one.`);
  }
  return { kind: "archive", name: file.name, file };
}

/** What was dropped: one folder, one archive, or the folders and files of a submission themselves. */
export async function fromDrop(data: DataTransfer, signal: AbortSignal, seen: (files: number) => void): Promise<Chosen> {
  // Entries must be taken before the first pause; the list is empty afterwards.
  const entries = [...data.items]
    .map((item) => item.webkitGetAsEntry?.() ?? null)
    .filter((entry): entry is FileSystemEntry => entry !== null);
  const [first] = entries;
  if (!first) throw new InputError("Nothing that could be read was dropped. Drop a folder or a .zip.");
  if (entries.length === 1 && first.isFile) return fromFile(await fileOf(first as FileSystemFileEntry));
  const single = entries.length === 1;
  const folder: ChosenFolder = {
    kind: "folder",
    name: single ? first.name : "dropped",
    files: [],
    directories: [],
    complete: true,
  };
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    if (signal.aborted) throw new InputError("Cancelled.");
    if (entry.isFile) {
      folder.files.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
      if (folder.files.length > MOST_FILES) throw tooMany();
      if (folder.files.length % 100 === 0) seen(folder.files.length);
      return;
    }
    if (path !== "") folder.directories.push(path);
    for (const child of await children(entry as FileSystemDirectoryEntry)) {
      await walk(child, path === "" ? child.name : `${path}/${child.name}`);
    }
  };
  if (single) await walk(first, "");
  else for (const entry of entries) await walk(entry, entry.name);
  folder.files = sorted(folder.files);
  return folder;
}

function sorted(files: ChosenFile[]): ChosenFile[] {
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) =>
    entry.file(resolve, (cause) => reject(new InputError(`\`${entry.name}\` can't be read: ${cause.message}`))),
  );
}

/** `readEntries` gives about a hundred at a time, and none when it is done. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, (cause) =>
        reject(new InputError(`The folder \`${directory.name}\` can't be read: ${cause.message}`)),
      ),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function tooMany(): InputError {
  return new InputError(
    `That folder holds more than ${MOST_FILES.toLocaleString("en")} files. Choose the submission's own folder, not one above it.`,
  );
}
