// Secrets that are bindings to a Secrets Store, as Miniflare simulates one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { callEdge, presign, ready } from "../support/stack.mjs";

const key = "users/e2e/a";
const names = Object.keys(secrets);
const bound = {
  vars,
  kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
  secrets_store_secrets: names.map((binding) => ({
    binding,
    store_id: "store",
    secret_name: `edge_${binding.toLowerCase()}`,
  })),
};

/** A Worker all of whose secrets are in a Secrets Store, which holds these. */
async function withStored(stored, use) {
  const edge = await startEdge(bound, {});
  const put = async (name) => (await edge.secretsStore(name)).create(secrets[name]);
  try {
    for (const name of stored) await put(name);
    await use(edge, put);
  } finally {
    await edge.stop();
  }
}

test("what a Secrets Store holds signs as a secret does", async () => {
  await withStored(names, async ({ url, output }) => {
    // The first requests of an isolate come at once, and each has to wait.
    const wishes = Array.from({ length: 5 }, () =>
      presign({ operation: "GetObject", key }, { edge: url }),
    );
    for (const answer of await Promise.all(wishes)) {
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.json.url.includes(`X-Amz-Credential=${ready.access_key_id}`));
    }
    assert.equal((await callEdge("/healthz", {}, url)).status, 200);
    assert.ok(!output().includes(ready.session_secret));
  });
});

test("one that can't be read refuses requests, is in the log, and is asked again", async () => {
  const [missing, ...stored] = names;
  await withStored(stored, async ({ url, output }, put) => {
    const refuses = async () => {
      const answer = await presign({ operation: "GetObject", key }, { edge: url });
      assert.equal(answer.status, 503, answer.text);
      assert.deepEqual(
        answer.json.faults.map((fault) => fault.path),
        [missing],
      );
    };
    await refuses();
    assert.match(output(), new RegExp(`configuration: ${missing}: .*Secrets Store`));
    await put(missing);
    await refuses();
    await setTimeout(10_500);
    const answer = await presign({ operation: "GetObject", key }, { edge: url });
    assert.equal(answer.status, 200, answer.text);
  });
});
