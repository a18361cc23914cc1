// Links that aren't made, and tokens that aren't links or are from another deployment. None of them spends anything.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { withEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { isProblem, isUnspent as isKeyUnspent } from "../support/refusal.mjs";
import { ready, token } from "../support/stack.mjs";

const { call, isRefused, isUnspent, mint, minted, open, reading, told, writing } = links;
const concurrency = 8;
const own = "users/e2e/file";
const read = { operation: "GetObject", key: own };
const write = { operation: "PutObject", key: own };

describe("a link isn't made", { concurrency }, () => {
  const field = (name, values, code = "invalid_field") =>
    values.map((value) => [{ ...read, [name]: value }, 400, code]);
  const cases = [
    ...field("uses", [0, 1001, -1, 1.5, 1e300, "x", "", "5", "Unlimited", true, [1], {}]),
    ...field("expires_in", [0, -1, 2_592_001, 1e300, 1.5, "x", "60", true], "invalid_expiry"),
    ...field("delivery", ["pigeon", "", "url", "Stream", 1, true]),
    ...field("bind", ["everybody", "", "Subject", "192.0.2.0/33", "192.0.2.0/", "::/129", "1.2.3"]),
    ...field("bind", [1, true, "192.0.2.0/24, 192.0.3.0/24"]),
    ...field("grace", [-1, 14_401, 1.5, "x", "60", true]),
    ...field("url_expires_in", [0, -1, 301, 1.5, "x"]),
    ...field("confirm", ["yes", "true", 1]),
    ...field("cacheable", [true, false]),
    ...field("max_bytes", [1, 0, -1, "x", 1.5]),
    ...field("operation", ["DeleteObject", "HeadObject", "CreateMultipartUpload", "x", "", 1]),
    // What these two lack is reported first.
    ...field("operation", ["CopyObject", "UploadPart"], "missing_field"),
    ...field("colour", ["red"], "unknown_field"),
    ...field("max_link_expires", [1], "unknown_field"),
    ...field("key", ["users/e2e/../other/a", "", "users/e2e/a\nb", "é".repeat(600)], "invalid_key"),
    [{ ...read, key: undefined }, 400, "missing_field"],
    [{ ...read, operation: undefined }, 400, "missing_field"],
    [{ operation: "ListObjectsV2", prefix: "users/e2e/" }, 400, "invalid_field"],
    [{ ...read, content_type: "image/png" }, 400, "invalid_field"],
    [{ ...write, max_bytes: 5, content_length: 5 }, 400, "invalid_field"],
    [{ ...write, confirm: true }, 400, "invalid_field"],
    [{ ...write, create_only: "yes" }, 400, "invalid_field"],
    [{ ...write, metadata: { title: "a".repeat(7000) } }, 400, undefined],
    [{ ...read, store: "nope" }, 404, "no_such_store"],
    ["{", 400, "malformed_body"],
    ["", 400, "malformed_body"],
    ["[]", 400, "malformed_body"],
    [`{"operation":"GetObject","key":"${own}","uses":1,"uses":2}`, 400, "malformed_body"],
    [JSON.stringify({ ...read, padding: "a".repeat(70_000) }), 413, "body_too_large"],
  ];
  for (const [fields, status, code] of cases) {
    test(`of ${JSON.stringify(fields).slice(0, 70)}`, async () => {
      const one_time_key = crypto.randomUUID();
      const isText = typeof fields === "string";
      const answer = await mint(isText ? fields : { ...fields, one_time_key });
      isProblem(answer, status, code ?? answer.json.code);
      if (!isText) await isKeyUnspent(one_time_key);
    });
  }

  for (const [what, fields, dimension] of [
    ["another subject's object", { ...read, key: "users/other/file" }, "key"],
    ["another subject's folder", { ...write, key: "users/other/file" }, "key"],
    ["what lies outside", { ...read, key: "file" }, "key"],
    ["what may be read, but not by a link", { ...read, key: "public/file" }, "delivery"],
    ["what may only be read", { ...write, key: "public/file" }, undefined],
  ]) {
    test(`of ${what}`, async () => {
      const one_time_key = crypto.randomUUID();
      const problem = isProblem(await mint({ ...fields, one_time_key }), 403, "not_allowed");
      if (dimension !== undefined) assert.equal(problem.dimension, dimension);
      await isKeyUnspent(one_time_key);
    });
  }

  test("without a session that holds", async () => {
    isProblem(await mint(read, { bearer: null }), 401, "session_missing");
    for (const bearer of ["a.b.c", token({ exp: 1 }), token({}, { secret: "other" })]) {
      isProblem(await mint(read, { bearer }), 401, "session_invalid");
    }
    isProblem(await mint(read, { bearer: token({ role: "guest" }) }), 403, "not_allowed");
  });

  test("by a page that makes a browser send its cookie", async () => {
    const cookie = `__Host-session=${token()}`;
    for (const origin of [undefined, "null", "https://evil.example"]) {
      const headers = { cookie, ...(origin && { origin }) };
      isProblem(await mint(read, { bearer: null, headers }), 403, "origin_not_allowed");
    }
    const headers = { cookie, origin: ready.edge };
    await isUnspent(await minted(read, { bearer: null, headers }));
  });

  test("of what isn't JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", ""]) {
      const headers = { "content-type": type };
      isProblem(await mint(read, { headers }), 415, "unsupported_media_type");
    }
  });

  test("a second time for the same one-time key", async () => {
    const fields = { ...read, one_time_key: crypto.randomUUID() };
    const link = await minted(fields);
    isProblem(await mint(fields), 409, "one_time_key_used");
    await isUnspent(link);
  });

  test("but for what is just within the bounds", async () => {
    const most = "2592000";
    for (const fields of [
      { uses: 1, expires_in: 60 },
      { uses: 1000, expires_in: Number(most) },
      { uses: "unlimited", grace: 0 },
      { uses: null, grace: 14_400, url_expires_in: 1 },
      { url_expires_in: 300, confirm: false, bind: "none", delivery: "redirect" },
      { confirm: true, bind: "192.0.2.7", delivery: "stream" },
      { bind: "2001:db8::/32" },
      { bind: "0.0.0.0/0" },
    ]) {
      assert.equal((await told(await minted({ ...read, ...fields }))).used, 0);
    }
    await writing(own, { max_bytes: 0 });
  });
});

test("the routes of links have their methods and no others", async () => {
  const { id, url } = await reading(own);
  const authorization = `Bearer ${token()}`;
  for (const [target, methods, allow] of [
    [`${ready.edge}/v1/links`, ["GET", "PUT", "DELETE", "PATCH"], "POST, OPTIONS"],
    [`${ready.edge}/v1/links/${id}`, ["POST", "PUT", "PATCH"], "GET, DELETE, OPTIONS"],
    [url, ["POST", "PUT"], "GET, HEAD, OPTIONS"],
    [url, ["DELETE", "PATCH"], "GET, HEAD, PUT, POST, OPTIONS"],
  ]) {
    for (const method of methods) {
      const answer = await call(target, { method, headers: { authorization } });
      isProblem(answer, 405, "method_not_allowed");
      assert.equal(answer.headers.get("allow"), allow);
    }
  }
  await isUnspent({ id, url });
});

/** A link's token. */
const sealed = ({ url }) => new URL(url).pathname.slice("/l/".length);
const at = (text, edge = ready.edge) => ({ url: `${edge}/l/${text}` });
const encode = (bytes) => Buffer.from(bytes).toString("base64url");

/** Fails unless every one of these texts is no link; `link` is what they were made of, and is good. */
async function areNoLinks(texts, link, edge) {
  const all = [...new Set(texts)].filter((text) => text !== sealed(link));
  assert.ok(all.length > 0);
  for (let from = 0; from < all.length; from += 16) {
    await Promise.all(
      all.slice(from, from + 16).map((text) => isRefused(at(text, edge), 404, "no_such_link")),
    );
  }
  await isUnspent(link, { edge });
}

describe("what is no link is refused, and the link that it was made of stays good:", () => {
  test("a link that lost its end, or its beginning", async () => {
    const link = await reading(own);
    const text = sealed(link);
    const lengths = Array.from(text, (_, length) => length);
    const lost = lengths.filter((length) => length > 0).map((length) => text.slice(0, length));
    await areNoLinks([...lost, "", text.slice(1), text.slice(4), text.slice(7)], link);
  });

  test("a link with another bit, wherever it is", async () => {
    const link = await reading(own);
    const bytes = Buffer.from(sealed(link), "base64url");
    const flipped = (at, bit) => {
      const other = Buffer.from(bytes);
      other[at] ^= 1 << bit;
      return encode(other);
    };
    // All bits of version, key and some of the nonce; one of each byte behind them.
    const head = Array.from({ length: 8 * 12 }, (_, n) => flipped(n >> 3, n & 7));
    const rest = Array.from(bytes, (_, place) => flipped(place, place & 7));
    await areNoLinks([...head, ...rest], link);
  });

  test("a link with bytes more, fewer, or in another order", async () => {
    const link = await reading(own);
    const bytes = Buffer.from(sealed(link), "base64url");
    const other = Buffer.from(sealed(await reading(own)), "base64url");
    const middle = bytes.length >> 1;
    await areNoLinks(
      [
        encode(Buffer.concat([bytes, Buffer.from([0])])),
        encode(Buffer.concat([bytes, bytes])),
        encode(Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + 1)])),
        encode(Buffer.concat([bytes.subarray(0, 29), other.subarray(29)])),
        encode(Buffer.concat([bytes.subarray(0, -16), other.subarray(-16)])),
        encode(Buffer.from(bytes).reverse()),
        encode(Buffer.alloc(bytes.length)),
        encode(randomBytes(bytes.length)),
        encode(Buffer.concat([bytes.subarray(0, 5), randomBytes(bytes.length - 5)])),
      ],
      link,
    );
  });

  test("a link in another spelling", async () => {
    // A token of each length that leaves unused bits, and with characters that the alphabets don't share.
    const spare = new Set();
    for (let length = 0; length < 60 && spare.size < 3; length++) {
      const link = await reading(`users/e2e/${"a".repeat(length)}`);
      const text = sealed(link);
      if (spare.has(text.length % 4) || !/[-_]/.test(text)) continue;
      spare.add(text.length % 4);
      const standard = text.replaceAll("-", "+").replaceAll("_", "/");
      const padding = "=".repeat((4 - (text.length % 4)) % 4 || 1);
      const escaped = (n) => `%${text.charCodeAt(n).toString(16)}`;
      await areNoLinks(
        [
          ...nonCanonical(text),
          text + padding,
          `${text}%3D`,
          standard,
          standard + padding,
          escaped(0) + text.slice(1),
          text.slice(0, -1) + escaped(text.length - 1),
          Array.from(text, (_, n) => escaped(n)).join(""),
          text.toLowerCase(),
          text.toUpperCase(),
          `${text}/`,
          `/${text}`,
          `${text}.`,
          `${text}A`,
          `${text}AAAA`,
          `${text}%00`,
          `${text}%20`,
          `${text},`,
          text.replace(/.{76}/g, "$&%0A"),
        ],
        link,
      );
    }
    assert.equal(spare.size, 3, "not every length was met");
  });

  /** The other spellings of the same bytes: a last character with bits that don't count. */
  function nonCanonical(text) {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unused = { 2: 4, 3: 2 }[text.length % 4] ?? 0;
    const last = alphabet.indexOf(text.at(-1));
    const bits = Array.from({ length: (1 << unused) - 1 }, (_, n) => n + 1);
    const others = bits.map((bit) => text.slice(0, -1) + alphabet[last ^ bit]);
    const bytes = Buffer.from(text, "base64url");
    for (const other of others) assert.ok(Buffer.from(other, "base64url").equals(bytes));
    return others;
  }

  test("other texts", async () => {
    const link = await reading(own);
    const long = "A".repeat(7001);
    await areNoLinks(
      ["A", "undefined", link.id, long, encode(randomBytes(40)), "..%2f", "%zz", "é", "💥"],
      link,
    );
  });

  test("a link that another edge sealed, as it is or under this one's key", async () => {
    await withEdge(withLinks({ ledger: "layered" }), linkSecrets, async (edge) => {
      const [ours, theirs] = [await reading(own), await reading(own, {}, { edge })];
      const bytes = ({ url }) => Buffer.from(sealed({ url }), "base64url");
      const under = (key, text) =>
        encode(Buffer.concat([bytes(key).subarray(0, 5), bytes(text).subarray(5)]));
      // The first five bytes name version and key: it isn't for these that it is refused.
      assert.notEqual(under(ours, theirs), sealed(theirs));
      await areNoLinks([sealed(theirs), under(ours, theirs)], ours);
      await areNoLinks([sealed(ours), under(theirs, ours)], theirs, edge);
      for (const [link, options] of [
        [ours, { edge }],
        [theirs, {}],
      ]) {
        isProblem(await links.lookAfter(link, options), 404, "no_such_link");
      }
    });
  });
});

describe("a bound link is refused to others, and stays good:", { concurrency }, () => {
  const as = (claims, options) => ({ authorization: `Bearer ${token(claims, options)}` });

  for (const delivery of ["redirect", "stream"]) {
    test(`one for its maker (${delivery})`, async () => {
      const key = `users/e2e/${crypto.randomUUID()}`;
      const upload = await writing(key);
      assert.equal((await open(upload, { method: "PUT", body: "a" })).status, 200);
      const link = await reading(key, { bind: "subject", delivery });
      await isRefused(link, 401, "session_missing");
      const wrong = as({}, { secret: "x" });
      await isRefused(link, 401, "session_invalid", { headers: wrong });
      await isRefused(link, 401, "session_invalid", { headers: as({ exp: 1 }) });
      for (const sub of ["other", "e2e2", "E2E"]) {
        await isRefused(link, 403, "link_bound", { headers: as({ sub }) });
      }
      await isUnspent(link, { init: { headers: as({}) } });
    });
  }

  test("one for its maker, who shows the cookie", async () => {
    const link = await reading(own, { bind: "subject" });
    const cookie = (claims) => ({ cookie: `__Host-session=${token(claims)}` });
    await isRefused(link, 403, "link_bound", { headers: cookie({ sub: "other" }) });
    // A cookie's GET asks; the page's POST says where it comes from.
    const press = { method: "POST", headers: { ...cookie({}), origin: ready.edge } };
    await isUnspent(link, { init: press });
  });

  for (const [bind, inside, outside] of [
    [
      "192.0.2.0/24",
      "192.0.2.255",
      ["192.0.3.0", "192.0.1.255", "2001:db8::1", "192.0.2.1, 1.1.1.1"],
    ],
    ["192.0.2.7", "192.0.2.7", ["192.0.2.6"]],
    ["2001:db8::/48", "2001:db8:0:ffff::1", ["2001:db8:1::1", "192.0.2.1", "::1"]],
    ["192.0.2.0/24", "::ffff:192.0.2.1", ["::ffff:192.0.3.1"]],
  ]) {
    test(`one for ${bind}, opened from ${inside}`, async () => {
      // In production Cloudflare sets this header; here the client does.
      const from = (address) => ({ headers: { "cf-connecting-ip": address } });
      const link = await reading(own, { bind });
      for (const address of outside) await isRefused(link, 403, "link_bound", from(address));
      await isUnspent(link, { init: from(inside) });
    });
  }

  test("one for the network that it was made from", async () => {
    const from = (address) => ({ headers: { "cf-connecting-ip": address } });
    const link = await reading(own, { bind: "network" }, from("192.0.2.7"));
    await isRefused(link, 403, "link_bound", from("192.0.3.7"));
    await isUnspent(link, { init: from("192.0.2.200") });
  });
});
