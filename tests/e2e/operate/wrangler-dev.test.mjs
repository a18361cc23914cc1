// `npx wrangler dev` with the repository's own wrangler.toml: the Worker reads the names in it, and its KV and objects
// keep what was spent.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isProblem } from "../support/refusal.mjs";
import { decisionsOf, until } from "../support/log.mjs";
import { callEdge, presign } from "../support/stack.mjs";
import { issueToken } from "../support/token.mjs";
import { copyConfiguration, wranglerDev } from "../support/wrangler.mjs";

const secret = "s".repeat(32);
const secrets = {
  // The credentials of AWS's documentation.
  PHOTOS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  PHOTOS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  SESSION_SECRET: secret,
};

/** wrangler.toml as it is, but that nothing is built, with these secrets. */
async function folderWith(secrets) {
  const folder = await mkdtemp(join(tmpdir(), "wrangler-"));
  await copyConfiguration(folder);
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(folder, ".dev.vars"), lines.join(""));
  return folder;
}

let folder, dev;
before(async () => {
  folder = await folderWith(secrets);
  dev = await wranglerDev(folder, "wrangler.toml");
});
after(async () => {
  await dev?.stop();
  await rm(folder, { recursive: true, force: true });
});

const bearer = () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://app.example.com", aud: "edge-signer", sub: "e2e", role: "member" };
  return issueToken({ ...claims, iat: now, exp: now + 600 }, { secret });
};

test("wrangler.toml is whole but for the secrets", async () => {
  const { status, json } = await callEdge("/healthz", {}, dev.url);
  assert.deepEqual([status, json.status], [200, "ok"]);
});

test("a one-time key is spent once, in the ledger that wrangler.toml binds", async () => {
  const request = { operation: "GetObject", key: "users/e2e/a", one_time_key: crypto.randomUUID() };
  const first = await presign(request, { edge: dev.url, bearer: bearer() });
  assert.equal(first.status, 200, first.text);
  assert.match(
    first.json.url,
    /^https:\/\/my-photos\.s3\.eu-central-1\.amazonaws\.com\/users\/e2e\/a\?/,
  );
  isProblem(await presign(request, { edge: dev.url, bearer: bearer() }), 409, "one_time_key_used");
  const lines = await until(() => {
    const found = decisionsOf(dev.output());
    return found.length === 2 && found;
  });
  assert.deepEqual(
    lines.map(({ outcome }) => outcome),
    ["allowed", "one_time_key_used"],
  );
});

test("a secret that isn't there is named", async () => {
  const { SESSION_SECRET: _, ...rest } = secrets;
  const other = await folderWith(rest);
  const without = await wranglerDev(other, "wrangler.toml");
  try {
    const { status, text } = await callEdge("/healthz", {}, without.url);
    assert.equal(status, 503);
    assert.match(text, /SESSION_SECRET/);
    await until(() => /configuration: SESSION_SECRET/.test(without.output()));
  } finally {
    await without.stop();
    await rm(other, { recursive: true, force: true });
  }
});

test("the queue of a store's events is taken from, as wrangler.toml has it", async () => {
  const other = await folderWith(secrets);
  const file = join(other, "wrangler.toml");
  const text = await readFile(file, "utf8");
  const block = /^# \[\[queues\.consumers\]\]\n(?:# \w+ = .+\n)+/m;
  const [, bundle] = text.match(/^main = (".+")$/m);
  assert.match(text, block);
  const taken = text
    .replace(block, (lines) => lines.replaceAll("# ", ""))
    .replace(/^main = .+$/m, 'main = "around.mjs"');
  const producer = '[[queues.producers]]\nbinding = "TOLD"\nqueue = "store-events"\n';
  await writeFile(file, `${taken}\n${producer}`);
  const around = `import Edge from ${bundle};
export * from ${bundle};
export default {
  ...Edge,
  async fetch(request, env, context) {
    if (request.method !== "PUT") return Edge.fetch(request, env, context);
    await env.TOLD.send(await request.json());
    return new Response();
  },
};`;
  await writeFile(join(other, "around.mjs"), around);
  const queued = await wranglerDev(other, "wrangler.toml");
  try {
    const object = { key: "inbox/x", size: 1, eTag: "x" };
    const message = JSON.stringify({ action: "PutObject", bucket: "my-photos", object });
    assert.equal((await fetch(queued.url, { method: "PUT", body: message })).status, 200);
    const line = await until(() =>
      queued
        .output()
        .split("\n")
        .find((line) => line.includes('"store_events"')),
    );
    const { queue, messages, events, uploads, again } = JSON.parse(line.slice(line.indexOf("{")));
    assert.deepEqual([queue, messages, events, uploads, again], ["store-events", 1, 1, 0, 0]);
  } finally {
    await queued.stop();
    await rm(other, { recursive: true, force: true });
  }
});
