// Sending tokens to a Worker of the test's own, and the expected results.

import assert from "node:assert/strict";
import { withDirectEdge } from "./direct.mjs";
import { secrets, vars, withEdge } from "./edge.mjs";
import { withIssuers } from "./issuer.mjs";
import { isProblem } from "./refusal.mjs";
import { callEdge } from "./stack.mjs";

/** A file that a member whose subject is `e2e` may read. */
export const own = "users/e2e/file";

/**
 * Starts the issuers, and an edge that trusts `entries()`, which are made once the issuers have addresses. `RULES` are
 * other rules, `more` further secrets. What a token says needs no runtime: the edge is one in this process, unless
 * `inWorkerd` asks for a Worker.
 */
export function withTrust(issuers, entries, use, { RULES = vars.RULES, more, inWorkerd } = {}) {
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const start = inWorkerd ? withEdge : withDirectEdge;
  return withIssuers(issuers, () => {
    // As wrangler reads them: what is undefined isn't there.
    const ISSUERS = JSON.parse(JSON.stringify(entries()));
    const configuration = { vars: { ...vars, ISSUERS, RULES }, kv_namespaces };
    return start(configuration, { ...secrets, ...more }, use);
  });
}

/** `GET /v1/presign` with these headers. */
export function askWith(edge, headers, { key = own, oneTimeKey } = {}) {
  const query = new URLSearchParams({ operation: "GetObject", key });
  if (oneTimeKey !== undefined) query.append("one_time_key", oneTimeKey);
  return callEdge(`/v1/presign?${query}`, { headers }, edge);
}

/** `GET /v1/presign` with a bearer token. */
export const ask = (edge, token, wish) => askWith(edge, { authorization: `Bearer ${token}` }, wish);

/** Fails unless a token is a session that may read the key. */
export async function isAccepted(edge, token, wish) {
  const answer = await ask(edge, token, wish);
  assert.equal(answer.status, 200, `${answer.text}\n${token}`);
}

const withoutId = ({ text }) => text.replace(/"request_id":"[^"]*"/, '"request_id":""');

/** What each Worker answers to what is no token at all. */
const garbage = new Map();

async function answerToGarbage(edge) {
  if (!garbage.has(edge)) garbage.set(edge, ask(edge, "x"));
  return garbage.get(edge);
}

/** Fails unless a token is refused, with the same words as one that is no token at all. */
export async function isRefused(edge, token, wish) {
  const answer = await ask(edge, token, wish);
  assert.equal(answer.status, 401, `${answer.text}\n${token}`);
  isProblem(answer, 401, "session_invalid");
  assert.equal(answer.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
  assert.equal(withoutId(answer), withoutId(await answerToGarbage(edge)));
}

/** Fails unless it is said that the issuer's keys can't be had. */
export async function isWithoutKeys(edge, token, wish) {
  const answer = await ask(edge, token, wish);
  isProblem(answer, 503, "keys_unavailable");
  assert.match(answer.headers.get("retry-after"), /^[1-9]\d*$/);
}

/**
 * A case of an attack on one issuer: a good token, signed as `options` say, and bad ones over the same claims.
 */
export const from = (issuer, makeBad, options) => () => {
  const claims = issuer.claims();
  return { good: issuer.sign(claims, options), bad: makeBad(claims, issuer) };
};

const issuerOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")).iss;

/**
 * Holds attacks. Each of `cases` makes a token that is accepted and one or many that differ from it by a
 * flaw and are refused; all of these carry one one-time key, and none of them spends it.
 */
export async function holdAttacks(t, edge, cases) {
  const oneTimeKey = crypto.randomUUID();
  const accepted = new Map();
  const hold = (what, make) =>
    t.test(what, async () => {
      const { good, bad } = make();
      await isAccepted(edge, good);
      for (const token of [bad].flat()) {
        assert.notEqual(token, good);
        await isRefused(edge, token, { oneTimeKey });
      }
      accepted.set(issuerOf(good), good);
    });
  await Promise.all(Object.entries(cases).map(([what, make]) => hold(what, make)));
  await t.test("no one-time key was spent", async () => {
    assert.ok(accepted.size > 0);
    for (const good of accepted.values()) {
      await isAccepted(edge, good, { oneTimeKey });
      isProblem(await ask(edge, good, { oneTimeKey }), 409, "one_time_key_used");
    }
  });
}
