// Tokens signed with the issuer's key whose claims are invalid: time, issuer, audience. Each is compared with the same
// token without the flaw, which is accepted.

import { test } from "node:test";
import { Issuer, compose, encode, makeKey, signatureOf } from "../support/issuer.mjs";
import { from, holdAttacks, isAccepted, withTrust } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";

const concurrency = 16;
const now = () => Math.floor(Date.now() / 1000);
const { audience } = ready;

const issuer = new Issuer("account", [makeKey("P-256")]);
// Its name has characters in which similar names may differ, and its tokens must not pass for the first issuer's.
const slashed = new Issuer("slashed", [makeKey("P-256")], { iss: "https://account-2.example/" });
const [key] = issuer.keys;

/** A case of claims that are wrong. */
const claims = (...changes) =>
  from(issuer, (good) => changes.map((change) => issuer.sign({ ...good, ...change })));

/** A case of a claim as a text of JSON that no JavaScript value is written as. */
const written =
  (name, good, ...texts) =>
  () => {
    const header = encode({ alg: key.alg, kid: key.kid });
    const make = (text) => {
      const payload = JSON.stringify(issuer.claims({ [name]: "?" })).replace('"?"', text);
      const sign = (signed) => signatureOf(key.alg, key.privateKey, signed);
      return compose(header, encode(payload), sign);
    };
    return { good: make(good), bad: texts.map(make) };
  };

const in10Minutes = String(now() + 600);

const times = {
  "exp that is past": claims(
    ...[31, 60, 86_400, 10 ** 9].map((seconds) => ({ exp: now() - seconds })),
    { exp: 0 },
    { exp: 1 },
  ),
  "exp that is a text": claims(
    { exp: in10Minutes },
    { exp: "4102444800" },
    { exp: "2100-01-01T00:00:00Z" },
    { exp: "" },
    { exp: "never" },
  ),
  "exp without end": written(
    "exp",
    in10Minutes,
    "1e300",
    "1E400",
    "1e18",
    "18446744073709551616",
    "99999999999999999999999999",
    "Infinity",
    "NaN",
    "-0",
  ),
  "no exp": claims({ exp: undefined }),
  "exp below zero": claims({ exp: -1 }, { exp: -now() - 600 }, { exp: Number.MIN_SAFE_INTEGER }),
  "exp that is no number": claims(
    ...[null, true, [now() + 600], { exp: now() + 600 }, [], {}].map((exp) => ({ exp })),
  ),
  "exp in another case": claims({ exp: undefined, EXP: now() + 600, Exp: now() + 600 }),
  "nbf that is ahead": claims(
    { nbf: now() + 120 },
    { nbf: now() + 86_400 },
    { nbf: 4_102_444_800 },
    { nbf: Number.MAX_SAFE_INTEGER },
  ),
  "nbf that is no number": claims(
    ...[null, true, "", String(now() - 60), 1e300, -1, [now() - 60], {}].map((nbf) => ({ nbf })),
  ),
  "iat that is ahead": claims(
    { iat: now() + 120 },
    { iat: now() + 86_400 },
    { iat: Number.MAX_SAFE_INTEGER },
  ),
  "iat that is no number": claims(
    ...[null, true, "", String(now()), 1e300, -1, [now()], {}].map((iat) => ({ iat })),
  ),
};

const audiences = {
  "another aud": claims(
    { aud: "other" },
    { aud: "" },
    { aud: `${audience}-2` },
    { aud: audience.slice(0, -1) },
    { aud: ` ${audience}` },
    { aud: `${audience}/` },
    { aud: audience.toUpperCase() },
    { aud: `other ${audience}` },
    { aud: `other,${audience}` },
    { aud: "*" },
  ),
  "a list of other auds": claims(
    { aud: ["other", "another"] },
    { aud: [] },
    { aud: [`${audience}-2`] },
    { aud: [[audience]] },
    { aud: [{ [audience]: true }] },
    { aud: [null, 1, true] },
  ),
  "an object as aud": claims(
    { aud: { [audience]: true } },
    { aud: { aud: audience } },
    { aud: { 0: audience } },
    { aud: {} },
  ),
  "no aud": claims({ aud: undefined }, { aud: null }, { aud: true }, { aud: 0 }),
  "the audience in another claim": claims(
    { aud: undefined, azp: audience },
    { aud: undefined, client_id: audience },
    { aud: "other", AUD: audience },
  ),
};

const alike = {
  "Cyrillic а": "https://\u0430ccount.example",
  "Cyrillic с": "https://a\u0441\u0441ount.example",
  "Cyrillic о": "https://acc\u043eunt.example",
  "Greek ο": "https://acc\u03bfunt.example",
  "full-width letters": "https://\uff41\uff43\uff43\uff4f\uff55\uff4e\uff54.example",
  "a full-width colon": "https\uff1a//account.example",
  "a full-width stop": "https://account\uff0eexample",
  "an ideographic stop": "https://account\u3002example",
  "a fraction slash": "https:\u2044\u2044account.example",
  "a zero-width blank": "https://acc\u200bount.example",
  "a soft hyphen": "https://acc\u00adount.example",
  "a byte order mark": "\ufeffhttps://account.example",
  "a combining mark": "https://account\u0301.example",
  "bold letters": "https://\u{1d41a}ccount.example",
  punycode: "https://xn--ccount-4of.example",
};

const issuers = {
  "iss with a slash behind it": claims({ iss: `${issuer.iss}/` }, { iss: `${issuer.iss}//` }),
  "iss without its slash": () => {
    const good = slashed.claims();
    const bad = { ...good, iss: slashed.iss.slice(0, -1) };
    return { good: slashed.sign(good), bad: slashed.sign(bad) };
  },
  "iss in a list": claims({ iss: [issuer.iss] }, { iss: [issuer.iss, "other"] }, { iss: [] }),
  "iss that is no text": claims(
    ...[null, true, 0, {}, { iss: issuer.iss }].map((iss) => ({ iss })),
  ),
  "no iss": claims({ iss: undefined }, { iss: "" }, { iss: undefined, Iss: issuer.iss }),
  "iss in another spelling": claims(
    ...[
      issuer.iss.toUpperCase(),
      issuer.iss.replace("https", "http"),
      `${issuer.iss}:443`,
      `${issuer.iss}#`,
      `${issuer.iss}?`,
      ` ${issuer.iss}`,
      `${issuer.iss}\u0000`,
      issuer.iss.replace("account", "%61ccount"),
      issuer.iss.replace("account", "user@account"),
      "account.example",
    ].map((iss) => ({ iss })),
  ),
  "iss of another issuer that is trusted": claims({ iss: slashed.iss }),
  "the issuer of the Worker's other tokens": claims({ iss: ready.issuer }),
  ...Object.fromEntries(
    Object.entries(alike).map(([what, iss]) => [`iss with ${what}`, claims({ iss })]),
  ),
};

/** A case of an `alg` that looks like the right one, over a signature that holds. */
const alg = (...names) =>
  from(issuer, (good) =>
    names.map((name) => issuer.sign(good, { alg: key.alg, header: { alg: name } })),
  );

const algorithms = {
  "alg with Cyrillic letters": alg("\u0415S256", "E\u0405256", "\u0415\u0405256"),
  "alg with full-width letters": alg("\uff25\uff33256", "ES\uff12\uff15\uff16"),
  "alg with what isn't seen": alg("ES256\u200b", "\ufeffES256", "E\u00adS256", "ES256\u0000"),
  "alg in another case": alg("es256", "Es256", "eS256"),
  "alg with blanks": alg(" ES256", "ES256 ", "ES 256", "ES256\n"),
  "alg of another kind": alg("ES256K", "ES384", "ES512", "ES25", "ES2560", "ECDSA", "P-256"),
};

const subjects = {
  "no sub": claims({ sub: undefined }, { sub: "" }, { sub: null }),
  "sub that is no text": claims(...[7, true, ["e2e"], {}, 1.5].map((sub) => ({ sub }))),
  "sub in another case": claims({ sub: undefined, Sub: "e2e" }, { sub: undefined, user: "e2e" }),
  "jti that is no text": claims(...[7, true, null, [], {}, ""].map((jti) => ({ jti }))),
};

test("tokens that say what no session says", { concurrency }, (t) =>
  withTrust(
    [issuer, slashed],
    () => [
      issuer.entry(),
      slashed.entry(),
      // One that is trusted with other keys.
      slashed.entry({ issuer: ready.issuer }),
    ],
    async (edge) => {
      const groups = { times, audiences, issuers, algorithms, subjects };
      for (const [name, cases] of Object.entries(groups)) {
        await t.test(name, { concurrency }, (t) => holdAttacks(t, edge, cases));
      }
      for (const [what, change] of [
        ["an exp that is past by less than the leeway", { exp: now() - 5 }],
        ["an exp that never comes", { exp: Number.MAX_SAFE_INTEGER }],
        ["an nbf and an iat that are ahead by less", { nbf: now() + 15, iat: now() + 15 }],
        ["no iat", { iat: undefined }],
        ["a list of auds with us in it", { aud: ["other", audience] }],
        ["a sub that isn't ASCII", { sub: "\u{1f600}", role: "member" }],
        ["a jti", { jti: crypto.randomUUID() }],
      ]) {
        await t.test(`${what} is accepted`, () => {
          const sub = change.sub ?? "e2e";
          return isAccepted(edge, issuer.token(change), { key: `users/${sub}/file` });
        });
      }
    },
  ),
);
