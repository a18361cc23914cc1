// Signatures of public-key algorithms that are another key's or have a wrong form. Each token is compared with the same
// one with its own signature, which is accepted.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  forge,
  isTakenByOpenssl,
  smallOrder,
  unreduced,
  withWeakNonce,
} from "../support/ed25519.mjs";
import { Issuer, compose, encode, makeKey } from "../support/issuer.mjs";
import { from, holdAttacks, withTrust } from "../support/sessions.mjs";

const concurrency = 16;

const rsa = new Issuer("rsa", [makeKey("RSA")]);
const ec = new Issuer("ec", [makeKey("P-256")]);
const ed = new Issuer("ed", [makeKey("Ed25519")]);
const issuers = [rsa, ec, ed];

ed.published.push(
  ...smallOrder.map(({ point }, index) => ({
    kty: "OKP",
    crv: "Ed25519",
    x: point.toString("base64url"),
    kid: `small-order-${index}`,
  })),
);

/** The token with its signature changed. */
function withSignature(token, change) {
  const [signed, signature] = token.split(/\.(?=[^.]*$)/);
  const bytes = Buffer.from(signature, "base64url");
  return `${signed}.${Buffer.from(change(bytes, signed)).toString("base64url")}`;
}

/** A case that changes the signature of a good token. */
const changing =
  (issuer, ...changes) =>
  () => {
    const good = issuer.token();
    return { good, bad: changes.map((change) => withSignature(good, change)) };
  };

const flip = (place) => (bytes) => {
  const changed = Buffer.from(bytes);
  changed[place(bytes.length)] ^= 1;
  return changed;
};

const signatures = Object.fromEntries(
  [rsa, ec, ed].flatMap((issuer) => [
    [`no signature at ${issuer.iss}`, changing(issuer, () => "")],
    [`zeros at ${issuer.iss}`, changing(issuer, (bytes) => Buffer.alloc(bytes.length))],
    [`ones at ${issuer.iss}`, changing(issuer, (bytes) => Buffer.alloc(bytes.length, 0xff))],
    [
      `one bit changed at ${issuer.iss}`,
      changing(
        issuer,
        flip(() => 0),
        flip((n) => n / 2),
        flip((n) => n - 1),
      ),
    ],
    [
      `a byte less or more at ${issuer.iss}`,
      changing(
        issuer,
        (bytes) => bytes.subarray(1),
        (bytes) => bytes.subarray(0, -1),
        (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]),
        (bytes) => Buffer.concat([Buffer.alloc(1), bytes]),
      ),
    ],
    [`itself twice at ${issuer.iss}`, changing(issuer, (bytes) => Buffer.concat([bytes, bytes]))],
    [
      `the signature of another token at ${issuer.iss}`,
      changing(issuer, () => Buffer.from(issuer.token().split(".")[2], "base64url")),
    ],
    [
      `the payload of another token at ${issuer.iss}`,
      () => {
        const [good, other] = [issuer.token(), issuer.token({ sub: "other" })];
        const [header, , signature] = good.split(".");
        return { good, bad: `${header}.${other.split(".")[1]}.${signature}` };
      },
    ],
  ]),
);

const numberOf = (bytes) => BigInt(`0x${bytes.toString("hex")}`);
const numeral = (number, bytes) => Buffer.from(number.toString(16).padStart(bytes * 2, "0"), "hex");

signatures["an RSA signature with the modulus added"] = () => {
  const modulus = numberOf(Buffer.from(rsa.keys[0].jwk.n, "base64url"));
  for (;;) {
    const good = rsa.token();
    const number = numberOf(Buffer.from(good.split(".")[2], "base64url")) + modulus;
    if (number < 2n ** 2048n) return { good, bad: withSignature(good, () => numeral(number, 256)) };
  }
};

/** The order of P-256 (FIPS 186-4 D.1.2.3). */
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A number of DER: no more zeros before it than its sign needs. */
function integer(bytes) {
  const start = bytes.findIndex((byte) => byte !== 0);
  const bare = bytes.subarray(start);
  const value = bare[0] < 128 ? bare : Buffer.concat([Buffer.alloc(1), bare]);
  return Buffer.concat([Buffer.from([2, value.length]), value]);
}

const halves = (change) => (bytes) =>
  Buffer.concat(change(bytes.subarray(0, 32), bytes.subarray(32)));

Object.assign(signatures, {
  "an ECDSA signature in DER": changing(ec, (bytes) => {
    const body = Buffer.concat([integer(bytes.subarray(0, 32)), integer(bytes.subarray(32))]);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  }),
  "an ECDSA signature in hexadecimal": changing(ec, (bytes) => bytes.toString("hex")),
  ...Object.fromEntries(
    Object.entries({ 0: 0n, 1: 1n, n, "n + 1": n + 1n, "2^256 - 1": 2n ** 256n - 1n }).map(
      ([what, number]) => [
        `an ECDSA signature with r, s or both of ${what}`,
        changing(
          ec,
          halves((r, s) => [numeral(number, 32), s]),
          halves((r) => [r, numeral(number, 32)]),
          halves(() => [numeral(number, 32), numeral(number, 32)]),
        ),
      ],
    ),
  ),
  "an ECDSA signature with r and s swapped": changing(
    ec,
    halves((r, s) => [s, r]),
  ),
  "an ECDSA signature with n - r": changing(
    ec,
    halves((r, s) => [numeral(n - numberOf(r), 32), s]),
  ),

  "an Ed25519 signature with s + L": changing(ed, unreduced),
  ...Object.fromEntries(
    smallOrder.map((weak, index) => [
      `an Ed25519 signature with R of small order (${index})`,
      changing(ed, (_, signed) => {
        const [key] = ed.keys;
        const signature = withWeakNonce(key, Buffer.from(signed), weak);
        const isTaken = isTakenByOpenssl(Buffer.from(key.jwk.x, "base64url"), signed, signature);
        assert.equal(isTaken, index === 0);
        return signature;
      }),
    ]),
  ),
  ...Object.fromEntries(
    smallOrder.map((weak, index) => [
      `an Ed25519 key of small order in the set (${index})`,
      from(ed, (claims) => {
        const forged = [`small-order-${index}`, undefined, ed.keys[0].kid].map((kid) =>
          forgedFor(weak, claims, kid),
        );
        return forged;
      }),
    ]),
  ),
});

/** A token with a signature that everybody can make for that key. */
function forgedFor(weak, claims, kid) {
  for (let nonce = 0; ; nonce += 1) {
    const parts = [encode({ alg: "EdDSA", typ: "JWT", kid }), encode({ ...claims, nonce })];
    const message = Buffer.from(parts.join("."));
    const signature = forge(weak, message);
    if (signature === undefined) continue;
    assert.ok(isTakenByOpenssl(weak.point, message, signature));
    return compose(...parts, () => signature);
  }
}

test("signatures that aren't the issuer's", { concurrency }, (t) =>
  withTrust(
    issuers,
    () => issuers.map((issuer) => issuer.entry()),
    (edge) => holdAttacks(t, edge, signatures),
    { inWorkerd: true },
  ),
);
