// Many writers by one URL while its upload is accepted: what is accepted is what was looked at.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { postJson } from "./api.mjs";
import { freshName, page, png } from "./inbox.mjs";
import { submit } from "./s3.mjs";
import { follow } from "./stack.mjs";

const WRITERS = 3;
const LANES = 4;
const PAUSE_MS = 200;

/** By a URL: the upload, and what sends bytes. */
export async function byUrl(inbox, bytes) {
  const signed = await inbox.sign(bytes, { content_length: undefined });
  return { upload: signed.upload, send: (body) => follow(signed, { body }) };
}

/** Asks for a form. */
export function form(edge) {
  const wish = { key: `users/e2e/${freshName()}`, content_type: "image/png", max_bytes: 2e7 };
  return postJson("/v1/forms", wish, { edge });
}

/** By a form. */
export async function byForm(inbox) {
  const { status, text, json } = await form(inbox.edge.url);
  assert.equal(status, 200, text);
  return { upload: json.upload, send: (body) => submit(json, { body }) };
}

/** Begins so many uploads, and writes to each while it is accepted: what came of it. Some are of `large` bytes. */
export async function races(inbox, { uploads, begin = byUrl, large = 0 }) {
  const sums = { uploads, puts: 0, accepted: 0, refused: 0, changed: 0, others: 0 };
  Object.assign(sums, { broken: 0, failed: 0 });
  const race = async (number) => {
    const more = large > 0 && number % 5 === 0 ? large : 0;
    const [good, other, bad] = [png(6_000 + more), png(9_000 + more), page()];
    const { upload, send } = await begin(inbox, good);
    const { id, key } = upload;
    let isOver = false;
    // Every other upload has moments without a PUT.
    const pause = number % 2 === 0 ? 0 : PAUSE_MS;
    const write = async () => {
      while (!isOver) {
        if (pause > 0) await sleep(Math.random() * pause);
        const sent = await send([bad, good, other][Math.floor(Math.random() * 3)]);
        await sent.arrayBuffer();
        sums[sent.ok ? "puts" : "failed"] += 1;
      }
    };
    const writers = Array.from({ length: WRITERS }, write);
    const told = await ended(inbox, id, sums).finally(() => (isOver = true));
    await Promise.all(writers);
    const { state, etag, size } = told;
    const read = await inbox.read(key);
    const found = Buffer.from(await read.arrayBuffer());
    sums[state] += 1;
    if (state === "refused") {
      assert.equal(read.status, 404, key);
      return;
    }
    assert.equal(read.status, 200, key);
    assert.equal(read.headers.get("etag"), etag);
    assert.equal(found.length, size);
    assert.ok(found.equals(good) || found.equals(other), "something else than was looked at");
    if (found.equals(other)) sums.others += 1;
  };
  let begun = 0;
  const lane = async () => {
    while (begun < uploads) await race(begun++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  console.log(`measured: ${JSON.stringify(sums)}`);
  assert.equal(sums.accepted + sums.refused, uploads);
  return sums;
}

/** Has an upload accepted until it is at its end. */
async function ended(inbox, id, sums) {
  for (const deadline = Date.now() + 120_000; ;) {
    const { status, text, json } = await inbox.accept(id);
    assert.ok(Date.now() < deadline, text);
    if (json.code === "upload_changed") sums.changed += 1;
    // A store may answer 500 where what it copies is replaced.
    else if (json.code === "store_unavailable") sums.broken += 1;
    else if (json.code !== "nothing_uploaded") {
      assert.equal(status, 200, text);
      if (json.state !== "checking") return json;
    }
  }
}
