// Rate limits, by workerd's bindings and by the ledger's objects.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { Client, linkSecrets, tally, withLinks } from "../support/ledger.mjs";
import { callEdge, presign, token } from "../support/stack.mjs";

const wish = { operation: "GetObject", key: "users/e2e/a" };
const kv = [{ binding: "ONE_TIME_KV", id: "test" }];
const limiter = (name, limit, period = 60) => ({
  name,
  namespace_id: `of ${name}`,
  simple: { limit, period },
});

/** Waits until a period has begun a moment ago, so that what follows is within one. */
async function withinOnePeriod(seconds) {
  const left = seconds * 1000 - (Date.now() % (seconds * 1000));
  if (left < 8_000) await sleep(left + 100);
}

/** A refusal's limit, once it is sure that it is one. */
function refused({ status, json, headers }, least = 1, most = 60) {
  assert.equal(status, 429);
  assert.equal(json.code, "rate_limited");
  const seconds = Number(headers.get("retry-after"));
  assert.ok(seconds >= least && seconds <= most, headers.get("retry-after"));
  return json.limit;
}

describe("a binding", () => {
  test("named LIMITER counts what a subject asks, on every route", async () => {
    const configuration = { vars, kv_namespaces: kv, ratelimits: [limiter("LIMITER", 3)] };
    await withEdge(configuration, secrets, async (edge) => {
      await withinOnePeriod(60);
      for (let n = 0; n < 3; n += 1) assert.equal((await presign(wish, { edge })).status, 200);
      assert.equal(refused(await presign(wish, { edge }), 60), "subject");
      const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
      const body = JSON.stringify({ requests: [wish] });
      const batch = await callEdge("/v1/presign/batch", { method: "POST", headers, body }, edge);
      assert.equal(refused(batch, 60), "subject");
      const bob = await presign(
        { ...wish, key: "users/bob/a" },
        { edge, bearer: token({ sub: "bob" }) },
      );
      assert.equal(bob.status, 200);
      assert.equal((await callEdge("/healthz", {}, edge)).status, 200);
    });
  });

  test("counts a network before a token is looked at", async () => {
    const RATE_LIMITS = { network: { binding: "NETWORKS", period: 10 } };
    const configuration = {
      vars: { ...vars, RATE_LIMITS },
      kv_namespaces: kv,
      ratelimits: [limiter("NETWORKS", 2, 10)],
    };
    await withEdge(configuration, secrets, async (edge) => {
      await withinOnePeriod(10);
      for (let n = 0; n < 2; n += 1) {
        assert.equal((await presign(wish, { edge, bearer: "forged" })).status, 401);
      }
      assert.equal(refused(await presign(wish, { edge, bearer: "forged" }), 10, 10), "network");
      assert.equal(refused(await presign(wish, { edge }), 10, 10), "network");
    });
  });

  test("that throws, or says something else, refuses", async () => {
    for (const limit of ["throw new Error('the limiter is broken')", "return {}", "return 7"]) {
      const contents = `
        import Edge from "./index.js";
        export * from "./index.js";
        const LIMITER = { async limit() { ${limit}; } };
        export default {
          fetch: (request, env, context) => Edge.fetch(request, { ...env, LIMITER }, context),
        };`;
      const main = { path: "build/broken-limiter.mjs", contents };
      await withEdge({ vars, kv_namespaces: kv, main }, secrets, async (edge, output) => {
        const answer = await presign(wish, { edge });
        assert.equal(answer.status, 503, answer.text);
        assert.equal(answer.json.code, "limiter_unavailable");
        assert.equal(answer.headers.get("retry-after"), "1");
        assert.ok(!answer.text.includes("broken"));
        if (limit.startsWith("throw")) assert.match(output(), /the limiter is broken/);
      });
    }
  });

  test("that isn't there is a fault", async () => {
    const RATE_LIMITS = { subject: { binding: "SUBJECTS" } };
    const configuration = { vars: { ...vars, RATE_LIMITS }, kv_namespaces: kv };
    await withEdge(configuration, secrets, async (edge) => {
      const { status, json } = await callEdge("/healthz", {}, edge);
      assert.equal(status, 503);
      assert.deepEqual(
        json.faults.map(({ path }) => path),
        ["SUBJECTS"],
      );
    });
  });
});

describe("the ledger", () => {
  for (const ledger of ["durable", "layered"]) {
    test(`${ledger}: of 300 requests at once exactly as many pass as may`, async () => {
      const configuration = withLinks({ ledger });
      configuration.vars.RATE_LIMITS = { subject: { limit: 40, period: 60 } };
      await withEdge(configuration, linkSecrets, async (edge) => {
        await withinOnePeriod(60);
        const client = new Client(edge);
        const ask = () => client.post("/v1/presign", wish);
        const answers = await Promise.all(Array.from({ length: 300 }, ask));
        assert.deepEqual(tally(answers), { 200: 40, "429 rate_limited": 260 });
        client.close();
      });
    });
  }

  test("a link that is tried too often keeps its uses", async () => {
    const configuration = withLinks({ ledger: "durable" });
    configuration.vars.RATE_LIMITS = { link: { limit: 2, period: 10 } };
    await withEdge(configuration, linkSecrets, async (edge) => {
      const client = new Client(edge);
      const link = await client.link({ uses: 10 });
      await withinOnePeriod(10);
      const answers = await Promise.all(Array.from({ length: 6 }, () => client.redeem(link)));
      assert.deepEqual(tally(answers), { 302: 2, "429 rate_limited": 4 });
      assert.equal((await client.status(link)).left, 8);
      client.close();
    });
  });
});
