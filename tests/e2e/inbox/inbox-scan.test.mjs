// Uploads into an inbox that a scanner looks at as well: by a message to it, and by a tag that it sets. What says
// nothing is never clean.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { startEdge } from "../support/edge.mjs";
import { Inbox, inboxSecrets, page, png, put, withInbox } from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { isMissing } from "../support/s3.mjs";
import { HARMFUL, Scanner, freshSecret, isSigned, readOf, said } from "../support/scanner.mjs";
import { follow, presign, presigned, ready } from "../support/stack.mjs";

const concurrency = true;
const held = (signed) => `inbox/held/${signed.upload.id}`;
const inboxKey = (signed) => `inbox/${signed.upload.id}`;
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());

/** A picture with something harmful where the edge doesn't look. */
const harmful = () => Buffer.concat([png(6000), HARMFUL, Buffer.alloc(6000)]);

describe("a scanner that is asked by webhook", { concurrency }, () => {
  let store, scanner, inbox;
  const scanners = () => {
    const secret = ["SCANNER_OLD", "SCANNER"];
    return { scanner: { url: scanner.url, secret } };
  };
  const secrets = () => ({ SCANNER: scanner.secret, SCANNER_OLD: freshSecret() });
  const accept = { scan: "webhook" };

  before(async () => {
    store = await InboxStore.start();
    scanner = await Scanner.start();
    inbox = await Inbox.start({ store, accept, uploads: scanners() }, { secrets: secrets() });
  });
  after(async () => {
    await inbox?.stop();
    scanner?.stop();
    store?.stop();
  });

  const stepsOf = (signed) =>
    store.asked
      .filter(({ key }) => [inboxKey(signed), held(signed), signed.upload.key].includes(key))
      .map(({ step }) => step);

  test("what it finds clean is accepted in one go, by what it read", async () => {
    const bytes = png(20_000);
    const signed = await inbox.upload(bytes);
    const told = (await inbox.accept(signed.upload.id)).json;
    assert.equal(told.state, "accepted");
    assert.ok((await bytesOf(await inbox.read(told.key))).equals(bytes));
    const [message, ...more] = scanner.askedOf(signed);
    assert.equal(more.length, 0);
    assert.ok(message.bytes.equals(bytes));
    const { type, data } = message.json;
    assert.equal(type, "upload.scan");
    assert.deepEqual(
      [data.store, data.key, data.content_type, data.size],
      [ready.store_name, told.key, "image/png", bytes.length],
    );
    const steps = ["hold", "first", "last", "copy", "empty", "empty"];
    assert.deepEqual(stepsOf(signed), steps);
    // Its URL is for the bytes that were looked at, and for nothing that is left.
    assert.match(new URL(data.read.url).pathname, new RegExp(`/${held(signed)}$`));
    assert.deepEqual(data.read.headers, { "if-match": data.etag });
    assert.equal((await fetch(data.read.url)).status, 403);
    assert.equal((await readOf(message)).status, 404);
  });

  test("its messages are signed: by another secret, of another body or another time they aren't", async () => {
    const signed = await inbox.upload(png());
    await inbox.accepted(signed.upload.id);
    const [message] = scanner.askedOf(signed);
    assert.ok(message.isSigned);
    assert.equal(message.headers["webhook-signature"].split(" ").length, 2);
    assert.ok(!isSigned(message, freshSecret()));
    assert.ok(!isSigned({ ...message, body: `${message.body} ` }, scanner.secret));
    const headers = { ...message.headers, "webhook-id": "scan-other" };
    assert.ok(!isSigned({ ...message, headers }, scanner.secret));
  });

  test("what it finds infected is refused, and is nowhere", async () => {
    const signed = await inbox.upload(harmful());
    const told = await inbox.accepted(signed.upload.id);
    assert.deepEqual([told.state, told.reason], ["refused", "infected"]);
    assert.equal(typeof told.detail, "string");
    await isMissing(told.key);
    assert.equal((await readOf(scanner.askedOf(signed)[0])).status, 404);
    assert.deepEqual((await inbox.ask(signed.upload.id)).json, told);
    assert.ok(!stepsOf(signed).includes("copy"));
  });

  test("what the edge itself refuses isn't shown to it", async () => {
    const signed = await inbox.upload(page());
    assert.equal((await inbox.accepted(signed.upload.id)).reason, "active");
    assert.equal(scanner.askedOf(signed).length, 0);
  });

  test("202 is no verdict yet: it is asked again, with the same name and another URL", async () => {
    const signed = await inbox.upload(png());
    scanner.of(signed, () => ({ status: 202, headers: { "retry-after": "2" } }));
    assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
    assert.equal((await inbox.ask(signed.upload.id)).json.state, "checking");
    // Not before it wants to be.
    assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
    assert.equal(scanner.askedOf(signed).length, 1);
    await isMissing(signed.upload.key);
    scanner.of(signed, Scanner.scan);
    assert.equal((await inbox.ended(signed.upload.id)).state, "accepted");
    const [first, second] = scanner.askedOf(signed);
    assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert.notEqual(first.json.data.read.url, second.json.data.read.url);
  });

  test("where nobody asks, the alarm does", async () => {
    const signed = await inbox.upload(png());
    let times = 0;
    scanner.of(signed, (message) => (++times < 3 ? { status: 202 } : Scanner.scan(message)));
    assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
    const told = await inbox.ended(signed.upload.id, (id) => inbox.ask(id));
    assert.deepEqual([told.state, times], ["accepted", 3]);
  });

  const clean = said("clean");
  // What a redirect leads to would say that it is clean.
  const elsewhere = createServer((_, response) => response.writeHead(200).end(clean.body));
  before(() => new Promise((listening) => elsewhere.listen(0, "127.0.0.1", listening)));
  after(() => elsewhere.close());
  const location = () => `http://127.0.0.1:${elsewhere.address().port}/`;
  for (const [what, answer] of [
    ["hangs", () => new Promise(() => {})],
    ["redirects", () => ({ ...clean, status: 307, headers: { location: location() } })],
    ["redirects by 302", () => ({ ...clean, status: 302, headers: { location: location() } })],
    ["is broken", () => ({ ...clean, status: 500 })],
    ["knows nobody", () => ({ ...clean, status: 401 })],
    ["hangs up", () => Promise.reject(new Error("hang up"))],
    ["says nothing", () => ({ status: 200 })],
    ["says another word", () => said("probably clean")],
    ["says no JSON", () => ({ body: "clean" })],
    [
      "says too much",
      () => ({ body: JSON.stringify({ verdict: "clean", more: "x".repeat(20_000) }) }),
    ],
    ["says half of it", () => ({ body: '{"verdict":"clean"' })],
  ]) {
    test(`one that ${what} has said nothing, and is asked again`, async () => {
      const signed = await inbox.upload(png());
      scanner.of(signed, answer);
      const asked = inbox.accept(signed.upload.id);
      while (scanner.askedOf(signed).length === 0) await sleep(50);
      await isMissing(signed.upload.key);
      const first = await asked;
      assert.deepEqual([first.status, first.json.state], [200, "checking"], first.text);
      await isMissing(signed.upload.key);
      scanner.of(signed, Scanner.scan);
      assert.equal((await inbox.ended(signed.upload.id)).state, "accepted");
      const line = inbox.edge
        .output()
        .split("\n")
        .find((line) => line.includes(signed.upload.id) && line.includes("no_verdict"));
      assert.equal(JSON.parse(line).outcome, "failed");
    });
  }

  test("a verdict that comes compressed is one", async () => {
    const signed = await inbox.upload(png());
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    scanner.of(signed, () => ({ headers, body: gzipSync(clean.body) }));
    assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
  });

  test("a verdict is of what was scanned, whatever is uploaded meanwhile", async () => {
    const bytes = png(9000);
    const signed = await inbox.upload(bytes, { content_length: undefined });
    scanner.of(signed, async (message) => {
      await put(signed, harmful());
      const answer = await Scanner.scan(message);
      await put(signed, page());
      return answer;
    });
    const told = await inbox.accepted(signed.upload.id);
    assert.equal(told.state, "accepted");
    assert.ok((await bytesOf(await inbox.read(told.key))).equals(bytes));
    assert.ok(scanner.askedOf(signed)[0].bytes.equals(bytes));
  });

  test("a Worker that is killed while it asks goes on with what it had asked of", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "inbox-"));
    const options = [
      { store, accept, uploads: scanners() },
      { secrets: secrets(), state: folder },
    ];
    let own = await Inbox.start(...options);
    t.after(async () => {
      await own.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    });
    const bytes = png(9000);
    const signed = await own.upload(bytes, { content_length: undefined });
    const { promise: asked, resolve } = Promise.withResolvers();
    scanner.of(signed, () => {
      resolve();
      return new Promise(() => {});
    });
    own.accept(signed.upload.id).catch(() => {});
    await asked;
    await own.stop();
    await put(signed, harmful());
    scanner.of(signed, Scanner.scan);
    own = await Inbox.start(...options);
    assert.equal((await own.ask(signed.upload.id)).json.state, "checking");
    await isMissing(signed.upload.key);
    assert.equal((await own.accepted(signed.upload.id)).state, "accepted");
    assert.ok((await bytesOf(await own.read(signed.upload.key))).equals(bytes));
  });

  test("what no scanner has spoken of at its end is refused", async (t) => {
    const short = await Inbox.start(
      { store, accept: { ...accept, keep: 20 }, uploads: scanners() },
      { secrets: secrets() },
    );
    t.after(() => short.stop());
    const signed = await short.upload(png(), { expires_in: 2 });
    scanner.of(signed, () => ({ status: 503 }));
    assert.equal((await short.accepted(signed.upload.id)).state, "checking");
    const told = await short.ended(signed.upload.id, (id) => short.ask(id));
    assert.deepEqual([told.state, told.reason], ["refused", "not_scanned"]);
    await isMissing(signed.upload.key);
    assert.deepEqual(stepsOf(signed).slice(-2), ["empty", "empty"]);
    // Asked ever later, not each second.
    const times = scanner.askedOf(signed).length;
    assert.ok(times >= 3 && times <= 7, `${times}`);
  });
});

describe("a scanner that sets a tag", { concurrency }, () => {
  let store, inbox, tagger;
  const name = "scan-result";
  const uploads = { tag: { name, clean: "ok", infected: "bad" } };

  before(async () => {
    store = await InboxStore.start();
    inbox = await Inbox.start({ store, accept: { scan: "tag" }, uploads });
    // The scanner's own way to the bucket.
    const plain = withInbox({});
    plain.vars.RULES = [
      {
        name: "a scanner",
        when: { role: "member" },
        allow: ["PutObjectTagging"],
        stores: [ready.store_name],
        keys: ["inbox/**"],
      },
    ];
    tagger = await startEdge(plain, inboxSecrets);
  });
  after(async () => {
    await inbox?.stop();
    await tagger?.stop();
    store?.stop();
  });

  const setTag = async (key, value, tag = name) => {
    const signed = await presigned({ operation: "PutObjectTagging", key }, { edge: tagger.url });
    const body = `<Tagging><TagSet><Tag><Key>${tag}</Key><Value>${value}</Value></Tag></TagSet></Tagging>`;
    const answer = await follow(signed, { body });
    assert.equal(answer.status, 200, await answer.text());
  };

  for (const [value, state, reason] of [
    ["ok", "accepted", undefined],
    ["bad", "refused", "infected"],
    ["could not open it", "refused", "not_scanned"],
  ]) {
    test(`"${value}" is ${reason ?? state}, and nothing is before it is there`, async () => {
      const bytes = png(9000);
      const signed = await inbox.upload(bytes);
      assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
      await setTag(held(signed), "ok", "another");
      // That of the upload itself is none of what is held.
      await setTag(inboxKey(signed), "ok");
      await sleep(2500);
      assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
      await isMissing(signed.upload.key);
      await setTag(held(signed), value);
      const told = await inbox.ended(signed.upload.id);
      assert.deepEqual([told.state, told.reason], [state, reason]);
      if (state === "accepted") {
        assert.ok((await bytesOf(await inbox.read(told.key))).equals(bytes));
      } else {
        await isMissing(told.key);
      }
      const asked = store.asked.filter(({ key }) => key === held(signed));
      assert.equal(asked.at(-1).step, "empty");
    });
  }

  test("where nobody asks, the alarm sees it", async () => {
    const signed = await inbox.upload(png());
    assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
    await setTag(held(signed), "ok");
    const told = await inbox.ended(signed.upload.id, (id) => inbox.ask(id));
    assert.equal(told.state, "accepted");
  });

  test("whoever uploads can't set it", async () => {
    const wish = { operation: "PutObject", key: "users/e2e/x.png", content_type: "image/png" };
    const tagged = await presign({ ...wish, tags: { [name]: "ok" } }, { edge: inbox.edge.url });
    assert.deepEqual([tagged.status, tagged.json.dimension], [403, "headers"], tagged.text);
    const signed = await inbox.sign(png());
    const headers = { "x-amz-tagging": `${name}=ok` };
    const sent = await follow(signed, { body: png(), headers });
    assert.equal(sent.status, 403);
    const key = held(signed);
    for (const wish of [
      { operation: "PutObjectTagging", key },
      { operation: "GetObject", key },
      { operation: "PutObject", key, content_type: "image/png" },
    ]) {
      const answer = await presign(wish, { edge: inbox.edge.url });
      assert.deepEqual([answer.status, answer.json.dimension], [403, "denied"], answer.text);
    }
  });
});
