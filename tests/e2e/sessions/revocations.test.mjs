// Sessions that the operator revokes. All tests share the shared Worker's issuer, so tokens are revoked there by ids
// and subjects that no other test uses. A whole issuer is revoked on separate Workers.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { secrets, startEdge, vars, withEdge } from "../support/edge.mjs";
import { Entries, kv_namespaces } from "../support/kv.mjs";
import { linesOf, reasonOf, until } from "../support/log.mjs";
import { asOperator, callRevocations, lift, revoke } from "../support/operator.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const now = () => Math.floor(Date.now() / 1000);
const fresh = (what) => `${what}-${crypto.randomUUID()}`;
/** What every member may read. */
const shared = { operation: "GetObject", key: "public/file" };

/** A token that no isolate has seen, so that KV is asked about it. */
const unseen = (claims) => token({ ...claims, nonce: crypto.randomUUID() });

async function isAccepted(bearer, edge) {
  const answer = await presign(shared, { bearer, edge });
  assert.equal(answer.status, 200, answer.text);
}

async function isRefused(bearer, edge) {
  isProblem(await presign(shared, { bearer, edge }), 401, "session_invalid");
}

describe("revoking by token id", { concurrency }, () => {
  test("ends that token at once, though it was used before, and no other of the subject", async () => {
    const [jti, other] = [fresh("jti"), fresh("jti")];
    const revoked = token({ jti });
    const same = token({ jti, exp: now() + 900 });
    const rest = [token({ jti: other }), token({ jti: `${jti}x` }), token({})];
    for (const bearer of [revoked, same, ...rest]) await isAccepted(bearer);
    await revoke({ token_id: jti });
    for (const bearer of [revoked, same, unseen({ jti })]) await isRefused(bearer);
    for (const bearer of [...rest, unseen({ jti: other })]) await isAccepted(bearer);
  });

  test("ends it on every route, in both carriers, without a word of why", async () => {
    const jti = fresh("jti");
    const bearer = token({ jti });
    await revoke({ token_id: jti });
    const withoutId = ({ text }) => text.replace(/"request_id":"[^"]*"/, "");
    const expected = withoutId(await presign(shared, { bearer: "x" }));
    const authorization = `Bearer ${bearer}`;
    const post = { method: "POST", headers: { authorization, "content-type": "application/json" } };
    const file = `/f/${ready.store_name}/public/file`;
    for (const [path, init] of [
      ["/v1/presign", post],
      ["/v1/presign/batch", post],
      ["/v1/forms", post],
      ["/v1/multipart", post],
      ["/v1/multipart/parts", post],
      ["/v1/multipart/list", post],
      ["/v1/multipart/complete", post],
      ["/v1/multipart/abort", post],
      [`/v1/presign?${new URLSearchParams(shared)}`, { headers: { authorization } }],
      [file, { headers: { authorization } }],
      [file, { headers: { cookie: `__Host-session=${bearer}` } }],
    ]) {
      const answer = await callEdge(path, { ...init, body: init.method && "{}" });
      isProblem(answer, 401, "session_invalid");
      assert.equal(withoutId(answer), expected, path);
    }
  });

  test("spends none of its one-time keys", async () => {
    const [jti, sub, oneTimeKey] = [fresh("jti"), fresh("sub"), crypto.randomUUID()];
    const request = { ...shared, one_time_key: oneTimeKey };
    await revoke({ token_id: jti });
    isProblem(await presign(request, { bearer: token({ jti, sub }) }), 401, "session_invalid");
    await isUnspent(oneTimeKey, sub);
  });

  test("is of one issuer: another's token with the same id stays", async () => {
    const jti = fresh("jti");
    // The issuer of the shared Worker's opaque sessions.
    const issuer = "edge-signer-dev";
    await revoke({ issuer, token_id: jti });
    await isAccepted(token({ jti }));
    await lift({ issuer, token_id: jti });
  });

  test("takes an id of any text", async () => {
    for (const jti of [fresh('ü🦀 "\\/ \u0000\n'), fresh("j".repeat(1000))]) {
      await isAccepted(unseen({ jti }));
      await revoke({ token_id: jti });
      await isRefused(unseen({ jti }));
    }
  });

  test("is lifted by DELETE", async () => {
    const jti = fresh("jti");
    const bearer = token({ jti });
    await revoke({ token_id: jti });
    await isRefused(bearer);
    await lift({ token_id: `${jti}x` });
    await lift({ subject: jti });
    await isRefused(bearer);
    await lift({ token_id: jti });
    await isAccepted(bearer);
    // Lifting a revocation that doesn't exist is no error.
    await lift({ token_id: jti });
  });
});

describe("revoking by subject", { concurrency }, () => {
  test("ends all of its tokens, and nobody else's", async () => {
    const sub = fresh("sub");
    const used = [token({ sub }), token({ sub, jti: "1" }), token({ sub, iat: undefined })];
    const others = [token({ sub: `${sub}x` }), token({ jti: sub }), token({ name: sub })];
    for (const bearer of [...used, ...others]) await isAccepted(bearer);
    await revoke({ subject: sub });
    const ahead = unseen({ sub, iat: now() + 20 });
    for (const bearer of [...used, unseen({ sub }), ahead]) await isRefused(bearer);
    for (const bearer of others) await isAccepted(bearer);
    await lift({ subject: sub });
    for (const bearer of [...used, ahead]) await isAccepted(bearer);
  });

  test("and a moment ends those that were issued before it", async () => {
    const sub = fresh("sub");
    const moment = now() - 100;
    const older = [moment - 500, moment - 1, undefined].map((iat) => token({ sub, iat }));
    const newer = [moment, moment + 1, now()].map((iat) => token({ sub, iat }));
    for (const bearer of [...older, ...newer]) await isAccepted(bearer);
    await revoke({ subject: sub, issued_before: moment });
    for (const bearer of older) await isRefused(bearer);
    for (const bearer of newer) await isAccepted(bearer);
    await isAccepted(token({ sub: `${sub}x`, iat: moment - 500 }));
    // Lifting it doesn't need the moment again.
    await lift({ subject: sub });
    for (const bearer of [...older, ...newer]) await isAccepted(bearer);
  });

  test("is another matter than revoking by token id", async () => {
    const [sub, jti] = [fresh("sub"), fresh("jti")];
    await revoke({ subject: sub });
    await revoke({ token_id: jti });
    await lift({ subject: sub });
    await isRefused(unseen({ sub, jti }));
    await isAccepted(unseen({ sub }));
  });
});

// On Workers of their own.

const ADMIN_SECRET = ready.admin_secret;
const second = "https://second.example.com";
const configuration = {
  kv_namespaces,
  vars: {
    ...vars,
    ISSUERS: [vars.ISSUERS[0], { ...vars.ISSUERS[0], issuer: second }],
    RULES: [{ ...vars.RULES[0], keys: ["public/**"] }],
    REVOCATION: { admin_secret: "ADMIN_SECRET" },
  },
};

/** The name of a revocation's entry in KV: a hash of its parts, each with its length before it. */
function entryName(kind, ...parts) {
  const hash = createHash("sha256");
  for (const part of parts.map((text) => Buffer.from(text))) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return `revoked/${kind}/${hash.digest("hex")}`;
}

describe("on a Worker of its own", () => {
  let entries, worker, edge;
  before(async () => {
    entries = await Entries.make();
    worker = await startEdge(configuration, { ...secrets, ADMIN_SECRET }, entries);
    edge = worker.url;
  });
  after(async () => {
    await worker?.stop();
    await entries?.remove();
  });

  test("revoking what an issuer has issued before a moment ends all of it", async () => {
    const moment = now() - 100;
    const older = ["a", "b"].map((sub) => token({ sub, jti: sub, iat: moment - 1 }));
    older.push(token({ iat: undefined }));
    const newer = ["a", "b"].map((sub) => token({ sub, iat: moment }));
    const foreign = token({ iss: second, iat: moment - 500 });
    for (const bearer of [...older, ...newer, foreign]) await isAccepted(bearer, edge);
    await revoke({ issued_before: moment }, edge);
    for (const bearer of older) await isRefused(bearer, edge);
    for (const bearer of [...newer, foreign]) await isAccepted(bearer, edge);

    // A subject's own revocation stands beside it.
    await revoke({ subject: "b" }, edge);
    await lift({ issued_before: 0 }, edge);
    await isAccepted(older[0], edge);
    await isRefused(older[1], edge);
    await isAccepted(older[2], edge);
    await lift({ subject: "b" }, edge);
    await isAccepted(older[1], edge);
  });

  test("a revocation lasts as long as it says, under a name that says nothing", async () => {
    const [brief, lasting] = [fresh("sub"), fresh("sub")];
    const start = now();
    await revoke({ subject: brief, expires_in: 3600 }, edge);
    await revoke({ subject: lasting }, edge);
    const list = await entries.list();
    const find = (sub) => list.find(({ name }) => name === entryName("subject", ready.issuer, sub));
    const { expiration } = find(brief);
    assert.ok(Math.abs(expiration - (start + 3600)) <= 60, String(expiration));
    assert.equal(find(lasting).expiration, undefined);
  });

  test("one that can't be read refuses, and says so", async () => {
    const texts = ["", "not JSON", "[]", '{"issued_before":"0"}', '{"issued_before":0,"a":1}'];
    const cases = texts.flatMap((text) => {
      const [sub, other, jti] = ["sub", "sub", "jti"].map(fresh);
      return [
        { text, sub, name: entryName("subject", ready.issuer, sub) },
        { text, sub: other, jti, name: entryName("token", ready.issuer, jti) },
      ];
    });
    const one_time_key = crypto.randomUUID();
    const ask = ({ sub, jti }) =>
      presign({ ...shared, one_time_key }, { bearer: unseen({ sub, jti }), edge });
    await entries.putAll(Object.fromEntries(cases.map(({ name, text }) => [name, text])));
    for (const one of cases) {
      const answer = await ask(one);
      const problem = isProblem(answer, 503, "sessions_unavailable");
      assert.equal(answer.headers.get("retry-after"), "1");
      assert.match(await reasonOf(problem, worker.output), /a revocation can't be read/);
    }
    const [bySubject, byId] = cases;
    await lift({ subject: bySubject.sub }, edge);
    await entries.delete(byId.name);
    for (const one of [bySubject, byId]) {
      const answer = await ask(one);
      assert.equal(answer.status, 200, `a refusal spent the one-time key: ${answer.text}`);
    }
  });

  test("the log tells of each, and of nothing that grants access", async () => {
    const [sub, jti] = [fresh("sub"), fresh("jti")];
    const bearer = token({ sub, jti });
    await isAccepted(bearer, edge);
    await revoke({ token_id: jti }, edge);
    await isRefused(bearer, edge);
    await revoke({ subject: sub, issued_before: 7 }, edge);
    await lift({ subject: sub }, edge);
    const lines = (event, mine) =>
      linesOf(worker.output(), event).filter((line) => line.issuer === ready.issuer && mine(line));
    const [lifted] = await until(() => {
      const found = lines("revocation_lifted", ({ subject }) => subject === sub);
      return found.length > 0 && found;
    });
    const [byId] = lines("revoked", ({ token_id }) => token_id === jti);
    const [bySubject] = lines("revoked", ({ subject }) => subject === sub);
    assert.deepEqual([byId.subject, byId.issued_before], [null, null]);
    assert.deepEqual([bySubject.token_id, bySubject.issued_before], [null, "1970-01-01T00:00:07Z"]);
    assert.deepEqual([lifted.token_id, lifted.issued_before], [null, null]);
    for (const { time, request_id } of [byId, bySubject, lifted]) {
      assert.ok(Math.abs(Date.parse(time) / 1000 - now()) < 60, time);
      assert.match(request_id, /^[A-Za-z0-9-]+$/);
    }
    for (const secret of [ADMIN_SECRET, ready.session_secret, bearer]) {
      assert.ok(!worker.output().includes(secret), "the log shows a secret or a token");
    }
  });
});

test("where nothing is configured for it, there is no such route", async () => {
  const bearer = { authorization: `Bearer ${ADMIN_SECRET}` };
  await withEdge({ vars, kv_namespaces }, { ...secrets, ADMIN_SECRET }, async (edge) => {
    const fields = { issuer: ready.issuer, subject: "e2e" };
    for (const method of ["POST", "DELETE"]) {
      isProblem(await asOperator(method, fields, edge), 404, "no_such_route");
      isProblem(await callRevocations(method, "", bearer, edge), 404, "no_such_route");
      isProblem(await callRevocations(method, fields, {}, edge), 404, "no_such_route");
    }
    const own = { operation: "GetObject", key: "users/e2e/a" };
    assert.equal((await presign(own, { edge })).status, 200);
  });
});
