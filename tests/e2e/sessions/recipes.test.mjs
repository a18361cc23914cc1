// The recipes for identity providers in docs/sessions.md, with tokens of the shape that each of them issues. Their keys
// come from a server of the test; Logto's keys and tokens come from npm's oidc-provider, on which Logto is built.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Issuer, makeKey } from "../support/issuer.mjs";
import { OpenIdProvider, claimsOf, headerOf } from "../support/openid-provider.mjs";
import { isProblem } from "../support/refusal.mjs";
import { ask, isAccepted, isRefused, withTrust } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";
import { parseToml } from "../support/toml.mjs";

const concurrency = 16;
const document = readFileSync(new URL("../../../docs/sessions.md", import.meta.url), "utf8");

/** The first TOML of a section. */
function recipe(heading) {
  const [, section] = document.split(`\n### ${heading}\n`);
  const [, text] = /```toml\n([^]*?)```/.exec(section);
  const { ISSUERS, RULES } = parseToml(text).vars;
  assert.equal(ISSUERS.length, 1);
  return { entry: ISSUERS[0], rules: RULES };
}

const now = () => Math.floor(Date.now() / 1000);
const times = (seconds = 3600) => ({ iat: now(), exp: now() + seconds });
const uuid = () => crypto.randomUUID();
const subject = "user_2NNEqL2nrIRdJ194ndJqAHwEfxC";

/**
 * For each provider its recipe's heading; the kind of its key, and how it is published; a token's header and claims; a
 * key that the token opens; changes of the claims that make it another application's, and ones that the rule refuses.
 */
const providers = [
  {
    heading: "Clerk",
    kind: "RSA",
    publish: (jwk) => [{ use: "sig", alg: "RS256", ...jwk }],
    header: { typ: "JWT", cat: "cl_B7d4PD111AAA" },
    claims: () => ({
      azp: "https://app.example.com",
      ...times(60),
      fva: [0, -1],
      iss: "https://clerk.example.com",
      nbf: now() - 10,
      o: { id: "org_2NNEqL2n", rol: "admin", slg: "acme" },
      sid: "sess_2GbDB4enNdCa5vS1zpC3Xzg9tK9",
      sub: subject,
      v: 2,
    }),
    opens: "orgs/org_2NNEqL2n/file",
    foreign: [{ azp: "https://evil.example" }, { azp: undefined }, { azp: "null" }],
    forbidden: [{ o: undefined }, { o: { id: "org_other" } }],
  },
  {
    heading: "WorkOS",
    kind: "RSA",
    publish: (jwk) => [{ alg: "RS256", use: "sig", x5c: ["MIIDQjCC"], "x5t#S256": "abc", ...jwk }],
    header: { typ: undefined },
    claims: () => ({
      aud: "edge-signer",
      iss: "https://api.workos.com/user_management/client_01EXAMPLE",
      sub: "user_01HBEQKA6K4QJAS93VPE39W1JT",
      sid: "session_01HQSXZGF8FHF7A9ZZFCW4387R",
      jti: uuid(),
      org_id: "org_01HRDMC6CM357W30QMHMQ96Q0S",
      role: "member",
      roles: ["member"],
      permissions: ["files:read", "files:write"],
      ...times(300),
    }),
    opens: "orgs/org_01HRDMC6CM357W30QMHMQ96Q0S/file",
    foreign: [
      { aud: undefined },
      { iss: "https://api.workos.com/user_management/client_01OTHER" },
      { iss: "https://api.workos.com" },
    ],
    forbidden: [{ permissions: ["files:read"] }, { org_id: undefined }],
  },
  {
    heading: "Supabase",
    kind: "P-256",
    publish: (jwk) => [{ alg: "ES256", ext: true, key_ops: ["verify"], use: "sig", ...jwk }],
    header: { typ: "JWT" },
    claims: () => ({
      aal: "aal1",
      amr: [{ method: "password", timestamp: now() }],
      app_metadata: { provider: "email", providers: ["email"] },
      aud: "authenticated",
      email: "alice@example.com",
      ...times(),
      is_anonymous: false,
      iss: "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
      phone: "",
      role: "authenticated",
      session_id: uuid(),
      sub: "5be5ef16-6a7b-4d13-b0b0-8a2a9d7a6d9f",
      user_metadata: { role: "service_role" },
    }),
    opens: "users/5be5ef16-6a7b-4d13-b0b0-8a2a9d7a6d9f/file",
    foreign: [{ aud: "anon" }, { aud: undefined }, { iss: "https://other.supabase.co/auth/v1" }],
    forbidden: [{ is_anonymous: true }, { role: "anon" }],
  },
  {
    heading: "Firebase",
    kind: "RSA",
    publish: (jwk) => [{ use: "sig", alg: "RS256", ...jwk }],
    header: { typ: "JWT" },
    claims: () => ({
      iss: "https://securetoken.google.com/example-project",
      aud: "example-project",
      auth_time: now(),
      user_id: "ZkbNhbN0Z6P9wLlzh0Jrsj2Qk1i2",
      sub: "ZkbNhbN0Z6P9wLlzh0Jrsj2Qk1i2",
      ...times(),
      email: "alice@example.com",
      email_verified: true,
      firebase: { identities: { email: ["alice@example.com"] }, sign_in_provider: "password" },
    }),
    opens: "users/ZkbNhbN0Z6P9wLlzh0Jrsj2Qk1i2/file",
    foreign: [{ aud: "other-project" }, { iss: "https://securetoken.google.com/other-project" }],
    forbidden: [{ email_verified: false }, { email_verified: "true" }],
  },
  {
    heading: "Better Auth",
    kind: "Ed25519",
    publish: (jwk) => [{ alg: "EdDSA", ...jwk }],
    header: { typ: undefined },
    claims: () => ({
      ...times(900),
      name: "Alice",
      email: "alice@example.com",
      emailVerified: true,
      image: null,
      createdAt: "2026-01-01T00:00:00.000Z",
      id: "nVDkBfIbr4wRjkb3Xc4Lm3",
      sub: "nVDkBfIbr4wRjkb3Xc4Lm3",
      iss: "https://app.example.com",
      aud: "https://app.example.com",
    }),
    opens: "users/nVDkBfIbr4wRjkb3Xc4Lm3/file",
    foreign: [{ aud: "https://other.example.com" }],
    forbidden: [{ sub: "another" }],
  },
  {
    heading: "Keycloak",
    kind: "RSA",
    publish: (jwk) => [
      { alg: "RSA-OAEP", use: "enc", ...makeKey("RSA").jwk },
      { alg: "RS256", use: "sig", x5c: ["MIICmzCC"], x5t: "abc", ...jwk },
    ],
    header: { typ: "JWT" },
    claims: () => ({
      ...times(300),
      jti: `onrtac:${uuid()}`,
      iss: "https://id.example.com/realms/acme",
      aud: ["edge-signer", "account"],
      sub: "f5a1a9b3-6b68-4f5b-9fd5-8d30a4e0e1f6",
      typ: "Bearer",
      azp: "web",
      sid: uuid(),
      acr: "1",
      "allowed-origins": ["https://app.example.com"],
      realm_access: { roles: ["default-roles-acme", "member"] },
      resource_access: { account: { roles: ["manage-account"] } },
      scope: "openid email profile",
    }),
    opens: "users/f5a1a9b3-6b68-4f5b-9fd5-8d30a4e0e1f6/file",
    foreign: [{ aud: "account" }, { typ: "ID" }, { typ: "Refresh" }, { sub: undefined }],
    forbidden: [{ realm_access: { roles: ["default-roles-acme"] } }, { realm_access: undefined }],
  },
];

const all = providers.map((provider) => {
  const { entry, rules } = recipe(provider.heading);
  const key = makeKey(provider.kind);
  const issuer = new Issuer(provider.heading, [key], { iss: entry.issuer });
  issuer.published = provider.publish(key.jwk);
  return { ...provider, entry, rules, key, issuer };
});

const logto = recipe("Logto");
const logtoKey = makeKey("P-384");
const logtoProvider = new OpenIdProvider(
  [{ ...logtoKey, jwk: { use: "sig", alg: "ES384", ...logtoKey.jwk } }],
  { iss: logto.entry.issuer, client: "foo1bar2baz3" },
);

/** As `holds`, with the tokens that the provider gives; what it would never sign is made of their claims. */
async function holdsLogto(edge) {
  const wish = { key: "users/foo1bar2baz3/file" };
  const resource = logto.entry.audience;
  const good = await logtoProvider.token(resource);
  assert.deepEqual([headerOf(good).alg, headerOf(good).typ], ["ES384", "at+jwt"]);
  await isAccepted(edge, good, wish);
  await isRefused(edge, await logtoProvider.token("https://other.example.com"), wish);
  for (const scope of ["files:read", "files:read files:write", undefined]) {
    const token = await logtoProvider.token(resource, { scope });
    assert.equal(claimsOf(token).scope, scope);
    isProblem(await ask(edge, token, wish), 403, "not_allowed");
  }
  const [claims, header] = [claimsOf(good), { typ: "at+jwt" }];
  const signed = (changed, options = { header }) =>
    logtoProvider.sign({ ...claims, nonce: uuid(), ...changed }, options);
  await isAccepted(edge, signed({}), wish);
  await isRefused(edge, signed({ aud: "app0client1id2" }), wish);
  await isRefused(edge, signed({ exp: now() - 60 }), wish);
  for (const typ of [undefined, "JWT"]) {
    await isRefused(edge, signed({}, { header: { typ } }), wish);
  }
  const key = makeKey("P-384", { kid: logtoKey.kid });
  await isRefused(edge, signed({}, { header, key }), wish);
}

async function holds(edge, { kind, issuer, key, header, claims, opens, foreign, forbidden }) {
  const wish = { key: opens };
  const make = (changed) => issuer.sign({ ...claims(), nonce: uuid(), ...changed }, { header });
  await isAccepted(edge, make(), wish);
  for (const changed of foreign) await isRefused(edge, make(changed), wish);
  for (const changed of forbidden)
    isProblem(await ask(edge, make(changed), wish), 403, "not_allowed");
  await isRefused(edge, make({ exp: now() - 60 }), wish);
  const strange = makeKey(kind, { kid: key.kid });
  await isRefused(edge, issuer.sign(claims(), { header, key: strange }), wish);
}

test("recipes", { concurrency }, (t) =>
  withTrust(
    [...all.map(({ issuer }) => issuer), logtoProvider],
    () => [
      ...all.map(({ entry, issuer }) => ({ ...entry, jwks_url: issuer.url })),
      { ...logto.entry, jwks_url: logtoProvider.url },
    ],
    async (edge) => {
      const runs = all.map((one) => t.test(one.heading, () => holds(edge, one)));
      await Promise.all([...runs, t.test("Logto", () => holdsLogto(edge))]);
    },
    {
      inWorkerd: true,
      RULES: [...all, logto].flatMap(({ entry, rules }) =>
        rules.map((rule) => ({
          ...rule,
          stores: [ready.store_name],
          when: { ...rule.when, iss: entry.issuer },
        })),
      ),
    },
  ),
);
