// Many PUTs by one URL while its upload is accepted: what is accepted is what was looked at.
//
// `INBOX_STORE` names another store than the development one, in JSON: the store's variables, and its `keys`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox, page, png, put } from "../support/inbox.mjs";

const UPLOADS = Number(process.env.INBOX_RACES ?? 30);
const WRITERS = 3;

const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());

test(`${UPLOADS} uploads, ${WRITERS} writers each`, async (t) => {
  const inbox = await Inbox.start();
  t.after(() => inbox.stop());
  const sums = { accepted: 0, refused: 0, changed: 0, puts: 0, others: 0 };
  const race = async () => {
    const [good, other] = [png(6_000), png(9_000)];
    const bad = page();
    const signed = await inbox.upload(good, { content_length: undefined });
    const { id, key } = signed.upload;
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        await put(signed, [bad, good, other][Math.floor(Math.random() * 3)]);
        sums.puts += 1;
      }
    };
    const writers = Array.from({ length: WRITERS }, write);
    let told;
    while (told === undefined) {
      const answer = await inbox.accept(id);
      if (answer.json.code === "upload_changed") sums.changed += 1;
      else if (answer.json.code !== "nothing_uploaded") told = answer;
    }
    isOver = true;
    await Promise.all(writers);
    assert.equal(told.status, 200, told.text);
    const { state, etag, size } = told.json;
    const read = await inbox.read(key);
    sums[state] += 1;
    if (state === "refused") {
      assert.equal(read.status, 404, key);
      return;
    }
    assert.equal(read.status, 200, key);
    assert.equal(read.headers.get("etag"), etag);
    const found = await bytesOf(read);
    assert.equal(found.length, size);
    assert.ok(found.equals(good) || found.equals(other), "something else than was looked at");
    if (found.equals(other)) sums.others += 1;
  };
  let left = UPLOADS;
  const lane = async () => {
    while (left-- > 0) await race();
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  console.log(`measured: ${JSON.stringify(sums)}`);
  assert.ok(sums.accepted > 0 && sums.refused > 0 && sums.changed > 0, JSON.stringify(sums));
});
