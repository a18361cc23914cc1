// KV can't be asked for revocations or opaque sessions: then every request is refused.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { secrets, vars } from "../support/edge.mjs";
import { kv_namespaces } from "../support/kv.mjs";
import { reasonOf } from "../support/log.mjs";
import { asOperator } from "../support/operator.mjs";
import { isProblem } from "../support/refusal.mjs";
import { withStandIns } from "../support/stand-in.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const fail = `async () => { throw new Error("KV is down"); }`;
const SESSIONS = `{ get: ${fail}, getWithMetadata: ${fail}, put: ${fail}, delete: ${fail} }`;
const ISSUERS = [vars.ISSUERS[0], { issuer: "https://sessions.example.com", opaque: true }];
const RULES = [{ ...vars.RULES[0], keys: ["public/**"] }];
const configured = { ...vars, ISSUERS, RULES };
const request = { operation: "GetObject", key: "public/file" };
const opaque = () => `es_${randomBytes(32).toString("base64url")}`;

async function isUnavailable(answer, output) {
  const problem = isProblem(answer, 503, "sessions_unavailable");
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.ok(!answer.text.includes("KV is down"), answer.text);
  assert.match(await reasonOf(problem, output), /KV is down/);
}

test("without KV no opaque token is a session, and signed ones are", async () => {
  const configuration = { vars: configured, kv_namespaces };
  await withStandIns({ SESSIONS }, configuration, secrets, async (edge, output) => {
    const bearer = opaque();
    await isUnavailable(await presign(request, { edge, bearer }), output);
    const headers = { cookie: `__Host-session=${bearer}` };
    const file = await callEdge(`/f/${ready.store_name}/public/file`, { headers }, edge);
    await isUnavailable(file, output);
    assert.equal((await presign(request, { edge })).status, 200);
  });
});

test("without KV nobody is let in where sessions can be revoked", async () => {
  const REVOCATION = { admin_secret: "ADMIN_SECRET" };
  const ADMIN_SECRET = ready.admin_secret;
  const configuration = { vars: { ...configured, REVOCATION }, kv_namespaces };
  const all = { ...secrets, ADMIN_SECRET };
  await withStandIns({ SESSIONS }, configuration, all, async (edge, output) => {
    for (const bearer of [token(), token({ jti: "1" }), opaque()]) {
      await isUnavailable(await presign(request, { edge, bearer }), output);
    }
    // A wrong token is still recognised.
    const wrong = await presign(request, { edge, bearer: token({ exp: 0 }) });
    isProblem(wrong, 401, "session_invalid");
    const fields = { issuer: ready.issuer, subject: "e2e" };
    for (const method of ["POST", "DELETE"]) {
      await isUnavailable(await asOperator(method, fields, edge), output);
    }
  });
});

test("KV that never answers is waited for five seconds", async () => {
  const hang = "() => new Promise((resolve) => setTimeout(resolve, 3_600_000))";
  const SESSIONS = `{ get: ${hang}, put: ${hang}, delete: ${hang} }`;
  const configuration = { vars: configured, kv_namespaces };
  await withStandIns({ SESSIONS }, configuration, secrets, async (edge) => {
    const since = performance.now();
    const answer = await presign(request, { edge, bearer: opaque() });
    isProblem(answer, 503, "sessions_unavailable");
    const seconds = (performance.now() - since) / 1000;
    assert.ok(seconds >= 4.9 && seconds < 15, `${seconds} s`);
  });
});
