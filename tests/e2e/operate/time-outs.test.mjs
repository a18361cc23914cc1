// How long the Worker waits for others, by the real clock: one case for each time limit. What happens after it is
// tested elsewhere, in Workers with a faster clock.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { linkSecrets, withLinks, worker } from "../support/ledger.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const SECOND = 1000;
const request = () => ({
  operation: "GetObject",
  key: "users/e2e/file",
  one_time_key: crypto.randomUUID(),
});

/** Fails unless something takes so many seconds, and little more. */
async function takes(seconds, act) {
  const since = performance.now();
  const done = await act();
  const took = (performance.now() - since) / SECOND;
  assert.ok(took > seconds - 0.2 && took < seconds + 2.5, `${took} s instead of ${seconds}`);
  return done;
}

const workers = [];
/** A Worker whose ledger fails like this. */
async function faulty(ledger, faults) {
  const configuration = { ...withLinks({ ledger }), main: worker("faulty") };
  const edge = await startEdge(configuration, linkSecrets);
  workers.push(edge);
  const told = await fetch(`${edge.url}/faults`, { method: "PUT", body: JSON.stringify(faults) });
  assert.equal(told.status, 200);
  return edge.url;
}

/** A server that takes connections and says nothing. */
let silent, silentUrl;
before(async () => {
  silent = createServer((socket) => socket.unref().on("error", () => {}));
  await once(silent.listen(0, "127.0.0.1"), "listening");
  silentUrl = `http://127.0.0.1:${silent.address().port}`;
});
after(async () => {
  silent.close();
  await Promise.all(workers.map(({ stop }) => stop()));
});

describe("the Worker waits", { concurrency: true }, () => {
  test("12 seconds for the ledger's object", async () => {
    const edge = await faulty("durable", { object: { how: "hangs" } });
    isProblem(await takes(12, () => presign(request(), { edge })), 503, "ledger_unavailable");
  });

  test("5 seconds for KV that is a ledger by itself", async () => {
    const edge = await faulty("kv", { get: "hangs" });
    isProblem(await takes(5, () => presign(request(), { edge })), 503, "ledger_unavailable");
  });

  test("half a second for KV in front of the object", async () => {
    const edge = await faulty("layered", { get: "hangs" });
    const answer = await takes(0.5, () => presign(request(), { edge }));
    assert.equal(answer.status, 200, answer.text);
  });

  test("5 seconds for a key set", async () => {
    const ISSUERS = [
      {
        issuer: ready.issuer,
        audience: ready.audience,
        algorithms: ["RS256"],
        jwks_url: `${silentUrl}/jwks.json`,
      },
    ];
    const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
    const edge = await startEdge({ vars: { ...vars, ISSUERS }, kv_namespaces }, secrets);
    workers.push(edge);
    const header = { alg: "RS256", typ: "JWT", kid: "unknown" };
    const bearer = token({}, { header });
    const ask = () => presign(request(), { edge: edge.url, bearer });
    isProblem(await takes(5, ask), 503, "keys_unavailable");
  });

  test("20 seconds for a store", async () => {
    const photos = { ...vars.STORES[ready.store_name], endpoint: silentUrl };
    const RULES = [{ ...vars.RULES[0], allow: ["CreateMultipartUpload"] }];
    const configured = { ...vars, STORES: { [ready.store_name]: photos }, RULES };
    const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
    const edge = await startEdge({ vars: configured, kv_namespaces }, secrets);
    workers.push(edge);
    const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
    const body = JSON.stringify({ key: "users/e2e/large" });
    const ask = () => callEdge("/v1/multipart", { method: "POST", headers, body }, edge.url);
    isProblem(await takes(20, ask), 503, "store_unavailable");
  });
});
