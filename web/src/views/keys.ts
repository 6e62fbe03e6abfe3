// Keys for those who read many findings.

import { h } from "../dom.ts";

const KEYS: [string, string][] = [
  ["j / k", "next or previous finding"],
  ["Enter", "open or close the finding"],
  ["Esc", "close the finding, back to its head"],
  ["/", "search"],
  ["?", "this list"],
];

export function help(): HTMLDialogElement {
  const close = h("button", { type: "button" }, "Close");
  const dialog = h(
    "dialog",
    { "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", { class: "keys" }, ...KEYS.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    close,
  );
  close.addEventListener("click", () => dialog.close());
  return dialog;
}

export function listen(dialog: HTMLDialogElement): void {
  window.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.altKey || event.metaKey || dialog.open) return;
    const typing = target.matches("input, select, textarea");
    if (event.key === "Escape") {
      const open = target.closest<HTMLDetailsElement>("details.finding[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary")?.focus();
      }
      return;
    }
    if (typing) return;
    if (event.key === "?") dialog.showModal();
    else if (event.key === "/") document.getElementById("search")?.focus();
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else return;
    event.preventDefault();
  });
}

function step(by: number): void {
  const heads = [...document.querySelectorAll<HTMLElement>("details.finding > summary")];
  const at = heads.findIndex((head) => head === document.activeElement || head.parentElement?.contains(document.activeElement));
  const next = heads[at === -1 ? (by > 0 ? 0 : heads.length - 1) : Math.min(heads.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
