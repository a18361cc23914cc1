// Objects that are larger than what is copied in one request: their copies go by parts, by the alarm. The real limit is 5 GiB;
// `UPLOADS.max_copy` makes it 5 MiB here. `INBOX_GIB=6` has an object of so many GiB go through whole.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { IN_PARTS, Inbox, PartsInInbox, freshName, jpeg, page } from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { isMissing } from "../support/s3.mjs";

const MIB = 1024 * 1024;
const type = "image/jpeg";
const rule = { allow: IN_PARTS };
const uploads = { max_copy: 5 * MIB };
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());
const begin = (inbox, more) =>
  PartsInInbox.begin(inbox, { type, name: freshName("photo.jpg"), ...more });

/** Uploads in parts. */
async function uploaded(inbox, bytes, more) {
  const upload = await begin(inbox, more);
  await upload.upload(bytes);
  return upload;
}

describe("what is larger than one request copies", () => {
  let store, inbox, holding;
  before(async () => {
    store = await InboxStore.start();
    [inbox, holding] = await Promise.all([
      Inbox.start({ store, rule, uploads, features: { create_only_complete: true } }),
      Inbox.start({ store, rule, uploads, accept: { hold: true } }),
    ]);
  });
  after(async () => {
    await Promise.all([inbox?.stop(), holding?.stop()]);
    store?.stop();
  });

  test("is checked, and is at its key once its parts are copied", async () => {
    const bytes = jpeg(12 * MIB);
    const upload = await uploaded(inbox, bytes, { metadata: { owner: "me" } });
    store.steps();
    const asked = Date.now();
    assert.equal((await inbox.accepted(upload.id)).state, "checking");
    // Whoever asks doesn't wait for it.
    assert.ok(Date.now() - asked < 5000);
    await isMissing(upload.key);
    const told = await inbox.ended(upload.id);
    assert.deepEqual([told.state, told.size], ["accepted", 12 * MIB]);
    const read = await inbox.read(upload.key);
    assert.equal(read.headers.get("content-type"), type);
    assert.equal(read.headers.get("x-amz-meta-owner"), "me");
    assert.equal(read.headers.get("x-amz-meta-edge-upload"), upload.id);
    assert.equal(read.headers.get("etag"), told.etag);
    assert.ok((await bytesOf(read)).equals(bytes));
    const steps = store.steps().filter((step) => step !== "client");
    console.log(`measured: 12 MiB in parts of 5 MiB: ${steps.join(", ")}`);
    assert.equal(steps.filter((step) => step === "copy part").length, 3);
    assert.deepEqual(steps.slice(-2), ["complete", "empty"]);
  });

  test("is held by parts too, and is what was held", async () => {
    const bytes = jpeg(11 * MIB);
    const upload = await uploaded(holding, bytes);
    const told = await holding.ended(upload.id);
    assert.deepEqual([told.state, told.size], ["accepted", 11 * MIB]);
    assert.ok((await bytesOf(await holding.read(upload.key))).equals(bytes));
  });

  test("is refused where it isn't what it says, whether held or not", async () => {
    for (const where of [inbox, holding]) {
      const bytes = Buffer.concat([page(), Buffer.alloc(6 * MIB, " ")]);
      const upload = await uploaded(where, bytes);
      const told = await where.ended(upload.id);
      assert.deepEqual([told.state, told.reason], ["refused", "active"]);
      await isMissing(upload.key);
    }
  });

  test("takes nothing's place", async () => {
    const name = freshName("photo.jpg");
    const [one, other] = [jpeg(6 * MIB), jpeg(7 * MIB)];
    const first = await uploaded(inbox, one, { name });
    // One that comes to its key while the parts of this are copied, and two that come later.
    const meanwhile = await uploaded(inbox, other, { name });
    let isFirst = true;
    store.before = async (step, key) => {
      if (step !== "complete" || key !== first.key || !isFirst) return;
      isFirst = false;
      assert.equal((await inbox.ended(first.id)).state, "accepted");
    };
    const told = await inbox.ended(meanwhile.id);
    store.before = async () => {};
    assert.deepEqual([told.state, told.reason, isFirst], ["refused", "exists", false]);
    for (const where of [inbox, holding]) {
      const late = await uploaded(where, other, { name });
      const { state, reason } = await where.ended(late.id);
      assert.deepEqual([state, reason], ["refused", "exists"]);
    }
    assert.ok((await bytesOf(await inbox.read(first.key))).equals(one));
  });
});

for (const holds of [false, true]) {
  test(`a kill between any two parts loses nothing, ${holds ? "held" : "not held"}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "copies-"));
    const store = await InboxStore.start();
    const options = { store, rule, uploads, accept: { hold: holds } };
    let inbox;
    t.after(async () => {
      await inbox?.stop();
      store.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    });
    const bytes = jpeg(11 * MIB);
    let completed = 0;
    const killed = [];
    for (const [step, moment] of [
      ["begin", "before"],
      ["begin", "after"],
      ["copy part", "before"],
      ["copy part", "after"],
      ["complete", "before"],
      ["complete", "after"],
    ]) {
      inbox = await Inbox.start(options, { state: folder });
      const upload = await uploaded(inbox, bytes);
      const { promise: dead, resolve: die } = Promise.withResolvers();
      let isDead = false;
      const strike = async (now, happened, key) => {
        if (isDead) return false;
        if (now !== moment || happened !== step || key === `inbox/${upload.id}`) return undefined;
        isDead = true;
        await inbox.edge.kill();
        die();
        return false;
      };
      store.before = (happened, key) => strike("before", happened, key);
      store.after = (happened, said, key) => strike("after", happened, key);
      await inbox.accept(upload.id).catch(() => {});
      await dead;
      killed.push(`${moment} ${step}`);
      store.before = async () => {};
      store.after = async (happened, said, key) => {
        if (happened === "complete" && key === upload.key && said.status === 200) completed += 1;
      };
      await isMissing(upload.key).catch((error) => {
        // After its completion it is there, and was looked at.
        if (holds || step !== "complete" || moment !== "after") throw error;
        completed += 1;
      });
      inbox = await Inbox.start(options, { state: folder });
      const told = await inbox.ended(upload.id);
      assert.deepEqual([told.state, told.size], ["accepted", 11 * MIB], killed.at(-1));
      assert.ok((await bytesOf(await inbox.read(upload.key))).equals(bytes), killed.at(-1));
      assert.equal(completed, killed.length, killed.at(-1));
      await inbox.stop();
    }
    inbox = undefined;
    console.log(`measured: ${killed.length} kills: ${killed.join(", ")}`);
  });
}
