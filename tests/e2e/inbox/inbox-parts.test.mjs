// Uploads in parts into an inbox: their steps go there and nowhere else, and what comes of them is looked at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge } from "../support/edge.mjs";
import {
  IN_PARTS,
  Inbox,
  PartsInInbox,
  freshName,
  inboxSecrets,
  jpeg,
  page,
  withInbox,
} from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { isProblem } from "../support/refusal.mjs";
import { isMissing, isRefused } from "../support/s3.mjs";
import { callEdge, follow, presign, token } from "../support/stack.mjs";

const MIB = 1024 * 1024;
const MB = 1_000_000;
const rule = { allow: IN_PARTS };
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());
const type = "image/jpeg";
const begin = (more) => PartsInInbox.begin(inbox, { type, name: freshName("photo.jpg"), ...more });
const known = (inside) => inbox.ask(inside.id);

let store, inbox;
before(async () => {
  store = await InboxStore.start();
  inbox = await Inbox.start({ store, rule, main: "tests/e2e/support/inbox-worker.mjs" });
});
after(async () => {
  await inbox?.stop();
  store?.stop();
});

test("a photo of 12 MB in parts is readable once it was accepted, and not before", async () => {
  const counts = async () => (await fetch(`${inbox.edge.url}/counts`)).json();
  await counts();
  store.steps();
  const bytes = jpeg(12 * MB);
  const upload = await begin({
    metadata: { owner: "me" },
    headers: { "cache-control": "no-store" },
  });
  const { begun, id, key } = upload;
  assert.deepEqual(begun, {
    store: begun.store,
    key,
    upload_id: `inbox-${id}`,
    upload: { id, key },
  });
  const parts = await upload.send(bytes);
  const signed = await upload.sign(4, 9);
  assert.match(new URL(signed.url).pathname, new RegExp(`/inbox/${id}$`));
  const listed = await upload.ask("list");
  assert.deepEqual(
    listed.json.parts.map(({ size }) => size),
    [5 * MIB, 5 * MIB, 12 * MB - 10 * MIB],
  );
  // Before it is completed there is nothing.
  isProblem(await inbox.accept(id), 409, "nothing_uploaded");
  assert.equal((await known(upload)).json.state, "waiting");
  const done = await upload.ask("complete", { parts });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual([done.json.key, done.json.upload], [key, { id, key }]);
  await isMissing(key);

  const told = await inbox.accepted(id);
  assert.deepEqual([told.state, told.key, told.size], ["accepted", key, 12 * MB]);
  const read = await inbox.read(key);
  for (const [name, value] of [
    ["content-type", type],
    ["x-amz-meta-owner", "me"],
    ["cache-control", "no-store"],
  ]) {
    assert.equal(read.headers.get(name), value);
  }
  assert.ok((await bytesOf(read)).equals(bytes));
  assert.deepEqual(store.steps(), [
    "begin",
    "list",
    "first",
    "complete",
    "first",
    "last",
    "copy",
    "empty",
  ]);
  const { questions, rows } = await counts();
  console.log(`measured: 12 MB in three parts: ${questions} questions, ${rows} rows`);

  // Its parts' URLs reach nothing any more, and no other is signed.
  await isRefused(await follow(signed, { body: bytes.subarray(0, 9) }), 404, "NoSuchUpload");
  isProblem(await upload.ask("parts", { part_numbers: [1] }), 404, "no_such_upload");
  isProblem(await upload.ask("list"), 404, "no_such_upload");
  isProblem(await upload.ask("abort"), 404, "no_such_upload");
  // A completion that is repeated is answered alike.
  const again = await upload.ask("complete", { parts });
  assert.deepEqual([again.status, again.json.upload], [200, { id, key }]);
  assert.deepEqual(await inbox.accepted(id), told);
});

for (const [what, bytes, reason] of [
  ["HTML", Buffer.concat([page(), Buffer.alloc(6 * MIB, " ")]), "active"],
  ["a program", Buffer.concat([Buffer.from("MZ\x90\0"), Buffer.alloc(6 * MIB)]), "executable"],
]) {
  test(`${what} in parts is refused, and is nowhere`, async () => {
    const upload = await begin();
    await upload.upload(bytes);
    const told = await inbox.accepted(upload.id);
    assert.deepEqual([told.state, told.reason], ["refused", reason]);
    await isMissing(upload.key);
  });
}

describe("what is asked wrongly", () => {
  test("somebody else's upload, and another key, are none", async () => {
    const upload = await begin();
    const parts = await upload.send(jpeg(MB));
    const steps = [
      ["parts", { part_numbers: [1] }],
      ["list", {}],
      ["complete", { parts }],
      ["abort", {}],
    ];
    store.steps();
    for (const [step, more] of steps) {
      for (const [ask, options] of [
        [more, { bearer: token({ sub: "other" }) }],
        [{ ...more, key: "users/other/photo.jpg" }, { bearer: token({ sub: "other" }) }],
        [{ ...more, key: `users/e2e/${freshName()}` }],
        [{ ...more, key: `inbox/${upload.id}` }],
        [{ ...more, upload_id: `inbox-${"0".repeat(32)}` }],
      ]) {
        isProblem(await upload.ask(step, ask, options), 404, "no_such_upload");
      }
      const made_up = { ...more, upload_id: "made-up" };
      isProblem(await upload.ask(step, made_up), 403, "not_allowed");
      isProblem(
        await upload.ask(step, { ...made_up, key: `inbox/${upload.id}` }),
        403,
        "not_allowed",
      );
    }
    // No URL is given out for what the edge itself does.
    for (const [operation, more] of [
      ["CreateMultipartUpload", { content_type: type }],
      ["UploadPart", { upload_id: upload.begun.upload_id, part_number: 1 }],
      ["CompleteMultipartUpload", { upload_id: upload.begun.upload_id }],
      ["AbortMultipartUpload", { upload_id: upload.begun.upload_id }],
      ["ListParts", { upload_id: upload.begun.upload_id }],
    ]) {
      const wish = { operation, key: upload.key, ...more };
      isProblem(await presign(wish, { edge: inbox.edge.url }), 403, "not_allowed");
    }
    assert.deepEqual(store.steps(), []);
    assert.equal((await upload.ask("complete", { parts })).status, 200);
    assert.equal((await inbox.accepted(upload.id)).state, "accepted");
  });

  test("what was given up can't be accepted, and nothing of it is left", async () => {
    const upload = await begin();
    const parts = await upload.send(jpeg(6 * MB));
    assert.equal((await upload.ask("abort")).status, 204);
    const told = await inbox.accepted(upload.id);
    assert.deepEqual([told.state, told.reason], ["refused", "given_up"]);
    isProblem(await upload.ask("complete", { parts }), 404, "no_such_upload");
    isProblem(await upload.ask("parts", { part_numbers: [3] }), 404, "no_such_upload");
    isProblem(await upload.ask("abort"), 404, "no_such_upload");
    await isMissing(upload.key);
  });

  test("parts that aren't there make nothing, and may be sent yet", async () => {
    const upload = await begin();
    const bytes = jpeg(MB);
    const [part] = await upload.send(bytes);
    for (const parts of [[{ ...part, etag: '"0"' }], [part, { ...part, part_number: 2 }], []]) {
      const answer = await upload.ask("complete", { parts });
      assert.equal(answer.status, 400, answer.text);
    }
    isProblem(await inbox.accept(upload.id), 409, "nothing_uploaded");
    assert.equal((await upload.ask("complete", { parts: [part] })).status, 200);
    assert.equal((await inbox.accepted(upload.id)).state, "accepted");
  });

  test("what says no type, or what makes it readable, isn't begun", async () => {
    const wish = new PartsInInbox();
    Object.assign(wish, { inbox, bearer: token(), key: `users/e2e/${freshName()}` });
    for (const [more, dimension] of [
      [{}, "type"],
      [{ content_type: type, acl: "public-read" }, "headers"],
      [{ content_type: type, headers: { "content-encoding": "gzip" } }, "headers"],
      [{ content_type: type, key: "inbox/x" }, "denied"],
    ]) {
      const answer = await wish.ask("", more);
      isProblem(answer, 403, "not_allowed");
      assert.equal(answer.json.dimension, dimension, answer.text);
    }
  });
});

describe("a store that answers badly", () => {
  test("a completion whose answer was lost is found in the inbox", async () => {
    const upload = await begin();
    const parts = await upload.send(jpeg(MB));
    store.after = async (step) => (step === "complete" ? false : undefined);
    store.before = async (step) => (step === "look" ? false : undefined);
    isProblem(await upload.ask("complete", { parts }), 503, "store_unavailable");
    [store.before, store.after] = [async () => {}, async () => {}];
    const again = await upload.ask("complete", { parts });
    assert.equal(again.status, 200, again.text);
    assert.match(again.json.etag, /-1"$/);
    assert.equal((await inbox.accepted(upload.id)).state, "accepted");
  });

  test("an abort that comes after the completion changes nothing", async () => {
    const upload = await begin();
    await upload.upload(jpeg(MB));
    isProblem(await upload.ask("abort"), 404, "store_refused");
    assert.equal((await inbox.accepted(upload.id)).state, "accepted");
  });

  test("one that wasn't begun is none", async () => {
    const wish = Object.assign(new PartsInInbox(), { inbox, bearer: token(), key: "users/e2e/x" });
    store.before = async (step) => (step === "begin" ? false : undefined);
    isProblem(await wish.ask("", { content_type: type }), 503, "store_unavailable");
    store.before = async () => {};
  });
});

test("a rule's limit is of the parts together", async (t) => {
  const small = await Inbox.start({ store, rule: { ...rule, max_bytes: 6 * MB } });
  t.after(() => small.stop());
  for (const [size, status] of [
    [5 * MB, 200],
    [7 * MB, 403],
  ]) {
    const upload = await PartsInInbox.begin(small, { type });
    const answer = await upload.ask("complete", { parts: await upload.send(jpeg(size)) });
    assert.equal(answer.status, status, answer.text);
  }
});

test("by Companion's routes it goes the same way", async () => {
  const { url } = inbox.edge;
  const bearer = `Bearer ${token()}`;
  const call = async (method, path, { body, query = "" } = {}) => {
    const headers = { authorization: bearer };
    if (body !== undefined) headers["content-type"] = "application/json";
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const answer = await callEdge(`/companion/s3/${path}${query}`, init, url);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  const bytes = jpeg(MB);
  const begun = await call("POST", "multipart", { body: { filename: "a.jpg", type } });
  const query = `?key=${encodeURIComponent(begun.key)}`;
  const path = `multipart/${encodeURIComponent(begun.uploadId)}`;
  const part = await call("GET", `${path}/1`, { query });
  const sent = await fetch(part.url, { method: "PUT", body: bytes });
  assert.equal(sent.status, 200);
  const parts = [{ PartNumber: 1, ETag: sent.headers.get("etag") }];
  const done = await call("POST", `${path}/complete`, { query, body: { parts } });
  assert.deepEqual(done.upload, begun.upload);
  assert.ok(new URL(done.location).pathname.endsWith(`/${done.upload.key}`), done.location);
  await isMissing(done.upload.key);
  assert.equal((await inbox.accepted(done.upload.id)).state, "accepted");
  assert.ok((await bytesOf(await inbox.read(done.upload.key))).equals(bytes));
});

test("what is never completed, or never accepted, is gone when its time is over", async (t) => {
  const own = await InboxStore.start();
  const short = await Inbox.start({
    store: own,
    rule: { ...rule, max_expires: 2 },
    accept: { keep: 1 },
  });
  t.after(async () => {
    await short.stop();
    own.stop();
  });
  const [open, nothing] = await Promise.all([1, 2].map(() => PartsInInbox.begin(short, { type })));
  const signed = await open.sign(1, MB);
  assert.equal((await follow(signed, { body: jpeg(MB) })).status, 200);
  own.steps();
  const end = Date.now() + 60_000;
  const isKnown = async ({ id }) => (await short.ask(id)).status === 200;
  while ((await isKnown(nothing)) || (await isKnown(open))) {
    assert.ok(Date.now() < end, "no alarm came");
    await sleep(200);
  }
  for (const { id, begun } of [open, nothing]) {
    const of = own.asked.filter(({ key }) => key === `inbox/${id}`);
    assert.deepEqual(
      of.map(({ step, status }) => [step, status]),
      [
        ["abort", 204],
        ["empty", 204],
      ],
    );
    const { status } = await short.ask(id);
    assert.equal(status, 404, begun.upload_id);
  }
});

describe("a quota", () => {
  let counted;
  before(async () => {
    const whole = withInbox({ rule, accept: { keep: 2 } });
    whole.durable_objects.bindings.push({ name: "QUOTA", class_name: "QuotaObject" });
    whole.vars.RULES[1].quota = { bytes: 20 * MB, objects: 10, per: "month" };
    counted = new Inbox(await startEdge(whole, inboxSecrets));
  });
  after(() => counted?.stop());

  const member = async () => {
    const sub = `member-${crypto.randomUUID()}`;
    const bearer = token({ sub });
    const key = `users/${sub}/${freshName()}`;
    const upload = await PartsInInbox.begin(counted, { type, bearer, key });
    const used = async () => {
      const headers = { authorization: `Bearer ${bearer}` };
      const { json, text } = await callEdge("/v1/quota", { headers }, counted.edge.url);
      assert.equal(json.quotas.length, 1, text);
      const [{ bytes, objects }] = json.quotas;
      return [bytes.used, objects.used];
    };
    return { upload, used, bearer };
  };

  test("of what is aborted comes back at once", async () => {
    const { upload, used } = await member();
    await upload.send(jpeg(6 * MB));
    assert.deepEqual(await used(), [6 * MB, 1]);
    isProblem(
      await upload.ask("parts", { parts: [{ part_number: 9, content_length: 15 * MB }] }),
      403,
      "quota_exceeded",
    );
    assert.equal((await upload.ask("abort")).status, 204);
    assert.deepEqual(await used(), [0, 0]);
  });

  test("of what is accepted counts", async () => {
    const { upload, used, bearer } = await member();
    await upload.upload(jpeg(6 * MB));
    assert.equal((await counted.accepted(upload.id, { bearer })).state, "accepted");
    assert.deepEqual(await used(), [6 * MB, 1]);
  });
});
