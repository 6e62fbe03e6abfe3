import { defineConfig } from "vite";

// Relative addresses, so that the page works in any folder of any static server; nothing is put inline, so that the
// content security policy can forbid inline code.
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
});
