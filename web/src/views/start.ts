// The way in: drop, choose, or look at an example.

import { h } from "../dom.ts";

export interface StartOptions {
  folder: (list: FileList) => void;
  file: (list: FileList) => void;
  example: (name: "valid" | "broken") => void;
}

export function start(options: StartOptions, trouble: string): HTMLElement {
  const folder = h("input", { type: "file", webkitdirectory: true, multiple: true, id: "folder-input", class: "hidden", tabindex: "-1", "aria-label": "folder of a submission" });
  const file = h("input", { type: "file", accept: ".zip,.tar,.tgz,.gz", id: "file-input", class: "hidden", tabindex: "-1", "aria-label": "zip or tar of a submission" });
  folder.addEventListener("change", () => folder.files && folder.files.length > 0 && options.folder(folder.files));
  file.addEventListener("change", () => file.files && file.files.length > 0 && options.file(file.files));
  const button = (label: string, weight: string, act: () => void): HTMLElement => {
    const made = h("button", { type: "button", class: weight }, label);
    made.addEventListener("click", act);
    return made;
  };
  return h(
    "section",
    { class: "start", "aria-labelledby": "start-title" },
    h("h2", { id: "start-title", tabindex: "-1" }, "Check an MLPerf Endpoints submission"),
    h("p", { class: "lead" }, "Files stay on this computer. The check runs here, in the browser, with the rules of the runbench command line; nothing is uploaded."),
    trouble !== "" && h("p", { class: "trouble", role: "alert" }, trouble),
    h(
      "div",
      { class: "zone" },
      h("p", { class: "big" }, "Drop a submission folder or archive anywhere on this page"),
      h("p", {}, "or"),
      h(
        "div",
        { class: "buttons" },
        button("Choose folder", "primary", () => folder.click()),
        button("Choose zip", "", () => file.click()),
      ),
      folder,
      file,
      h("p", { class: "small" }, "A folder, .zip, .tar or .tar.gz. A file chooser leaves out empty folders; dropping keeps them."),
    ),
    h(
      "p",
      { class: "examples" },
      "Try an example: ",
      button("a valid submission", "link", () => options.example("valid")),
      " or ",
      button("a broken one", "link", () => options.example("broken")),
      ".",
    ),
  );
}
