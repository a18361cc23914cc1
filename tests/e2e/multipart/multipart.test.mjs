// Multipart uploads: the edge creates, lists, completes and aborts; the bytes go to the store.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { postJson, postedJson } from "../support/api.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import {
  get,
  head,
  isMissing,
  isRefused,
  sha256,
  signedHeaders,
  withChangedSignature,
} from "../support/s3.mjs";
import { callEdge, follow, freshKey, presigned, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const MIB = 1024 * 1024;
const path = (step) => `/v1/multipart${step === "" ? "" : `/${step}`}`;
const ask = (step, request, options) => postJson(path(step), request, options);
const take = (step, request, options) => postedJson(path(step), request, options);

/** Begins an upload: what every further step names it by. */
async function begin(request = {}) {
  const key = freshKey("ä b");
  const { store, key: created, upload_id } = await take("", { key, ...request });
  assert.deepEqual({ store, key: created }, { store: ready.store_name, key });
  return { key, upload_id };
}

/** Signs some parts. */
async function sign(upload, ...part_numbers) {
  const { parts } = await take("parts", { ...upload, part_numbers });
  assert.deepEqual(
    parts.map((part) => part.part_number),
    part_numbers,
  );
  return parts;
}

/** Writes a part that was signed. */
async function write(signed, bytes) {
  const response = await follow(signed, { body: bytes });
  assert.equal(response.status, 200, await response.text());
  return { part_number: signed.part_number, etag: response.headers.get("etag") };
}

/** Signs and writes a part. */
async function writePart(upload, part_number, bytes) {
  const [signed] = await sign(upload, part_number);
  return write(signed, bytes);
}

/** Sends half of a part and hangs up. */
async function sendHalf(signed, bytes) {
  const headers = { ...signed.headers, "content-length": bytes.length };
  const request = httpRequest(signed.url, { method: signed.method, headers });
  request.on("error", () => {});
  const half = bytes.subarray(0, bytes.length / 2);
  await new Promise((done) => request.write(half, done));
  const closed = new Promise((done) => request.once("close", done));
  request.destroy();
  await closed;
}

/** Works through a list, so many at a time. */
async function eachOf(list, atATime, work) {
  const queue = [...list];
  const worker = async () => {
    while (queue.length > 0) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

const byNumber = (a, b) => a.part_number - b.part_number;

test("60 MB in twelve parts, four at a time, come back byte for byte though two parts failed first", async () => {
  const bytes = randomBytes(60 * MIB);
  const slice = (number) => bytes.subarray((number - 1) * 5 * MIB, number * 5 * MIB);
  const upload = await begin({
    content_type: "video/x-test",
    metadata: { title: "a" },
    headers: { "cache-control": "max-age=60" },
  });
  const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
  const signed = await sign(upload, ...numbers);
  assert.equal(new Set(signed.map((part) => part.url)).size, 12);

  const written = [];
  const failed = [];
  let running = 0;
  let most = 0;
  await eachOf(signed, 4, async (part) => {
    running += 1;
    most = Math.max(most, running);
    if (part.part_number === 5) {
      await sendHalf(part, slice(5));
      failed.push(5);
    } else if (part.part_number === 9) {
      const url = withChangedSignature(part.url);
      const response = await follow({ ...part, url }, { body: "hello" });
      await isRefused(response, 403, "SignatureDoesNotMatch");
      failed.push(9);
    } else {
      written.push(await write(part, slice(part.part_number)));
    }
    running -= 1;
  });
  assert.equal(most, 4);
  assert.deepEqual(failed.sort(), [5, 9]);

  for (const number of failed) written.push(await writePart(upload, number, slice(number)));
  const parts = written.sort(byNumber);
  const { etag, ...done } = await take("complete", { ...upload, parts });
  assert.deepEqual(done, { store: ready.store_name, key: upload.key });
  assert.match(etag, /^"[0-9a-f]{32}-12"$/);

  const hash = (data) => createHash("sha256").update(data).digest("hex");
  assert.equal(hash(await get(upload.key)), hash(bytes));
  const headers = await head(upload.key);
  assert.equal(headers.get("content-length"), String(60 * MIB));
  assert.equal(headers.get("content-type"), "video/x-test");
  assert.equal(headers.get("x-amz-meta-title"), "a");
  assert.equal(headers.get("cache-control"), "max-age=60");
  assert.equal(headers.get("etag"), etag);
});

describe("the parts of an upload", { concurrency }, () => {
  test("are listed with their sizes, so that it can be resumed", async () => {
    const part = Buffer.alloc(5 * MIB, "a");
    const upload = await begin();
    const written = [await writePart(upload, 1, part)];
    written.push(await writePart(upload, 3, Buffer.from("hello")));
    const list = async () =>
      (await take("list", upload)).parts
        .map(({ part_number, size }) => ({ part_number, size }))
        .sort(byNumber);
    assert.deepEqual(await list(), [
      { part_number: 1, size: 5 * MIB },
      { part_number: 3, size: 5 },
    ]);
    written.push(await writePart(upload, 2, part));
    assert.deepEqual(await list(), [
      { part_number: 1, size: 5 * MIB },
      { part_number: 2, size: 5 * MIB },
      { part_number: 3, size: 5 },
    ]);
    await take("complete", { ...upload, parts: written.sort(byNumber) });
    assert.equal((await get(upload.key)).length, 10 * MIB + 5);
  });

  test("are listed with their etags, which /complete takes", async () => {
    const upload = await begin();
    const { etag } = await writePart(upload, 1, "hello");
    const { parts } = await take("list", upload);
    assert.deepEqual(parts, [{ part_number: 1, etag, size: 5 }]);
    const known = parts.map(({ part_number, etag }) => ({ part_number, etag }));
    await take("complete", { ...upload, parts: known });
    assert.equal(String(await get(upload.key)), "hello");
  });

  test("are none before one is written", async () => {
    assert.deepEqual(await take("list", await begin()), { parts: [] });
  });

  test("don't have one whose upload was broken off", async () => {
    const upload = await begin();
    const [signed] = await sign(upload, 1);
    await sendHalf(signed, Buffer.alloc(MIB));
    assert.deepEqual(await take("list", upload), { parts: [] });
    // The same URL works for another attempt.
    const part = await write(signed, "hello");
    await take("complete", { ...upload, parts: [part] });
    assert.equal(String(await get(upload.key)), "hello");
  });

  test("are what was written last", async () => {
    const upload = await begin();
    await writePart(upload, 1, "first");
    const part = await writePart(upload, 1, "second");
    await take("complete", { ...upload, parts: [part] });
    assert.equal(String(await get(upload.key)), "second");
  });

  test("can be bound to their lengths and checksums", async () => {
    const upload = await begin({ checksum_algorithm: "SHA256" });
    const checksum = { sha256: sha256("hello") };
    const { parts } = await take("parts", {
      ...upload,
      parts: [
        { part_number: 1, content_length: 5, checksum },
        { part_number: 2, content_length: 6 },
        { part_number: 3 },
      ],
    });
    assert.deepEqual(
      parts.map((part) => part.headers),
      [
        { "content-length": "5", "x-amz-checksum-sha256": checksum.sha256 },
        { "content-length": "6" },
        {},
      ],
    );
    const bound = ["content-length", "host", "x-amz-checksum-sha256"];
    assert.deepEqual(signedHeaders(parts[0].url), bound);
    const put = (part, body, headers = {}) => fetch(part.url, { method: "PUT", headers, body });
    const checked = { "x-amz-checksum-sha256": checksum.sha256 };
    const unlike = { "x-amz-checksum-sha256": sha256("hellO") };
    for (const refused of [
      await put(parts[0], "hello!", checked),
      await put(parts[0], "hell", checked),
      await put(parts[0], "hello"),
      await put(parts[0], "hellO", unlike),
      await put(parts[1], "hello"),
      await put(parts[1], ""),
    ]) {
      await isRefused(refused, 403, "SignatureDoesNotMatch");
    }
    const written = await write(parts[0], "hello");
    await write(parts[1], "hello!");
    await take("complete", { ...upload, parts: [written] });
    assert.equal(String(await get(upload.key)), "hello");
  });

  test("are signed a thousand at a time", async () => {
    const upload = await begin();
    const numbers = Array.from({ length: 1000 }, (_, index) => 10_000 - index);
    const signed = await sign(upload, ...numbers);
    for (const { url, part_number, method } of signed) {
      const { searchParams } = new URL(url);
      assert.equal(searchParams.get("partNumber"), String(part_number));
      assert.equal(searchParams.get("uploadId"), upload.upload_id);
      assert.equal(method, "PUT");
    }
    isProblem(
      await ask("parts", { ...upload, part_numbers: [...numbers, 1] }),
      400,
      "invalid_field",
    );
  });

  test("live as long as was asked for", async () => {
    const upload = await begin();
    const { parts } = await take("parts", { ...upload, part_numbers: [1, 2], expires_in: 60 });
    for (const { signed_at, expires_at } of parts) {
      assert.equal(Date.parse(expires_at) - Date.parse(signed_at), 60_000);
    }
  });

  test("cost no one-time key, neither signed nor listed", async () => {
    const upload = await begin();
    const one_time_key = crypto.randomUUID();
    const request = { ...upload, one_time_key };
    for (const part_numbers of [[1], [1, 2, 3]]) {
      isProblem(await ask("parts", { ...request, part_numbers }), 400, "invalid_field");
    }
    isProblem(await ask("list", request), 400, "invalid_field");
    await isUnspent(one_time_key);
  });

  for (const [what, fields, code] of [
    ["none", { part_numbers: [] }, "invalid_field"],
    ["none named", {}, "invalid_field"],
    ["number 0", { part_numbers: [1, 0] }, "invalid_field"],
    ["number 10,001", { part_numbers: [10_001] }, "invalid_field"],
    ["number -1", { part_numbers: [-1] }, "invalid_field"],
    ["number 1.5", { part_numbers: [1.5] }, "invalid_field"],
    ["a number that is a text", { part_numbers: ["1"] }, "invalid_field"],
    ["no list", { part_numbers: 1 }, "invalid_field"],
    ["a part without a number", { parts: [{ content_length: 5 }] }, "invalid_field"],
    ["a part with an unknown field", { parts: [{ part_number: 1, a: 1 }] }, "invalid_field"],
    ["a length below zero", { parts: [{ part_number: 1, content_length: -1 }] }, "invalid_field"],
    ["too long", { parts: [{ part_number: 1, content_length: 6 * 1024 ** 3 }] }, "invalid_field"],
    [
      "a short checksum",
      { parts: [{ part_number: 1, checksum: { sha256: "YQ==" } }] },
      "invalid_field",
    ],
    [
      "an unknown checksum",
      { parts: [{ part_number: 1, checksum: { md4: "YQ==" } }] },
      "unknown_field",
    ],
    ["a life of no seconds", { part_numbers: [1], expires_in: 0 }, "invalid_expiry"],
    ["an unknown field", { part_numbers: [1], colour: "red" }, "unknown_field"],
    ["a type", { part_numbers: [1], content_type: "image/png" }, "invalid_field"],
    ["no upload", { part_numbers: [1], upload_id: undefined }, "missing_field"],
    ["an upload without an id", { part_numbers: [1], upload_id: "" }, "invalid_field"],
    ["no key", { part_numbers: [1], key: undefined }, "missing_field"],
    ["another store", { part_numbers: [1], store: "nope" }, "no_such_store"],
  ]) {
    test(`aren't signed: ${what}`, async () => {
      const answer = await ask("parts", { key: freshKey(), upload_id: "a", ...fields });
      isProblem(answer, code === "no_such_store" ? 404 : 400, code);
    });
  }

  for (const checksum of [sha256("hello"), [sha256("hello")], true, 5]) {
    test(`aren't signed without the checksum where that is ${JSON.stringify(checksum)}`, async () => {
      const parts = [{ part_number: 1, checksum }];
      const answer = await ask("parts", { key: freshKey(), upload_id: "a", parts });
      assert.equal(answer.status, 400, answer.text);
    });
  }
});

describe("an upload", { concurrency }, () => {
  test("that is aborted is gone", async () => {
    const upload = await begin();
    const [signed] = await sign(upload, 1);
    const part = await write(signed, "hello");
    const aborted = await ask("abort", upload);
    assert.equal(aborted.status, 204, aborted.text);
    assert.equal(aborted.text, "");
    await isRefused(await follow(signed, { body: "hello" }), 404, "NoSuchUpload");
    for (const answer of [
      await ask("list", upload),
      await ask("complete", { ...upload, parts: [part] }),
      await ask("abort", upload),
    ]) {
      assert.equal(isProblem(answer, 404, "store_refused").store_code, "NoSuchUpload");
    }
    await isMissing(upload.key);
  });

  test("that the store doesn't know is the store's to refuse", async () => {
    const parts = [{ part_number: 1, etag: '"a"' }];
    for (const upload_id of ["nope", "a b&c=d/ä", crypto.randomUUID(), (await begin()).upload_id]) {
      const upload = { key: freshKey(), upload_id };
      for (const answer of [
        await ask("complete", { ...upload, parts }),
        await ask("abort", upload),
      ]) {
        assert.equal(isProblem(answer, 404, "store_refused").store_code, "NoSuchUpload");
      }
      const [signed] = await sign(upload, 1);
      assert.notEqual((await follow(signed, { body: "hello" })).status, 200);
      await isMissing(upload.key);
    }
  });

  test("isn't completed with a part that isn't there", async () => {
    const upload = await begin();
    const part = await writePart(upload, 1, Buffer.alloc(5 * MIB));
    const missing = { part_number: 2, etag: part.etag };
    const answer = await ask("complete", { ...upload, parts: [part, missing] });
    assert.equal(isProblem(answer, 400, "store_refused").store_code, "InvalidPart");
    await isMissing(upload.key);
  });

  test("isn't completed where the store refuses, and the answer says why", async () => {
    const small = await begin();
    const parts = [await writePart(small, 1, "hello"), await writePart(small, 2, "hello")];
    const answer = await ask("complete", { ...small, parts });
    assert.equal(isProblem(answer, 400, "store_refused").store_code, "EntityTooSmall");
    await isMissing(small.key);
  });

  test("is completed where the numbers of its parts have gaps", async () => {
    const upload = await begin();
    const part = await writePart(upload, 7, "hello");
    const completed = await take("complete", { ...upload, parts: [part] });
    assert.match(completed.etag, /-1"$/);
    assert.equal(String(await get(upload.key)), "hello");
  });

  test("is completed with an etag's text as nothing but text", async () => {
    const upload = await begin();
    const [first, second] = [
      await writePart(upload, 1, Buffer.alloc(5 * MIB)),
      await writePart(upload, 2, "hello"),
    ];
    // As elements these would name two parts that are there.
    const etag = `${first.etag}</ETag></Part><Part><PartNumber>2</PartNumber><ETag>${second.etag}`;
    const answer = await ask("complete", { ...upload, parts: [{ part_number: 1, etag }] });
    assert.equal(isProblem(answer, 400, "store_refused").store_code, "InvalidPart");
    await isMissing(upload.key);
  });

  for (const [what, parts] of [
    ["no parts", []],
    ["parts in another order", [2, 1]],
    ["a part twice", [1, 1]],
    ["part 0", [0]],
    ["part 10,001", [10_001]],
    ["part -1", [-1]],
    ["a part whose number is a text", ["1"]],
  ]) {
    test(`isn't completed with ${what}`, async () => {
      const listed = parts.map((part_number) => ({ part_number, etag: '"a"' }));
      const answer = await ask("complete", { key: freshKey(), upload_id: "a", parts: listed });
      isProblem(answer, 400, "invalid_field");
    });
  }

  for (const [what, fields, code] of [
    ["a part without an etag", { parts: [{ part_number: 1 }] }, "invalid_field"],
    ["a part without a number", { parts: [{ etag: "a" }] }, "invalid_field"],
    [
      "an unknown field in a part",
      { parts: [{ part_number: 1, etag: "a", a: 1 }] },
      "invalid_field",
    ],
    ["parts that are no list", { parts: {} }, "invalid_field"],
    ["no parts named", { parts: undefined }, "missing_field"],
    ["an unknown field", { colour: "red" }, "unknown_field"],
    ["no id", { upload_id: undefined }, "missing_field"],
    ["no key", { key: undefined }, "missing_field"],
  ]) {
    test(`isn't completed with ${what}`, async () => {
      const parts = [{ part_number: 1, etag: '"a"' }];
      const answer = await ask("complete", { key: freshKey(), upload_id: "a", parts, ...fields });
      isProblem(answer, 400, code);
    });
  }

  test("isn't completed as a new object only, which this store isn't known to keep to", async () => {
    const upload = await begin();
    const parts = [await writePart(upload, 1, "hello")];
    const answer = await ask("complete", { ...upload, parts, create_only: true });
    isProblem(answer, 422, "unsupported_by_store");
    // It is still there.
    await take("complete", { ...upload, parts });
  });

  for (const [what, fields, status, code] of [
    ["without a key", { key: undefined }, 400, "missing_field"],
    ["with a dot segment", { key: "users/e2e/../a" }, 400, "invalid_key"],
    ["with an unknown field", { colour: "red" }, 400, "unknown_field"],
    ["with another operation", { operation: "DeleteObject" }, 400, "unknown_field"],
    ["with a length, which only its parts have,", { content_length: 5 }, 400, "invalid_field"],
    ["with an id", { upload_id: "a" }, 400, "invalid_field"],
    ["with a header that changes what it does", copying(), 400, "invalid_header"],
    ["in a store that isn't there", { store: "nope" }, 404, "no_such_store"],
    ["with an ACL that this store doesn't keep", { acl: "private" }, 422, "unsupported_by_store"],
  ]) {
    test(`isn't begun ${what}`, async () => {
      const one_time_key = crypto.randomUUID();
      const answer = await ask("", { key: freshKey(), one_time_key, ...fields });
      isProblem(answer, status, code);
      await isUnspent(one_time_key);
    });
  }

  function copying() {
    return { headers: { "x-amz-copy-source": "/a/b" } };
  }

  test("of another subject can't be touched in any step", async () => {
    const upload = await begin();
    const part = await writePart(upload, 1, "hello");
    const bearer = token({ sub: "other" });
    for (const [step, fields] of [
      ["", { upload_id: undefined }],
      ["parts", { part_numbers: [1] }],
      ["list", {}],
      ["complete", { parts: [part] }],
      ["abort", {}],
    ]) {
      const request = { ...upload, ...fields };
      const problem = isProblem(await ask(step, request, { bearer }), 403, "not_allowed");
      assert.equal(problem.dimension, "key", step);
    }
    // It is unharmed.
    await take("complete", { ...upload, parts: [part] });
    assert.equal(String(await get(upload.key)), "hello");
  });

  test("needs a session and JSON in every step", async () => {
    for (const step of ["", "parts", "list", "complete", "abort"]) {
      const body = JSON.stringify({ key: freshKey(), upload_id: "a" });
      const type = { "content-type": "application/json" };
      const init = { method: "POST", headers: type, body };
      isProblem(await callEdge(path(step), init), 401, "session_missing");
      isProblem(await ask(step, body, { bearer: "a.b.c" }), 401, "session_invalid");
      isProblem(await ask(step, "{"), 400, "malformed_body");
      const headers = { authorization: `Bearer ${token()}`, "content-type": "text/plain" };
      const answer = await callEdge(path(step), { method: "POST", headers, body });
      isProblem(answer, 415, "unsupported_media_type");
      isProblem(await callEdge(path(step), { headers }), 405, "method_not_allowed");
    }
  });

  test("is begun once for a one-time key", async () => {
    const one_time_key = crypto.randomUUID();
    const upload = await begin({ one_time_key });
    isProblem(await ask("", { key: freshKey(), one_time_key }), 409, "one_time_key_used");
    const part = await writePart(upload, 1, "hello");
    await take("complete", { ...upload, parts: [part] });
  });

  test("that the edge began can be ended by presigned URLs", async () => {
    const upload = await begin();
    await writePart(upload, 1, "hello");
    const answer = await presigned({ operation: "AbortMultipartUpload", ...upload });
    assert.equal((await follow(answer)).status, 204);
    const gone = await ask("list", upload);
    isProblem(gone, 404, "store_refused");
    assert.match(gone.json.detail, /NoSuchUpload/);
  });
});
