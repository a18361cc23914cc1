// Workers that are killed in each step of an acceptance, and go on with what they had written: nobody can read what
// wasn't accepted, none is lost, and none is accepted twice.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Inbox, page, png, put } from "./inbox.mjs";
import { InboxStore } from "./inbox-store.mjs";
import { follow, presigned } from "./stack.mjs";

const UPLOADS_A_KILL = 4;
const STEPS = ["first", "last", "copy", "empty"];

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is at a key: its bytes, or nothing. Asked by the Worker that all tests share. */
async function at(key) {
  const response = await follow(await presigned({ operation: "GetObject", key }));
  if (response.status === 404) return undefined;
  assert.equal(response.status, 200, key);
  return Buffer.from(await response.arrayBuffer());
}

/** Kills so many Workers, each with uploads of its own: what became of them. `gateway` is what `InboxStore` takes, `options` what `Inbox` does. */
export async function kills(t, { times, seed, gateway, options }) {
  console.log(`seed ${seed}; the same again: INBOX_KILLS_SEED=${seed} INBOX_KILLS=${times}`);
  const random = randomOf(seed);
  const oneOf = (list) => list[Math.floor(random() * list.length)];
  const folder = mkdtempSync(join(tmpdir(), "inbox-"));
  const store = await InboxStore.start(gateway);
  let inbox;
  t.after(async () => {
    await inbox?.stop();
    store.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  /** Copies that were made, by the keys that they were made to. */
  const copies = new Map();
  const asked = new Set();
  store.before = async () => {};
  const uploads = [];
  const killed = {};

  for (let kill = 0; kill < times; kill++) {
    inbox = await Inbox.start({ store, ...options }, { state: folder });
    for (let n = 0; n < UPLOADS_A_KILL; n++) {
      // A third isn't what it is declared as, or is replaced by what isn't.
      const isBad = random() < 0.33;
      const bytes = isBad ? page() : png(5_000 + Math.floor(random() * 5_000));
      const signed = await inbox.upload(bytes, { content_length: undefined });
      uploads.push({ signed, bytes, isBad, key: signed.upload.key });
    }
    const open = uploads.filter(({ isOver }) => !isOver);
    const victim = oneOf(open.filter(({ isBad }) => !isBad).concat(open));
    // What is bad is looked at once, and emptied.
    const step = victim.isBad ? oneOf(["first", "empty"]) : oneOf(STEPS);
    const moment = oneOf(["before", "after"]);
    const inboxKey = `inbox/${victim.signed.upload.id}`;
    const { promise: dead, resolve: die } = Promise.withResolvers();
    let isDead = false;
    const strike = async (now, happened, key) => {
      const isVictims = key === inboxKey || key === victim.key;
      if (isDead) return false;
      if (now !== moment || happened !== step || !isVictims) return undefined;
      isDead = true;
      killed[`${moment} ${step}`] = (killed[`${moment} ${step}`] ?? 0) + 1;
      await inbox.stop();
      die();
      return false;
    };
    store.before = (happened, key) => {
      if (happened === "copy") asked.add(key);
      return strike("before", happened, key);
    };
    store.after = (happened, said, key) => {
      if (happened === "copy" && said.status === 200) copies.set(key, (copies.get(key) ?? 0) + 1);
      return strike("after", happened, key);
    };
    const accept = async (upload) => {
      // Some begin a moment later, and some are written over by who has the URL.
      await sleep(random() * 20);
      if (!upload.isBad && random() < 0.2 && upload !== victim) {
        await put(upload.signed, page()).catch(() => {});
        upload.isSpoiled = true;
      }
      const answer = await inbox.accept(upload.signed.upload.id);
      if (answer.status !== 200) return;
      upload.told = answer.json.state;
      upload.isOver = ["accepted", "refused"].includes(answer.json.state);
    };
    const all = Promise.all(open.map((upload) => accept(upload).catch(() => {})));
    // Where the victim was over before it came so far, the kill comes anyhow.
    await Promise.race([dead, all.then(() => sleep(50))]);
    if (!isDead) {
      isDead = true;
      killed.later = (killed.later ?? 0) + 1;
      await inbox.stop();
    }
    await all;
    for (const { key, isBad, bytes, told } of uploads) {
      const found = await at(key);
      // Nobody can read what no copy was asked for; what is there was looked at.
      if (!asked.has(key)) assert.equal(found, undefined, key);
      if (found !== undefined) assert.ok(!isBad && found.equals(bytes), key);
      if (told === "accepted") assert.ok(found?.equals(bytes), key);
    }
  }

  [store.before, store.after] = [async () => {}, async () => {}];
  store.after = async (happened, said, key) => {
    if (happened === "copy" && said.status === 200) copies.set(key, (copies.get(key) ?? 0) + 1);
  };
  inbox = await Inbox.start({ store, ...options }, { state: folder });
  const sums = { accepted: 0, refused: 0, spoiled: 0, goneOn: 0 };
  for (const upload of uploads) {
    const { signed, bytes, isBad, isSpoiled, key, told, isOver } = upload;
    let last = await inbox.ask(signed.upload.id);
    if (!["accepted", "refused"].includes(last.json.state)) {
      sums.goneOn += 1;
      last = await inbox.accept(signed.upload.id);
    }
    assert.equal(last.status, 200, last.text);
    const { state } = last.json;
    // What somebody was told stays so.
    if (isOver) assert.equal(state, told);
    const found = await at(key);
    if (state === "accepted") assert.ok(!isBad && found.equals(bytes), key);
    else assert.equal(found, undefined, key);
    // None is lost, but what was written over before it was looked at.
    if (!isBad && !isSpoiled) assert.equal(state, "accepted", key);
    if (isBad) assert.equal(state, "refused", key);
    assert.ok((copies.get(key) ?? 0) <= 1, `${key} was copied ${copies.get(key)} times`);
    sums[state] += 1;
    sums.spoiled += isSpoiled ? 1 : 0;
  }
  const measured = { uploads: uploads.length, ...sums, killed };
  console.log(`measured: ${times} kills: ${JSON.stringify(measured)}`);
  assert.ok(Object.keys(killed).length > 1, JSON.stringify(killed));
  return measured;
}
