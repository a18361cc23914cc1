// Tokens signed with the issuer's key that have a wrong form or lack a claim. Each is compared with the same token
// without the flaw, which is accepted.

import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { Issuer, compose, encode, makeKey, signatureOf } from "../support/issuer.mjs";
import { from, holdAttacks, isAccepted, isRefused, withTrust } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";

const concurrency = 16;
const now = () => Math.floor(Date.now() / 1000);

const issuer = new Issuer("issuer", [makeKey("Ed25519")]);
// Its signatures have 256 bytes, whose base64url has unused bits.
const rsa = new Issuer("rsa", [makeKey("RSA")]);
const [key] = issuer.keys;
const makeSignature = (signed) => signatureOf(key.alg, key.privateKey, signed);

/** A token of these encoded parts, with a signature that holds. */
const joined = (header, payload) => compose(header, payload, makeSignature);
const header = { alg: key.alg, typ: "JWT", kid: key.kid };

// The form.

/** A case that cuts, or adds to, the text of a good token. */
const cut =
  (...changes) =>
  () => {
    const good = issuer.token();
    return { good, bad: changes.map((change) => change(good, good.split("."))) };
  };

/** A header has bytes: these are a text's in UTF-8. */
const utf8 = (text) => Buffer.from(text).toString("latin1");
const around = (text) => [(good) => good + text, (good) => text + good];
/** The blanks of Unicode that UTF-8 has more than one byte for. */
const wideBlanks = ["\u0085", "\u00a0", "\u2003", "\u2028", "\u3000"];

const parts = {
  "one part": cut((_, [, payload]) => payload),
  "two parts": cut(
    (_, [head, payload]) => `${head}.${payload}`,
    (_, [, ...rest]) => rest.join("."),
  ),
  "four parts": cut(
    (good) => `${good}.`,
    (good) => `.${good}`,
    (good) => `${good}.${encode({})}`,
    (_, [head, payload, signature]) => `${head}.${payload}..${signature}`,
    (_, [head, payload, signature]) => `${head}.${payload}.${payload}.${signature}`,
  ),
  "five parts, as of an encrypted token": cut(
    (_, [head, payload, signature]) => `${head}.${payload}.${payload}.${payload}.${signature}`,
    (_, [head, payload, signature]) => `${head}..${payload}.${payload}.${signature}`,
    (good, [, payload, signature]) =>
      `${encode({ alg: "dir", enc: "A256GCM" })}..${payload}.${payload}.${signature}`,
    (good) => `${good}..`,
  ),
  "parts without anything in them": cut(
    (_, [, payload, signature]) => `.${payload}.${signature}`,
    (_, [head, , signature]) => `${head}..${signature}`,
    () => "..",
  ),
  "something behind it": cut(
    ...["A", "AAAA", "=", "%00", "%0A", "#", "?", "/", ",", ";", '"', " x", "\tx"].map(
      (text) => (good) => good + text,
    ),
  ),
  "something before it": cut(
    ...["A", "AAAA", "%20", '"', "=", "x ", "Bearer "].map((text) => (good) => text + good),
  ),
  "blanks within it": cut(
    ...[" ", "\t", "  "].flatMap((blank) => [
      (_, [head, payload, signature]) => `${head}${blank}.${payload}.${signature}`,
      (_, [head, payload, signature]) => `${head}.${blank}${payload}.${signature}`,
      (_, [head, payload, signature]) => `${head}.${payload}${blank}.${signature}`,
      (_, [head, payload, signature]) => `${head}.${payload}.${blank}${signature}`,
      (good) => `${good.slice(0, 9)}${blank}${good.slice(9)}`,
    ]),
  ),
  "what isn't ASCII around it": cut(
    ...["\u00a0", "\u0085", "\u00ad"].flatMap(around),
    ...["\u00ad", "\u200b", "\ufeff"].map(utf8).flatMap(around),
  ),
  "letters that aren't ASCII in it": cut(
    (good) => `${good}\u00e9`,
    (good) => `\u00ff${good}`,
    (good) => good.replace(".", "\u00b7"),
  ),
  "another token behind it": cut(
    (good) => `${good}.${good}`,
    (good) => `${good} ${good}`,
    (good) => `${good},${good}`,
  ),
  "its JSON form": cut(
    (_, [head, payload, signature]) => JSON.stringify({ payload, protected: head, signature }),
    (_, [head, payload, signature]) =>
      encode({ payload, signatures: [{ protected: head, signature }] }),
  ),
};

// base64url. The signature is over the text as it is sent, so that nothing else is wrong.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** All other spellings of the same bytes: a last character with other bits that don't count. */
function spellings(part) {
  const free = { 2: 4, 3: 2 }[part.length % 4];
  const last = alphabet.indexOf(part.at(-1));
  return Array.from(
    { length: 2 ** free - 1 },
    (_, bits) => part.slice(0, -1) + alphabet[last ^ (bits + 1)],
  );
}

/**
 * An object in base64url, with so many characters more than a multiple of four, and with both of those that are
 * other ones in the standard alphabet.
 */
function encodedWith(remainder, object) {
  for (;;) {
    const signs = Array.from(randomBytes(randomInt(24, 32)), (byte) => "~?>\u00ff\u00fe"[byte % 5]);
    const encoded = encode({ ...object, signs: signs.join("") });
    if (encoded.length % 4 === remainder && /-/.test(encoded) && /_/.test(encoded)) return encoded;
  }
}

const headerWith = (remainder) => encodedWith(remainder, header);
const claimsWith = (remainder) => encodedWith(remainder, issuer.claims());

const standard = (part) => part.replaceAll("-", "+").replaceAll("_", "/");
const padded = (part) => part.padEnd(Math.ceil(part.length / 4) * 4, "=");

const spelling = {
  ...Object.fromEntries(
    [2, 3].flatMap((remainder) => [
      [
        `padding, ${4 - remainder} characters`,
        () => {
          const [head, payload] = [headerWith(remainder), claimsWith(remainder)];
          const signatureIsPadded = `${joined(head, payload)}==`;
          const bad = [
            joined(padded(head), payload),
            joined(head, padded(payload)),
            joined(head, `${payload}=`),
            signatureIsPadded,
          ];
          return { good: joined(head, payload), bad };
        },
      ],
      [
        `bits that don't count, behind ${remainder} characters`,
        () => {
          const [head, payload] = [headerWith(remainder), claimsWith(remainder)];
          const bad = [
            ...spellings(head).map((other) => joined(other, payload)),
            ...spellings(payload).map((other) => joined(head, other)),
          ];
          return { good: joined(head, payload), bad };
        },
      ],
    ]),
  ),
  "bits that don't count, behind the signature": () => {
    const good = rsa.token();
    const [head, payload, signature] = good.split(".");
    return { good, bad: spellings(signature).map((other) => `${head}.${payload}.${other}`) };
  },
  "the standard alphabet": () => {
    const [head, payload] = [headerWith(0), claimsWith(0)];
    const bad = [joined(standard(head), payload), joined(head, standard(payload))];
    return { good: joined(head, payload), bad };
  },
  "the standard alphabet in the signature": () => {
    for (;;) {
      const good = issuer.token();
      const [head, payload, signature] = good.split(".");
      const other = standard(signature);
      if (other !== signature) return { good, bad: `${head}.${payload}.${other}` };
    }
  },
  "a length that no bytes have": cut(
    (_, [head, payload, signature]) =>
      joined(`${head}A`.slice(0, (head.length >> 2) * 4 + 1), payload),
    (_, [head, payload]) => joined(head, payload.slice(0, (payload.length >> 2) * 4 - 3)),
  ),
  hexadecimal: cut((_, [head, payload]) =>
    joined(head, Buffer.from(payload, "base64url").toString("hex")),
  ),
  "JSON as it is": cut((_, [head, payload]) =>
    joined(head, Buffer.from(payload, "base64url").toString()),
  ),
};

// JSON.

const jsonOf = (claims) => JSON.stringify(claims);
const inside = (text, more) => text.replace(/^\{/, `{${more},`);
const behind = (text, more) => text.replace(/\}$/, `,${more}}`);

/** A case of texts that the two parts may be, with the good ones as they are. */
const texts =
  (makeBad, makeGood = (head, payload) => [head, payload]) =>
  () => {
    const both = [jsonOf(header), jsonOf(issuer.claims())];
    const make = ([head, payload]) => joined(encode(head), encode(payload));
    return { good: make(makeGood(...both)), bad: makeBad(...both).map(make) };
  };

const nest = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const list = (depth) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;

const json = {
  "a member of the header twice": texts((head, payload) => [
    [inside(head, '"alg":"none"'), payload],
    [behind(head, '"alg":"none"'), payload],
    [behind(head, `"alg":"${key.alg}"`), payload],
    [inside(head, '"kid":"other"'), payload],
    [behind(head, '"\\u0061lg":"none"'), payload],
    [behind(head, '"x":1,"x":1'), payload],
  ]),
  "a member of the payload twice": texts((head, payload) => [
    [head, inside(payload, '"sub":"other"')],
    [head, behind(payload, '"sub":"other"')],
    [head, behind(payload, '"sub":"e2e"')],
    [head, behind(payload, '"s\\u0075b":"other"')],
    [head, behind(payload, '"exp":1')],
    [head, behind(payload, '"role":"admin"')],
    [head, behind(payload, '"x":null,"x":null')],
  ]),
  "a nested member twice": texts(
    (head, payload) => [
      [head, behind(payload, '"realm":{"roles":["a"],"roles":["b"]}')],
      [head, behind(payload, '"realm":[{"a":{"b":1,"b":2}}]')],
      [behind(head, '"x":{"a":1,"a":2}'), payload],
    ],
    (head, payload) => [
      behind(head, '"x":{"a":1,"b":2}'),
      behind(payload, '"realm":{"roles":["a"],"x":[{"roles":1},{"roles":2}]}'),
    ],
  ),
  "claims nested deep": texts(
    (head, payload) => [
      [head, behind(payload, `"deep":${nest(1000)}`)],
      [head, behind(payload, `"deep":${list(1000)}`)],
      [head, behind(payload, `"deep":${nest(100)}`)],
      [behind(head, `"deep":${list(1000)}`), payload],
      [head, "[".repeat(5000)],
    ],
    (head, payload) => [head, behind(payload, `"deep":${nest(8)},"list":${list(8)}`)],
  ),
  "no object": texts((head, payload) => [
    [`[${head}]`, payload],
    [head, `[${payload}]`],
    [jsonOf(head), payload],
    [head, jsonOf(payload)],
    ...["", "null", "true", "1", '"e2e"', "[]"].flatMap((text) => [
      [text, payload],
      [head, text],
    ]),
  ]),
  "no JSON": texts(
    (head, payload) => [
      [head, `${payload}x`],
      [head, `${payload},`],
      [head, `${payload}{}`],
      [head, `\ufeff${payload}`],
      [head, behind(payload, '"x":NaN')],
      [head, behind(payload, '"x":0x10')],
      [head, behind(payload, '"x":01')],
      [head, behind(payload, "x:1")],
      [head, behind(payload, "'x':1")],
      [head, behind(payload, '"x":"\\ud800"')],
      [head, behind(payload, '"x":"\u0000"')],
      [head, behind(payload, '"x":1/**/')],
      [head, payload.slice(0, -1)],
      [head, payload.replace(/\}$/, ",}")],
      [`${head}x`, payload],
      [`\ufeff${head}`, payload],
    ],
    // Blanks are JSON, and so are escapes.
    (head, payload) => [
      ` ${head}\n`,
      behind(payload, '"x":"\\ud83d\\ude00\\u0000"').replaceAll(",", " ,\n\t"),
    ],
  ),
  "text that isn't UTF-8": () => {
    const payload = Buffer.from(jsonOf(issuer.claims({ name: "?" })));
    const good = joined(encode(header), payload.toString("base64url"));
    const spoil = (...bytes) => {
      const at = payload.lastIndexOf("?");
      const spoilt = [payload.subarray(0, at), Buffer.from(bytes), payload.subarray(at + 1)];
      return joined(encode(header), Buffer.concat(spoilt).toString("base64url"));
    };
    return { good, bad: [spoil(0xff), spoil(0xc0, 0xaf), spoil(0xed, 0xa0, 0x80)] };
  },
};

// The header.

/** A case of headers that are wrong, beside ones that aren't. */
const headers = (bad, good = {}) =>
  from(issuer, (claims) => bad.map((change) => issuer.sign(claims, { header: change })), {
    header: good,
  });

const types = ["dpop+jwt", "logout+jwt", "JWE", "secevent+jwt", "token-introspection+jwt", "JOSE"];
const heads = {
  "typ of another kind of token": headers(
    [
      ...types.map((typ) => ({ typ })),
      ...types.map((typ) => ({ typ: `application/${typ}` })),
      ...["", " JWT", "JWT ", "application/", "application/application/jwt", "text/jwt"].map(
        (typ) => ({ typ }),
      ),
      ...[1, true, null, ["JWT"], {}].map((typ) => ({ typ })),
    ],
    { typ: "application/at+jwt" },
  ),
  crit: headers(
    [
      { crit: ["b64"], b64: false },
      { crit: ["b64"], b64: true },
      { crit: ["exp"], exp: 1 },
      ...[["x"], [], ["alg"], "b64", null, {}, [1]].map((crit) => ({ crit })),
    ],
    { x: 1 },
  ),
};

test("tokens of another form", { concurrency }, (t) =>
  withTrust(
    [issuer, rsa],
    () => [issuer.entry(), rsa.entry()],
    async (edge) => {
      for (const [name, cases] of Object.entries({ parts, spelling, json, heads })) {
        await t.test(name, { concurrency }, (t) => holdAttacks(t, edge, cases));
      }

      await t.test("blanks that aren't ASCII around it", async () => {
        const good = issuer.token();
        await isAccepted(edge, good);
        for (const change of wideBlanks.map(utf8).flatMap(around)) {
          await isRefused(edge, change(good));
        }
      });

      await t.test("a token of more than 8 KiB", async () => {
        // Three bytes of a payload are four characters of a token.
        const empty = issuer.token({ padding: "" }).length;
        const around = Math.floor(((8192 - empty) * 3) / 4);
        const padded = (length) => issuer.token({ padding: "a".repeat(length) });
        const tokens = Array.from({ length: 9 }, (_, index) => padded(around + index - 4));
        const isWithin = (token) => token.length <= 8192;
        const [longest] = tokens.filter(isWithin).reverse();
        assert.ok(longest.length >= 8191, `${longest.length} bytes`);
        await isAccepted(edge, longest);
        const [shortest] = tokens.filter((token) => !isWithin(token));
        assert.ok(shortest.length <= 8194, `${shortest.length} bytes`);
        for (const token of [shortest, padded(8000), padded(50_000)]) await isRefused(edge, token);
      });

      for (const typ of ["JWT", "jwt", "at+jwt", "AT+JWT", "application/jwt", undefined]) {
        await t.test(`typ ${typ} is accepted`, () =>
          isAccepted(edge, issuer.token({ at: now(), aud: ready.audience }, { header: { typ } })),
        );
      }
    },
  ),
);
