// Uploads into an inbox that nobody asks to accept: their store tells of them, by a queue and over HTTP.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Inbox, page, png, put } from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { isMissing } from "../support/s3.mjs";
import { Scanner } from "../support/scanner.mjs";
import { callEdge, ready } from "../support/stack.mjs";

const concurrency = true;
const inside = ({ upload }) => `inbox/${upload.id}`;
const main = "tests/e2e/support/inbox-worker.mjs";
const queues = {
  producers: [{ binding: "TOLD", queue: "told" }],
  consumers: [{ queue: "told", maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 5 }],
};

/** What stores send of an object that was written. */
const r2 = (key, action = "PutObject") => ({
  account: "3f4b7e3dcab231cbfdaa90a6a28bd548",
  action,
  bucket: ready.bucket,
  object: { key, size: 70, eTag: "c846ff7a18f28c2e262116d6e8719ef0" },
  eventTime: new Date().toISOString(),
});
const s3 = (key, eventName = "ObjectCreated:Put") => ({
  Records: [
    {
      eventVersion: "2.5",
      eventSource: "aws:s3",
      eventName,
      s3: {
        bucket: { name: ready.bucket },
        object: { key: key.split("/").map(encodeURIComponent).join("/") },
      },
    },
  ],
});
const bridge = (key) => ({
  version: "0",
  "detail-type": "Object Created",
  source: "aws.s3",
  detail: { bucket: { name: ready.bucket }, object: { key, size: 70 }, reason: "PutObject" },
});
const minio = (key) => {
  const [record] = s3(key, "s3:ObjectCreated:Put").Records;
  record.s3.object.key = encodeURIComponent(key);
  return { EventName: "s3:ObjectCreated:Put", Key: `${ready.bucket}/${key}`, Records: [record] };
};

/** What comes of an upload, which nobody has asked to accept. */
const endOf = (inbox, { upload }, seconds) => ended(inbox, upload.id, seconds);

async function ended(inbox, id, seconds = 30) {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(100)) {
    const { json } = await inbox.ask(id);
    if (["accepted", "refused"].includes(json.state)) return json;
    assert.ok(Date.now() < deadline, `it is ${json.state}`);
  }
}

const linesOf = (inbox) =>
  inbox.edge
    .output()
    .split("\n")
    .filter((line) => line.includes('"store_events"'))
    .map((line) => JSON.parse(line));

describe("a queue of a store's events", { concurrency }, () => {
  let store, inbox, queue;
  before(async () => {
    store = await InboxStore.start();
    inbox = await Inbox.start({ store, queues });
    queue = (await inbox.edge.bindings()).TOLD;
  });
  after(async () => {
    await inbox?.stop();
    store?.stop();
  });
  const stepsOf = (signed) =>
    store.asked
      .filter(({ key }) => [inside(signed), signed.upload.key].includes(key))
      .map(({ step }) => step);

  for (const [whose, message] of [
    ["R2", r2],
    ["R2, of parts", (key) => r2(key, "CompleteMultipartUpload")],
    ["S3", s3],
    ["S3, of a form", (key) => s3(key, "ObjectCreated:Post")],
    ["EventBridge", bridge],
    ["MinIO", minio],
  ]) {
    test(`${whose}: an upload is accepted, and a page refused`, async () => {
      const [good, bad] = [await inbox.upload(png()), await inbox.upload(page())];
      await isMissing(good.upload.key);
      await queue.send(message(inside(good)));
      await queue.send(JSON.stringify(message(inside(bad))), { contentType: "text" });
      assert.equal((await endOf(inbox, good)).state, "accepted");
      assert.equal((await inbox.read(good.upload.key)).status, 200);
      const refused = await endOf(inbox, bad);
      assert.deepEqual([refused.state, refused.reason], ["refused", "active"]);
      await isMissing(bad.upload.key);
    });
  }

  test("what is told many times, by whoever it may be, is copied once", async () => {
    const signed = await inbox.upload(png(9000));
    const told = [r2, s3, bridge, minio].map((form) => queue.send(form(inside(signed))));
    await Promise.all([...told, inbox.accept(signed.upload.id), inbox.accept(signed.upload.id)]);
    assert.equal((await endOf(inbox, signed)).state, "accepted");
    await sleep(1000);
    assert.equal(stepsOf(signed).filter((step) => step === "copy").length, 1);
  });

  test("nothing in it is believed: it says what it likes of what isn't there, or isn't an upload", async () => {
    const [waiting, refused] = [await inbox.sign(png()), await inbox.upload(page())];
    for (const message of [
      r2(inside(waiting)),
      { ...r2(inside(refused)), object: { ...r2(inside(refused)).object, eTag: "another" } },
      r2(waiting.upload.key),
      r2(`inbox/${"0".repeat(32)}`),
      r2(`inbox/held/${waiting.upload.id}`),
    ]) {
      await queue.send(message);
    }
    assert.equal((await endOf(inbox, refused)).state, "refused");
    await sleep(1000);
    assert.equal((await inbox.ask(waiting.upload.id)).json.state, "waiting");
    await isMissing(waiting.upload.key);
    // It is told of what it is now.
    await put(waiting, png());
    await queue.send(r2(inside(waiting)));
    assert.equal((await endOf(inbox, waiting)).state, "accepted");
  });
});

describe("a queue's messages", () => {
  let store, inbox, queue;
  before(async () => {
    store = await InboxStore.start();
    inbox = await Inbox.start({ store, queues });
    queue = (await inbox.edge.bindings()).TOLD;
  });
  after(async () => {
    await inbox?.stop();
    store?.stop();
  });

  test("that are of no known form, of another bucket or of a deletion are taken out, and hold no other up", async () => {
    const signed = await inbox.upload(png());
    const good = r2(inside(signed));
    const nobodys = [
      r2(inside(signed), "DeleteObject"),
      { ...good, bucket: "another" },
      s3(inside(signed), "ObjectRemoved:Delete"),
      { Records: [] },
      // A key that isn't encoded, as Ceph has it.
      {
        Records: [
          { ...s3("").Records[0], s3: { bucket: { name: ready.bucket }, object: { key: "100%" } } },
        ],
      },
    ];
    const unreadable = [
      "{",
      {},
      [],
      null,
      7,
      { action: "PutObject" },
      { Records: [{}, 7] },
      { Records: new Array(101).fill({}) },
    ];
    const loop = {};
    loop.self = loop;
    const messages = [...nobodys, ...unreadable].map((body) => ({ body, contentType: "json" }));
    await queue.sendBatch([
      ...messages,
      { body: Buffer.from("{}"), contentType: "bytes" },
      { body: loop, contentType: "v8" },
      { body: 7n, contentType: "v8" },
      { body: good },
    ]);
    const all = messages.length + 4;
    for (;;) {
      const sum = linesOf(inbox).reduce((sum, line) => sum + line.messages, 0);
      if (sum >= all) break;
      await sleep(100);
    }
    assert.equal((await endOf(inbox, signed)).state, "accepted");
    await sleep(2000);
    const lines = linesOf(inbox);
    const sum = (name) => lines.reduce((sum, line) => sum + line[name], 0);
    // None came again: each was given once.
    assert.deepEqual([sum("messages"), sum("again"), sum("uploads")], [all, 0, 1]);
    assert.equal(sum("unreadable"), unreadable.length + 1 + 3);
    assert.equal(lines.length, Math.ceil(all / 10));
    assert.ok(lines.some(({ reason }) => reason === "it is no JSON."));
    assert.ok(lines.every((line) => line.queue === "told"));
  });

  test("whose upload can't be looked at come again, and the others don't", async () => {
    const [ill, well] = [await inbox.upload(png()), await inbox.upload(png())];
    let isIll = true;
    store.before = async (step, key) => !(isIll && step === "first" && key === inside(ill));
    const before = linesOf(inbox).length;
    await queue.sendBatch([{ body: r2(inside(ill)) }, { body: s3(inside(well)) }]);
    assert.equal((await endOf(inbox, well)).state, "accepted");
    while (linesOf(inbox).length === before) await sleep(100);
    isIll = false;
    assert.equal((await inbox.ask(ill.upload.id)).json.state, "waiting");
    assert.equal((await endOf(inbox, ill, 40)).state, "accepted");
    while (linesOf(inbox).length < before + 2) await sleep(100);
    const [first, second] = linesOf(inbox).slice(before);
    assert.deepEqual([first.messages, first.again], [2, 1]);
    assert.match(first.reason, /Unavailable/);
    assert.deepEqual([second.messages, second.again, second.uploads], [1, 0, 1]);
  });
});

describe("a store that tells of each upload", () => {
  let store, inbox, queue;
  before(async () => {
    store = await InboxStore.start();
    inbox = await Inbox.start({ store, queues, main, accept: { hold: true } });
    queue = (await inbox.edge.bindings()).TOLD;
    store.written = async (key, step) => {
      const form = step === "client" ? r2 : (key) => r2(key, "CopyObject");
      await queue.send(form(key));
    };
  });
  after(async () => {
    await inbox?.stop();
    store?.stop();
  });
  const counts = async () => (await fetch(`${inbox.edge.url}/counts`)).json();

  test("40 uploads at once: each comes to its end, and none is copied twice", async () => {
    const signed = await Promise.all(
      Array.from({ length: 40 }, (_, n) => inbox.upload(n % 4 === 0 ? page() : png(5000))),
    );
    const ends = await Promise.all(signed.map((one) => endOf(inbox, one, 60)));
    assert.equal(ends.filter(({ state }) => state === "accepted").length, 30);
    assert.equal(store.asked.filter(({ step }) => step === "copy").length, 30);
  });

  test("it costs what asking costs: two questions and four rows", async () => {
    await sleep(1500);
    await counts();
    const signed = await inbox.upload(png());
    while (!store.asked.some(({ key, step }) => key === inside(signed) && step === "empty")) {
      await sleep(50);
    }
    await sleep(500);
    const { questions, rows } = await counts();
    // The copy to be held and the one to its key are told of too, and lead to no upload.
    assert.deepEqual({ questions, rows }, { questions: 2, rows: 4 });
    assert.equal((await endOf(inbox, signed)).state, "accepted");
  });
});

describe("a store's events over HTTP", { concurrency }, () => {
  const EVENTS = "what stores show that tell of uploads";
  let store, scanner, inbox;
  before(async () => {
    store = await InboxStore.start();
    scanner = await Scanner.start();
    const uploads = {
      events_secret: "EVENTS",
      scanner: { url: scanner.url, secret: "SCANNER" },
    };
    const secrets = { EVENTS, SCANNER: scanner.secret };
    inbox = await Inbox.start({ store, uploads, accept: { scan: "webhook" } }, { secrets });
  });
  after(async () => {
    await inbox?.stop();
    scanner?.stop();
    store?.stop();
  });
  const tell = (message, authorization = `Bearer ${EVENTS}`) => {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    const headers = authorization === undefined ? {} : { authorization };
    const init = { method: "POST", headers, body };
    return callEdge("/v1/store-events", init, inbox.edge.url);
  };

  for (const [whose, form] of Object.entries({ r2, s3, bridge, minio })) {
    test(`as ${whose} writes them`, async () => {
      const signed = await inbox.upload(png());
      const answer = await tell(form(inside(signed)));
      assert.deepEqual([answer.status, answer.json], [200, { events: 1, uploads: 1 }]);
      assert.equal((await endOf(inbox, signed)).state, "accepted");
      // Told again, there is nothing to do.
      assert.equal((await tell(form(inside(signed)))).status, 200);
    });
  }

  test("with the secret as a password", async () => {
    const signed = await inbox.upload(png());
    const basic = Buffer.from(`edge:${EVENTS}`).toString("base64");
    assert.equal((await tell(s3(inside(signed)), `Basic ${basic}`)).status, 200);
    assert.equal((await endOf(inbox, signed)).state, "accepted");
  });

  test("where it takes long, the store isn't kept waiting, and it goes on", async () => {
    const signed = await inbox.upload(png());
    const { promise: scans, resolve } = Promise.withResolvers();
    scanner.of(signed, async (message) => {
      await scans;
      return Scanner.scan(message);
    });
    const started = Date.now();
    const answer = await tell(s3(inside(signed)));
    assert.deepEqual([answer.status, answer.json], [202, { events: 1, uploads: 1 }]);
    assert.ok(Date.now() - started < 5000);
    assert.equal((await inbox.ask(signed.upload.id)).json.state, "checking");
    await isMissing(signed.upload.key);
    resolve();
    assert.equal((await endOf(inbox, signed)).state, "accepted");
    assert.equal(scanner.askedOf(signed).length, 1);
  });

  test("without its secret, or of what can't be read, nothing happens", async () => {
    const signed = await inbox.upload(png());
    const message = s3(inside(signed));
    const missing = await tell(message, "");
    assert.deepEqual([missing.status, missing.json.code], [401, "store_secret_missing"]);
    const other = await tell(message, `Bearer ${EVENTS}.`);
    assert.deepEqual([other.status, other.json.code], [401, "store_secret_invalid"]);
    for (const unreadable of ["", "{", {}, { Records: new Array(101).fill(message.Records[0]) }]) {
      const answer = await tell(unreadable);
      assert.deepEqual([answer.status, answer.json.code], [400, "malformed_body"]);
    }
    const large = await tell(" ".repeat(256 * 1024 + 1));
    assert.deepEqual([large.status, large.json.code], [413, "body_too_large"]);
    const got = await callEdge("/v1/store-events", {}, inbox.edge.url);
    assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST, OPTIONS"]);
    assert.equal((await inbox.ask(signed.upload.id)).json.state, "waiting");
    assert.equal(scanner.askedOf(signed).length, 0);
  });

  test("of what the store then doesn't give: it is to send them again", async () => {
    const signed = await inbox.upload(png());
    store.before = async (step, key) => !(step === "hold" && key.endsWith(signed.upload.id));
    const answer = await tell(s3(inside(signed)));
    assert.deepEqual([answer.status, answer.json.code], [503, "inbox_unavailable"]);
    assert.equal(answer.headers.get("retry-after"), "1");
    store.before = async () => {};
    assert.equal((await tell(s3(inside(signed)))).status, 200);
    assert.equal((await endOf(inbox, signed)).state, "accepted");
  });
});
