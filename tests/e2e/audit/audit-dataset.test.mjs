// Decisions in an Analytics Engine dataset. Wrangler's local one keeps nothing, so a stand-in takes its place, which
// prints what it receives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { secrets, vars } from "../support/edge.mjs";
import { DECISION, decisionsOf, linesOf, until } from "../support/log.mjs";
import { withStandIns } from "../support/stand-in.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];

/** Starts a Worker with a dataset whose `writeDataPoint` is this function's text. */
function withDataset(writeDataPoint, configured, use) {
  const DECISIONS = `{ writeDataPoint: ${writeDataPoint} }`;
  return withStandIns({ DECISIONS }, { vars: configured, kv_namespaces }, secrets, use);
}

const printing = `(point) => console.log(JSON.stringify({ event: "point", ...point }))`;
const member = vars.RULES[0];

test("every decision is a point of the dataset, in the documented order", async () => {
  const AUDIT = { keys: true };
  await withDataset(printing, { ...vars, AUDIT }, async (edge, output) => {
    const request = { operation: "GetObject", key: "users/e2e/ü", one_time_key: "x" };
    const allowed = await presign(request, { edge });
    assert.equal(allowed.status, 200, allowed.text);
    await presign(request, { edge });
    await presign({ ...request, key: "users/other/a" }, { edge });
    await presign(request, { edge, bearer: token({ exp: 0 }) });
    const points = await until(() => {
      const found = linesOf(output(), "point");
      return found.length >= 4 && found;
    });
    const lines = decisionsOf(output());
    assert.equal(points.length, 4);
    assert.deepEqual(
      lines.map(({ outcome }) => outcome),
      ["allowed", "one_time_key_used", "not_allowed", "session_invalid"],
    );
    for (const [index, { event: _, ...point }] of points.entries()) {
      assert.deepEqual(Object.keys(point).sort(), ["blobs", "doubles", "indexes"]);
      assert.deepEqual(point.doubles, [1]);
      assert.deepEqual(point.indexes, [lines[index].store ?? ""]);
      // A field that the line leaves out is an empty blob.
      assert.deepEqual(
        point.blobs,
        DECISION.map((name) => lines[index][name] ?? ""),
      );
    }
    const [first] = points;
    const value = Object.fromEntries(DECISION.map((name, index) => [name, first.blobs[index]]));
    assert.equal(value.issuer, ready.issuer);
    assert.equal(value.subject, "e2e");
    assert.equal(value.operation, "GetObject");
    assert.equal(value.key, "users/e2e/ü");
    assert.equal(value.rule, member.name);
    assert.equal(value.expires_at, allowed.json.expires_at);
    assert.match(value.one_time_id, /^[0-9a-f]{64}$/);
    // Analytics Engine takes up to 20 blobs, of 16 KB together, and an index of 96 bytes.
    assert.ok(first.blobs.length <= 20);
  });
});

test("a store's long name is cut to what an index holds", async () => {
  const name = "s".repeat(100);
  const [store] = Object.values(vars.STORES);
  const configured = { ...vars, STORES: { [name]: store }, RULES: [{ ...member, stores: [name] }] };
  await withDataset(printing, configured, async (edge, output) => {
    const answer = await presign({ operation: "GetObject", key: "users/e2e/a" }, { edge });
    assert.equal(answer.status, 200, answer.text);
    const [point] = await until(() => {
      const found = linesOf(output(), "point");
      return found.length > 0 && found;
    });
    assert.deepEqual(point.indexes, [name.slice(0, 24)]);
    assert.equal(point.blobs[DECISION.indexOf("store")], name);
  });
});

test("a dataset that takes nothing stands in nobody's way", async () => {
  const failing = `() => { throw new Error("the test says so"); }`;
  await withDataset(failing, vars, async (edge, output) => {
    for (const key of ["users/e2e/a", "users/e2e/b"]) {
      const answer = await presign({ operation: "GetObject", key }, { edge });
      assert.equal(answer.status, 200, answer.text);
    }
    assert.equal((await callEdge("/v1/presign", {}, edge)).status, 401);
    // The lines are on the console too.
    await until(() => decisionsOf(output()).length === 3);
  });
});
