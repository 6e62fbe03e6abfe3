import init, { checkArchive } from "../../pkg/runbench.js";

const ready = init();

addEventListener("message", async ({ data: file }) => {
  await ready;
  const reader = new FileReaderSync();
  const read = (_, start, length) => new Uint8Array(reader.readAsArrayBuffer(file.slice(start, start + length)));
  const checked = checkArchive(file.name, file.size, "auto", read);
  postMessage(checked.json());
  checked.free();
});
