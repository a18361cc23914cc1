// Bundles the page's script and styles out of node_modules: public/main.js and public/main.css.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [path("src/main.js")],
  outdir: path("public"),
  bundle: true,
  format: "esm",
  target: ["es2022"],
  // An application has it out of node_modules.
  alias: { "edge-signer-client": path("../../clients/js/src/index.ts") },
  minify: true,
  logLevel: "warning",
});
