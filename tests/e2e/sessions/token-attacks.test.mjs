// Tokens made by somebody without the issuer's key: with another algorithm, a key of their own, or a key name that
// leads elsewhere. Each is compared with the same token without the flaw, which is accepted.

import assert from "node:assert/strict";
import { X509Certificate, createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { Issuer, makeKey, sharedKey } from "../support/issuer.mjs";
import { from, holdAttacks, withTrust } from "../support/sessions.mjs";
import { selfSigned } from "../support/x509.mjs";

const concurrency = 16;

const rsa = new Issuer("rsa", [makeKey("RSA"), makeKey("RSA")]);
const ec = new Issuer("ec", [makeKey("P-256"), makeKey("P-256")]);
const ed = new Issuer("ed", [makeKey("Ed25519"), makeKey("Ed25519")]);
const attacker = new Issuer("attacker", [makeKey("RSA")]);

// Two entries of one issuer, with the RSA issuer's keys and with a secret.
const both = new Issuer("both", rsa.keys);
const secret = randomBytes(32).toString("hex");
const withSecret = { jwks_url: undefined, algorithms: ["HS256"], secret: "SHARED_SECRET" };
// The keys in the configuration.
const inline = new Issuer("inline", rsa.keys);
const inlineKeys = { jwks_url: undefined, keys: inline.published };

const entries = () => [
  rsa.entry(),
  ec.entry(),
  ed.entry(),
  inline.entry(inlineKeys),
  both.entry({ jwks_url: rsa.url }),
  both.entry(withSecret),
];

// Which algorithm.

const withoutSignature = (token) => token.slice(0, token.lastIndexOf(".") + 1);

/** The label changed, with the signature and without one, by a key's name and by none. */
function relabelled(claims, issuer, alg) {
  const own = issuer.keys[0].alg;
  const named = issuer.sign(claims, { alg: own, header: { alg } });
  const nameless = issuer.sign(claims, { alg: own, header: { alg, kid: undefined } });
  return [named, nameless, withoutSignature(named), withoutSignature(nameless)];
}

const labels = ["none", "None", "nOnE", "NONE", "none ", "", undefined, null, 256, ["RS256"], {}];
const algorithms = Object.fromEntries(
  [rsa, ec, ed, both, inline].flatMap((issuer) =>
    labels.map((alg) => [
      `alg ${JSON.stringify(alg) ?? "missing"} at ${issuer.iss}`,
      from(issuer, (claims) => relabelled(claims, issuer, alg)),
    ]),
  ),
);

/** All that might be taken for the public key's bytes by who keys HMAC with it. */
function textsOf({ publicKey, jwk }) {
  const as = (type, format) => publicKey.export({ type, format });
  const pems = [as("spki", "pem"), as("pkcs1", "pem")];
  const bare = { ...jwk, kid: undefined };
  return {
    "its PEM": pems[0],
    "its PEM of PKCS #1": pems[1],
    "its PEM without the last line break": pems[0].trimEnd(),
    "its PEM of PKCS #1 without the last line break": pems[1].trimEnd(),
    "its PEM with CRLF": pems[0].replaceAll("\n", "\r\n"),
    "its DER": as("spki", "der"),
    "its DER of PKCS #1": as("pkcs1", "der"),
    "its JWK": JSON.stringify(jwk),
    "its JWK without a name": JSON.stringify(bare),
    "its key set": JSON.stringify({ keys: rsa.published }),
    "its modulus": Buffer.from(jwk.n, "base64url"),
    "its modulus in base64url": jwk.n,
    nothing: "",
  };
}

const confusion = Object.fromEntries(
  [rsa, inline, both].flatMap((issuer) =>
    Object.entries(textsOf(rsa.keys[0])).map(([what, text]) => [
      `HMAC with ${what} as the secret at ${issuer.iss}`,
      from(issuer, (claims) =>
        ["HS256", "HS384", "HS512"].flatMap((alg) =>
          [rsa.keys[0].kid, undefined].map((kid) =>
            issuer.sign(claims, { key: sharedKey(text, { alg, kid }) }),
          ),
        ),
      ),
    ]),
  ),
);

// Whose key.

const der = selfSigned(attacker.keys[0], "attacker");
const thumbprint = createHash("sha256").update(der).digest("base64url");

/** Headers that bring a key along. */
const brought = {
  "jwk in its header": () => ({ jwk: attacker.published[0] }),
  "jwk in its header by the good key's name": () => ({
    jwk: { ...attacker.published[0], kid: rsa.keys[0].kid },
  }),
  "jku in its header": () => ({ jku: attacker.url }),
  "x5u in its header": () => ({ x5u: attacker.url }),
  "x5c in its header": () => ({ x5c: [der.toString("base64")], "x5t#S256": thumbprint }),
  "all of them in its header": () => ({
    jwk: attacker.published[0],
    jku: attacker.url,
    x5u: attacker.url,
    x5c: [der.toString("base64")],
  }),
};

const keysOfTheirOwn = Object.fromEntries(
  Object.entries(brought).map(([what, headerOf]) => [
    what,
    () => {
      const claims = rsa.claims();
      const [key, kids] = [attacker.keys[0], [rsa.keys[0].kid, attacker.keys[0].kid, undefined]];
      return {
        // Signed with the issuer's key it is good, so the header isn't the fault.
        good: rsa.sign(claims, { header: headerOf() }),
        bad: kids.map((kid) => rsa.sign(claims, { key, header: { ...headerOf(), kid } })),
      };
    },
  ]),
);

keysOfTheirOwn["a symmetric jwk in its header"] = from(rsa, (claims) => {
  const jwk = { kty: "oct", k: Buffer.from(secret).toString("base64url"), alg: "HS256" };
  return rsa.sign(claims, { key: sharedKey(secret), header: { jwk } });
});
keysOfTheirOwn["the attacker's key by its own name"] = from(rsa, (claims) => attacker.sign(claims));
keysOfTheirOwn["the attacker's key by the good key's name"] = from(rsa, (claims) =>
  attacker.sign(claims, { header: { kid: rsa.keys[0].kid } }),
);
keysOfTheirOwn["the key of another issuer that is trusted"] = from(ec, (claims) =>
  ed.keys.map((key) => ec.sign(claims, { key })),
);

// By which name.

const strangeNames = {
  "a path": "../../dev/null",
  "an absolute path": "/dev/null",
  "a path with a zero byte": "../../../etc/passwd\u0000.pem",
  "a URL": "http://127.0.0.1:1/key.pem",
  SQL: "x' UNION SELECT 'key' --",
  "a command": "|/usr/bin/id; $(id)",
  "a template": "${jndi:ldap://127.0.0.1:1/a}",
  "an unknown name": crypto.randomUUID(),
  "an empty name": "",
  "a name of a prototype": "__proto__",
  "a name of 257 bytes": "a".repeat(257),
  "a name of 4 KiB": "a".repeat(4096),
  "a number": 1,
  "the number of its place": 0,
  true: true,
  null: null,
};

const names = Object.fromEntries(
  [rsa, inline].flatMap((issuer) => [
    ...Object.entries(strangeNames).map(([what, kid]) => [
      `kid that is ${what} at ${issuer.iss}`,
      from(issuer, (claims) => [
        issuer.sign(claims, { header: { kid } }),
        // If such a name led to an empty file, this token would be good.
        issuer.sign(claims, { key: sharedKey(""), header: { kid } }),
      ]),
    ]),
    [
      `kid that is a list or an object of the name at ${issuer.iss}`,
      from(issuer, (claims) => {
        const { kid } = issuer.keys[0];
        return [[kid], { kid }].map((value) => issuer.sign(claims, { header: { kid: value } }));
      }),
    ],
    [
      `kid that is the name in another spelling at ${issuer.iss}`,
      from(issuer, (claims) => {
        const { kid } = issuer.keys[0];
        const spelt = [kid.toUpperCase(), `${kid} `, ` ${kid}`, kid.slice(0, -1), `${kid}0`];
        return spelt.map((value) => issuer.sign(claims, { header: { kid: value } }));
      }),
    ],
  ]),
);
for (const issuer of [rsa, ec, ed, inline]) {
  const [first, second] = issuer.keys;
  names[`kid of another key at ${issuer.iss}`] = () => {
    const claims = issuer.claims();
    return {
      good: issuer.sign(claims, { key: second }),
      bad: [
        issuer.sign(claims, { key: first, header: { kid: second.kid } }),
        issuer.sign(claims, { key: second, header: { kid: first.kid } }),
      ],
    };
  };
}

test("forged tokens", { concurrency }, (t) =>
  withTrust(
    [rsa, ec, ed, attacker],
    entries,
    async (edge) => {
      assert.ok(new X509Certificate(der).verify(attacker.keys[0].publicKey));
      const groups = { algorithms, confusion, keysOfTheirOwn, names };
      for (const [name, cases] of Object.entries(groups)) {
        await t.test(name, { concurrency }, (t) => holdAttacks(t, edge, cases));
      }
      await t.test("a secret beside public keys is one entry's alone", { concurrency }, (t) =>
        holdAttacks(t, edge, {
          "the secret's tokens": () => {
            const claims = both.claims();
            const key = sharedKey(secret);
            return {
              good: both.sign(claims, { key }),
              bad: both.sign(claims, { key, header: { alg: "RS256" } }),
            };
          },
          "at an issuer that has none": from(rsa, (claims) =>
            rsa.sign(claims, { key: sharedKey(secret) }),
          ),
        }),
      );
      assert.equal(attacker.fetches, 0, "a URL of a token's header was fetched");
    },
    { more: { SHARED_SECRET: secret } },
  ),
);
