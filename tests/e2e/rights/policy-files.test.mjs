// policy.toml, stores.toml and issuers.toml: these files are bundled with the Worker and work like variables, whatever
// their size.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, presign, ready } from "../support/stack.mjs";
import { issueToken } from "../support/token.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "policy-files-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The bundle with these files in it, as `cargo xtask build` makes it. */
async function bundleWith(files) {
  const json = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(json, JSON.stringify(files));
  const { outputFiles } = await build({
    entryPoints: [join(root, "src/edge/worker.mjs")],
    bundle: true,
    format: "esm",
    write: false,
    external: ["cloudflare:*", "./index_bg.wasm"],
    alias: { "#bindgen": join(root, "build/bindgen/index.js"), "#files": json },
  });
  return { path: "build/with-files.js", contents: outputFiles[0].text };
}

const bearer = issueToken(
  {
    iss: ready.issuer,
    aud: ready.audience,
    sub: "e2e",
    role: "member",
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 600,
  },
  { secret: ready.session_secret },
);

/** 400 rules, each for a folder of its own. */
const rules = Array.from({ length: 400 }, (_, index) => ({
  name: `folder ${index}`,
  when: { role: "member" },
  allow: ["GetObject"],
  stores: [ready.store_name],
  keys: [`folders/${index}/**`],
  max_expires: 300,
}));

const { STORES, ISSUERS, RULES, ...others } = vars;
const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "one-time" }];

test("the last of 400 rules decides, with stores and issuers out of files too", async () => {
  assert.ok(JSON.stringify(rules).length > 5 * 1024, "they would fit into a variable");
  const main = await bundleWith({
    "policy.toml": { RULES: rules },
    "stores.toml": { STORES },
    "issuers.toml": { ISSUERS },
  });
  await withEdge({ main, vars: others, kv_namespaces }, secrets, async (edge) => {
    const get = (key) => presign({ operation: "GetObject", key }, { edge, bearer });
    const last = await get("folders/399/a");
    assert.equal(last.status, 200, last.text);
    isProblem(await get("folders/400/a"), 403, "not_allowed");
  });
});

test("a variable and its file at once are a fault, and nothing is signed", async () => {
  const main = await bundleWith({ "policy.toml": { RULES: rules } });
  const configuration = { main, vars: { ...others, STORES, ISSUERS, RULES }, kv_namespaces };
  await withEdge(configuration, secrets, async (edge) => {
    const { status, json } = await callEdge("/healthz", {}, edge);
    assert.equal(status, 503);
    assert.deepEqual(
      json.faults.map(({ path }) => path),
      ["RULES"],
    );
    assert.match(json.faults[0].detail, /policy\.toml/);
    const refused = await presign({ operation: "GetObject", key: "folders/1/a" }, { edge, bearer });
    assert.equal(refused.status, 503);
  });
});
