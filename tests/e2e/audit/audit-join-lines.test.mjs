// A log with many lines, each of a real request: the join finds exactly the replays among them. AUDIT_LINES=1000000
// makes a million lines; docs/audit.md says how long that takes.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { after, before, test } from "node:test";
import { LoggedStore } from "../support/logged-store.mjs";
import { until } from "../support/log.mjs";
import { numbers, plan } from "../support/many-uses.mjs";
import { revoke } from "../support/operator.mjs";
import { callEdge, freshKey, ready, token } from "../support/stack.mjs";

const LINES = Number(process.env.AUDIT_LINES ?? 4000);
/** Of so many lines one URL is given out. */
const URLS = Math.max(120, Math.floor(LINES / 25));
const BATCH = 1000;
const OBJECTS = 20;
const BYTES = 600;
/** So many requests of somebody who has the store's key. */
const STOLEN = 7;
const WIDTH = 16;

const RULES = [
  {
    name: "members",
    when: { role: "member" },
    allow: ["GetObject", "HeadObject", "PutObject"],
    stores: [ready.store_name],
    keys: ["users/{sub}/**"],
    max_expires: 3600,
  },
];
/** As Cloudflare would say. */
const here = { "cf-connecting-ip": "127.0.0.7" };
const random = numbers(2463534242);
const tagOf = (url) => new URL(url).searchParams.get("x-edge");

let store;
const agents = Object.fromEntries(
  ["127.0.0.1", "127.9.0.1"].map((localAddress) => [
    localAddress,
    new Agent({ keepAlive: true, maxSockets: WIDTH, localAddress }),
  ]),
);
before(async () => {
  store = await LoggedStore.start(RULES);
});
after(async () => {
  for (const agent of Object.values(agents)) agent.destroy();
  await store?.stop();
});

async function post(path, body, bearer = token()) {
  const authorization = `Bearer ${bearer}`;
  const headers = { ...here, authorization, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await callEdge(path, init, store.edge);
  assert.equal(answer.status, 200, answer.text.slice(0, 1000));
  return answer.json;
}

/** Asks the store, on a connection that is kept: the status. */
async function ask(url, { method = "GET", headers = {}, from = "127.0.0.1" }) {
  const sent = request(url, { method, headers, agent: agents[from] });
  sent.end();
  const [answer] = await once(sent, "response");
  answer.resume();
  await once(answer, "end");
  return answer.statusCode;
}

/** How a use is made, and what the store says to it. */
const USES = {
  whole: (url) => [url, {}, 200],
  look: (url) => [url, { method: "HEAD" }, 200],
  part: (url) => [url, { headers: { range: `bytes=${random(9)}-${100 + random(400)}` } }, 206],
  "part elsewhere": (url) => [url, { headers: { range: "bytes=0-9" }, from: "127.9.0.1" }, 206],
  changed: (url) => [url.replace(tagOf(url), "AAECAwQFBgcICQoLDA0ODxAR"), {}, 403],
};

/** Does all of it, many at a time. */
async function doAll(work) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < work.length; index = next++) {
      const { url, use } = work[index];
      const [target, options, expected] = USES[use](url);
      assert.equal(await ask(target, options), expected, `${use} ${target}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** URLs of these kinds, in their order. */
async function signAll(kinds, keys, jti) {
  const urls = new Array(kinds.length);
  const places = { revoked: [], others: [] };
  for (const [index, kind] of kinds.entries())
    places[kind === "revoked" ? "revoked" : "others"].push(index);
  for (const [whose, all] of Object.entries(places)) {
    const bearer = token(whose === "revoked" ? { jti, exp: later() } : { exp: later() });
    for (let from = 0; from < all.length; from += BATCH) {
      const some = all.slice(from, from + BATCH);
      const requests = some.map((index) => ({
        operation: kinds[index] === "looked at" ? "HeadObject" : "GetObject",
        key: keys[random(keys.length)],
        expires_in: 3600,
        ...(kinds[index] === "of a window" && { cacheable: true }),
      }));
      const { results } = await post("/v1/presign/batch", { requests }, bearer);
      for (const [at, index] of some.entries()) urls[index] = results[at].url;
    }
  }
  return urls;
}

const later = () => Math.floor(Date.now() / 1000) + 7200;

test(`of ${LINES.toLocaleString("en")} lines each replay is found, and none else`, async () => {
  const keys = Array.from({ length: OBJECTS }, (_, index) => freshKey(`${index}.bin`));
  for (const key of keys) {
    const put = await post("/v1/presign", { operation: "PutObject", key });
    assert.equal((await store.send(put, { body: "x".repeat(BYTES) })).status, 200);
  }
  const { kinds, all } = plan(LINES - OBJECTS - STOLEN, URLS, random);
  const jti = crypto.randomUUID();
  const urls = await signAll(kinds, keys, jti);
  await revoke({ token_id: jti }, store.edge);
  await new Promise((done) => setTimeout(done, 1100));

  const began = Date.now();
  await doAll(all.map(({ url, use }) => ({ url: urls[url], use })));
  for (let times = 0; times < STOLEN; times++) {
    const stolen = await store.signedElsewhere(keys[times % keys.length]);
    assert.equal(await ask(stolen, {}), 200);
  }
  const seconds = (Date.now() - began) / 1000;

  const last = tagOf(urls.findLast((_, index) => kinds[index] !== "of a window"));
  await until(() => store.lines().includes(last));
  const { report, measured } = await store.measuredJoin();
  const requests = `${LINES.toLocaleString("en")} requests of ${URLS.toLocaleString("en")} URLs`;
  console.log(`measured: ${requests} in ${seconds.toFixed(0)} s; ${measured}`);
  const tags = (kind) => urls.filter((_, index) => kinds[index] === kind).map(tagOf);
  const found = (kind) =>
    report.findings.filter((finding) => finding.kind === kind).map(({ tag }) => tag);
  const [one] = report.logs;
  assert.deepEqual(
    [one.format, one.lines, one.cut, one.garbage, one.repeated],
    ["s3", LINES, 0, 0, 0],
  );
  const made = [...tags("replayed"), ...tags("roaming")].sort();
  assert.ok(made.length >= URLS / 6 - 1, "there are replays");
  assert.deepEqual(found("replay").sort(), made);
  assert.deepEqual(found("other_network").sort(), tags("roaming").sort());
  const windows = new Set(tags("of a window"));
  const unseen = found("not_seen").filter((tag) => !windows.has(tag));
  assert.deepEqual(unseen.sort(), tags("unseen").sort());
  assert.deepEqual(found("after_revocation").sort(), tags("revoked").sort());
  assert.deepEqual(
    [report.untagged, report.found.false_tag, report.found.unknown_tag],
    [STOLEN, 0, 0],
  );
  assert.equal(report.found.untagged, STOLEN);
  hasAllUses(report, urls, kinds, all);
});

/** Fails unless each URL has as many uses as were made of it, and what was changed is none of them. */
function hasAllUses(report, urls, kinds, all) {
  const expected = new Map();
  for (const { url, use } of all) {
    if (use === "changed" || kinds[url] === "of a window") continue;
    const tag = tagOf(urls[url]);
    expected.set(tag, (expected.get(tag) ?? 0) + 1);
  }
  const told = report.urls.filter(({ is_of_window, uses }) => !is_of_window && uses.length > 0);
  const uses = new Map(told.map(({ tag, uses }) => [tag, uses.length]));
  for (const [tag, count] of expected) assert.equal(uses.get(tag), count, tag);
  // The uploads of the objects.
  assert.equal(uses.size, expected.size + OBJECTS);
  const read = all.filter(({ url }) => kinds[url] === "of a window").length;
  const ofWindows = report.urls.filter(({ is_of_window }) => is_of_window);
  assert.equal(
    ofWindows.reduce((sum, { uses }) => sum + uses.length, 0),
    read,
  );
}
