// What the module answers. The types are made from its code: `cargo xtask generate`.

export type * from "../../wasm/report.d.ts";
