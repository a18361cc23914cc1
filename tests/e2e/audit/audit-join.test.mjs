// What became of URLs: the Worker's lines joined with the log of a store that writes it as S3 does. The join finds
// exactly the replays that are made here.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, minted } from "../support/links.mjs";
import { LoggedStore } from "../support/logged-store.mjs";
import { until } from "../support/log.mjs";
import { revoke } from "../support/operator.mjs";
import { callEdge, freshKey, ready, token } from "../support/stack.mjs";

const RULES = [
  {
    name: "members",
    when: { role: "member" },
    allow: ["GetObject", "HeadObject", "PutObject", "ListObjectsV2"],
    stores: [ready.store_name],
    keys: ["users/{sub}/**"],
    delivery: ["url", "redirect", "stream"],
    max_uses: 5,
  },
];
/** Where the tests come from, as Cloudflare would say. */
const here = { "cf-connecting-ip": "127.0.0.7" };
const elsewhere = "127.9.0.1";
const concurrency = 1;

let store;
before(async () => {
  store = await LoggedStore.start(RULES);
});
after(() => store?.stop());

async function post(path, body, bearer = token()) {
  const headers = {
    ...here,
    authorization: `Bearer ${bearer}`,
    "content-type": "application/json",
  };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await callEdge(path, init, store.edge);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const sign = (operation, key, more, bearer) =>
  post("/v1/presign", { operation, key, ...more }, bearer);
const tagOf = ({ url }) => new URL(url).searchParams.get("x-edge");

/** The tags of all URLs that were used as they were given out. */
const used = new Set();
/** So many more are the edge's own: a look at an object that it passes on, and the object. */
const USED_BY_THE_EDGE = 2;

/** Uses a URL, which has to be answered so. */
async function uses(signed, expected, options) {
  const { status } = await store.send(signed, options);
  if (expected < 400 && tagOf(signed) !== null) used.add(tagOf(signed));
  assert.equal(status, expected, signed.url);
}

/** An object that is there, and the URL by which it came. */
async function written(name) {
  const key = freshKey(name);
  const put = await sign("PutObject", key);
  await uses(put, 200, { body: "twelve bytes" });
  return { key, put };
}

/** The tags of what was found of a kind, in order. */
const tagsOf = (report, kind) =>
  report.findings
    .filter((finding) => finding.kind === kind)
    .map(({ tag }) => tag)
    .sort();

describe("what is done with URLs is found, and nothing else", { concurrency }, () => {
  const made = {
    replay: [],
    after_revocation: [],
    after_maker_revocation: [],
    other_network: [],
    false_tag: [],
    untagged: [],
    not_seen: [],
  };

  test("objects are written, read, looked at, in ranges and in batches", async () => {
    const { key } = await written("a");
    const get = await sign("GetObject", key);
    await uses(get, 200);
    const head = await sign("HeadObject", key);
    for (let n = 0; n < 2; n++) await uses(head, 200);
    const ranged = await sign("GetObject", key);
    for (const range of ["bytes=0-3", "bytes=4-7", "bytes=8-11"])
      await uses({ ...ranged, headers: { range } }, 206);
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    await uses(await post("/v1/presign", { operation: "ListObjectsV2", prefix }), 200);
    const requests = Array.from({ length: 20 }, () => ({ operation: "GetObject", key }));
    const { results } = await post("/v1/presign/batch", { requests });
    for (const result of results) await uses(result, 200);
  });

  test("a window's URL is read again and again", async () => {
    const { key } = await written("window");
    const signed = await sign("GetObject", key, { cacheable: true, expires_in: 3600 });
    for (let n = 0; n < 5; n++) await uses(signed, 200);
  });

  test("URLs are used again, as wholes and from another network", async () => {
    const { key } = await written("replayed");
    for (let n = 0; n < 7; n++) {
      const signed = await sign("GetObject", key);
      for (let times = 0; times < 2 + (n % 3); times++) await uses(signed, 200);
      made.replay.push(tagOf(signed));
    }
    const put = await sign("PutObject", freshKey());
    for (const body of ["first", "second"]) await uses(put, 200, { body });
    const roaming = await sign("GetObject", key);
    await uses({ ...roaming, headers: { range: "bytes=0-3" } }, 206);
    await uses({ ...roaming, headers: { range: "bytes=4-7" } }, 206, { from: elsewhere });
    const passedOn = await sign("GetObject", key);
    await uses(passedOn, 200, { from: elsewhere });
    made.replay.push(tagOf(put), tagOf(roaming));
    made.other_network.push(tagOf(roaming), tagOf(passedOn));
  });

  test("a URL that was changed is refused, and its second use none", async () => {
    const { key } = await written("changed");
    const signed = await sign("GetObject", key);
    await uses(signed, 200);
    await uses({ url: signed.url.replace(/x-edge=[^&]*&/, "") }, 403);
    await uses({ url: signed.url.replace(tagOf(signed), "AAECAwQFBgcICQoLDA0ODxAR") }, 403);
    await uses({ url: signed.url.replace(key, `${key}x`) }, 403);
    await uses({ url: `${signed.url}&x-more=1` }, 403);
  });

  test("links are opened, and their bytes passed on", async () => {
    const { key } = await written("link");
    const bearer = token();
    const options = { edge: store.edge, headers: here, bearer };
    const link = await minted({ operation: "GetObject", key, uses: 3 }, options);
    for (let n = 0; n < 2; n++) {
      const { headers, status } = await call(link.url, { headers: here });
      assert.equal(status, 302);
      await uses({ url: headers.get("location") }, 200);
    }
    const streamed = await minted({ operation: "GetObject", key, delivery: "stream" }, options);
    assert.equal((await call(streamed.url, { method: "HEAD", headers: here })).status, 200);
    assert.equal((await call(streamed.url, { headers: here })).bytes.toString(), "twelve bytes");

    const last = await call(link.url, { headers: here });
    const opened = { url: last.headers.get("location") };
    const authorization = `Bearer ${bearer}`;
    const id = `/v1/links/${link.id}`;
    const revoked = await callEdge(
      id,
      { method: "DELETE", headers: { authorization } },
      store.edge,
    );
    assert.equal(revoked.status, 204);
    await new Promise((done) => setTimeout(done, 1100));
    await uses(opened, 200);
    made.after_revocation.push(tagOf(opened));
  });

  test("a URL is used after its session was revoked", async () => {
    const { key } = await written("session");
    const [jti, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const signed = await sign("GetObject", key, {}, token({ jti }));
    const kept = await sign("GetObject", key, {}, token({ jti: other }));
    await revoke({ token_id: jti }, store.edge);
    await new Promise((done) => setTimeout(done, 1100));
    for (const one of [signed, kept]) await uses(one, 200);
    made.after_revocation.push(tagOf(signed));
  });

  test("a link's URL is used after the link's maker was revoked", async () => {
    const sub = `maker-${crypto.randomUUID()}`;
    const [key, bearer] = [freshKey("made", sub), token({ sub })];
    await uses(await sign("PutObject", key, {}, bearer), 200, { body: "twelve bytes" });
    const options = { edge: store.edge, headers: here, bearer };
    const link = await minted({ operation: "GetObject", key, uses: 2 }, options);
    const { headers } = await call(link.url, { headers: here });
    const opened = { url: headers.get("location") };
    await revoke({ subject: sub }, store.edge);
    await new Promise((done) => setTimeout(done, 1100));
    assert.equal((await call(link.url, { headers: here })).status, 410);
    await uses(opened, 200);
    made.after_maker_revocation.push(tagOf(opened));
  });

  test("somebody else signs with the store's key", async () => {
    const { key } = await written("elsewhere");
    await uses({ url: await store.signedElsewhere(key) }, 200);
    made.untagged.push(null);
  });

  test("some URLs are never seen, and a form has no tag", async () => {
    for (let n = 0; n < 3; n++) made.not_seen.push(tagOf(await sign("GetObject", freshKey())));
    const form = await post("/v1/forms", { key: freshKey() });
    assert.ok(!JSON.stringify(form).includes("x-edge"));
  });

  test("the join says so", async () => {
    const last = made.not_seen.at(-1);
    await until(() => store.lines().includes(last));
    const { report, status, table } = await store.join();
    for (const [kind, tags] of Object.entries(made)) {
      assert.deepEqual(tagsOf(report, kind), tags.toSorted(), kind);
      assert.equal(report.found[kind], tags.length, kind);
    }
    assert.deepEqual([report.found.unknown_tag, report.found.repeated], [0, 0]);
    assert.equal(status, 1, "something stands out");
    const seen = report.urls.filter((url) => url.uses.length > 0);
    assert.equal(seen.length, used.size + USED_BY_THE_EDGE);
    for (const { given_to, via, networks } of seen) {
      if (via === undefined) assert.equal(given_to, "127.0.0.0/24");
      assert.ok(networks.every(({ network }) => /^127\.[09]\.0\.0\/24$/.test(network)));
    }
    const whole = seen.find(({ tag }) => tag === made.replay[0]);
    assert.equal(whole.bytes_sent, 12 * whole.uses.length);
    for (const { time, status, bytes, address } of whole.uses) {
      assert.ok(Date.parse(time) <= Date.now());
      assert.deepEqual([status, bytes, address], [200, 12, "127.0.0.1"]);
    }
    assert.deepEqual(report.replays.toSorted(), made.replay.toSorted());
    assert.deepEqual([report.untagged, report.unseen], [1, 3]);
    const log = await store.log();
    const [one] = report.logs;
    const lines = log.trimEnd().split("\n").length;
    assert.deepEqual([one.format, one.lines, one.cut, one.garbage], ["s3", lines, 0, 0]);
    // Nothing that grants access leaves the log.
    assert.ok(log.includes("X-Amz-Signature"));
    for (const text of [JSON.stringify(report), table]) assert.ok(!text.includes("X-Amz-"));
    assert.match(table, /used again \(replay\): 9/);
    assert.match(table, /given out and not seen in these logs: 3/);
  });
});
