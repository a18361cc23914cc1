// Who may ask for what: session tokens, rules and one-time keys.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { developmentEdge } from "../support/direct.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import {
  callEdge,
  callHome,
  freshKey,
  presign,
  presigned,
  ready,
  token,
} from "../support/stack.mjs";

// Reading a token needs no runtime.
callHome(await developmentEdge(ready));

const concurrency = 16;
const now = () => Math.floor(Date.now() / 1000);
const read = (key, oneTimeKey) => ({ operation: "GetObject", key, one_time_key: oneTimeKey });
const own = "users/e2e/file";

/** `GET /v1/presign` with these headers and no others. */
function ask(headers, oneTimeKey) {
  const query = new URLSearchParams({ operation: "GetObject", key: own });
  if (oneTimeKey !== undefined) query.append("one_time_key", oneTimeKey);
  return callEdge(`/v1/presign?${query}`, { headers });
}

const file = (key) => `/f/${ready.store_name}/${key}`;

describe("a request without a session token", { concurrency }, () => {
  for (const [what, headers] of [
    ["no authorization", {}],
    ["an empty authorization", { authorization: "" }],
    ["a scheme alone", { authorization: "Bearer" }],
    ["a token without a scheme", { authorization: token() }],
    ["another scheme", { authorization: "Basic dXNlcjpwYXNzd29yZA==" }],
    ["a token in another scheme", { authorization: `Token ${token()}` }],
    ["a scheme that only begins like the right one", { authorization: `Bearers ${token()}` }],
    ["a token in a header of another name", { "x-authorization": `Bearer ${token()}` }],
  ]) {
    test(`with ${what} is asked for one`, async () => {
      const oneTimeKey = crypto.randomUUID();
      const body = JSON.stringify(read(own, oneTimeKey));
      const typed = { ...headers, "content-type": "application/json" };
      for (const answer of [
        await ask(headers, oneTimeKey),
        await callEdge("/v1/presign", { method: "POST", headers: typed, body }),
      ]) {
        isProblem(answer, 401, "session_missing");
        assert.equal(answer.headers.get("www-authenticate"), "Bearer");
      }
      await isUnspent(oneTimeKey);
    });
  }

  test("isn't told anything else", async () => {
    const type = { "content-type": "application/json" };
    for (const answer of [
      await callEdge("/v1/presign", { method: "POST", headers: type, body: "{" }),
      await callEdge("/v1/presign", { method: "POST", body: "x" }),
      await callEdge("/v1/presign", { method: "POST", headers: type, body: "a".repeat(100_000) }),
      await callEdge("/v1/presign?store=nope&colour=red"),
      await callEdge("/v1/presign?%zz"),
      await callEdge("/f/nope/a"),
      await callEdge(file("")),
      await callEdge(file("a?expires_in=0")),
    ]) {
      isProblem(answer, 401, "session_missing");
    }
  });

  test("is refused by /f without a body where it is HEAD", async () => {
    const answer = await callEdge(file(own), { method: "HEAD" });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
  });
});

// Wrong tokens.

const base64url = (text) => Buffer.from(text).toString("base64url");
const tagOf = (signed, secret = ready.session_secret, hash = "sha256") =>
  createHmac(hash, secret).update(signed).digest("base64url");

/** The good token's claims, as a text. */
function claims(change = {}) {
  const good = { iss: ready.issuer, aud: ready.audience, sub: "e2e", role: "member" };
  return JSON.stringify({ ...good, iat: now(), exp: now() + 600, ...change });
}

/** A token of these texts with a signature that holds. */
function signed(header, payload) {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${tagOf(text)}`;
}

const withHeader = (header) => token({}, { header });
const unsigned = (header) => token({}, { header, signature: "" });
/** A good token with one of its three parts replaced. */
function withPart(index, change) {
  const parts = token().split(".");
  parts[index] = change(parts[index]);
  return parts.join(".");
}

/** The next spelling of the same bytes: a last character with other bits that don't count. */
function respelled(part) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)) ^ 1];
}

/** A good token of that many bytes; not every number can be one. */
function ofLength(bytes) {
  for (let length = Math.floor((bytes * 3) / 4) - 400; ; length += 1) {
    const made = token({ padding: "a".repeat(length) });
    if (made.length === bytes) return made;
    assert.ok(made.length < bytes, `no token has ${bytes} bytes`);
  }
}

const HS256 = { alg: "HS256", typ: "JWT" };

const wrongTokens = {
  // The algorithm.
  ...Object.fromEntries(
    [
      "none",
      "None",
      "nOnE",
      "NONE",
      "",
      "hs256",
      "HS384",
      "HS512",
      "RS256",
      "ES256",
      "EdDSA",
    ].flatMap((alg) => [
      [`alg "${alg}" with a signature`, () => withHeader({ ...HS256, alg })],
      [`alg "${alg}" without a signature`, () => unsigned({ ...HS256, alg })],
    ]),
  ),
  "alg none in two parts": () => unsigned({ alg: "none" }).slice(0, -1),
  "no alg": () => withHeader({ typ: "JWT" }),
  "alg null": () => withHeader({ alg: null }),
  "alg that is a number": () => withHeader({ alg: 256 }),
  "alg that is a list": () => withHeader({ alg: ["HS256"] }),
  "alg twice": () => signed('{"alg":"none","alg":"HS256"}', claims()),
  "a true HS512 signature": () => {
    const text = `${base64url('{"alg":"HS512"}')}.${base64url(claims())}`;
    return `${text}.${tagOf(text, ready.session_secret, "sha512")}`;
  },
  "a key of its own in its header": () => {
    const secret = randomBytes(32);
    const jwk = { kty: "oct", k: secret.toString("base64url") };
    return token({}, { header: { ...HS256, jwk }, secret });
  },
  "crit that names an extension": () => withHeader({ ...HS256, crit: ["b64"], b64: true }),
  "crit that names an unknown one": () => withHeader({ ...HS256, crit: ["x"], x: 1 }),
  "crit that names a claim": () => withHeader({ ...HS256, crit: ["exp"] }),
  "an empty crit": () => withHeader({ ...HS256, crit: [] }),
  "crit that is a text": () => withHeader({ ...HS256, crit: "exp" }),
  "crit that is null": () => withHeader({ ...HS256, crit: null }),

  // The form.
  "a text that is no token": () => "garbage",
  "dots alone": () => "..",
  "a dot": () => ".",
  "random bytes": () => [1, 2, 3].map(() => randomBytes(32).toString("base64url")).join("."),
  "the value undefined": () => "undefined",
  "quotation marks around it": () => `"${token()}"`,
  "one part": () => token().split(".")[0],
  "two parts": () => token().split(".").slice(0, 2).join("."),
  "four parts": () => `${token()}.${base64url("{}")}`,
  "five parts": () => `${token()}.a.b`,
  "a dot before it": () => `.${token()}`,
  "a dot behind it": () => `${token()}.`,
  "an empty header": () => withPart(0, () => ""),
  "an empty payload": () => withPart(1, () => ""),
  "a header that is no JSON": () => signed("HS256", claims()),
  "a header that is a list": () => signed('["HS256"]', claims()),
  "a payload that is no JSON": () => signed(JSON.stringify(HS256), "e2e"),
  "a payload that is a list": () => signed(JSON.stringify(HS256), `[${claims()}]`),
  "a payload that is null": () => signed(JSON.stringify(HS256), "null"),
  "a payload with something behind it": () => signed(JSON.stringify(HS256), `${claims()}x`),
  "a payload that isn't UTF-8": () => {
    const payload = Buffer.from(claims({ name: "?" }));
    payload[payload.lastIndexOf("?")] = 0xff;
    return signed(JSON.stringify(HS256), payload);
  },
  "a payload of 2,000 open brackets": () => signed(JSON.stringify(HS256), "[".repeat(2000)),
  "a claim of 800 objects in each other": () => {
    const deep = `${'{"a":'.repeat(800)}1${"}".repeat(800)}`;
    return signed(JSON.stringify(HS256), claims().replace("{", `{"a":${deep},`));
  },
  "padding behind it": () => `${token()}=`,
  "padding behind its header": () => withPart(0, (part) => `${part}=`),
  "padding behind its payload": () => withPart(1, (part) => `${part}==`),
  "a character behind it": () => `${token()}A`,
  "four characters behind it": () => `${token()}AAAA`,
  "a word behind it": () => `${token()} x`,
  "another token behind it": () => `${token()} ${token()}`,
  "a comma and another token behind it": () => `${token()}, Bearer ${token()}`,
  "a line break in escapes behind it": () => `${token()}%0A`,
  "a signature in the other alphabet": () => {
    for (;;) {
      const made = token({ nonce: crypto.randomUUID() });
      const [header, payload, tag] = made.split(".");
      const other = tag.replaceAll("-", "+").replaceAll("_", "/");
      if (other !== tag) return `${header}.${payload}.${other}`;
    }
  },
  "a signature in another spelling": () => withPart(2, respelled),
  "more than 8 KiB": () => ofLength(8193),
  "16 KiB": () => token({ padding: "a".repeat(12_000) }),
  "100 kB that are no token": () => "a".repeat(100_000),

  // The signature.
  "an empty signature": () => withPart(2, () => ""),
  "a signature of zeros": () => withPart(2, () => base64url(Buffer.alloc(32))),
  "half of its signature": () =>
    withPart(2, (part) => base64url(Buffer.from(part, "base64url").subarray(0, 16))),
  "one byte of its signature": () =>
    withPart(2, (part) => base64url(Buffer.from(part, "base64url").subarray(0, 1))),
  "the signature of another token": () => withPart(2, () => token({ sub: "other" }).split(".")[2]),
  "the payload of another token": () => withPart(1, () => token({ sub: "other" }).split(".")[1]),
  "a signature by another secret": () => token({}, { secret: randomBytes(32) }),
  "a signature by an empty secret": () => token({}, { secret: "" }),
  "a signature by a longer secret": () => token({}, { secret: `${ready.session_secret}0` }),
  "a signature over the payload alone": () => {
    const [header, payload] = token().split(".");
    return `${header}.${payload}.${tagOf(payload)}`;
  },

  // When.
  "an exp that is past": () => token({ exp: now() - 60 }),
  "an exp that is past by more than the leeway": () => token({ exp: now() - 31 }),
  "an exp long ago": () => token({ exp: 0 }),
  "an nbf that is ahead": () => token({ nbf: now() + 120 }),
  "an nbf in the year 5138": () => token({ nbf: 1e11 }),
  "an iat that is ahead": () => token({ iat: now() + 120 }),
  "no exp": () => token({ exp: undefined }),
  "an exp that is null": () => token({ exp: null }),
  "an exp that is a text": () => token({ exp: String(now() + 600) }),
  "an exp that is a date": () => token({ exp: "2100-01-01T00:00:00Z" }),
  "an exp of 1e300": () => token({ exp: 1e300 }),
  "an exp below zero": () => token({ exp: -now() - 600 }),
  "an exp that is true": () => token({ exp: true }),
  "an exp that is a list": () => token({ exp: [now() + 600] }),
  "an exp that is too large for 64 bits": () =>
    signed(
      JSON.stringify(HS256),
      claims({ exp: 7 }).replace('"exp":7', '"exp":18446744073709551616'),
    ),
  "an exp that is no JSON number": () =>
    signed(JSON.stringify(HS256), claims({ exp: 7 }).replace('"exp":7', '"exp":Infinity')),
  "an nbf that is a text": () => token({ nbf: String(now() - 60) }),
  "an iat that is a text": () => token({ iat: String(now() - 60) }),
  "an iat that is null": () => token({ iat: null }),

  // For whom, by whom, of whom.
  "another audience": () => token({ aud: "other" }),
  "other audiences": () => token({ aud: ["other", "another"] }),
  "an audience that only begins like us": () => token({ aud: `${ready.audience}-2` }),
  "an audience in another case": () => token({ aud: ready.audience.toUpperCase() }),
  "no aud": () => token({ aud: undefined }),
  "an empty aud": () => token({ aud: "" }),
  "an empty list as aud": () => token({ aud: [] }),
  "a list in a list as aud": () => token({ aud: [[ready.audience]] }),
  "an aud that is an object": () => token({ aud: { [ready.audience]: true } }),
  "no iss": () => token({ iss: undefined }),
  "an empty iss": () => token({ iss: "" }),
  "another iss": () => token({ iss: "https://evil.example" }),
  "an iss with a slash behind it": () => token({ iss: `${ready.issuer}/` }),
  "an iss in another case": () => token({ iss: ready.issuer.toUpperCase() }),
  "a list as iss": () => token({ iss: [ready.issuer] }),
  "no sub": () => token({ sub: undefined }),
  "an empty sub": () => token({ sub: "" }),
  "a number as sub": () => token({ sub: 7 }),
  "a list as sub": () => token({ sub: ["e2e"] }),
  "a sub that is null": () => token({ sub: null }),
  "a number as jti": () => token({ jti: 7 }),
};

const withoutId = (answer) => answer.text.replace(/"request_id":"[^"]*"/, '"request_id":""');

describe("a wrong token is refused without a word of what is wrong:", { concurrency }, () => {
  let refusal;
  for (const [what, make] of Object.entries(wrongTokens)) {
    test(what, async () => {
      const wrong = make();
      refusal ??= ask({ authorization: "Bearer x" });
      const expected = withoutId(await refusal);
      const oneTimeKey = crypto.randomUUID();
      const authorization = `Bearer ${wrong}`;
      for (const answer of [
        await ask({ authorization }, oneTimeKey),
        await presign(read(own, oneTimeKey), { bearer: wrong }),
        await callEdge(file(own), { headers: { authorization } }),
      ]) {
        isProblem(answer, 401, "session_invalid");
        const challenge = answer.headers.get("www-authenticate");
        assert.equal(challenge, 'Bearer error="invalid_token"');
        assert.equal(withoutId(answer), expected);
      }
      await isUnspent(oneTimeKey);
    });
  }

  test("a wrong token in the cookie", async () => {
    const headers = { cookie: `__Host-session=${token({ exp: now() - 60 })}` };
    isProblem(await callEdge(file(own), { headers }), 401, "session_invalid");
  });

  test("a wrong token is not made good by a good cookie", async () => {
    const headers = { authorization: "Bearer x", cookie: `__Host-session=${token()}` };
    isProblem(await callEdge(file(own), { headers }), 401, "session_invalid");
  });

  test("a changed character, wherever it is", async () => {
    const good = token();
    const places = Array.from(good, (_, place) => place).filter((place) => place % 3 === 0);
    const answers = places.map((place) => {
      const other = good[place] === "A" ? "B" : "A";
      const changed = good.slice(0, place) + other + good.slice(place + 1);
      return ask({ authorization: `Bearer ${changed}` });
    });
    for (const answer of await Promise.all(answers)) isProblem(answer, 401, "session_invalid");
  });
});

describe("a good token is accepted", { concurrency }, () => {
  for (const [what, make] of [
    ["that has all it needs and no more", () => token({ iat: undefined })],
    ["that names several audiences", () => token({ aud: ["other", ready.audience] })],
    ["that has an nbf", () => token({ nbf: now() - 1 })],
    [
      "whose nbf and iat are ahead by less than the leeway",
      () => token({ nbf: now() + 10, iat: now() + 10 }),
    ],
    [
      "whose moments have fractions",
      () => token({ exp: now() + 600.5, nbf: now() - 60.5, iat: now() - 0.123_456 }),
    ],
    ["whose exp is past by less than the leeway", () => token({ exp: now() - 5 })],
    ["of 8 KiB", () => ofLength(8192)],
    [
      "whose header has more than it needs",
      () => withHeader({ ...HS256, kid: "1", typ: "at+jwt" }),
    ],
    ["whose header has no typ", () => withHeader({ alg: "HS256" })],
    ["whose role is one of several", () => token({ role: ["guest", "member"] })],
  ]) {
    test(what, async () => {
      await presigned(read(own, crypto.randomUUID()), { bearer: make() });
    });
  }

  for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
    test(`behind ${scheme}`, async () => {
      const answer = await ask({ authorization: `${scheme} ${token()}` });
      assert.equal(answer.status, 200, answer.text);
    });
  }

  for (const [what, exp] of [
    ["until 2100", 4_102_444_800],
    ["until the year 9999", 253_402_300_799],
    ["for longer than years have names", Number.MAX_SAFE_INTEGER],
  ]) {
    test(`that holds ${what}, and it can spend a one-time key`, async () => {
      const bearer = token({ exp });
      await presigned(read(own), { bearer });
      const request = read(own, crypto.randomUUID());
      await presigned(request, { bearer });
      isProblem(await presign(request, { bearer }), 409, "one_time_key_used");
    });
  }

  test("in the session cookie", async () => {
    for (const cookie of [
      `__Host-session=${token()}`,
      `a=b; __Host-session=${token()}; c=d`,
      `__Host-session2=x; __Host-session=${token()}`,
    ]) {
      const headers = { cookie };
      for (const method of ["GET", "HEAD"]) {
        const redirect = await callEdge(file(own), { method, headers });
        assert.equal(redirect.status, 302, redirect.text);
      }
      const answer = await ask(headers);
      assert.equal(answer.status, 200, answer.text);
    }
  });

  test("in no cookie of another name", async () => {
    for (const name of ["session", "__Secure-session", "__host-session", "x__Host-session"]) {
      const headers = { cookie: `${name}=${token()}` };
      isProblem(await callEdge(file(own), { headers }), 401, "session_missing");
      isProblem(await ask(headers), 401, "session_missing");
    }
  });

  test("before the cookie where there are both", async () => {
    const cookie = `__Host-session=${token({ sub: "other" })}`;
    const headers = { authorization: `Bearer ${token()}`, cookie };
    assert.equal((await callEdge(file(own), { headers })).status, 302);
    const problem = isProblem(
      await callEdge(file("users/other/file"), { headers }),
      403,
      "not_allowed",
    );
    assert.equal(problem.dimension, "key");
  });
});

// Rules.

/** Fails unless a request is refused by the rules, for that dimension, and spends nothing. */
async function isNotAllowed(request, dimension, changed = {}) {
  const oneTimeKey = crypto.randomUUID();
  const bearer = token(changed);
  const answer = await presign({ ...request, one_time_key: oneTimeKey }, { bearer });
  assert.equal(isProblem(answer, 403, "not_allowed").dimension, dimension, answer.text);
  if (request.operation === "GetObject") {
    const path = file(request.key.split("/").map(encodeURIComponent).join("/"));
    const redirect = await callEdge(path, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal(isProblem(redirect, 403, "not_allowed").dimension, dimension);
  }
  await isUnspent(oneTimeKey, changed.sub);
}

describe("a member", { concurrency }, () => {
  for (const operation of ["GetObject", "HeadObject", "PutObject", "DeleteObject"]) {
    test(`can sign ${operation} for keys of its own`, async () => {
      await presigned({ operation, key: freshKey() });
    });
  }
  for (const key of [
    "users/other/file",
    "users/e2e2/file",
    "users/e2",
    "users/e2e",
    "users/E2E/file",
    "users//e2e/file",
    "/users/e2e/file",
    "xusers/e2e/file",
    "users/*/file",
    "users/%65%32%65/file",
    "users\\e2e\\file",
    "public",
    "publicx/file",
    "file",
  ]) {
    test(`can't sign for ${key}`, async () => {
      await isNotAllowed({ operation: "GetObject", key }, "key");
      await isNotAllowed({ operation: "PutObject", key }, "key");
    });
  }
  for (const operation of ["GetObject", "HeadObject"]) {
    test(`can sign ${operation} for what is public`, async () => {
      await presigned({ operation, key: "public/a/logo.svg" });
    });
  }
  for (const operation of ["PutObject", "DeleteObject"]) {
    test(`can't sign ${operation} for what is public`, () =>
      isNotAllowed({ operation, key: "public/a/logo.svg" }, "key"));
  }
  test("is redirected to what is public by /f", async () => {
    const headers = { authorization: `Bearer ${token()}` };
    assert.equal((await callEdge(file("public/logo.svg"), { headers })).status, 302);
  });
});

describe("a session", { concurrency }, () => {
  for (const [what, role] of [
    ["without a role", undefined],
    ["whose role is null", null],
    ["whose role is empty", ""],
    ["of another role", "guest"],
    ["whose role is in another case", "Member"],
    ["whose role has a blank behind it", "member "],
    ["whose role is true", true],
    ["of several other roles", ["guest", "members"]],
    ["whose role is in a list in a list", [["member"]]],
    ["whose role is an object", { member: true }],
  ]) {
    test(`${what} can do nothing`, async () => {
      for (const operation of ["GetObject", "PutObject", "DeleteObject"]) {
        await isNotAllowed({ operation, key: own }, "operation", { role });
      }
      await isNotAllowed({ operation: "GetObject", key: "public/a" }, "operation", { role });
    });
  }

  for (const sub of ["*", "**", "e2e*", "?", "{role}", "{sub}", "[a-z]", ".*", "%65"]) {
    test(`of the subject ${sub} reaches no other subject's keys`, async () => {
      for (const key of [own, "users/member/file", "users//file", "users/e/file"]) {
        await isNotAllowed({ operation: "GetObject", key }, "key", { sub });
      }
    });
  }
  for (const sub of [
    "e2e/file",
    "e2e/",
    "/",
    "a/b",
    "e2e/**",
    "../e2e",
    "..",
    ".",
    "e2e\0",
    "a\nb",
  ]) {
    test(`of the subject ${JSON.stringify(sub)} has no keys of its own`, async () => {
      for (const key of [own, "users/e2e/file/x", "users/a/b/c", "users///x", "users//x"]) {
        await isNotAllowed({ operation: "GetObject", key }, "key", { sub });
      }
    });
  }
  test("of a subject that isn't ASCII has keys of its own", async () => {
    const bearer = token({ sub: "Zoë 🦀" });
    await presigned(read("users/Zoë 🦀/file"), { bearer });
    isProblem(await presign(read("users/Zoe 🦀/file"), { bearer }), 403, "not_allowed");
  });
});

// One-time keys.

/** A request through GET; its fields are flat. */
function byQuery(request, bearer = token()) {
  const headers = { authorization: `Bearer ${bearer}` };
  return callEdge(`/v1/presign?${new URLSearchParams(request)}`, { headers });
}

describe("a one-time key", { concurrency }, () => {
  test("is good for one URL, whatever that is for", async () => {
    const oneTimeKey = crypto.randomUUID();
    await presigned(read(own, oneTimeKey));
    for (const request of [
      read(own, oneTimeKey),
      read(freshKey(), oneTimeKey),
      { operation: "PutObject", key: freshKey(), one_time_key: oneTimeKey },
    ]) {
      isProblem(await presign(request), 409, "one_time_key_used");
    }
  });

  test("is the same in another token of the subject", async () => {
    const request = read(own, crypto.randomUUID());
    await presigned(request, { bearer: token({ jti: "1", iat: now() - 5 }) });
    const bearer = token({ jti: "2", exp: now() + 900 });
    isProblem(await presign(request, { bearer }), 409, "one_time_key_used");
  });

  test("is the same through GET and POST", async () => {
    const first = read(own, crypto.randomUUID());
    assert.equal((await byQuery(first)).status, 200);
    isProblem(await presign(first), 409, "one_time_key_used");
    const second = read(own, crypto.randomUUID());
    await presigned(second);
    isProblem(await byQuery(second), 409, "one_time_key_used");
  });

  test("is the same through GET and POST where it has to be escaped", async () => {
    const request = read(own, `${crypto.randomUUID()} +%/ü🦀&=\\"`);
    await presigned(request);
    isProblem(await byQuery(request), 409, "one_time_key_used");
  });

  test("is another in another case, and with a blank", async () => {
    const oneTimeKey = crypto.randomUUID();
    for (const text of [
      oneTimeKey,
      `${oneTimeKey} `,
      ` ${oneTimeKey}`,
      `x${oneTimeKey}X`,
      `X${oneTimeKey}x`,
    ]) {
      await presigned(read(own, text));
    }
  });

  test("of one subject is not that of another", async () => {
    const oneTimeKey = crypto.randomUUID();
    for (const sub of ["alice", "bob"]) {
      const bearer = token({ sub });
      const request = read(freshKey("file", sub), oneTimeKey);
      await presigned(request, { bearer });
      isProblem(await presign(request, { bearer }), 409, "one_time_key_used");
    }
  });

  test("doesn't borrow from the subject", async () => {
    const end = crypto.randomUUID();
    await presigned(read(own, `x${end}`));
    await presigned(read("users/e2ex/file", end), { bearer: token({ sub: "e2ex" }) });
  });

  test("is spent by itself among twenty at the same time", async () => {
    const requests = Array.from({ length: 20 }, () => read(freshKey(), crypto.randomUUID()));
    const bearer = token();
    await Promise.all(requests.map((request) => presigned(request, { bearer })));
    const again = await Promise.all(requests.map((request) => presign(request, { bearer })));
    for (const answer of again) isProblem(answer, 409, "one_time_key_used");
  });

  test("isn't needed", async () => {
    for (let time = 0; time < 3; time += 1) await presigned(read(own));
  });
});

// How long.

const lifeOf = (answer) => (Date.parse(answer.expires_at) - Date.parse(answer.signed_at)) / 1000;

describe("a URL", { concurrency }, () => {
  for (const [what, expiresIn] of [
    ["an hour", 3600],
    ["seven days", 604_800],
    ["nothing said", undefined],
  ]) {
    test(`doesn't outlive its session of a minute with ${what}`, async () => {
      const exp = now() + 60;
      const request = { ...read(own), expires_in: expiresIn };
      const answer = await presigned(request, { bearer: token({ exp }) });
      assert.ok(lifeOf(answer) > 0 && lifeOf(answer) <= 60, answer.expires_at);
      assert.ok(Date.parse(answer.expires_at) / 1000 <= exp, answer.expires_at);
      const said = new URL(answer.url).searchParams.get("X-Amz-Expires");
      assert.equal(Number(said), lifeOf(answer));
    });
  }

  test("is as short as can be for a session that is over", async () => {
    const exp = now() - 10;
    const answer = await presigned({ ...read(own), expires_in: 3600 }, { bearer: token({ exp }) });
    // The token is accepted within the leeway, and no URL is shorter than this.
    assert.equal(lifeOf(answer), 1, answer.expires_at);
  });

  test("of /f doesn't outlive its session either", async () => {
    const exp = now() + 60;
    const headers = { authorization: `Bearer ${token({ exp })}` };
    const answer = await callEdge(`${file(own)}?expires_in=3600`, { headers });
    const said = new URL(answer.headers.get("location")).searchParams;
    const date = said.get("X-Amz-Date").replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
    const expiresAt = Date.parse(date) / 1000 + Number(said.get("X-Amz-Expires"));
    assert.ok(expiresAt > now() && expiresAt <= exp, answer.headers.get("location"));
  });

  test("lives as long as it is asked to, where the session lives longer", async () => {
    for (const seconds of [1, 60, 599]) {
      assert.equal(lifeOf(await presigned({ ...read(own), expires_in: seconds })), seconds);
    }
    assert.equal(lifeOf(await presigned(read(own))), 300);
  });
});
