// Uploads into an inbox: nobody can read what wasn't looked at, and what is accepted is what was looked at.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { postJson } from "../e2e/support/api.mjs";
import { freshName, page, png, put } from "../e2e/support/inbox.mjs";
import { isMissing, submit } from "../e2e/support/s3.mjs";
import { HARMFUL, Scanner } from "../e2e/support/scanner.mjs";
import { follow, presign, presigned } from "../e2e/support/stack.mjs";
import { answered, keeps, taken } from "./support/case.mjs";
import { gatewayCase, inboxCase, startTagger } from "./support/inbox.mjs";

const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());
const LARGE = 5_300_000;

gatewayCase("an inbox, where nobody refuses what wasn't signed");

/** It is accepted, and these bytes are at its key. */
async function isAccepted(inbox, { id, key }, bytes) {
  const told = await inbox.ended(id);
  assert.equal(told.state, "accepted", JSON.stringify(told));
  const read = await inbox.read(key);
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("content-type"), "image/png");
  assert.equal(read.headers.get("etag"), told.etag);
  assert.ok((await bytesOf(read)).equals(bytes));
}

/** It is refused for that reason, and nothing is at its key. */
async function isRefused(inbox, { id, key }, reason) {
  await isMissing(key);
  const told = await inbox.ended(id);
  assert.deepEqual([told.state, told.reason], ["refused", reason]);
  await isMissing(key);
}

/** What is left in the inbox of an upload: nothing. */
async function isEmptied(store, { id }) {
  const of = store.asked.filter(({ step, key }) => step === "empty" && key.endsWith(id));
  assert.ok(of.length > 0 && of.every(({ status }) => [200, 204, 404].includes(status)));
}

inboxCase("an upload into an inbox is readable once it was looked at", {
  use: async ({ inbox, store }) => {
    for (const bytes of [png(), png(9000), png(LARGE)]) {
      const signed = await inbox.upload(bytes, { metadata: { owner: "me" } });
      await isMissing(signed.upload.key);
      await isAccepted(inbox, signed.upload, bytes);
      const read = await inbox.read(signed.upload.key);
      assert.equal(read.headers.get("x-amz-meta-owner"), "me");
      await read.arrayBuffer();
      await isEmptied(store, signed.upload);
    }
    for (const [bytes, reason] of [
      [page(), "active"],
      [Buffer.alloc(0), "empty"],
      [Buffer.from("MZ\x90\0 and so on"), "executable"],
    ]) {
      const { upload } = await inbox.upload(bytes);
      await isRefused(inbox, upload, reason);
      await isEmptied(store, upload);
    }
  },
});

inboxCase("a URL into an inbox writes again after its upload was accepted, and reaches nothing", {
  use: async ({ inbox }) => {
    const bytes = png(9000);
    const signed = await inbox.upload(bytes, { content_length: undefined });
    await isAccepted(inbox, signed.upload, bytes);
    await put(signed, page());
    await isAccepted(inbox, signed.upload, bytes);
    const key = `inbox/${signed.upload.id}`;
    const inside = await presign({ operation: "GetObject", key }, { edge: inbox.edge.url });
    assert.equal(inside.status, 403);
    const headers = { "x-amz-acl": "public-read" };
    const sent = await follow(signed, { body: bytes, headers });
    assert.ok([400, 403].includes(sent.status), `${sent.status}: ${await sent.text()}`);
  },
});

inboxCase("an upload that is replaced between looking and copying isn't accepted", {
  use: async ({ inbox, store }) => {
    for (const bytes of [png(9000), png(LARGE)]) {
      const signed = await inbox.upload(bytes, { content_length: undefined });
      for (const at of ["last", "copy"]) {
        let puts = 0;
        store.before = async (step) => {
          if (step === at && puts++ === 0) await put(signed, page());
        };
        const answer = await inbox.accept(signed.upload.id);
        assert.deepEqual([answer.status, answer.json.code], [409, "upload_changed"], answer.text);
        await isMissing(signed.upload.key);
        store.before = async () => {};
        await put(signed, bytes);
      }
      await isAccepted(inbox, signed.upload, bytes);
    }
  },
});

inboxCase("an upload to a key where something is", {
  use: async ({ inbox }) => {
    const name = freshName();
    const [one, other] = [png(1), png(2)];
    await isAccepted(inbox, (await inbox.upload(one, { name })).upload, one);
    const { upload } = await inbox.upload(other, { name });
    const told = await inbox.ended(upload.id);
    const isKept = keeps("create_only:CopyObject");
    assert.equal(told.reason, isKept ? "exists" : undefined);
    assert.ok((await bytesOf(await inbox.read(upload.key))).equals(isKept ? one : other));
    return isKept ? "held: refused" : "replaces it";
  },
});

const fresh = () => ({ key: `users/e2e/${freshName()}`, content_type: "image/png" });
const form = (edge, more) => postJson("/v1/forms", { ...fresh(), ...more }, { edge });

inboxCase("a form into an inbox", {
  signed: { need: "post_form", ask: (edge) => form(edge) },
  use: async ({ inbox, store }) => {
    const edge = inbox.edge.url;
    const [bytes, made] = [png(9000), taken(await form(edge, { metadata: { owner: "me" } }))];
    await answered(await submit(made, { body: bytes }), 200, 204);
    await isMissing(made.upload.key);
    await isAccepted(inbox, made.upload, bytes);
    await answered(await submit(made, { body: page() }), 200, 204);
    await isAccepted(inbox, made.upload, bytes);
    await isEmptied(store, made.upload);
    const bad = taken(await form(edge));
    await answered(await submit(bad, { body: page() }), 200, 204);
    await isRefused(inbox, bad.upload, "active");
  },
});

const link = (edge, delivery = "redirect") => {
  const wish = { operation: "PutObject", max_bytes: 100_000, delivery };
  return postJson("/v1/links", { ...fresh(), ...wish }, { edge });
};

inboxCase("a link into an inbox, redirected or through the edge", {
  options: { rule: { delivery: ["redirect", "stream"] } },
  signed: { need: "create_only:PutObject", ask: (edge) => link(edge) },
  use: async ({ inbox }) => {
    for (const delivery of ["redirect", "stream"]) {
      for (const [bytes, reason] of [[png(9000)], [page(), "active"]]) {
        const { url, headers, upload } = taken(await link(inbox.edge.url, delivery));
        const put = (to) => fetch(to, { method: "PUT", headers, body: bytes, redirect: "manual" });
        let sent = await put(url);
        if (delivery === "redirect") sent = await put(sent.headers.get("location"));
        await answered(sent, 200);
        await isMissing(upload.key);
        if (reason === undefined) await isAccepted(inbox, upload, bytes);
        else await isRefused(inbox, upload, reason);
      }
    }
  },
});

inboxCase("what is held is what is looked at and copied, whatever is uploaded meanwhile", {
  options: { accept: { hold: true } },
  use: async ({ inbox, store }) => {
    for (const bytes of [png(9000), png(LARGE)]) {
      const signed = await inbox.upload(bytes, { content_length: undefined });
      const seen = [];
      store.before = async (step) => {
        seen.push(step);
        if (["first", "last", "copy"].includes(step)) await put(signed, page());
      };
      await isAccepted(inbox, signed.upload, bytes);
      store.before = async () => {};
      assert.deepEqual(seen, ["hold", "first", "last", "copy", "empty", "empty"]);
    }
  },
});

const scanner = await Scanner.start();
// Else it keeps this process.
scanner.unref();

inboxCase("a scanner that is asked by webhook reads what is held, and says what becomes of it", {
  options: {
    accept: { scan: "webhook" },
    uploads: { scanner: { url: scanner.url, secret: "SCANNER" } },
  },
  secrets: { SCANNER: scanner.secret },
  use: async ({ inbox }) => {
    for (const more of [9000, LARGE]) {
      const bytes = png(more);
      const signed = await inbox.upload(bytes, { content_length: undefined });
      scanner.of(signed, async (message) => {
        await put(signed, page());
        return Scanner.scan(message);
      });
      await isAccepted(inbox, signed.upload, bytes);
      const [message] = scanner.askedOf(signed);
      assert.ok(message.bytes.equals(bytes));
      // Without what it was told to send, and of what is gone, it reads nothing.
      await answered(await fetch(message.json.data.read.url), 400, 403, 404);
    }
    const harmful = Buffer.concat([png(6000), HARMFUL, Buffer.alloc(6000)]);
    const { upload } = await inbox.upload(harmful);
    await isRefused(inbox, upload, "infected");
    const slow = await inbox.upload(png());
    scanner.of(slow, () => ({ status: 202, headers: { "retry-after": "1" } }));
    assert.equal((await inbox.accepted(slow.upload.id)).state, "checking");
    await isMissing(slow.upload.key);
    scanner.of(slow, Scanner.scan);
    assert.equal((await inbox.ended(slow.upload.id)).state, "accepted");
  },
});

const TAG = { name: "scan-result", clean: "ok", infected: "bad" };

inboxCase("a scanner that sets a tag", {
  options: { accept: { scan: "tag" }, uploads: { tag: TAG } },
  needs: ["tagging:GetObjectTagging", "tagging_directive:CopyObject", "create_only:CopyObject"],
  use: async ({ inbox, t }) => {
    const tagger = await startTagger();
    t.after(() => tagger.stop());
    const setTag = async (key, name, value) => {
      const wish = { operation: "PutObjectTagging", key };
      const tag = `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`;
      const body = `<Tagging><TagSet>${tag}</TagSet></Tagging>`;
      await answered(await follow(await presigned(wish, { edge: tagger.url }), { body }), 200);
    };
    for (const [value, reason] of [["ok"], ["bad", "infected"], ["could not", "not_scanned"]]) {
      const bytes = png(9000);
      const signed = await inbox.upload(bytes, { content_length: undefined });
      const { id, key } = signed.upload;
      assert.equal((await inbox.accepted(id)).state, "checking");
      // Neither another tag nor one of what isn't held counts, nor what is uploaded by now.
      await setTag(`inbox/held/${id}`, "another", "ok");
      await put(signed, page());
      await setTag(`inbox/${id}`, TAG.name, "ok");
      await sleep(2500);
      assert.equal((await inbox.accepted(id)).state, "checking");
      await isMissing(key);
      await setTag(`inbox/held/${id}`, TAG.name, value);
      if (reason === undefined) await isAccepted(inbox, signed.upload, bytes);
      else await isRefused(inbox, signed.upload, reason);
    }
    // Whoever uploads can't set it.
    const signed = await inbox.sign(png());
    const headers = { "x-amz-tagging": `${TAG.name}=ok` };
    const sent = await follow(signed, { body: png(), headers });
    assert.ok([400, 403].includes(sent.status), `${sent.status}: ${await sent.text()}`);
  },
});
