// How an upload into an inbox ended is told: by a signed message, and by one in a queue. Nobody waits for it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Inbox, page, png } from "../support/inbox.mjs";
import { Hooked } from "../support/scanner.mjs";
import { ready } from "../support/stack.mjs";

/** Waits for what comes to be true. */
async function until(isThere, seconds = 40) {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(100)) {
    const found = await isThere();
    if (found) return found;
    assert.ok(Date.now() < deadline, "it doesn't come");
  }
}

describe("an outcome", { concurrency: true }, () => {
  let told, inbox;
  const outcome = () => ({ url: told.url, secret: "OUTCOME" });
  const queues = {
    producers: [{ binding: "ENDS", queue: "ends" }],
    consumers: [{ queue: "ends", maxBatchTimeout: 0 }],
  };
  const main = "tests/e2e/support/queue-worker.mjs";

  before(async () => {
    told = await Hooked.start();
    const uploads = { outcome: outcome(), queue: "ENDS" };
    inbox = await Inbox.start({ uploads, queues, main }, { secrets: { OUTCOME: told.secret } });
  });
  after(async () => {
    await inbox?.stop();
    told?.stop();
  });

  const toldOf = (signed) => told.messages.filter(({ json }) => json.data.id === signed.upload.id);
  const taken = async () => (await fetch(`${inbox.edge.url}/taken`)).json();
  const takenOf = async (signed) =>
    (await taken()).filter(({ data }) => data.id === signed.upload.id);

  for (const [what, bytes, end] of [
    ["accepted", png(), { state: "accepted" }],
    ["refused", page(), { state: "refused", reason: "active" }],
  ]) {
    test(`of what is ${what} is told once, to both`, async () => {
      const signed = await inbox.upload(bytes);
      const answer = await inbox.accepted(signed.upload.id);
      assert.equal(answer.state, end.state);
      const [message] = await until(() => toldOf(signed)[0] && toldOf(signed));
      assert.ok(message.isSigned);
      assert.equal(message.headers["webhook-id"], `end-${signed.upload.id}`);
      const { type, timestamp, data } = message.json;
      assert.equal(type, `upload.${end.state}`);
      assert.ok(Math.abs(Date.now() - Date.parse(timestamp)) < 60_000);
      const { etag, size } = answer;
      assert.deepEqual(data, {
        id: signed.upload.id,
        ...end,
        ...(etag === undefined ? {} : { etag, size }),
        store: ready.store_name,
        key: signed.upload.key,
        content_type: "image/png",
        issuer: ready.issuer,
        subject: "e2e",
      });
      const [queued] = await until(async () => (await takenOf(signed))[0] && takenOf(signed));
      assert.deepEqual(queued, message.json);
      // Asked again, it isn't told again.
      await inbox.accepted(signed.upload.id);
      await sleep(3000);
      assert.equal(toldOf(signed).length, 1);
      assert.equal((await takenOf(signed)).length, 1);
    });
  }

  test("that nobody takes is told again, by the same name, and the queue isn't", async () => {
    const signed = await inbox.upload(png());
    const { answer } = told;
    const hangs = ["hang", { status: 500 }, { status: 307, headers: { location: told.url } }];
    told.answer = async (message) => {
      if (message.json.data.id !== signed.upload.id) return answer(message);
      const next = hangs.shift();
      return next === "hang" ? new Promise(() => {}) : (next ?? { status: 204 });
    };
    const started = Date.now();
    assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
    assert.ok(Date.now() - started < 5000, "it was waited for");
    await until(() => toldOf(signed).length === 2, 60);
    const [first, second] = toldOf(signed);
    assert.deepEqual(second.json, first.json);
    assert.equal(second.headers["webhook-id"], first.headers["webhook-id"]);
    assert.ok(second.isSigned);
    assert.equal((await takenOf(signed)).length, 1);
    const line = await until(() =>
      inbox.edge
        .output()
        .split("\n")
        .find((line) => line.includes(signed.upload.id) && line.includes("not_told")),
    );
    assert.equal(JSON.parse(line).outcome, "failed");
  });
});

test("a Worker that is killed before it told anybody tells it afterwards", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "inbox-"));
  const told = await Hooked.start();
  const uploads = { outcome: { url: told.url, secret: "OUTCOME" } };
  const options = [{ uploads }, { secrets: { OUTCOME: told.secret }, state: folder }];
  let inbox = await Inbox.start(...options);
  t.after(async () => {
    await inbox.stop();
    told.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const signed = await inbox.upload(png());
  let isDead = false;
  told.answer = async () => {
    if (!isDead) return new Promise(() => {});
    return { status: 200 };
  };
  await inbox.accepted(signed.upload.id);
  await until(() => told.messages.length > 0);
  await inbox.stop();
  isDead = true;
  inbox = await Inbox.start(...options);
  await until(() => told.messages.length > 1);
  assert.deepEqual(told.messages[1].json, told.messages[0].json);
});
