// What an upload into an inbox takes before its URL is given out, and from whom; and what becomes of one whose subject
// was revoked.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { postJson } from "../support/api.mjs";
import { startEdge } from "../support/edge.mjs";
import { freshName, Inbox, inboxSecrets, png, withInbox } from "../support/inbox.mjs";
import { kv_namespaces } from "../support/kv.mjs";
import { revoke } from "../support/operator.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, follow, presigned, ready, token } from "../support/stack.mjs";

const main = "tests/e2e/support/inbox-worker.mjs";
const EVENTS = "the secret of a store's events, 32 b";
const now = () => Math.floor(Date.now() / 1000);

describe("an upload into an inbox", () => {
  let inbox;
  before(async () => {
    const configuration = withInbox({ main, uploads: { events_secret: "EVENTS" } });
    configuration.kv_namespaces = kv_namespaces;
    configuration.vars.REVOCATION = { admin_secret: "ADMIN_SECRET" };
    const secrets = { ...inboxSecrets, EVENTS, ADMIN_SECRET: ready.admin_secret };
    inbox = new Inbox(await startEdge(configuration, secrets));
  });
  after(() => inbox?.stop());
  const counts = async () => (await fetch(`${inbox.edge.url}/counts`)).json();
  const wish = (more) => ({
    operation: "PutObject",
    key: `users/e2e/${freshName()}`,
    content_type: "image/png",
    content_length: 70,
    ...more,
  });
  const batch = (requests) => postJson("/v1/presign/batch", { requests }, { edge: inbox.edge.url });

  test("ends when its URL does", async () => {
    const signed = await inbox.sign(png());
    assert.equal(Date.parse(signed.expires_at) - Date.parse(signed.signed_at), 300_000);
    assert.equal((await inbox.ask(signed.upload.id)).json.expires_at, signed.expires_at);
    const cached = await inbox.sign(png(), { expires_in: 20, cacheable: true });
    assert.equal(Date.parse(cached.expires_at) - Date.parse(cached.signed_at), 20_000);
    assert.equal((await inbox.ask(cached.upload.id)).json.expires_at, cached.expires_at);
  });

  test("isn't begun by a cookie that any page's image sends", async () => {
    await counts();
    const query = new URLSearchParams(wish());
    const ask = (headers) => {
      const cookie = `__Host-session=${token()}`;
      return callEdge(`/v1/presign?${query}`, { headers: { cookie, ...headers } }, inbox.edge.url);
    };
    for (const headers of [
      {},
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
    ]) {
      isProblem(await ask(headers), 403, "not_allowed");
    }
    assert.deepEqual((await counts()).questions, 0);
    const answer = await ask({ origin: inbox.edge.url });
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await counts()).questions, 1);
  });

  test("is written down once in a batch in which ten bring one key", async () => {
    const one_time_key = crypto.randomUUID();
    await counts();
    const { json } = await batch(Array.from({ length: 10 }, () => wish({ one_time_key })));
    const codes = json.results.map(({ code }) => code);
    assert.deepEqual(codes, [undefined, ...Array(9).fill("one_time_key_used")]);
    // Ten are written down, and nine forgotten.
    assert.equal((await counts()).questions, 19);
    assert.equal((await inbox.ask(json.results[0].upload.id)).json.state, "waiting");
  });

  test("is one of a hundred in a batch, and no more", async (t) => {
    await counts();
    isProblem(await batch(Array.from({ length: 101 }, () => wish())), 400, "invalid_field");
    assert.equal((await counts()).questions, 0);
    const begun = performance.now();
    const { json } = await batch(Array.from({ length: 100 }, () => wish()));
    t.diagnostic(`a hundred took ${Math.round(performance.now() - begun)} ms`);
    assert.equal(new Set(json.results.map(({ upload }) => upload.id)).size, 100);
  });

  test("is refused where a store's event comes after its subject was revoked", async () => {
    const sub = `inbox-${crypto.randomUUID()}`;
    const of = (iat) => token({ sub, iat, nonce: crypto.randomUUID() });
    const key = `users/${sub}/a.png`;
    const tell = ({ upload }) => {
      const object = { key: `inbox/${upload.id}` };
      const body = JSON.stringify({ action: "PutObject", bucket: ready.bucket, object });
      const init = { method: "POST", headers: { authorization: `Bearer ${EVENTS}` }, body };
      return callEdge("/v1/store-events", init, inbox.edge.url);
    };
    const before = await inbox.upload(png(), { key, bearer: of(now() - 60) });
    await revoke({ subject: sub, issued_before: now() - 30 }, inbox.edge.url);
    assert.equal((await tell(before)).status, 200);
    const told = (await inbox.ask(before.upload.id, { bearer: of(now()) })).json;
    assert.deepEqual([told.state, told.reason], ["refused", "revoked"]);
    const wished = { operation: "GetObject", key: before.upload.key };
    const read = await presigned(wished, { bearer: of(now()), edge: inbox.edge.url });
    assert.equal((await follow(read)).status, 404);
    // A session of later isn't meant.
    const later = await inbox.upload(png(), { key, bearer: of(now()) });
    assert.equal((await tell(later)).status, 200);
    assert.equal((await inbox.ask(later.upload.id, { bearer: of(now()) })).json.state, "accepted");
  });
});
