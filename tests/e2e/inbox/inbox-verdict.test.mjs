// A scanner that takes longer: it answers 202, and sends its verdict by itself once it has one.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Inbox, page, png, put } from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { isMissing } from "../support/s3.mjs";
import { HARMFUL, Scanner, freshSecret, readOf, said, signedBy } from "../support/scanner.mjs";
import { callEdge } from "../support/stack.mjs";

const concurrency = true;
/** It is not to be asked again in the course of a test. */
const later = { status: 202, headers: { "retry-after": "3600" } };
const harmful = () => Buffer.concat([png(6000), HARMFUL, Buffer.alloc(6000)]);
const accept = { scan: "webhook" };

describe("a scanner that sends its verdict", { concurrency }, () => {
  let store, scanner, inbox, scanners, secrets;
  /** What is done before the store is asked for something of a key. */
  const gates = new Map();
  before(async () => {
    store = await InboxStore.start();
    scanner = await Scanner.start();
    store.before = async (step, key) => gates.get(key)?.(step) ?? true;
    scanners = (callback) => ({
      scanner: {
        url: scanner.url,
        secret: ["SCANNER_OLD", "SCANNER"],
        ...(callback === undefined ? {} : { callback }),
      },
    });
    secrets = { SCANNER: scanner.secret, SCANNER_OLD: freshSecret() };
    const main = "tests/e2e/support/inbox-worker.mjs";
    const uploads = scanners("https://edge.example.com");
    inbox = await Inbox.start({ store, accept, uploads, main }, { secrets });
  });
  after(async () => {
    await inbox?.stop();
    scanner?.stop();
    store?.stop();
  });

  /** The message that the scanner got, once it has answered it. */
  const askedOf = (signed) => scanner.askedOf(signed)[0].json.data;
  const verdictOn = ({ id, etag }, verdict = "clean") => ({ id, etag, verdict });
  const send = (id, verdict, headers, edge = inbox.edge.url) => {
    const body = typeof verdict === "string" ? verdict : JSON.stringify(verdict);
    const signed = headers ?? signedBy(scanner.secret, body);
    return callEdge(`/v1/uploads/${id}/verdict`, { method: "POST", headers: signed, body }, edge);
  };
  /** An upload that is being scanned, and what its scanner was asked. */
  const scanned = async (bytes = png(9000), options) => {
    const signed = await inbox.upload(bytes, options);
    scanner.of(signed, () => later);
    assert.equal((await inbox.accepted(signed.upload.id)).state, "checking");
    return { signed, id: signed.upload.id, asked: askedOf(signed) };
  };
  const refusal = ({ status, json }) => [status, json.code];
  const copiesOf = ({ upload }) =>
    store.asked.filter(({ key, step }) => key === upload.key && step === "copy").length;

  test("is told where, and what it finds clean is accepted at once, without being asked again", async () => {
    const bytes = png(20_000);
    const { signed, id, asked } = await scanned(bytes);
    const url = `https://edge.example.com/v1/uploads/${id}/verdict`;
    assert.deepEqual(asked.callback, { method: "POST", url });
    await isMissing(signed.upload.key);
    const taken = await send(id, verdictOn(asked));
    assert.deepEqual([taken.status, taken.json.state], [200, "accepted"], taken.text);
    const read = await inbox.read(signed.upload.key);
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(bytes));
    assert.equal(scanner.askedOf(signed).length, 1);
    // Sent again, it is the same; another one is too late.
    const again = await send(id, verdictOn(asked));
    assert.deepEqual([again.status, again.json], [200, taken.json]);
    const other = await send(id, verdictOn(asked, "infected"));
    assert.deepEqual(refusal(other), [409, "verdict_too_late"]);
    assert.equal(copiesOf(signed), 1);
    assert.equal((await inbox.read(signed.upload.key)).status, 200);
  });

  test("what it finds infected is refused at once, and is nowhere", async () => {
    const { signed, id, asked } = await scanned(harmful());
    const taken = await send(id, verdictOn(asked, "infected"));
    assert.deepEqual([taken.json.state, taken.json.reason], ["refused", "infected"]);
    await isMissing(signed.upload.key);
    assert.equal((await readOf(scanner.askedOf(signed)[0])).status, 404);
    assert.equal((await send(id, verdictOn(asked, "infected"))).status, 200);
    assert.deepEqual(refusal(await send(id, verdictOn(asked))), [409, "verdict_too_late"]);
    assert.equal(copiesOf(signed), 0);
  });

  test("it may send it before it has answered that it takes longer", async () => {
    const signed = await inbox.upload(png(9000));
    const early = Promise.withResolvers();
    scanner.of(signed, async ({ json: { data } }) => {
      early.resolve(await send(data.id, verdictOn(data)));
      return later;
    });
    const told = await inbox.accepted(signed.upload.id);
    assert.equal((await early.promise).json.state, "checking");
    assert.equal(told.state, "accepted");
    assert.equal(copiesOf(signed), 1);
  });

  test("what it answers and what it sends may differ: what is found counts", async () => {
    for (const [sent, answered] of [
      ["clean", "infected"],
      ["infected", "clean"],
    ]) {
      const signed = await inbox.upload(png(9000));
      scanner.of(signed, async ({ json: { data } }) => {
        await send(data.id, verdictOn(data, sent));
        return said(answered);
      });
      const told = await inbox.accepted(signed.upload.id);
      assert.deepEqual([told.state, told.reason], ["refused", "infected"], sent);
      await isMissing(signed.upload.key);
    }
  });

  test("many at once are one", async () => {
    const { signed, id, asked } = await scanned();
    const sent = Array.from({ length: 20 }, () => send(id, verdictOn(asked)));
    for (const answer of await Promise.all(sent)) assert.equal(answer.status, 200, answer.text);
    assert.equal((await inbox.ended(id)).state, "accepted");
    assert.equal(copiesOf(signed), 1);
  });

  test("it is of the bytes that were scanned, whatever is uploaded meanwhile", async () => {
    const bytes = png(9000);
    const { signed, id, asked } = await scanned(bytes, { content_length: undefined });
    await put(signed, harmful());
    const other = { ...verdictOn(asked), etag: '"00000000000000000000000000000000"' };
    assert.deepEqual(refusal(await send(id, other)), [409, "verdict_of_other_bytes"]);
    await isMissing(signed.upload.key);
    assert.equal((await send(id, verdictOn(asked))).json.state, "accepted");
    const read = await inbox.read(signed.upload.key);
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(bytes));
  });

  test("that isn't signed, is late, of another or of nothing changes nothing", async () => {
    const { signed, id, asked } = await scanned();
    const body = JSON.stringify(verdictOn(asked));
    const now = Math.floor(Date.now() / 1000);
    const { "webhook-signature": _, ...unsigned } = signedBy(scanner.secret, body);
    const another = await scanned();
    const asIfAnother = JSON.stringify(verdictOn(another.asked));
    const [question] = scanner.askedOf(signed);
    for (const [text, headers, expected] of [
      [body, unsigned, [401, "signature_missing"]],
      [body, signedBy(freshSecret(), body), [401, "signature_invalid"]],
      [body, signedBy(scanner.secret, `${body} `), [401, "signature_invalid"]],
      [body, signedBy(scanner.secret, body, { at: now - 310 }), [401, "signature_expired"]],
      [body, signedBy(scanner.secret, body, { at: now + 330 }), [401, "signature_expired"]],
      [asIfAnother, undefined, [400, "invalid_field"]],
      // The edge's own question, sent back.
      [question.body, question.headers, [400, "malformed_body"]],
      [JSON.stringify({ ...verdictOn(asked), verdict: "fine" }), undefined, [400, "invalid_field"]],
      [JSON.stringify({ ...verdictOn(asked), more: 1 }), undefined, [400, "unknown_field"]],
      ["{", undefined, [400, "malformed_body"]],
      [" ".repeat(16 * 1024 + 1), undefined, [413, "body_too_large"]],
    ]) {
      const own = headers && {
        "content-type": "application/json",
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => /^webhook-/.test(name))),
      };
      const answer = await send(id, text, own);
      assert.deepEqual(refusal(answer), expected, answer.text);
    }
    assert.equal((await inbox.ask(id)).json.state, "checking");
    await isMissing(signed.upload.key);
    const nobody = "0".repeat(32);
    const ofNothing = await send(nobody, { ...verdictOn(asked), id: nobody });
    assert.deepEqual(refusal(ofNothing), [404, "no_such_upload"]);
    const got = await callEdge(`/v1/uploads/${id}/verdict`, {}, inbox.edge.url);
    assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST, OPTIONS"]);
    // Nobody was asked yet, or nobody will be.
    const waiting = await inbox.upload(png());
    const early = { id: waiting.upload.id, etag: asked.etag, verdict: "clean" };
    assert.deepEqual(refusal(await send(waiting.upload.id, early)), [409, "not_scanning"]);
    const refused = await inbox.upload(page());
    assert.equal((await inbox.accepted(refused.upload.id)).reason, "active");
    const late = { id: refused.upload.id, etag: asked.etag, verdict: "clean" };
    assert.deepEqual(refusal(await send(refused.upload.id, late)), [409, "verdict_too_late"]);
    assert.equal((await send(id, verdictOn(asked))).json.state, "accepted");
  });

  test("where the store is down meanwhile, the verdict is kept, and the alarm goes on with it", async () => {
    const { signed, id, asked } = await scanned();
    let isDown = true;
    gates.set(signed.upload.key, (step) => !(isDown && step === "copy"));
    const taken = await send(id, verdictOn(asked));
    assert.deepEqual([taken.status, taken.json.state], [200, "checking"], taken.text);
    await isMissing(signed.upload.key);
    isDown = false;
    // Whoever asks has it gone on with too.
    assert.equal((await inbox.ask(id)).json.state, "accepted");
    assert.equal(scanner.askedOf(signed).length, 1);
  });

  test("a Worker that is killed after it was sent goes on with it by its alarm", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "inbox-"));
    const options = [
      { store, accept, uploads: scanners() },
      { secrets, state: folder },
    ];
    let own;
    t.after(async () => {
      await own?.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    });
    own = await Inbox.start(...options);
    const signed = await own.upload(png(9000));
    scanner.of(signed, () => later);
    const { id } = signed.upload;
    assert.equal((await own.accepted(id)).state, "checking");
    const asked = askedOf(signed);
    assert.equal(asked.callback, undefined);
    const { promise: copying, resolve } = Promise.withResolvers();
    gates.set(signed.upload.key, (step) => {
      if (step !== "copy") return true;
      resolve();
      return new Promise(() => {});
    });
    send(id, verdictOn(asked), undefined, own.edge.url).catch(() => {});
    await copying;
    await own.stop();
    gates.delete(signed.upload.key);
    own = await Inbox.start(...options);
    const told = await (async () => {
      for (const deadline = Date.now() + 90_000; Date.now() < deadline; await sleep(500)) {
        // The bucket says it: a question would have it gone on with.
        if ((await own.read(signed.upload.key)).status === 200) return (await own.ask(id)).json;
      }
      return undefined;
    })();
    assert.equal(told?.state, "accepted");
    assert.equal(copiesOf(signed), 2);
    assert.equal(scanner.askedOf(signed).length, 1);
  });
});

test("it costs four rows, and as many more where the scanner is asked first", async (t) => {
  const scanner = await Scanner.start();
  const uploads = { scanner: { url: scanner.url, secret: "SCANNER" } };
  const main = "tests/e2e/support/inbox-worker.mjs";
  const secrets = { SCANNER: scanner.secret };
  const inbox = await Inbox.start({ accept, uploads, main }, { secrets });
  t.after(async () => {
    await inbox.stop();
    scanner.stop();
  });
  const counts = async () => (await fetch(`${inbox.edge.url}/counts`)).json();
  const signed = await inbox.upload(png());
  const { id } = signed.upload;
  scanner.of(signed, () => later);
  await inbox.accepted(id);
  const { etag } = scanner.askedOf(signed)[0].json.data;
  const asked = await counts();
  const body = JSON.stringify({ id, etag, verdict: "clean" });
  const headers = signedBy(scanner.secret, body);
  const init = { method: "POST", headers, body };
  const taken = await callEdge(`/v1/uploads/${id}/verdict`, init, inbox.edge.url);
  assert.equal(taken.json.state, "accepted");
  const { questions, rows } = await counts();
  assert.deepEqual([asked.questions, asked.rows, questions, rows], [2, 6, 1, 4]);
});

test("where no scanner is named, there is no such route", async (t) => {
  const inbox = await Inbox.start({});
  t.after(() => inbox.stop());
  const path = `/v1/uploads/${"0".repeat(32)}/verdict`;
  const answer = await callEdge(path, { method: "POST", body: "{}" }, inbox.edge.url);
  assert.deepEqual([answer.status, answer.json.code], [404, "no_such_route"]);
});
