// The signatures that a session token may have: thirteen algorithms, one of them with two names, each with its own kind
// of key, and only those for which the issuer is configured. Keys at a URL and their tokens come from a real OpenID
// provider.

import assert from "node:assert/strict";
import { randomBytes, sign } from "node:crypto";
import { test } from "node:test";
import { Issuer, compose, encode, makeKey, pss, sharedKey, signToken } from "../support/issuer.mjs";
import { OpenIdProvider, claimsOf } from "../support/openid-provider.mjs";
import { isAccepted, isRefused, withTrust } from "../support/sessions.mjs";

const concurrency = 16;
const names = [
  ...["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA"],
];
const isShared = (alg) => alg.startsWith("HS");
const publicNames = names.filter((alg) => !isShared(alg));

/** Long enough for all three, so that it isn't the length that keeps one from another's tokens. */
const makeSecret = () => randomBytes(64).toString("base64url");
const [secret, olderSecret, strangeSecret] = [makeSecret(), makeSecret(), makeSecret()];
const more = { SHARED_SECRET: secret, OLDER_SECRET: olderSecret };

const rsa = makeKey("RSA");
const keys = [rsa, makeKey("P-256"), makeKey("P-384"), makeKey("P-521"), makeKey("Ed25519")];

/** The one key that an algorithm is used with here. */
function keyOf(alg) {
  if (isShared(alg)) return sharedKey(secret);
  return alg.startsWith("RS") || alg.startsWith("PS") ? rsa : keys.find((key) => key.alg === alg);
}

/** It says of no key what that is for: what is refused is so for the configuration's sake. */
const provider = new Issuer("provider", keys);
const issNamed = (place, alg) => `https://${place}.example/${alg}`;
const tokenFor = (iss, alg, options = {}) =>
  provider.token({ iss }, { key: keyOf(alg), alg, ...options });

/** For each public-key algorithm a real provider, which signs with all of them; the entry of each names one. */
const providers = new Map(
  publicNames.map((alg) => {
    const iss = issNamed("at-a-URL", alg);
    return [iss, new OpenIdProvider(keys, { iss, client: "e2e", claims: { role: "member" } })];
  }),
);
const resourceOf = (alg) => `https://sign.example.com/${alg}`;

const claimed = new Map();

/** A provider's token, or one that it would never sign, over the claims of one. */
async function tokenAt(iss, alg, options) {
  const real = providers.get(iss);
  if (real === undefined) return tokenFor(iss, alg, options);
  if (options === undefined && !isShared(alg)) return real.token(resourceOf(alg));
  if (!claimed.has(iss)) {
    claimed.set(iss, real.token(resourceOf(publicNames[0])).then(claimsOf));
  }
  return real.sign(await claimed.get(iss), { key: keyOf(alg), alg, ...options });
}

/** Where an issuer's keys may stand. */
const places = {
  inline: (alg) =>
    isShared(alg)
      ? { jwks_url: undefined, secret: "SHARED_SECRET" }
      : { jwks_url: undefined, keys: keys.map((key) => key.jwk) },
  "in a list of secrets": (alg) =>
    isShared(alg) && { jwks_url: undefined, secrets: ["OLDER_SECRET", "SHARED_SECRET"] },
  "at a URL": (alg) =>
    !isShared(alg) && {
      audience: publicNames.map(resourceOf),
      jwks_url: providers.get(issNamed("at-a-URL", alg)).url,
    },
};

const configured = Object.entries(places).flatMap(([place, settings]) =>
  names
    .filter((alg) => settings(alg))
    .map((alg) => {
      const iss = issNamed(place.replaceAll(" ", "-"), alg);
      const entry = () => provider.entry({ issuer: iss, algorithms: [alg], ...settings(alg) });
      return { place, alg, iss, entry };
    }),
);

const several = {
  RSA: ["RS256", "RS512", "PS256"],
  shared: ["HS256", "HS512"],
};
const large = Object.fromEntries(
  [3072, 4096].map((modulusLength) => [modulusLength, makeKey("RSA", { modulusLength })]),
);
const jwkFor = (alg) => ({ ...keyOf(alg).jwk, alg });

const entries = () => [
  ...configured.map(({ entry }) => entry()),
  provider.entry({ issuer: issNamed("several", "RSA"), algorithms: several.RSA }),
  provider.entry({
    issuer: issNamed("several", "shared"),
    algorithms: several.shared,
    ...places.inline("HS256"),
  }),
  provider.entry({
    issuer: issNamed("bound", "RSA"),
    algorithms: several.RSA,
    jwks_url: undefined,
    keys: [jwkFor("RS256")],
  }),
  ...Object.entries(large).map(([bits, { jwk }]) =>
    provider.entry({
      issuer: issNamed("large", bits),
      algorithms: ["RS256"],
      jwks_url: undefined,
      keys: [jwk],
    }),
  ),
];

/** Signs with a key that nobody trusts, of the kind that the algorithm takes. */
function strange(alg) {
  if (isShared(alg)) return sharedKey(strangeSecret);
  const kinds = { ES256: "P-256", ES384: "P-384", ES512: "P-521", EdDSA: "Ed25519" };
  const kind = kinds[alg] ?? "RSA";
  return makeKey(kind, { kid: keyOf(alg).kid });
}

test("signatures", { concurrency }, (t) =>
  withTrust(
    [provider, ...providers.values()],
    entries,
    async (edge) => {
      const holding = configured.map(({ place, alg, iss }) =>
        t.test(`${alg} is accepted with keys ${place}, and nothing else is`, async () => {
          await isAccepted(edge, await tokenAt(iss, alg));
          await isRefused(edge, await tokenAt(iss, alg, { key: strange(alg) }));
          // The issuer has a right key for each of these, so only the algorithm is wrong.
          const others = names.filter((other) => other !== alg);
          assert.equal(others.length, 12);
          for (const other of others) await isRefused(edge, await tokenAt(iss, other));
        }),
      );
      await Promise.all(holding);

      await t.test("an issuer may have several", async () => {
        for (const [kind, algorithms] of Object.entries(several)) {
          const iss = issNamed("several", kind);
          for (const alg of names) {
            const hold = algorithms.includes(alg) ? isAccepted : isRefused;
            await hold(edge, tokenFor(iss, alg));
          }
        }
      });

      await t.test("a key that names its algorithm is used with no other", async () => {
        const iss = issNamed("bound", "RSA");
        await isAccepted(edge, tokenFor(iss, "RS256"));
        for (const alg of ["RS512", "PS256"]) {
          await isAccepted(edge, tokenFor(issNamed("several", "RSA"), alg));
          await isRefused(edge, tokenFor(iss, alg));
        }
      });

      await t.test("each secret of a list is accepted", async () => {
        const iss = issNamed("in-a-list-of-secrets", "HS256");
        for (const accepted of [secret, olderSecret]) {
          await isAccepted(edge, provider.token({ iss }, { key: sharedKey(accepted) }));
        }
        await isRefused(edge, provider.token({ iss }, { key: sharedKey(strangeSecret) }));
        // The single `secret` isn't the older one.
        const single = issNamed("inline", "HS256");
        const older = provider.token({ iss: single }, { key: sharedKey(olderSecret) });
        await isRefused(edge, older);
      });

      await t.test("a token that names no key is tried with those that fit", async () => {
        for (const { alg, iss } of configured) {
          await isAccepted(edge, await tokenAt(iss, alg, { header: { kid: undefined } }));
        }
      });

      await t.test("what the header calls an algorithm has to be what it is", async () => {
        for (const alg of publicNames) {
          const iss = issNamed("at-a-URL", alg);
          const claims = claimsOf(await tokenAt(iss, alg));
          const header = { alg };
          const key = keyOf(alg);
          await isAccepted(edge, signToken(claims, { key, alg, header }));
          for (const other of publicNames.filter((other) => other !== alg)) {
            const token = signToken(claims, { key: keyOf(other), alg: other, header });
            // The header names the configured algorithm, but the signature is of another kind.
            await isRefused(edge, token);
          }
        }
      });

      await t.test("Ed25519 and EdDSA are one", async () => {
        for (const place of ["inline", "at-a-URL"]) {
          const iss = issNamed(place, "EdDSA");
          await isAccepted(edge, await tokenAt(iss, "EdDSA", { header: { alg: "Ed25519" } }));
          await isRefused(edge, await tokenAt(iss, "EdDSA", { header: { alg: "ed25519" } }));
        }
      });

      await t.test("PS256 takes a salt of 32 bytes and no other", async () => {
        const iss = issNamed("inline", "PS256");
        const withSalt = (bytes) =>
          compose(encode({ alg: "PS256" }), encode(provider.claims({ iss })), (signed) =>
            sign("sha256", Buffer.from(signed), pss(rsa.privateKey, bytes)),
          );
        await isAccepted(edge, withSalt(32));
        for (const bytes of [0, 20, 31, 33, 222]) await isRefused(edge, withSalt(bytes));
      });

      await t.test("RSA keys of more bits are accepted", async () => {
        for (const [bits, key] of Object.entries(large)) {
          assert.equal(key.publicKey.asymmetricKeyDetails.modulusLength, Number(bits));
          await isAccepted(edge, tokenFor(issNamed("large", bits), "RS256", { key }));
        }
      });
    },
    { more, inWorkerd: true },
  ),
);
