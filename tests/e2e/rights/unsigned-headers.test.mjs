// Stores that aren't known to refuse unsigned headers: the operations for which no URL is signed, and the ways out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, follow, freshKey, presign, presigned, ready } from "../support/stack.mjs";

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
const store = vars.STORES[ready.store_name];
const { unsigned_headers_refused, ...others } = store.features;

test("no upload's URL is signed, reads go on, and the store is named", async () => {
  const STORES = {
    [ready.store_name]: { ...store, provider: "minio", features: others },
    writing: { ...store, features: others, write_credentials: "UPLOADS" },
    claimed: { ...store, features: { ...others, unsigned_headers_refused } },
  };
  const RULES = [{ ...vars.RULES[0], stores: Object.keys(STORES) }];
  const all = {
    ...secrets,
    UPLOADS_ACCESS_KEY_ID: ready.access_key_id,
    UPLOADS_SECRET_ACCESS_KEY: ready.secret_access_key,
  };
  await withEdge({ vars: { ...vars, STORES, RULES }, kv_namespaces }, all, async (edge, output) => {
    const key = freshKey();
    const put = (name) => ({ store: name, operation: "PutObject", key });
    const problem = isProblem(
      await presign(put(ready.store_name), { edge }),
      422,
      "unsupported_by_store",
    );
    assert.equal(problem.feature, "unsigned_headers_refused");
    assert.match(problem.detail, /write_credentials.*\/v1\/forms.*stream.*features/);
    for (const name of ["writing", "claimed"]) {
      const answer = await presigned(put(name), { edge });
      assert.equal((await follow(answer, { body: name })).status, 200, name);
      const read = await presigned(
        { store: ready.store_name, operation: "GetObject", key },
        { edge },
      );
      assert.equal(await (await follow(read)).text(), name);
    }
    const health = await callEdge("/healthz", {}, edge);
    assert.equal(health.status, 200, health.text);
    const path = `STORES.${ready.store_name}.features`;
    assert.deepEqual(
      health.json.warnings.map((warning) => warning.path),
      [path],
    );
    assert.deepEqual(health.json.stores.writing.write_credentials, {
      configured: ["UPLOADS"],
      in_use: "UPLOADS",
    });
    assert.ok(output().includes(`configuration: ${path}: No URL is signed for PutObject`));
  });
});

test("a store refuses a header that nobody signed where its configuration says so", async () => {
  const answer = await presigned({ operation: "PutObject", key: freshKey() });
  const headers = { ...answer.headers, "x-amz-meta-added": "a" };
  const response = await fetch(answer.url, { method: "PUT", headers, body: "hello" });
  assert.equal(response.status, 403, await response.text());
});
