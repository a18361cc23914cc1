// `npx wrangler deploy --dry-run`: what would be uploaded, out of wrangler.toml as it is.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { wrangler } from "../support/wrangler.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

test("wrangler takes wrangler.toml and the Worker that its build command makes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  try {
    const { status, output } = await wrangler(root, "deploy", "--dry-run", "--outdir", folder);
    assert.equal(status, 0, output);
    for (const name of [
      "env.ONE_TIME_KV",
      "env.LEDGER",
      "env.STORES",
      "env.ISSUERS",
      "env.RULES",
    ]) {
      assert.ok(output.includes(name), `${name} is not bound:\n${output}`);
    }
    assert.doesNotMatch(output, /WARNING/, output);
    const files = await readdir(folder);
    assert.ok(files.includes("index.js"), files.join(" "));
    const wasm = files.find((name) => name.endsWith(".wasm"));
    const [uploaded, built] = await Promise.all([
      readFile(join(folder, wasm)),
      readFile(join(root, "build/index_bg.wasm")),
    ]);
    assert.ok(uploaded.equals(built), "it uploads other Wasm than was built");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
