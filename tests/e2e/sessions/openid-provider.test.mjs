// Access tokens of a real OpenID provider: client credentials, JSON Web Tokens of RFC 9068, keys of every algorithm in
// one set, and a rotation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { makeKey } from "../support/issuer.mjs";
import {
  OpenIdProvider,
  claimsOf,
  headerOf,
  keysFor,
  kindOf,
} from "../support/openid-provider.mjs";
import { isProblem } from "../support/refusal.mjs";
import { ask, isAccepted, isRefused } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";

const algorithms = Object.keys(kindOf);
const resourceOf = (alg) => `https://sign.example.com/${alg}`;
/** For how long the Worker doesn't fetch a set again, in milliseconds; its clock counts whole seconds. */
const COOL_DOWN = 10_000;

const provider = new OpenIdProvider(keysFor(algorithms));
const rotating = new OpenIdProvider(keysFor(["Ed25519"]));
let edge;

before(async () => {
  await Promise.all([provider.start(), rotating.start()]);
  const entryOf = ({ iss, url }) => ({
    issuer: iss,
    audience: algorithms.map(resourceOf),
    algorithms,
    jwks_url: url,
    typ: "at+jwt",
  });
  const rule = {
    name: "clients have a folder",
    when: { scope: "files:write" },
    allow: ["GetObject"],
    stores: [ready.store_name],
    keys: ["apps/{client_id}/**"],
  };
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const ISSUERS = [provider, rotating].map(entryOf);
  const configuration = { vars: { ...vars, ISSUERS, RULES: [rule] }, kv_namespaces };
  edge = await startEdge(configuration, secrets);
});

after(async () => {
  await edge?.stop();
  await Promise.all([provider.die(), rotating.die()]);
});

const wish = { key: `apps/${provider.client}/file` };

test("tokens of every algorithm out of one set", async () => {
  for (const alg of algorithms) {
    const token = await provider.token(resourceOf(alg));
    assert.deepEqual([headerOf(token).alg, headerOf(token).typ], [alg, "at+jwt"]);
    await isAccepted(edge.url, token, wish);
    isProblem(await ask(edge.url, token, { key: "apps/another/file" }), 403, "not_allowed");
  }
  assert.equal(provider.fetches, 1);
});

test("a token for another resource is refused", async () => {
  await isRefused(edge.url, await provider.token("https://other.example.com/RS256"), wish);
});

const many = (count, make) => Promise.all(Array.from({ length: count }, make));

/** Fails where a test has taken so long that what it has seen says nothing of the cool-down since `moment`. */
function isWithinCoolDown(moment) {
  const passed = Date.now() - moment;
  assert.ok(passed < COOL_DOWN - 1000, `${passed} ms have passed: too slow to tell`);
}

test("new keys are fetched once, after the cool-down, and old ones are good no more", async () => {
  const makeToken = () => rotating.token(resourceOf("Ed25519"));
  // Tokens of the old key that the Worker hasn't seen before: while it has to accept them, and when it no longer may.
  const [first, second, third] = await many(3, makeToken);
  const claims = claimsOf(first);
  const header = { typ: "at+jwt" };
  const forged = () => rotating.sign(claims, { key: makeKey("Ed25519"), header });
  const start = Date.now();
  await isAccepted(edge.url, first, wish);
  const fetched = Date.now();
  rotating.rotate(keysFor(["Ed25519"]));
  const fresh = await many(51, makeToken);
  assert.notEqual(headerOf(fresh[0]).kid, headerOf(first).kid);
  // Within the cool-down the Worker never fetches.
  await many(50, () => isRefused(edge.url, forged(), wish));
  await isRefused(edge.url, fresh.pop(), wish);
  await isAccepted(edge.url, second, wish);
  isWithinCoolDown(start);
  assert.equal(rotating.fetches, 1);
  await sleep(Math.max(0, fetched + COOL_DOWN + 1000 - Date.now()));
  const again = Date.now();
  await Promise.all(fresh.map((token) => isAccepted(edge.url, token, wish)));
  assert.equal(rotating.fetches, 2);
  await many(50, () => isRefused(edge.url, forged(), wish));
  await isRefused(edge.url, third, wish);
  isWithinCoolDown(again);
  assert.equal(rotating.fetches, 2);
});
