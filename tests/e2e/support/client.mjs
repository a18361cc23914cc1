// The browser client, built from its sources, and a Worker that serves it to a browser.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../../clients/js/build.mjs";
import { startEdge, vars } from "./edge.mjs";
import { linkSecrets } from "./ledger.mjs";
import { follow, presigned, ready, token } from "./stack.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The package as whoever installs it finds it: its folder, and a function that removes it. */
export async function installedClient() {
  const folder = await mkdtemp(join(tmpdir(), "client-"));
  const installed = join(folder, "node_modules/edge-signer-client");
  await mkdir(installed, { recursive: true });
  await copyFile(join(root, "clients/js/package.json"), join(installed, "package.json"));
  await build(join(installed, "dist"));
  return { folder, installed, remove: () => rm(folder, { recursive: true, force: true }) };
}

const RULE = {
  name: "members keep their own files",
  when: { role: "member" },
  allow: [
    "GetObject",
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
  ],
  stores: [ready.store_name],
  keys: ["users/{sub}/**"],
  delivery: ["url", "redirect", "stream"],
  max_uses: 10,
};

/** Wrangler's configuration of a Worker that serves a folder: an example's, or the client. */
export const serving = (directory, changed = {}) => ({
  assets: { directory },
  kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
  durable_objects: { bindings: [{ name: "LEDGER", class_name: "LedgerObject" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["LedgerObject"] }],
  vars: {
    ...vars,
    RULES: [RULE],
    LINKS: { keys: ["LINK_KEY"] },
    ONE_TIME: { ledger: "layered" },
    DEVELOPMENT: true,
    ...changed,
  },
});

/**
 * Starts a Worker with the client at /edge-signer/index.js and an empty page that calls it; `changed` are variables,
 * `more` is wrangler's configuration besides.
 */
export async function startEdgeWithClient(
  { folder, installed },
  changed,
  { secrets, ...more } = {},
) {
  const assets = join(folder, "assets");
  await mkdir(join(assets, "edge-signer"), { recursive: true });
  await copyFile(join(installed, "dist/index.js"), join(assets, "edge-signer/index.js"));
  await copyFile(join(root, "tests/e2e/support/client-harness.js"), join(assets, "harness.js"));
  const head = '<link rel="icon" href="data:,"><script type="module" src="/harness.js"></script>';
  await writeFile(join(assets, "index.html"), `<!doctype html><title>empty</title>${head}`);
  return startEdge({ ...serving(assets, changed), ...more }, { ...linkSecrets, ...secrets });
}

/** A page of that Worker, in a browser profile of its own, for `use`. The browser may complain of failed calls alone. */
export async function withPage(browser, url, use) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const complaints = [];
    page.on("console", (message) => complaints.push(message.text()));
    await openPage(page, url);
    await use(page);
    const expected = /^Failed to load resource|blocked by CORS policy/;
    assert.deepEqual(
      complaints.filter((text) => !expected.test(text)),
      [],
    );
  } finally {
    await context.close();
  }
}

/** Opens the page, or loads it anew. */
export async function openPage(page, url) {
  await page.goto(`${url}/`);
  await page.waitForFunction(() => "harness" in window);
}

export const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What the store holds under a key, read by its owner. */
export async function stored(key, sub = "e2e") {
  const bearer = token({ sub });
  const response = await follow(await presigned({ operation: "GetObject", key }, { bearer }));
  assert.equal(response.status, 200, await response.clone().text());
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, type: response.headers.get("content-type") };
}
