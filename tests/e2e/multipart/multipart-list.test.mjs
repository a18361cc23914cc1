// The list of an upload's parts at a store with many pages: how many calls one request costs, and that they end with
// the request.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";
import { callEdge, freshKey, ready, token } from "../support/stack.mjs";

let store, edge;
before(async () => {
  store = await StandInStore.start();
  const allow = ["ListParts"];
  const rule = { name: "members", when: { role: "member" }, stores: [ready.store_name], allow };
  const RULES = [{ ...rule, keys: ["users/{sub}/**"] }];
  const main = "tests/e2e/support/lingering-worker.mjs";
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const configuration = store.asStoreOf({ vars: { ...vars, RULES }, kv_namespaces, main });
  edge = await startEdge(configuration, secrets);
});
after(async () => {
  await edge?.stop();
  store?.stop();
});

/** The page behind that number, full, of a list that goes on. */
function pageBehind(marker) {
  const part = (_, index) =>
    `<Part><PartNumber>${marker + 1 + index}</PartNumber><ETag>&quot;a&quot;</ETag><Size>5</Size></Part>`;
  const parts = Array.from({ length: 1000 }, part).join("");
  return `<ListPartsResult><MaxParts>1000</MaxParts><IsTruncated>true</IsTruncated>${parts}</ListPartsResult>`;
}

let pause = 0;
beforeEach(() => {
  store.requests = [];
  store.answer = async (request, response) => {
    const { searchParams } = new URL(request.url, store.url);
    await sleep(pause);
    response.end(pageBehind(Number(searchParams.get("part-number-marker"))));
  };
});

const list = (fields, init) =>
  callEdge(
    "/v1/multipart/list",
    {
      method: "POST",
      headers: { authorization: `Bearer ${token()}`, "content-type": "application/json" },
      body: JSON.stringify({ key: freshKey(), upload_id: "u", ...fields }),
      ...init,
    },
    edge.url,
  );
const linesOf = (output) => output.split("\n").filter((line) => line.includes('"ListParts"'));

test("all parts are listed in ten calls and one line", async () => {
  const before = linesOf(edge.output()).length;
  const { status, json } = await list({});
  assert.deepEqual([status, json.parts.length, store.requests.length], [200, 10_000, 10]);
  assert.equal(linesOf(edge.output()).length - before, 1);
});

test("whoever asks has no say in how many calls it takes", async () => {
  const { status, json } = await list({ max_parts: 1 });
  assert.deepEqual([status, json.code, store.requests.length], [400, "unknown_field", 0]);
});

test("no further page is asked for when the client has hung up", async () => {
  pause = 300;
  const { hostname, port } = new URL(edge.url);
  const body = JSON.stringify({ key: freshKey(), upload_id: "u" });
  const head = [
    "POST /v1/multipart/list HTTP/1.1",
    `host: ${hostname}`,
    `authorization: Bearer ${token()}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  const client = connect(port, hostname);
  client.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  while (store.requests.length < 2) await sleep(20);
  client.resetAndDestroy();
  // Eight more would take another two and a half seconds.
  await sleep(3000);
  pause = 0;
  assert.ok(store.requests.length <= 3, `${store.requests.length} calls`);
  assert.match(linesOf(edge.output()).at(-1), /"outcome":"store_unavailable"/);
});
