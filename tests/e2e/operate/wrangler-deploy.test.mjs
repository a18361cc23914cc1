// `npx wrangler deploy` with the shipped wrangler.toml: what it would upload, and what it sends to Cloudflare's API.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Cloudflare } from "../support/cloudflare.mjs";
import { copyConfiguration, wrangler, wranglerWith } from "../support/wrangler.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const ceiling = Number(
  (await readFile(join(root, "bench/size-ceiling.txt"), "utf8")).replaceAll(/^#.*$/gm, ""),
);

test("wrangler takes wrangler.toml and the Worker that its build command makes, of which no more is uploaded than the ceiling", async () => {
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
    const modules = await Promise.all(
      ["index.js", wasm].map((name) => readFile(join(folder, name))),
    );
    const bytes = modules.reduce((sum, module) => sum + gzipSync(module, { level: 9 }).length, 0);
    assert.ok(
      bytes <= ceiling,
      `it weighs ${bytes} bytes by gzip -9, more than the ${ceiling} of bench/size-ceiling.txt`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a deployment without a secret fails and names it; with all of them no URL is logged", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deploy-"));
  const api = await Cloudflare.start();
  const run = (...command) => wranglerWith(api.environment, folder, ...command);
  try {
    await copyConfiguration(folder);
    // The state after `secret put` of two of the three.
    api.secrets = new Map([
      ["PHOTOS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"],
      ["SESSION_SECRET", "s".repeat(32)],
    ]);
    const refused = await run("deploy");
    assert.equal(refused.status, 1, refused.output);
    assert.match(refused.output, /have not been set: PHOTOS_SECRET_ACCESS_KEY(?!,)/);
    assert.equal(api.uploads.length, 0, "it was deployed all the same");

    api.secrets.set("PHOTOS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    const done = await run("deploy");
    assert.equal(done.status, 0, done.output);
    const [uploaded] = api.uploads;
    assert.deepEqual(uploaded.observability.logs, { enabled: true, invocation_logs: false });
    // Secrets that aren't named, such as LINK_KEY, are kept too.
    assert.ok(uploaded.keep_bindings.includes("secret_text"));
  } finally {
    api.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
