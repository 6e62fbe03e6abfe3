// Judges a chosen archive in a worker, which alone may read a file's parts while the module waits.

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const report = document.getElementById("report");

worker.addEventListener("message", ({ data }) => (report.textContent = data));
document.getElementById("file").addEventListener("change", ({ target }) => {
  report.textContent = "";
  worker.postMessage(target.files[0]);
});
