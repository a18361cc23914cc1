// Large objects through an inbox, at the development store or the one that `INBOX_STORE` names: in parts, and copied by parts
// of 5 MiB. `INBOX_GIB=6` has one of so many GiB go through whole, copied as the Worker is shipped.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { IN_PARTS, Inbox, PartsInInbox, freshName, jpeg, page } from "../support/inbox.mjs";
import { isProblem } from "../support/refusal.mjs";
import { follow, presigned } from "../support/stack.mjs";

const MIB = 1024 * 1024;
const type = "image/jpeg";
const rule = { allow: IN_PARTS };
/** Whether the store isn't known to pin a part: then what is large has to be held. */
const HOLDS = process.env.INBOX_HOLD === "yes";
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());
const begin = (inbox, more) =>
  PartsInInbox.begin(inbox, { type, name: freshName("photo.jpg"), ...more });

/** What is at a key: the status of the store's answer. */
async function statusOf(inbox, key) {
  const response = await inbox.read(key);
  await response.arrayBuffer();
  return response.status;
}

/** Takes away what a test has made: the store may be somebody's. */
async function remove(inbox, key) {
  const signed = await presigned({ operation: "DeleteObject", key }, { edge: inbox.edge.url });
  assert.equal((await follow(signed)).status, 204);
}

for (const hold of HOLDS ? [true] : [false, true]) {
  const held = hold ? ", held first" : "";
  for (const uploads of [undefined, { max_copy: 5 * MIB }]) {
    const how = uploads === undefined ? "at once" : "by parts";
    test(`what goes in parts and is copied ${how}${held} is what was sent`, async (t) => {
      const inbox = await Inbox.start({ rule, uploads, accept: { hold } });
      t.after(() => inbox.stop());
      for (const size of [MIB, 11 * MIB]) {
        const bytes = jpeg(size);
        const upload = await begin(inbox, { metadata: { owner: "me" } });
        const parts = await upload.send(bytes);
        isProblem(await inbox.accept(upload.id), 409, "nothing_uploaded");
        const done = await upload.ask("complete", { parts });
        assert.equal(done.status, 200, done.text);
        assert.equal(await statusOf(inbox, upload.key), 404);
        const told = await inbox.ended(upload.id);
        assert.deepEqual([told.state, told.size], ["accepted", size], JSON.stringify(told));
        const read = await inbox.read(upload.key);
        assert.equal(read.headers.get("content-type"), type);
        assert.equal(read.headers.get("x-amz-meta-owner"), "me");
        assert.equal(read.headers.get("x-amz-meta-edge-upload"), upload.id);
        assert.ok((await bytesOf(read)).equals(bytes));
        const again = await upload.ask("complete", { parts });
        assert.equal(again.json.upload?.id, upload.id, again.text);
        await remove(inbox, upload.key);
      }
      const bad = await begin(inbox);
      await bad.upload(Buffer.concat([page(), Buffer.alloc(6 * MIB, " ")]));
      const told = await inbox.ended(bad.id);
      assert.deepEqual([told.state, told.reason], ["refused", "active"]);
      assert.equal(await statusOf(inbox, bad.key), 404);
      const open = await begin(inbox);
      const sent = await open.send(jpeg(MIB));
      assert.equal((await open.ask("abort")).status, 204);
      assert.equal((await inbox.accepted(open.id)).reason, "given_up");
      assert.equal((await open.ask("complete", { parts: sent })).status, 404);
    });
  }
}

const GIB = Number(process.env.INBOX_GIB ?? 0);
if (GIB > 0) {
  test(`${GIB} GiB go through whole`, async (t) => {
    const inbox = await Inbox.start({ rule, accept: { hold: HOLDS } });
    t.after(() => inbox.stop());
    const upload = await begin(inbox);
    // Zeros, of which the development store keeps none.
    const part = Buffer.alloc(512 * MIB);
    jpeg(4096).copy(part);
    const parts = [];
    let begun = Date.now();
    for (let number = 1; number <= 2 * GIB + 1; number++) {
      const body = number <= 2 * GIB ? part : jpeg(MIB);
      const signed = await upload.sign(number, body.length);
      const response = await follow(signed, { body });
      assert.equal(response.status, 200, await response.text());
      parts.push({ part_number: number, etag: response.headers.get("etag") });
      part.fill(0);
    }
    const seconds = () => ((Date.now() - begun) / 1000).toFixed(1);
    console.log(`measured: ${GIB} GiB sent in ${seconds()} s`);
    begun = Date.now();
    const done = await upload.ask("complete", { parts });
    assert.equal(done.status, 200, done.text);
    console.log(`measured: completed in ${seconds()} s`);
    begun = Date.now();
    let told;
    do {
      await sleep(1000);
      told = (await inbox.accepted(upload.id)).state;
    } while (told === "checking");
    const { json } = await inbox.ask(upload.id);
    console.log(`measured: ${told} in ${seconds()} s: ${JSON.stringify(json)}`);
    assert.deepEqual([told, json.size], ["accepted", 1024 * MIB * GIB + MIB]);
    await remove(inbox, upload.key);
  });
}
