// /v1/uppy/sign: what Uppy's `signRequest` asks for. Uppy itself is in example-uppy.test.mjs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { completion, get, isMissing, isRefused, put, submit, texts } from "../support/s3.mjs";
import { callEdge, freshKey, ready, token } from "../support/stack.mjs";
import { asMember, sign, signed, withCookie } from "../support/uppy.mjs";

const path = "/v1/uppy/sign";

/** What Uppy does with an answer: it adds its own content type, below the signed headers. */
async function send(request, { contentType, body } = {}) {
  const { url, headers, key, ...rest } = await signed(request);
  assert.deepEqual(rest, {});
  assert.equal(key, request.key);
  for (const name of ["host", "content-length"]) assert.ok(!(name in headers), name);
  const own = contentType === undefined ? {} : { "content-type": contentType };
  return fetch(url, { method: request.method, headers: { ...own, ...headers }, body });
}

describe("a request of Uppy's is signed, and the store takes it", () => {
  for (const name of ["a.bin", "a+b  c ü🦀 \"q\" 'x' 100% #1 ?&=;,~.bin"]) {
    test(`PutObject and DeleteObject, as ${name}`, async () => {
      const key = freshKey(name);
      const contentType = "image/png";
      const body = randomBytes(1024);
      const stored = await send({ method: "PUT", key, contentType }, { contentType, body });
      assert.equal(stored.status, 200);
      assert.ok(body.equals(await get(key)));
      assert.equal((await send({ method: "DELETE", key })).status, 204);
      await isMissing(key);
    });

    test(`an upload in parts, as ${name}`, async () => {
      const key = freshKey(name);
      const created = await send({ method: "POST", key }, { contentType: "image/png" });
      const [uploadId] = texts(await created.text(), "UploadId");
      const body = randomBytes(1024);
      const part = await send({ method: "PUT", key, uploadId, partNumber: 1 }, { body });
      const parts = [{ part_number: 1, etag: part.headers.get("etag") }];
      const listed = await send({ method: "GET", key, uploadId });
      assert.deepEqual(texts(await listed.text(), "PartNumber"), ["1"]);
      const completed = await send(
        { method: "POST", key, uploadId },
        { contentType: "application/xml", body: completion(parts) },
      );
      assert.deepEqual(texts(await completed.text(), "Key"), [key]);
      assert.ok(body.equals(await get(key)));
    });
  }

  test("an upload in parts is aborted", async () => {
    const key = freshKey();
    const created = await send({ method: "POST", key });
    const [uploadId] = texts(await created.text(), "UploadId");
    await send({ method: "PUT", key, uploadId, partNumber: 1 }, { body: "part" });
    assert.equal((await send({ method: "DELETE", key, uploadId })).status, 204);
    const listed = await send({ method: "GET", key, uploadId });
    assert.deepEqual(texts(await listed.text(), "PartNumber"), []);
  });
});

test("a type that Uppy names is bound; where it names none, none is", async () => {
  const key = freshKey();
  const other = (contentType) => ({ contentType, body: "x" });
  const request = { method: "PUT", key, contentType: "image/png" };
  const { url } = await signed(request);
  const headers = { "content-type": "text/html" };
  await isRefused(
    await fetch(url, { method: "PUT", headers, body: "x" }),
    403,
    "SignatureDoesNotMatch",
  );
  await isMissing(key);
  assert.equal((await send({ method: "PUT", key }, other("text/html"))).status, 200);
});

test("the URL lives as long as Uppy asks", async () => {
  const lives = async (expiresIn) => {
    const { url } = await signed({ method: "PUT", key: freshKey(), expiresIn });
    return new URL(url).searchParams.get("X-Amz-Expires");
  };
  assert.deepEqual([await lives(7), await lives(null)], ["7", "300"]);
});

test("the store may be named", async () => {
  const request = { method: "PUT", key: freshKey() };
  const { url } = await signed({ ...request, store: ready.store_name });
  assert.ok(url.startsWith(`${ready.store}/${ready.bucket}/`));
  isProblem(await sign({ ...request, store: "elsewhere" }), 404, "no_such_store");
});

test("what is wrong is refused with what is wrong", async (t) => {
  const key = freshKey();
  for (const [what, request, status, code] of [
    ["no method", { key }, 400, "missing_field"],
    ["no key", { method: "PUT" }, 400, "missing_field"],
    ["an empty key", { method: "PUT", key: "" }, 400, "invalid_key"],
    ["a dot segment", { method: "PUT", key: "users/e2e/../x/a" }, 400, "invalid_key"],
    ["a control character", { method: "PUT", key: `${key}\u0001` }, 400, "invalid_key"],
    ["a key that is too long", { method: "PUT", key: key + "x".repeat(1024) }, 400, "invalid_key"],
    ["a method in lower case", { method: "put", key }, 400, "invalid_field"],
    ["another method", { method: "HEAD", key }, 400, "invalid_field"],
    ["GET of an object", { method: "GET", key }, 400, "invalid_field"],
    ["a part without its upload", { method: "PUT", key, partNumber: 1 }, 400, "invalid_field"],
    ["an upload without its part", { method: "PUT", key, uploadId: "u" }, 400, "invalid_field"],
    ["POST of a part", { method: "POST", key, uploadId: "u", partNumber: 1 }, 400, "invalid_field"],
    ["part 0", { method: "PUT", key, uploadId: "u", partNumber: 0 }, 400, "invalid_field"],
    ["part 10001", { method: "PUT", key, uploadId: "u", partNumber: 10001 }, 400, "invalid_field"],
    [
      "a part in words",
      { method: "PUT", key, uploadId: "u", partNumber: "1" },
      400,
      "invalid_field",
    ],
    ["half a part", { method: "PUT", key, uploadId: "u", partNumber: 1.5 }, 400, "invalid_field"],
    ["no time", { method: "PUT", key, expiresIn: 0 }, 400, "invalid_expiry"],
    ["time in words", { method: "PUT", key, expiresIn: "60" }, 400, "invalid_expiry"],
    [
      "a line break in the type",
      { method: "PUT", key, contentType: "a/b\nc" },
      400,
      "invalid_field",
    ],
    [
      "a type for a part",
      { method: "POST", key, uploadId: "u", contentType: "a/b" },
      400,
      "invalid_field",
    ],
    ["an unknown field", { method: "PUT", key, colour: "red" }, 400, "unknown_field"],
    ["a one-time key", { method: "PUT", key, one_time_key: "k" }, 400, "unknown_field"],
    ["no JSON", "PUT", 400, "malformed_body"],
    ["a list", "[]", 400, "malformed_body"],
    [
      "too much",
      JSON.stringify({ method: "PUT", key, store: "x".repeat(20_000) }),
      413,
      "body_too_large",
    ],
    ["somebody else's key", { method: "PUT", key: "users/bob/a" }, 403, "not_allowed"],
    ["Uppy's own name", { method: "PUT", key: `${crypto.randomUUID()}-a` }, 403, "not_allowed"],
  ]) {
    await t.test(what, async () => isProblem(await sign(request), status, code));
  }
});

test("another method is told which there is", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH"]) {
    const answer = await callEdge(path, { method, headers: asMember() });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.get("allow"), "POST, OPTIONS");
  }
});

test("another content type is refused", async () => {
  const headers = { ...asMember(), "content-type": "text/plain" };
  isProblem(
    await sign({ method: "PUT", key: freshKey() }, { headers }),
    415,
    "unsupported_media_type",
  );
});

test("a session is needed, and a cookie is one for pages of the edge's origin alone", async () => {
  const request = { method: "PUT", key: freshKey() };
  const expired = token({ exp: 1 });
  for (const [headers, status, code] of [
    [{}, 401, "session_missing"],
    [{ authorization: `Bearer ${expired}` }, 401, "session_invalid"],
    [{ cookie: `__Host-session=${expired}`, origin: ready.edge }, 401, "session_invalid"],
    [{ cookie: `session=${token()}`, origin: ready.edge }, 401, "session_missing"],
    [withCookie(), 403, "origin_not_allowed"],
    [withCookie({ origin: "https://elsewhere.example.com" }), 403, "origin_not_allowed"],
    [withCookie({ origin: "null" }), 403, "origin_not_allowed"],
  ]) {
    isProblem(await sign(request, { headers }), status, code);
  }
  await signed(request, { headers: withCookie({ origin: ready.edge }) });
});

/** A Worker whose rule has these members too. */
function withRule(more, use) {
  const rule = { ...vars.RULES[0], ...more };
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  return withEdge({ vars: { ...vars, RULES: [rule] }, kv_namespaces }, secrets, use);
}

test("where a rule bounds the size, the answer is a form", async () => {
  const allow = ["PutObject", "UploadPart", "CreateMultipartUpload", "CompleteMultipartUpload"];
  await withRule({ allow, max_bytes: 2000 }, async (edge) => {
    const key = freshKey("a+b  ü.png");
    const request = { method: "PUT", key, contentType: "image/png" };
    const { url, fields, expires_at, ...rest } = await signed(request, { edge });
    assert.deepEqual(rest, { key });
    assert.match(expires_at, /^\d{4}-/);
    assert.equal(url, `${ready.store}/${ready.bucket}`);
    assert.deepEqual([fields.key, fields["content-type"]], [key, "image/png"]);
    // What Uppy doesn't accept.
    for (const name of ["file", "success_action_redirect", "redirect"])
      assert.ok(!(name in fields));
    const form = { url, fields };
    await isRefused(await submit(form, { body: "x".repeat(2001) }), 400, "EntityTooLarge");
    await isMissing(key);
    const body = randomBytes(2000);
    assert.equal((await submit(form, { body, fileName: "blob" })).status, 204);
    assert.ok(body.equals(await get(key)));

    // Uppy has no form for parts, and doesn't tell their size.
    const part = { method: "PUT", key, uploadId: "u", partNumber: 1 };
    const completion = { method: "POST", key, uploadId: "u" };
    for (const request of [part, completion]) {
      const problem = isProblem(await sign(request, { edge }), 403, "not_allowed");
      assert.equal(problem.dimension, "size");
    }
    const other = { method: "PUT", key: "users/bob/a" };
    assert.equal(isProblem(await sign(other, { edge }), 403, "not_allowed").dimension, "key");
  });
});

test("where a rule names types, Uppy's has to be one of them", async () => {
  const allow = ["PutObject", "CreateMultipartUpload"];
  await withRule({ allow, content_types: ["image/*"] }, async (edge) => {
    const request = { method: "PUT", key: freshKey(), contentType: "image/png" };
    await signed(request, { edge });
    for (const contentType of ["text/html", undefined]) {
      const answer = await sign({ ...request, contentType }, { edge });
      assert.equal(isProblem(answer, 403, "not_allowed").dimension, "type");
    }
    // Uppy doesn't name the type of an upload in parts, but an application may.
    const parts = { method: "POST", key: freshKey() };
    assert.equal(isProblem(await sign(parts, { edge }), 403, "not_allowed").dimension, "type");
    await signed({ ...parts, contentType: "image/png" }, { edge });
  });
});

test("an object that isn't there any more is deleted without complaint", async () => {
  const key = freshKey();
  await put(key, "x");
  for (const _ of ["first", "second"]) {
    assert.equal((await send({ method: "DELETE", key })).status, 204);
  }
});
