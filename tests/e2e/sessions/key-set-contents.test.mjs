// Which keys of a published set verify tokens. Entries that aren't public keys for signatures are skipped, and the good
// keys beside them are used.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { Issuer, makeKey, sharedKey } from "../support/issuer.mjs";
import { isAccepted, isRefused, withTrust } from "../support/sessions.mjs";

const concurrency = 16;
const kinds = ["RSA", "P-256", "Ed25519"];
const algorithms = ["RS256", "ES256", "EdDSA"];

const privateOf = ({ privateKey, kid }) => ({ ...privateKey.export({ format: "jwk" }), kid });
const without = ({ ...jwk }, ...names) => {
  for (const name of names) delete jwk[name];
  return jwk;
};
const bytes = (text) => Buffer.from(text, "base64url");
const text = (...parts) => Buffer.concat(parts).toString("base64url");
/** Another last byte, and so another number. */
const changed = (number) => {
  const other = bytes(number);
  other[other.length - 1] ^= 2;
  return text(other);
};

/** Ways to publish a key so that it can't be used, for the kinds that they are possible with. */
const spoilers = {
  "a private key": [kinds, privateOf],
  "a private key without all of it": [["RSA"], (key) => without(privateOf(key), "p", "q", "qi")],
  "a key with an empty private part": [kinds, ({ jwk }) => ({ ...jwk, d: "" })],
  "a key that is also a symmetric one": [kinds, ({ jwk }) => ({ ...jwk, k: "c2VjcmV0" })],
  "a key for encryption": [kinds, ({ jwk }) => ({ ...jwk, use: "enc" })],
  "a key whose operation is encryption": [kinds, ({ jwk }) => ({ ...jwk, key_ops: ["encrypt"] })],
  "a key whose operation is signing": [kinds, ({ jwk }) => ({ ...jwk, key_ops: ["sign"] })],
  "a key without an operation": [kinds, ({ jwk }) => ({ ...jwk, key_ops: [] })],
  "a key of another algorithm of its kind": [["RSA"], ({ jwk }) => ({ ...jwk, alg: "RS512" })],
  "a key of an algorithm of another kind": [kinds, ({ jwk }) => ({ ...jwk, alg: "HS256" })],
  "a key of an unknown algorithm": [kinds, ({ jwk }) => ({ ...jwk, alg: "RSA-OAEP" })],
  "a key of the algorithm none": [kinds, ({ jwk }) => ({ ...jwk, alg: "none" })],
  "a key without a kind": [kinds, ({ jwk }) => without(jwk, "kty")],
  "a key of an unknown kind": [kinds, ({ jwk }) => ({ ...jwk, kty: "AKP" })],
  "a key of a kind in another case": [kinds, ({ jwk }) => ({ ...jwk, kty: jwk.kty.toLowerCase() })],
  "a key without a curve": [["P-256", "Ed25519"], ({ jwk }) => without(jwk, "crv")],
  "a key of another curve": [["P-256"], ({ jwk }) => ({ ...jwk, crv: "P-384" })],
  "a key for agreement": [["Ed25519"], ({ jwk }) => ({ ...jwk, crv: "X25519" })],
  "a key with another number": [["P-256"], ({ jwk }) => ({ ...jwk, y: changed(jwk.y) })],
  "a modulus that is another": [["RSA"], ({ jwk }) => ({ ...jwk, n: changed(jwk.n) })],
  "an even exponent": [["RSA"], ({ jwk }) => ({ ...jwk, e: "AQAA" })],
  "an exponent of 1": [["RSA"], ({ jwk }) => ({ ...jwk, e: "AQ" })],
  "no exponent": [["RSA"], ({ jwk }) => without(jwk, "e")],
  "numbers with padding": [
    ["P-256", "Ed25519"],
    ({ jwk: { x, ...rest } }) => ({ ...rest, x: `${x}=` }),
  ],
  "numbers in the standard alphabet": [
    ["RSA"],
    ({ jwk }) => ({ ...jwk, n: jwk.n.replaceAll("-", "+").replaceAll("_", "/") }),
  ],
  "numbers of a byte more": [
    ["P-256", "Ed25519"],
    ({ jwk: { x, ...rest } }) => ({ ...rest, x: text(Buffer.alloc(1), bytes(x)) }),
  ],
  "a name of another key": [kinds, ({ jwk }) => ({ ...jwk, kid: `${jwk.kid}-2` })],
};

const spoilt = Object.entries(spoilers).flatMap(([what, [of, spoil]]) =>
  of.map((kind) => {
    const key = makeKey(kind);
    return { what: `${what} (${kind})`, key, jwk: spoil(key) };
  }),
);

/** Keys that are whole and that no token may be signed with. */
function foreign(type, options, alg) {
  const { privateKey, publicKey } = generateKeyPairSync(type, options);
  const kid = crypto.randomUUID();
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: "jwk" }), kid } };
}
const foreigners = {
  "an RSA key of 1024 bits": foreign("rsa", { modulusLength: 1024 }, "RS256"),
  "an RSA key of 2040 bits": foreign("rsa", { modulusLength: 2040 }, "RS256"),
  "a key on P-384": foreign("ec", { namedCurve: "P-384" }, "ES256"),
  "a key on secp256k1": foreign("ec", { namedCurve: "secp256k1" }, "ES256"),
};
const secret = "0123456789abcdef0123456789abcdef";
const symmetric = { kty: "oct", k: text(Buffer.from(secret)), alg: "HS256", kid: "symmetric" };

const good = kinds.map((kind) => makeKey(kind));
/** Sets have no more than 64 keys. */
const MAX_KEYS = 64;
const chunks = Array.from({ length: Math.ceil(spoilt.length / 50) }, (_, index) =>
  spoilt.slice(index * 50, (index + 1) * 50),
);

function publishing(name, jwks) {
  const issuer = new Issuer(name, good);
  issuer.published = [...jwks, ...good.map((key) => key.jwk)];
  assert.ok(issuer.published.length <= MAX_KEYS);
  return issuer;
}
const spoiling = chunks.map((chunk, index) =>
  publishing(
    `spoiling-${index}`,
    chunk.map(({ jwk }) => jwk),
  ),
);
const whole = chunks.map((chunk, index) =>
  publishing(
    `whole-${index}`,
    chunk.map(({ key }) => key.jwk),
  ),
);

const strange = publishing("strange", [
  ...Object.values(foreigners).map(({ jwk }) => jwk),
  symmetric,
  null,
  1,
  "key",
  [],
  {},
]);

// Good keys in sets of other shapes.

const twins = [makeKey("RSA", { kid: "twin" }), makeKey("RSA", { kid: "twin" })];
const triplet = makeKey("P-256", { kid: "twin" });
const sharing = new Issuer("sharing", [...twins, triplet]);
const nameless = new Issuer("nameless", [makeKey("P-256"), makeKey("P-256")]);
nameless.published = nameless.published.map((jwk) => without(jwk, "kid"));
const talkative = new Issuer("talkative", [makeKey("RSA")]);
talkative.published = [
  {
    ...talkative.keys[0].jwk,
    use: "sig",
    alg: "RS256",
    key_ops: ["verify"],
    x5t: "abc",
    x5c: ["AAAA"],
    issuer: "https://example.com",
    ext: true,
  },
];

const all = [...spoiling, ...whole, strange, sharing, nameless, talkative];

test("keys of a set", { concurrency }, (t) =>
  withTrust(
    all,
    () => all.map((issuer) => issuer.entry({ algorithms })),
    async (edge) => {
      const hold = (what, run) => t.test(what, run);
      const runs = chunks.flatMap((chunk, index) =>
        chunk.map(({ what, key }) =>
          hold(`${what} verifies nothing`, async () => {
            await isAccepted(edge, whole[index].token({}, { key }));
            await isRefused(edge, spoiling[index].token({}, { key }));
            const header = { kid: undefined };
            await isAccepted(edge, whole[index].token({}, { key, header }));
            if (!what.startsWith("a name of another key")) {
              await isRefused(edge, spoiling[index].token({}, { key, header }));
            }
          }),
        ),
      );
      runs.push(
        ...Object.entries(foreigners).map(([what, key]) =>
          hold(`${what} verifies nothing`, async () => {
            await isRefused(edge, strange.token({}, { key }));
            await isRefused(edge, strange.token({}, { key, header: { kid: undefined } }));
          }),
        ),
        hold("a symmetric key in a set verifies nothing", async () => {
          for (const text of [secret, symmetric.k]) {
            for (const kid of [symmetric.kid, undefined]) {
              await isRefused(edge, strange.token({}, { key: sharedKey(text, { kid }) }));
            }
          }
        }),
        hold("the good keys beside them do", async () => {
          for (const issuer of [...spoiling, ...whole, strange]) {
            for (const key of good) await isAccepted(edge, issuer.token({}, { key }));
          }
        }),
        hold("keys that share a name are all tried", async () => {
          for (const key of sharing.keys) await isAccepted(edge, sharing.token({}, { key }));
          await isRefused(edge, sharing.token({}, { key: makeKey("RSA", { kid: "twin" }) }));
        }),
        hold("keys without a name are tried for every token", async () => {
          for (const key of nameless.keys) {
            await isAccepted(edge, nameless.token({}, { key }));
            await isAccepted(edge, nameless.token({}, { key, header: { kid: undefined } }));
          }
          await isRefused(edge, nameless.token({}, { key: makeKey("P-256") }));
        }),
        hold("what else a key says is passed over", async () => {
          await isAccepted(edge, talkative.token());
        }),
      );
      await Promise.all(runs);
    },
    { inWorkerd: true },
  ),
);
