// A quota of a rule whose uploads go into an inbox: reserved when they are signed, settled by what the inbox says.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge } from "../support/edge.mjs";
import { Inbox, freshName, inboxSecrets, page, png, put, withInbox } from "../support/inbox.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, presign, token } from "../support/stack.mjs";

/** Seconds between a URL's end and what the inbox says of its upload, if nobody asked. */
const keep = 2;
const LIMIT = 1000;

function configuration() {
  const whole = withInbox({ accept: { keep } });
  whole.durable_objects.bindings.push({ name: "QUOTA", class_name: "QuotaObject" });
  whole.vars.RULES[1].quota = { bytes: LIMIT, objects: 10, per: "month" };
  return whole;
}

/** Uploads of a session of its own. */
class Member {
  constructor(inbox) {
    const sub = `member-${crypto.randomUUID()}`;
    Object.assign(this, { inbox, sub, bearer: token({ sub }) });
  }

  sign(bytes, more) {
    const name = `users/${this.sub}/${freshName()}`;
    return this.inbox.sign(bytes, { bearer: this.bearer, key: name, expires_in: 5, ...more });
  }

  async accept(signed) {
    return this.inbox.accepted(signed.upload.id, { bearer: this.bearer });
  }

  async used() {
    const headers = { authorization: `Bearer ${this.bearer}` };
    const { status, json, text } = await callEdge("/v1/quota", { headers }, this.inbox.edge.url);
    assert.equal(status, 200, text);
    const [{ bytes, objects }] = json.quotas;
    return { bytes: bytes.used, objects: objects.used, open: bytes.reserved + objects.reserved };
  }

  /** What is used once nothing is open any more: half a minute later, in which a URL may still be signed. */
  async settled() {
    const end = Date.now() + 60_000;
    for (;;) {
      const { open, ...used } = await this.used();
      if (open === 0) return used;
      assert.ok(Date.now() < end, `${this.sub} has ${open} open`);
      await sleep(250);
    }
  }
}

describe("what is signed is reserved, and", { concurrency: 4 }, () => {
  let inbox;
  before(async () => {
    inbox = new Inbox(await startEdge(configuration(), inboxSecrets));
  });
  after(() => inbox?.stop());

  test("what is accepted counts with its size", async () => {
    const member = new Member(inbox);
    const bytes = png();
    const signed = await member.sign(bytes);
    assert.deepEqual(await member.used(), {
      bytes: bytes.length,
      objects: 1,
      open: bytes.length + 1,
    });
    await put(signed, bytes);
    assert.equal((await member.accept(signed)).state, "accepted");
    assert.deepEqual(await member.settled(), { bytes: bytes.length, objects: 1 });
  });

  test("what is refused comes back", async () => {
    const member = new Member(inbox);
    const bytes = page();
    const signed = await member.sign(bytes);
    await put(signed, bytes);
    assert.equal((await member.accept(signed)).state, "refused");
    assert.deepEqual(await member.settled(), { bytes: 0, objects: 0 });
  });

  test("what is never accepted comes back, whether it was uploaded or not", async () => {
    const [uploaded, nothing] = [new Member(inbox), new Member(inbox)];
    const bytes = png(100);
    const signed = await uploaded.sign(bytes);
    await put(signed, bytes);
    await nothing.sign(bytes);
    assert.deepEqual(await nothing.settled(), { bytes: 0, objects: 0 });
    assert.deepEqual(await uploaded.settled(), { bytes: 0, objects: 0 });
    // And is not accepted any more, or it would be counted by nobody.
    const late = await inbox.accept(signed.upload.id, { bearer: uploaded.bearer });
    isProblem(late, 404, "no_such_upload");
  });

  test("what is more than is left is refused, and another file by the same URL takes nothing more", async () => {
    const member = new Member(inbox);
    const bytes = png(LIMIT - 200);
    const signed = await member.sign(bytes, { expires_in: 5 });
    const { length } = bytes;
    const more = {
      operation: "PutObject",
      key: `users/${member.sub}/b`,
      content_type: "image/png",
    };
    const options = { edge: inbox.edge.url, bearer: member.bearer };
    const answer = await presign({ ...more, content_length: LIMIT - length + 1 }, options);
    isProblem(answer, 403, "quota_exceeded");
    assert.equal(answer.json.quota.bytes_left, LIMIT - length);
    await put(signed, bytes);
    assert.equal((await member.accept(signed)).state, "accepted");
    await put(signed, png(LIMIT - 200));
    assert.deepEqual(await member.settled(), { bytes: length, objects: 1 });
  });
});

test("a Worker that is killed before the end settles it when it comes again", async () => {
  const state = mkdtempSync(join(tmpdir(), "state-"));
  try {
    const first = await startEdge(configuration(), inboxSecrets, { state });
    const member = new Member(new Inbox(first));
    const bytes = png();
    await member.sign(bytes);
    const signed = await member.sign(bytes, { expires_in: 3 });
    await put(signed, bytes);
    assert.equal((await member.accept(signed)).state, "accepted");
    await first.kill();
    const second = await startEdge(configuration(), inboxSecrets, { state });
    try {
      member.inbox = new Inbox(second);
      assert.deepEqual(await member.settled(), { bytes: bytes.length, objects: 1 });
    } finally {
      await second.stop();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});
