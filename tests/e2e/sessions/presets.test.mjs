// The presets for well-known identity providers, with tokens of the shape that each of them issues. Their keys come
// from a server of the test's own: `jwks_url` stands beside the preset.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Issuer, makeKey } from "../support/issuer.mjs";
import { isProblem } from "../support/refusal.mjs";
import { ask, askWith, isAccepted, isRefused, withTrust } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";

const concurrency = 16;
const now = () => Math.floor(Date.now() / 1000);
const uuid = () => crypto.randomUUID();
const times = () => ({ iat: now(), exp: now() + 3600 });

/** A provider whose own preset says what `iss` is. */
const provider = (name, iss) => new Issuer(name, [makeKey("RSA"), makeKey("RSA")], { iss });

const access = provider("access", "https://acme.cloudflareaccess.com");
const auth0 = provider("auth0", "https://example.eu.auth0.com/");
const pool = (id) => provider(id, `https://cognito-idp.eu-central-1.amazonaws.com/${id}`);
const updatedPool = provider(
  "updated",
  "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
);
const pools = {
  both: pool("eu-central-1_AbCdEfGhI"),
  access: pool("eu-central-1_Access"),
  id: pool("eu-central-1_Id"),
  // Without `token_use`.
  plain: pool("eu-central-1_Plain"),
  updated: updatedPool,
};
const google = provider("google", "https://accounts.google.com");
const tenant = "11111111-2222-4333-8444-555555555555";
const entra = provider("entra", `https://login.microsoftonline.com/${tenant}/v2.0`);
const issuers = [access, auth0, ...Object.values(pools), google, entra];

const AUD = "f".repeat(64);
const API = "https://sign.example.com";
const CLIENT = "1example23456789abcdefghij";
const GOOGLE_CLIENT = "1234987819200.apps.googleusercontent.com";
const APP = "00000000-1111-2222-3333-444444444444";

const poolEntry = (issuer, more) => ({
  cognito_user_pool: issuer.iss.split("/").at(-1),
  audience: CLIENT,
  jwks_url: issuer.url,
  ...more,
});
const entries = () => [
  { access_team: "acme", audience: AUD, jwks_url: access.url },
  { access_team: "acme", audience: AUD, subject_claim: "common_name", jwks_url: access.url },
  { auth0_domain: "example.eu.auth0.com", audience: API, jwks_url: auth0.url },
  poolEntry(pools.both, { token_use: "access" }),
  poolEntry(pools.both, { token_use: "id" }),
  poolEntry(pools.access, { token_use: "access" }),
  poolEntry(pools.id, { token_use: "id" }),
  poolEntry(pools.plain),
  poolEntry(pools.updated, { cognito_issuer: "updated", audience: ["another", CLIENT] }),
  { google: true, audience: GOOGLE_CLIENT, jwks_url: google.url },
  { entra_tenant: tenant, audience: APP, subject_claim: "oid", jwks_url: entra.url },
];

const rule = (name, when, keys) => ({
  name,
  when,
  allow: ["GetObject"],
  stores: [ready.store_name],
  keys,
});
const RULES = [
  rule("people of the team", { iss: access.iss, type: "app" }, ["access/{email}/*"]),
  rule("services of the team", { iss: access.iss, common_name: "backup.access" }, ["services/*"]),
  rule("members by Auth0", { "https://example.com/roles": "member" }, ["auth0/{sub}/*"]),
  rule("the group of a pool", { "cognito:groups": "members" }, ["cognito/{sub}/*"]),
  rule("people of the domain", { iss: google.iss, hd: "example.com" }, ["google/{sub}/*"]),
  rule("people of the tenant", { tid: tenant }, ["entra/{oid}/*"]),
];

/** The header as providers write it; not all of them have a `typ`. */
const asWritten = (issuer) => ({ header: { typ: undefined, kid: issuer.keys[0].kid } });
const signed = (issuer, claims, options = asWritten(issuer)) => issuer.sign(claims, options);

const accessClaims = (changed) => ({
  aud: [AUD],
  email: "alice@example.com",
  ...times(),
  nbf: now(),
  iss: access.iss,
  type: "app",
  identity_nonce: "6ei69kawdKzMIAPF",
  sub: uuid(),
  country: "DE",
  ...changed,
});

const auth0Claims = (changed) => ({
  "https://example.com/roles": ["member", "editor"],
  iss: auth0.iss,
  sub: "auth0|5f7c8ec7c33c6c004bbafe82",
  aud: [API, "https://example.eu.auth0.com/userinfo"],
  ...times(),
  azp: "my_client_id",
  scope: "openid profile",
  permissions: ["read:files"],
  ...changed,
});

const subject = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const poolClaims = (issuer) => ({
  sub: subject,
  "cognito:groups": ["members", "eu-central-1_Google"],
  iss: issuer.iss,
  origin_jti: uuid(),
  event_id: uuid(),
  auth_time: now(),
  jti: uuid(),
  ...times(),
});
const accessTokenOf = (issuer, changed) => ({
  ...poolClaims(issuer),
  version: 2,
  client_id: CLIENT,
  token_use: "access",
  scope: "aws.cognito.signin.user.admin",
  username: "alice",
  ...changed,
});
const idTokenOf = (issuer, changed) => ({
  ...poolClaims(issuer),
  aud: CLIENT,
  token_use: "id",
  email: "alice@example.com",
  email_verified: true,
  "cognito:username": "alice",
  at_hash: "abc",
  ...changed,
});

const googleClaims = (changed) => ({
  iss: google.iss,
  azp: GOOGLE_CLIENT,
  aud: GOOGLE_CLIENT,
  sub: "10769150350006150715113082367",
  at_hash: "HK6E_P6Dh8Y93mRNtsDB1Q",
  hd: "example.com",
  email: "alice@example.com",
  email_verified: true,
  nonce: "0394852-3190485-2490358",
  ...times(),
  ...changed,
});

const oid = "99999999-8888-4777-8666-555555555555";
const entraClaims = (changed) => ({
  aud: APP,
  iss: entra.iss,
  ...times(),
  nbf: now(),
  aio: "AXQAi/8IAAAA",
  azp: APP,
  azpacr: "0",
  name: "Alice Example",
  oid,
  preferred_username: "alice@example.com",
  rh: "0.AAAA",
  scp: "access_as_user",
  sub: "pairwise-and-of-one-app",
  tid: tenant,
  uti: "fqiBqXLPj0eQa82S-IYFAA",
  ver: "2.0",
  ...changed,
});

/** Fails unless a session is accepted and the rules are what refuses it. */
async function isNotAllowed(edge, token, wish) {
  const problem = isProblem(await ask(edge, token, wish), 403, "not_allowed");
  assert.match(problem.dimension, /^(key|operation)$/);
}

/**
 * What all have in common. `make` gives claims, `foreign` a change that makes the token another application's.
 */
async function holdsItsProvider(edge, issuer, make, foreign, wish) {
  await isAccepted(edge, signed(issuer, make()), wish);
  await isAccepted(edge, issuer.sign(make(), { key: issuer.keys[1] }), wish);
  await isRefused(edge, signed(issuer, make(foreign)), wish);
  // Other keys use a known name, so that the set isn't fetched again for them.
  const { kid } = issuer.keys[0];
  await isRefused(edge, issuer.sign(make(), { key: makeKey("RSA", { kid }) }), wish);
  await isRefused(edge, signed(issuer, make({ exp: now() - 60 })), wish);
  await isRefused(edge, signed(issuer, make({ iss: `${issuer.iss}x` })), wish);
  // Without `algorithms` only RS256 is accepted.
  await isRefused(edge, issuer.sign(make(), { alg: "RS512" }), wish);
  await isRefused(edge, issuer.sign(make(), { alg: "PS256" }), wish);
  // The key of another provider that is trusted too.
  const [other] = issuers.filter((each) => each !== issuer);
  await isRefused(edge, other.sign(make(), { header: { kid } }), wish);
  assert.equal(issuer.fetches, 1);
}

const tests = {
  async "Cloudflare Access, in the bearer's header"(edge) {
    const wish = { key: "access/alice@example.com/file" };
    await holdsItsProvider(edge, access, accessClaims, { aud: ["0".repeat(64)] }, wish);
    await isAccepted(edge, signed(access, accessClaims({ aud: ["0".repeat(64), AUD] })), wish);
    await isNotAllowed(edge, signed(access, accessClaims({ email: "bob@example.com" })), wish);
    await isNotAllowed(edge, signed(access, accessClaims({ type: "org" })), wish);
  },

  async "Cloudflare Access, in its own header"(edge) {
    const wish = { key: "access/alice@example.com/file" };
    const show = (token, where = edge) =>
      askWith(where, { "cf-access-jwt-assertion": token }, wish);
    const token = () => signed(access, accessClaims());
    const answer = await show(token());
    assert.equal(answer.status, 200, answer.text);
    isProblem(await show("x"), 401, "session_invalid");
    isProblem(await show(`Bearer ${token()}`), 401, "session_invalid");
    const forAnother = signed(access, accessClaims({ aud: ["0".repeat(64)] }));
    isProblem(await show(forAnother), 401, "session_invalid");
    // If both are sent, the authorization header counts.
    const authorization = `Bearer ${token()}`;
    const both = { authorization, "cf-access-jwt-assertion": "x" };
    assert.equal((await askWith(edge, both, wish)).status, 200);
    const reverse = { authorization: "Bearer x", "cf-access-jwt-assertion": token() };
    isProblem(await askWith(edge, reverse, wish), 401, "session_invalid");
    // If no issuer is Access, the header is ignored.
    isProblem(await show(token(), ready.edge), 401, "session_missing");
  },

  async "services of Cloudflare Access, which have no subject, by subject_claim"(edge) {
    const service = (changed) => ({
      type: "app",
      aud: [AUD],
      ...times(),
      iss: access.iss,
      common_name: "backup.access",
      sub: "",
      ...changed,
    });
    const wish = { key: "services/file" };
    await isAccepted(edge, signed(access, service()), wish);
    await isRefused(edge, signed(access, service({ common_name: undefined })), wish);
    await isRefused(edge, signed(access, service({ common_name: "" })), wish);
    await isNotAllowed(edge, signed(access, service({ common_name: "other.access" })), wish);
  },

  async Auth0(edge) {
    const wish = { key: "auth0/auth0|5f7c8ec7c33c6c004bbafe82/file" };
    await holdsItsProvider(edge, auth0, auth0Claims, { aud: ["https://other.example"] }, wish);
    await isAccepted(edge, signed(auth0, auth0Claims({ aud: API })), wish);
    const slashless = auth0Claims({ iss: auth0.iss.slice(0, -1) });
    await isRefused(edge, signed(auth0, slashless), wish);
    for (const roles of [undefined, [], ["editor"], "members", { member: true }]) {
      const claims = auth0Claims({ "https://example.com/roles": roles });
      await isNotAllowed(edge, signed(auth0, claims), wish);
    }
    // RFC 9068, if the tenant is configured for it.
    const profile = { header: { typ: "at+jwt" } };
    await isAccepted(edge, auth0.sign(auth0Claims({ client_id: "x" }), profile), wish);
  },

  async "a Cognito user pool, both kinds of tokens"(edge) {
    const wish = { key: `cognito/${subject}/file` };
    const { both } = pools;
    const foreign = { client_id: "other", aud: "other" };
    await holdsItsProvider(edge, both, (more) => accessTokenOf(both, more), foreign, wish);
    await holdsItsProvider(edge, both, (more) => idTokenOf(both, more), foreign, wish);
    for (const groups of [undefined, [], ["others"], { members: true }]) {
      for (const make of [accessTokenOf, idTokenOf]) {
        const claims = make(both, { "cognito:groups": groups });
        await isNotAllowed(edge, signed(both, claims), wish);
      }
    }
    // Each kind of token names its client in a different claim.
    const swapped = [
      accessTokenOf(both, { client_id: undefined, aud: CLIENT }),
      accessTokenOf(both, { client_id: "other", aud: CLIENT }),
      idTokenOf(both, { aud: undefined, client_id: CLIENT }),
      idTokenOf(both, { aud: "other", client_id: CLIENT }),
    ];
    for (const claims of swapped) await isRefused(edge, signed(both, claims), wish);
    for (const token_use of [undefined, "refresh", "", null, "ACCESS"]) {
      await isRefused(edge, signed(both, accessTokenOf(both, { token_use })), wish);
    }
  },

  async "a Cognito user pool, one kind of tokens"(edge) {
    const wish = { key: `cognito/${subject}/file` };
    const kinds = { access: accessTokenOf, id: idTokenOf };
    const plain = [pools.plain, "access"];
    for (const [issuer, kind] of [[pools.access, "access"], [pools.id, "id"], plain]) {
      for (const [name, make] of Object.entries(kinds)) {
        const hold = name === kind ? isAccepted : isRefused;
        await hold(edge, signed(issuer, make(issuer)), wish);
        // Here both claims name the client, so that only the kind is wrong.
        const named = { aud: CLIENT, client_id: CLIENT };
        await hold(edge, signed(issuer, make(issuer, named)), wish);
      }
    }
    // A token of another pool for the same client.
    await isRefused(edge, signed(pools.access, accessTokenOf(pools.both)), wish);
  },

  async "a Cognito user pool with the updated issuer, beside the original one"(edge) {
    const wish = { key: `cognito/${subject}/file` };
    const { both, updated } = pools;
    const make = (more) => accessTokenOf(updated, more);
    await holdsItsProvider(edge, updated, make, { client_id: "other" }, wish);
    await isAccepted(edge, signed(updated, make({ client_id: "another" })), wish);
    // Each form has its own keys.
    await isRefused(edge, signed(both, make()), wish);
    await isRefused(edge, signed(updated, accessTokenOf(both)), wish);
  },

  async Google(edge) {
    const wish = { key: "google/10769150350006150715113082367/file" };
    await holdsItsProvider(edge, google, googleClaims, { aud: "other" }, wish);
    await isRefused(edge, signed(google, googleClaims({ aud: "other", azp: GOOGLE_CLIENT })), wish);
    // A private account has no domain, and a mail address isn't one.
    for (const hd of [undefined, null, "", "example.org", "example.com.example.org", true]) {
      await isNotAllowed(edge, signed(google, googleClaims({ hd })), wish);
    }
  },

  async Entra(edge) {
    const wish = { key: `entra/${oid}/file` };
    await holdsItsProvider(edge, entra, entraClaims, { aud: "other" }, wish);
    // The subject is the account's id, not the application's own id for it.
    await isAccepted(edge, signed(entra, entraClaims({ sub: undefined })), wish);
    for (const other of [undefined, "", null, 1]) {
      await isRefused(edge, signed(entra, entraClaims({ oid: other })), wish);
    }
    await isNotAllowed(edge, signed(entra, entraClaims({ oid: uuid() })), wish);
    await isNotAllowed(edge, signed(entra, entraClaims({ tid: uuid() })), wish);
    for (const iss of [
      `https://sts.windows.net/${tenant}/`,
      `https://login.microsoftonline.com/${uuid()}/v2.0`,
      "https://login.microsoftonline.com/common/v2.0",
      "https://login.microsoftonline.com/{tenantid}/v2.0",
    ]) {
      await isRefused(edge, signed(entra, entraClaims({ iss })), wish);
    }
  },
};

test("presets", { concurrency }, (t) =>
  withTrust(
    issuers,
    entries,
    async (edge) => {
      const runs = Object.entries(tests).map(([what, run]) => t.test(what, () => run(edge)));
      await Promise.all(runs);
    },
    { RULES },
  ),
);
