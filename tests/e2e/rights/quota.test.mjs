// Quotas of rules, in workerd: races for what is left, and what comes of it when the store is asked.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge, vars, withEdge } from "../support/edge.mjs";
import { kv_namespaces } from "../support/kv.mjs";
import { Client, hasUrl, linkSecrets, tally } from "../support/ledger.mjs";
import { linesOf, until } from "../support/log.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, follow, freshKey, presign, presigned, ready, token } from "../support/stack.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";

/** Seconds between a URL's end and the look at its object: half a minute for slow answers, and `settle_after`. */
const SETTLED_WITHIN = 31;

const secrets = { ...linkSecrets, ADMIN_SECRET: ready.admin_secret };

/** Wrangler's configuration of a Worker whose rule has this quota. */
const withQuota = (quota, { main, stores = {} } = {}) => ({
  ...(main === undefined ? {} : { main }),
  kv_namespaces,
  durable_objects: {
    bindings: [
      { name: "LEDGER", class_name: "LedgerObject" },
      { name: "QUOTA", class_name: "QuotaObject" },
    ],
  },
  vars: {
    ...vars,
    STORES: { ...vars.STORES, ...stores },
    ONE_TIME: { ledger: "durable" },
    QUOTAS: { settle_after: 1 },
    LINKS: { keys: ["LINK_KEY"] },
    REVOCATION: { admin_secret: "ADMIN_SECRET" },
    RULES: [
      {
        name: "members, so much",
        when: { role: "member" },
        allow: [
          ...["GetObject", "PutObject", "CreateMultipartUpload", "UploadPart", "ListParts"],
          ...["CompleteMultipartUpload", "AbortMultipartUpload"],
        ],
        stores: [ready.store_name, ...Object.keys(stores)],
        keys: ["users/{sub}/**"],
        delivery: ["url", "redirect", "stream"],
        quota,
      },
    ],
  },
});

/** A member of a name that nobody else has. */
class Member {
  #bearer;

  constructor(edge, name) {
    this.edge = edge;
    this.name = `${name}-${crypto.randomUUID()}`;
    this.#bearer = token({ sub: this.name });
  }

  key(name = "file") {
    return freshKey(name, this.name);
  }

  ask(path, method, body) {
    const headers = {
      authorization: `Bearer ${this.#bearer}`,
      "content-type": "application/json",
    };
    return callEdge(path, { method, headers, body: body && JSON.stringify(body) }, this.edge);
  }

  /** `POST`, which has to succeed. */
  async post(path, body) {
    const answer = await this.ask(path, "POST", body);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  upload(content_length, more) {
    const wish = { operation: "PutObject", key: this.key(), content_length, ...more };
    return presign(wish, { edge: this.edge, bearer: this.#bearer });
  }

  /** Bytes and objects that are used, and those that may come back. */
  async used() {
    const { status, json, text } = await this.ask("/v1/quota", "GET");
    assert.equal(status, 200, text);
    const [{ bytes, objects }] = json.quotas;
    return { bytes: bytes.used, objects: objects.used, open: bytes.reserved + objects.reserved };
  }

  /** What is used once nothing is open any more. */
  async settled() {
    const end = Date.now() + (SETTLED_WITHIN + 30) * 1000;
    for (;;) {
      const { bytes, objects, open } = await this.used();
      if (open === 0) return { bytes, objects };
      assert.ok(Date.now() < end, `${this.name} has ${open} open`);
      await sleep(500);
    }
  }
}

const ALL = { bytes: 1000, objects: 10, per: "month" };

describe("a race", () => {
  test("of 2,000 uploads for a million bytes gives none too many", async () => {
    const LIMIT = 1_000_000;
    const configuration = withQuota({ bytes: LIMIT, per: "month" });
    await withEdge(configuration, secrets, async (edge) => {
      const client = new Client(edge);
      const sizes = Array.from({ length: 2000 }, () => 1 + Math.floor(Math.random() * 2000));
      const ask = (content_length, n) =>
        client.post("/v1/presign", {
          operation: "PutObject",
          key: `users/e2e/${n}`,
          content_length,
        });
      const answers = await Promise.all(sizes.map(ask));
      client.close();

      const counts = tally(answers);
      const refused = counts["403 quota_exceeded"];
      assert.equal(counts[200] + refused, 2000, JSON.stringify(counts));
      assert.ok(refused > 500, JSON.stringify(counts));
      const granted = sizes.filter((_, n) => answers[n].status === 200);
      const sum = granted.reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(sum <= LIMIT, `${sum}`);
      const headers = { authorization: `Bearer ${token()}` };
      const [{ bytes }] = (await callEdge("/v1/quota", { headers }, edge)).json.quotas;
      assert.deepEqual(bytes, { limit: LIMIT, used: sum, reserved: sum, left: LIMIT - sum });
      // Whatever fits is still granted, to the last byte.
      const member = { edge, bearer: token() };
      const rest = { operation: "PutObject", key: "users/e2e/rest", content_length: LIMIT - sum };
      if (sum < LIMIT) await presigned(rest, member);
      const over = await presign({ ...rest, content_length: 1 }, member);
      assert.equal(over.status, 403, over.text);
      assert.equal(over.json.code, "quota_exceeded");
      assert.equal(over.json.quota.bytes_left, 0);
    });
  });
});

test("what was signed is settled by what the store has", async () => {
  const broken = await StandInStore.start();
  broken.says(500, {});
  const stores = { broken: { ...vars.STORES[ready.store_name], endpoint: broken.url } };
  try {
    await withEdge(withQuota(ALL, { stores }), secrets, async (edge) => {
      const member = (name) => new Member(edge, name);
      const cases = [
        async () => {
          const whole = member("whole");
          const { json } = await whole.upload(7, { expires_in: 2 });
          assert.equal((await follow(json, { body: "content" })).status, 200);
          assert.deepEqual(await whole.settled(), { bytes: 7, objects: 1 });
        },
        async () => {
          const nothing = member("nothing");
          await nothing.upload(700, { expires_in: 1 });
          assert.deepEqual(await nothing.used(), { bytes: 700, objects: 1, open: 701 });
          assert.equal((await nothing.upload(301)).status, 403);
          assert.deepEqual(await nothing.settled(), { bytes: 0, objects: 0 });
          assert.equal((await nothing.upload(1000)).status, 200);
        },
        async () => {
          const smaller = member("smaller");
          const wish = { key: smaller.key(), max_bytes: 900, expires_in: 2 };
          const { url, fields } = await smaller.post("/v1/forms", wish);
          const form = new FormData();
          for (const [name, value] of Object.entries(fields)) form.append(name, value);
          form.append("file", new Blob(["some text"]));
          assert.ok((await fetch(url, { method: "POST", body: form })).ok);
          assert.equal((await smaller.used()).bytes, 900);
          assert.deepEqual(await smaller.settled(), { bytes: 9, objects: 1 });
        },
        async () => {
          const unknown = member("unknown");
          await unknown.upload(70, { store: "broken", expires_in: 1 });
          assert.deepEqual(await unknown.settled(), { bytes: 70, objects: 1 });
          const [head] = broken.requests;
          assert.equal(head.method, "HEAD");
          assert.match(head.headers.authorization, /^AWS4-HMAC-SHA256 /);
        },
        async () => {
          const parts = member("parts");
          const key = parts.key();
          const { upload_id } = await parts.post("/v1/multipart", { key });
          const part = { part_number: 1, content_length: 5 };
          const wish = { key, upload_id, parts: [part] };
          await parts.post("/v1/multipart/parts", wish);
          const [signed] = (await parts.post("/v1/multipart/parts", wish)).parts;
          const { headers } = await follow(signed, { body: "parts" });
          const written = [{ part_number: 1, etag: headers.get("etag") }];
          await parts.post("/v1/multipart/complete", { key, upload_id, parts: written });
          assert.deepEqual(await parts.settled(), { bytes: 5, objects: 1 });
        },
        async () => {
          const shared = member("shared");
          const key = shared.key();
          const wish = { operation: "PutObject", key, delivery: "stream", max_bytes: 900 };
          const { url } = await shared.post("/v1/links", wish);
          assert.equal((await shared.used()).bytes, 0);
          const sent = await fetch(url, { method: "PUT", body: "by whoever has it" });
          assert.equal(sent.status, 200, await sent.text());
          assert.deepEqual(await shared.settled(), { bytes: 17, objects: 1 });
        },
      ];
      await Promise.all(cases.map((one) => one()));
    });
  } finally {
    broken.stop();
  }
});

/** Begins an upload in parts, signs parts of these sizes, and writes the first. */
async function begun(member, sizes) {
  const key = member.key();
  const { upload_id } = await member.post("/v1/multipart", { key });
  const parts = sizes.map((content_length, n) => ({ part_number: n + 1, content_length }));
  const signed = await member.post("/v1/multipart/parts", { key, upload_id, parts });
  const written = await follow(signed.parts[0], { body: "x".repeat(sizes[0]) });
  assert.equal(written.status, 200, await written.text());
  const upload = { key, upload_id };
  return { upload, parts, written: [{ part_number: 1, etag: written.headers.get("etag") }] };
}

describe("an upload in parts that is aborted", { concurrency: 4 }, () => {
  const abort = (member, upload) => member.ask("/v1/multipart/abort", "POST", upload);
  const free = { bytes: 0, objects: 0, open: 0 };
  let edge;
  before(async () => {
    edge = await startEdge(withQuota(ALL), secrets);
  });
  after(() => edge?.stop());

  test("gives all of it back, at once and once", async () => {
    const member = new Member(edge.url, "aborts");
    const first = await begun(member, [5, 400, 200]);
    const other = await begun(member, [7]);
    assert.deepEqual(await member.used(), { bytes: 612, objects: 2, open: 0 });
    assert.equal((await abort(member, first.upload)).status, 204);
    assert.deepEqual(await member.used(), { bytes: 7, objects: 1, open: 0 });
    isProblem(await abort(member, first.upload), 404, "store_refused");
    assert.deepEqual(await member.used(), { bytes: 7, objects: 1, open: 0 });
    // Its URLs are worth nothing any more, and what is signed of it nevertheless comes back by another abort.
    const { parts } = await member.post("/v1/multipart/parts", {
      ...first.upload,
      parts: first.parts,
    });
    assert.equal((await follow(parts[0], { body: "xxxxx" })).status, 404);
    assert.equal((await member.used()).bytes, 612);
    isProblem(await abort(member, first.upload), 404, "store_refused");
    assert.deepEqual(await member.used(), { bytes: 7, objects: 1, open: 0 });
    // What was completed stays, whatever is aborted afterwards.
    await member.post("/v1/multipart/complete", { ...other.upload, parts: other.written });
    isProblem(await abort(member, other.upload), 404, "store_refused");
    assert.deepEqual(await member.used(), { bytes: 7, objects: 1, open: 0 });
  });

  test("that may be completed by a URL gives nothing back", async () => {
    const member = new Member(edge.url, "may-complete");
    const { upload } = await begun(member, [5]);
    await member.post("/v1/presign", { operation: "CompleteMultipartUpload", ...upload });
    assert.equal((await abort(member, upload)).status, 204);
    assert.deepEqual(await member.used(), { bytes: 5, objects: 1, open: 0 });
  });

  test("whose completion the store refuses gives all of it back", async () => {
    const member = new Member(edge.url, "refused");
    const { upload } = await begun(member, [5]);
    const parts = [{ part_number: 1, etag: '"00000000000000000000000000000000"' }];
    const refused = await member.ask("/v1/multipart/complete", "POST", { ...upload, parts });
    assert.equal(refused.status, 400, refused.text);
    assert.equal((await abort(member, upload)).status, 204);
    assert.deepEqual(await member.used(), free);
  });

  test("where something is at its key already, gives all of it back if that is older", async () => {
    // The store's clock can't be turned back: what was written a moment ago may be what came of the upload.
    const member = new Member(edge.url, "replaces");
    const key = member.key();
    const { json } = await member.upload(7, { key });
    assert.equal((await follow(json, { body: "content" })).status, 200);
    const { upload_id } = await member.post("/v1/multipart", { key });
    assert.equal((await abort(member, { key, upload_id })).status, 204);
    const { bytes, objects } = await member.used();
    assert.deepEqual([bytes, objects], [7, 2]);
  });

  test("by many at once, while parts are signed, loses no byte and gives none twice", async () => {
    const member = new Member(edge.url, "race");
    const kept = await begun(member, [11]);
    const { upload, parts } = await begun(member, [5, 20, 30]);
    const all = Array.from({ length: 40 }, (_, n) =>
      n % 2 === 0
        ? abort(member, upload)
        : member.ask("/v1/multipart/parts", "POST", { ...upload, parts }),
    );
    const counts = tally(await Promise.all(all));
    assert.equal(counts[204], 1, JSON.stringify(counts));
    const { bytes, objects } = await member.used();
    assert.ok([11, 66].includes(bytes) && objects === 1, `${bytes} bytes, ${objects} objects`);
    isProblem(await abort(member, upload), 404, "store_refused");
    assert.deepEqual(await member.used(), { bytes: 11, objects: 1, open: 0 });
    assert.equal((await abort(member, kept.upload)).status, 204);
    assert.deepEqual(await member.used(), free);
  });
});

test("the operator is told what a subject has used, and it is a line of the log", async () => {
  await withEdge(withQuota(ALL), secrets, async (edge, output) => {
    const alice = new Member(edge, "alice");
    assert.equal((await alice.upload(600)).status, 200);
    const ask = (secret, fields) => {
      const query = new URLSearchParams({ issuer: ready.issuer, subject: alice.name, ...fields });
      const headers = { authorization: `Bearer ${secret}` };
      return callEdge(`/v1/admin/quota?${query}`, { headers }, edge);
    };
    const told = await ask(ready.admin_secret);
    assert.equal(told.status, 200, told.text);
    assert.equal(told.headers.get("cache-control"), "no-store");
    assert.deepEqual(told.json, (await alice.ask("/v1/quota", "GET")).json);
    assert.equal(told.json.quotas[0].bytes.used, 600);
    isProblem(await ask(token({ sub: alice.name })), 401, "operator_invalid");
    isProblem(await ask(ready.admin_secret, { issuer: "x" }), 400, "invalid_field");
    const [line] = await until(() => {
      const lines = linesOf(output(), "quota_told_of");
      return lines.length === 1 && lines;
    });
    assert.deepEqual([line.subject, line.by], [alice.name, "operator"]);
    assert.ok(!output().includes(ready.admin_secret));
  });
});

test("an object that was killed has its numbers when it comes again", async () => {
  const state = mkdtempSync(join(tmpdir(), "state-"));
  const start = () => startEdge(withQuota(ALL), secrets, { state });
  try {
    const first = await start();
    const alice = new Member(first.url, "alice");
    assert.equal((await alice.upload(600)).status, 200);
    await first.kill();
    const second = await start();
    try {
      alice.edge = second.url;
      assert.deepEqual(await alice.used(), { bytes: 600, objects: 1, open: 601 });
      assert.equal((await alice.upload(401)).status, 403);
      assert.equal((await alice.upload(400)).status, 200);
    } finally {
      await second.stop();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});

test("an object that is down, or says something else, refuses uploads and nothing else", async () => {
  for (const ask of ["throw new Error('the object is broken')", 'return "{}"', "return 7"]) {
    const contents = `
      import Edge from "./index.js";
      export * from "./index.js";
      const QUOTA = { getByName: () => ({ async ask() { ${ask}; } }) };
      export default {
        fetch: (request, env, context) => Edge.fetch(request, { ...env, QUOTA }, context),
      };`;
    const main = { path: "build/broken-quota.mjs", contents };
    await withEdge(withQuota(ALL, { main }), secrets, async (edge, output) => {
      const alice = new Member(edge, "alice");
      const answer = await alice.upload(1, { one_time_key: "k" });
      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.json.code, "quota_unavailable");
      assert.equal(answer.headers.get("retry-after"), "1");
      assert.equal(hasUrl({ headers: {}, text: answer.text }), false);
      assert.equal((await alice.ask("/v1/quota", "GET")).json.code, "quota_unavailable");
      const read = { operation: "GetObject", key: alice.key(), one_time_key: "k" };
      assert.equal((await alice.ask("/v1/presign", "POST", read)).status, 200);
      if (ask.startsWith("throw")) assert.match(output(), /the object is broken/);
    });
  }
});
