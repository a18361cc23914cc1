// Every operation, really carried out with a presigned URL, and everything that a URL can be bound to.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { isProblem } from "../support/refusal.mjs";
import {
  completion,
  get,
  head,
  isMissing,
  isRefused,
  put,
  sha256,
  signedHeaders,
  texts,
  withChangedSignature,
} from "../support/s3.mjs";
import { callEdge, follow, freshKey, presign, presigned, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const md5 = (bytes) => createHash("md5").update(bytes).digest("base64");
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Makes a request that has to succeed: the store's answer and its text. */
async function make(request, init) {
  const response = await follow(await presigned(request), init);
  const text = await response.text();
  assert.ok(response.ok, `${response.status} ${text}`);
  return { status: response.status, headers: response.headers, text };
}

/** Begins an upload in parts. */
async function create(key, request = {}) {
  const { text } = await make({ operation: "CreateMultipartUpload", key, ...request });
  return texts(text, "UploadId")[0];
}

describe("an upload", { concurrency }, () => {
  test("keeps its type, its metadata and what browsers are told about it", async () => {
    const key = freshKey();
    const headers = {
      "cache-control": "private, max-age=60",
      "content-disposition": 'inline; filename="a b.txt"',
      "content-encoding": "identity",
      "content-language": "de, en",
      expires: "Wed, 21 Oct 2037 07:28:00 GMT",
    };
    const answer = await presigned({
      operation: "PutObject",
      key,
      content_type: "text/plain; charset=utf-8",
      metadata: { title: "A + b = 100%", Owner: "e2e" },
      headers,
    });
    const bound = {
      ...headers,
      "content-type": "text/plain; charset=utf-8",
      "x-amz-meta-title": "A + b = 100%",
      "x-amz-meta-owner": "e2e",
    };
    assert.deepEqual({ ...answer.headers }, bound);
    assert.deepEqual(signedHeaders(answer.url), ["host", ...Object.keys(bound)].sort());
    assert.equal((await follow(answer, { body: "hello" })).status, 200);
    const kept = await head(key);
    for (const [name, value] of Object.entries(bound)) assert.equal(kept.get(name), value, name);
  });

  test("is refused where a bound header is left out, another, or empty", async () => {
    const key = freshKey();
    const answer = await presigned({
      operation: "PutObject",
      key,
      content_type: "image/png",
      create_only: true,
      storage_class: "REDUCED_REDUNDANCY",
      sse: { algorithm: "AES256" },
      metadata: { title: "a" },
      tags: { project: "b" },
      headers: { "cache-control": "max-age=60" },
    });
    const names = Object.keys(answer.headers);
    assert.equal(names.length, 7);
    for (const name of names) {
      for (const value of [undefined, "x", ""]) {
        const headers = { ...answer.headers, [name]: value };
        if (value === undefined) delete headers[name];
        const response = await fetch(answer.url, { method: "PUT", headers, body: "hello" });
        await isRefused(response, 403, "SignatureDoesNotMatch");
      }
    }
    await isMissing(key);
    assert.equal((await follow(answer, { body: "hello" })).status, 200);
  });

  test("says what it is charged and encrypted like in headers that are signed", async () => {
    const customerKey = Buffer.alloc(32, 7);
    for (const [fields, headers] of [
      [{ storage_class: "STANDARD" }, { "x-amz-storage-class": "STANDARD" }],
      [{ sse: { algorithm: "AES256" } }, { "x-amz-server-side-encryption": "AES256" }],
      [
        { sse: { algorithm: "aws:kms", kms_key_id: "alias/a" } },
        {
          "x-amz-server-side-encryption": "aws:kms",
          "x-amz-server-side-encryption-aws-kms-key-id": "alias/a",
        },
      ],
      [
        {
          sse_customer: {
            algorithm: "AES256",
            key: customerKey.toString("base64"),
            key_md5: md5(customerKey),
          },
        },
        {
          "x-amz-server-side-encryption-customer-algorithm": "AES256",
          "x-amz-server-side-encryption-customer-key": customerKey.toString("base64"),
          "x-amz-server-side-encryption-customer-key-md5": md5(customerKey),
        },
      ],
      [{ tags: { "a b": "c&d=ä" } }, { "x-amz-tagging": "a%20b=c%26d%3D%C3%A4" }],
    ]) {
      for (const operation of ["PutObject", "CreateMultipartUpload", "CopyObject"]) {
        const key = freshKey();
        if (operation === "CopyObject") await put(key, "hello");
        const source = operation === "CopyObject" ? { copy_source: { key } } : {};
        const request = { operation, key, ...fields, ...source };
        const answer = await presigned(request);
        const names = Object.keys(answer.headers).filter((name) => name !== "x-amz-copy-source");
        assert.deepEqual(names.sort(), Object.keys(headers).sort());
        for (const [name, value] of Object.entries(headers)) {
          assert.equal(answer.headers[name], value);
          assert.ok(signedHeaders(answer.url).includes(name), name);
        }
        const body = operation === "PutObject" ? { body: "hello" } : {};
        assert.equal((await follow(answer, body)).status, 200, operation);
      }
    }
  });

  test("can be encrypted with the bucket's own key", async () => {
    const sse = { algorithm: "aws:kms", bucket_key: true };
    const { headers, url } = await presigned({ operation: "PutObject", key: freshKey(), sse });
    const name = "x-amz-server-side-encryption-bucket-key-enabled";
    assert.equal(headers[name], "true");
    assert.ok(signedHeaders(url).includes(name));
  });

  test("with an ACL isn't signed for a store that keeps none", async () => {
    const request = { operation: "PutObject", key: freshKey(), acl: "public-read" };
    isProblem(await presign(request), 422, "unsupported_by_store");
  });

  test("with a SHA-256 is taken with those bytes alone", async () => {
    const key = freshKey();
    const checksum = { sha256: sha256("hello") };
    const answer = await presigned({ operation: "PutObject", key, checksum });
    assert.deepEqual(answer.headers, { "x-amz-checksum-sha256": checksum.sha256 });
    await isRefused(await follow(answer, { body: "hellO" }), 400, "BadDigest");
    const other = { headers: { "x-amz-checksum-sha256": sha256("hellO") }, body: "hellO" };
    await isRefused(await follow(answer, other), 403, "SignatureDoesNotMatch");
    const none = await fetch(answer.url, { method: "PUT", body: "hellO" });
    await isRefused(none, 403, "SignatureDoesNotMatch");
    const taken = await follow(answer, { body: "hello" });
    assert.equal(taken.status, 200);
    assert.equal(taken.headers.get("x-amz-checksum-sha256"), checksum.sha256);
    assert.equal((await head(key)).get("x-amz-checksum-sha256"), checksum.sha256);
  });

  test("with another checksum is taken with those bytes alone", async () => {
    for (const fields of [
      { checksum: { sha1: createHash("sha1").update("hello").digest("base64") } },
      { checksum: { crc32: "NhCmhg==" } },
      { checksum: { crc32c: "mnG7TA==" } },
      { headers: { "content-md5": md5("hello") } },
    ]) {
      const answer = await presigned({ operation: "PutObject", key: freshKey(), ...fields });
      await isRefused(await follow(answer, { body: "hellO" }), 400, "BadDigest");
      assert.equal((await follow(answer, { body: "hello" })).status, 200, JSON.stringify(fields));
    }
  });

  test("that may only replace what it knows fails where that has changed", async () => {
    // The store could do it, but its configuration doesn't say so.
    const headers = { "if-match": '"5d41402abc4b2a76b9719d911017c592"' };
    const request = { operation: "PutObject", key: freshKey(), headers };
    isProblem(await presign(request), 422, "unsupported_by_store");
  });
});

describe("a read", { concurrency }, () => {
  const overrides = {
    content_type: "text/x-test; charset=utf-8",
    content_disposition: 'attachment; filename="a b.txt"',
    content_language: "fr",
    content_encoding: "identity",
    cache_control: "no-cache, max-age=0",
    expires: "Wed, 21 Oct 2037 07:28:00 GMT",
  };

  test("can override every header that S3 lets it override", async () => {
    const key = freshKey();
    await put(key, "hello", {
      content_type: "image/png",
      headers: { "cache-control": "max-age=60", "content-language": "de" },
    });
    const answer = await presigned({ operation: "GetObject", key, response: overrides });
    assert.deepEqual(answer.headers, {});
    const response = await fetch(answer.url);
    assert.equal(await response.text(), "hello");
    for (const [field, value] of Object.entries(overrides)) {
      assert.equal(response.headers.get(field.replace("_", "-")), value, field);
    }
    const changed = await fetch(answer.url.replace("text%2Fx-test", "text%2Fhtml"));
    await isRefused(changed, 403, "SignatureDoesNotMatch");
  });

  test("by HEAD is signed with overrides, which this store doesn't honour", async () => {
    const key = freshKey();
    await put(key, "hello", { content_type: "image/png" });
    const request = { operation: "HeadObject", key, response: overrides };
    const { headers } = await make(request);
    assert.equal(headers.get("content-type"), "image/png");
    assert.equal(headers.get("content-length"), "5");
  });

  for (const [name, disposition] of [
    ["report.pdf", 'attachment; filename="report.pdf"'],
    [
      "Übersicht 2026.pdf",
      "attachment; filename=\"_bersicht 2026.pdf\"; filename*=UTF-8''%C3%9Cbersicht%202026.pdf",
    ],
    ['a"b\\c/d.txt', 'attachment; filename="a_b_c_d.txt"'],
  ]) {
    test(`is saved as ${name}`, async () => {
      const key = freshKey();
      await put(key, "hello");
      const { headers } = await make({ operation: "GetObject", key, download_as: name });
      assert.equal(headers.get("content-disposition"), disposition);
    });
  }

  test("is saved under one name only", async () => {
    const request = {
      operation: "GetObject",
      key: freshKey(),
      download_as: "a",
      response: { content_disposition: "inline" },
    };
    isProblem(await presign(request), 400, "invalid_field");
  });

  test("of something that isn't there is the store's to refuse", async () => {
    const answer = await presigned({ operation: "GetObject", key: freshKey() });
    await isRefused(await follow(answer), 404, "NoSuchKey");
  });
});

describe("a copy", { concurrency }, () => {
  test("is made of an object whose key has blanks and umlauts", async () => {
    const source = freshKey("Übersicht  ä+ö %20 100% &=?#'.txt");
    const key = freshKey("Kopie von Ü.txt");
    await put(source, "hello", { content_type: "text/x-test", metadata: { title: "a" } });
    const answer = await presigned({
      operation: "CopyObject",
      key,
      copy_source: { key: source },
    });
    const encoded = source.split("/").map((part) => encodeURIComponent(part).replace("'", "%27"));
    const header = `/${ready.bucket}/${encoded.join("/")}`;
    assert.deepEqual(answer.headers, { "x-amz-copy-source": header });
    assert.equal((await follow(answer)).status, 200);
    assert.equal(String(await get(key)), "hello");
    const headers = await head(key);
    assert.equal(headers.get("content-type"), "text/x-test");
    assert.equal(headers.get("x-amz-meta-title"), "a");
  });

  test("is of the object that was asked for and of no other", async () => {
    const [source, other, key] = [freshKey("a b"), freshKey("other"), freshKey()];
    await put(source, "hello");
    await put(other, "other");
    const request = { operation: "CopyObject", key, copy_source: { key: source } };
    const answer = await presigned(request);
    const headers = { "x-amz-copy-source": `/${ready.bucket}/${other}` };
    await isRefused(await follow(answer, { headers }), 403, "SignatureDoesNotMatch");
    const none = await fetch(answer.url, { method: "PUT" });
    await isRefused(none, 403, "SignatureDoesNotMatch");
    await isMissing(key);
  });

  test("can replace the metadata", async () => {
    const [source, key] = [freshKey("ä"), freshKey()];
    await put(source, "hello", { content_type: "text/x-test", metadata: { title: "a" } });
    await make({
      operation: "CopyObject",
      key,
      copy_source: { key: source },
      metadata_directive: "REPLACE",
      content_type: "text/x-other",
      metadata: { owner: "b" },
    });
    const headers = await head(key);
    assert.equal(headers.get("content-type"), "text/x-other");
    assert.equal(headers.get("x-amz-meta-owner"), "b");
    assert.equal(headers.get("x-amz-meta-title"), null);
  });

  test("of what the session may not read isn't signed", async () => {
    for (const operation of ["CopyObject", "UploadPartCopy"]) {
      const part = operation === "CopyObject" ? {} : { upload_id: "a", part_number: 1 };
      for (const key of ["users/other/file", "users/e2e", "users/e2e2/file"]) {
        const request = { operation, key: freshKey(), copy_source: { key }, ...part };
        const { dimension } = isProblem(await presign(request), 403, "not_allowed");
        assert.equal(dimension, "copy_source", key);
      }
      const request = { operation, key: freshKey(), copy_source: { key: "a/../b" }, ...part };
      isProblem(await presign(request), 400, "invalid_key");
      const none = await presign({ operation, key: freshKey(), ...part });
      isProblem(none, 400, "missing_field");
    }
  });

  test("onto what the session may not write isn't signed", async () => {
    const copy_source = { key: freshKey() };
    const request = { operation: "CopyObject", key: "users/other/file", copy_source };
    assert.equal(isProblem(await presign(request), 403, "not_allowed").dimension, "key");
  });
});

describe("a listing", { concurrency }, () => {
  const names = ["a b.txt", "c+&'<ä>.txt", "d/1.txt", "d/2.txt", "e/f/3.txt", "g.txt"];

  async function folder() {
    const prefix = freshKey("");
    for (const name of names) await put(prefix + name, "hello");
    return prefix;
  }

  const list = async (request) => (await make({ operation: "ListObjectsV2", ...request })).text;
  const named = (prefix) => names.map((name) => prefix + name).sort();

  test("has all objects below a prefix", async () => {
    const prefix = await folder();
    const text = await list({ prefix });
    assert.deepEqual(texts(text, "Key"), named(prefix));
    assert.deepEqual(texts(text, "Size"), Array(names.length).fill("5"));
    assert.deepEqual(texts(text, "IsTruncated"), ["false"]);
    assert.deepEqual(texts(await list({ prefix: `${prefix}d/` }), "Key"), [
      `${prefix}d/1.txt`,
      `${prefix}d/2.txt`,
    ]);
    assert.deepEqual(texts(await list({ prefix: `${prefix}c+&'<ä` }), "Key"), [
      `${prefix}c+&'<ä>.txt`,
    ]);
    assert.deepEqual(texts(await list({ prefix: `${prefix}nothing` }), "Key"), []);
  });

  test("has folders where there's a delimiter", async () => {
    const prefix = await folder();
    const text = await list({ prefix, delimiter: "/" });
    const files = names.filter((name) => !name.includes("/"));
    assert.deepEqual(texts(text, "Key"), files.map((name) => prefix + name).sort());
    const folders = text
      .replaceAll(/<\/?CommonPrefixes>/g, "")
      .split("</Prefix>")
      .slice(1);
    assert.equal(folders.filter((part) => part.includes("<Prefix>")).length, 2, text);
    for (const name of ["d/", "e/"]) assert.ok(texts(text, "Prefix").includes(prefix + name), text);
  });

  test("comes page by page", async () => {
    const prefix = await folder();
    const keys = [];
    let continuation_token;
    for (const size of [4, 2]) {
      const text = await list({ prefix, max_keys: 4, continuation_token });
      assert.equal(texts(text, "Key").length, size);
      keys.push(...texts(text, "Key"));
      [continuation_token] = texts(text, "NextContinuationToken");
    }
    assert.equal(continuation_token, undefined);
    assert.deepEqual(keys, named(prefix));
  });

  test("can begin behind a key", async () => {
    const prefix = await folder();
    const text = await list({ prefix, start_after: `${prefix}d/1.txt` });
    const expected = named(prefix).filter((key) => key > `${prefix}d/1.txt`);
    assert.deepEqual(texts(text, "Key"), expected);
  });

  test("can't be widened", async () => {
    const prefix = freshKey("");
    const answer = await presigned({ operation: "ListObjectsV2", prefix, max_keys: 1 });
    assert.match(answer.url, /&prefix=users%2Fe2e%2F/);
    for (const url of [
      answer.url.replace(/&prefix=[^&]*/, "&prefix=users%2F"),
      answer.url.replace(/&prefix=[^&]*/, ""),
      answer.url.replace("&max-keys=1", "&max-keys=2"),
      answer.url.replace("&list-type=2", ""),
    ]) {
      assert.notEqual(url, answer.url);
      await isRefused(await fetch(url), 403, "SignatureDoesNotMatch");
    }
  });

  for (const [what, prefix, dimension = "key"] of [
    ["another subject's objects", "users/other/"],
    ["a subject whose name begins alike", "users/e2e2/"],
    ["a prefix that others begin with as well", "users/e2e"],
    ["all subjects", "users/"],
    // The listing would include the inbox, which no rule opens.
    ["everything", "", "denied"],
    ["everything, by no prefix at all,", undefined, "denied"],
  ]) {
    test(`of ${what} isn't signed`, async () => {
      const answer = await presign({ operation: "ListObjectsV2", prefix });
      assert.equal(isProblem(answer, 403, "not_allowed").dimension, dimension);
    });
  }
});

describe("an upload in parts, by presigned URLs alone", { concurrency }, () => {
  const part = Buffer.alloc(5 * 1024 * 1024, "a");

  test("is created, written, copied into, listed and completed", async () => {
    const [key, source] = [freshKey("ä b"), freshKey("Ü %20+.txt")];
    await put(source, "0123456789");
    const upload_id = await create(key, {
      content_type: "text/x-test",
      metadata: { title: "a" },
      headers: { "cache-control": "max-age=60" },
    });
    const upload = { key, upload_id };
    const request = { operation: "UploadPart", ...upload, part_number: 1 };
    const first = await presigned({ ...request, content_length: part.length });
    const written = await follow(first, { body: part });
    assert.equal(written.status, 200);
    const { text } = await make({
      operation: "UploadPartCopy",
      ...upload,
      part_number: 2,
      copy_source: { key: source },
      copy_source_range: "bytes=2-5",
    });
    const listed = (await make({ operation: "ListParts", ...upload })).text;
    const sizes = Object.fromEntries(
      texts(listed, "PartNumber").map((number, index) => [number, texts(listed, "Size")[index]]),
    );
    assert.deepEqual(sizes, { 1: String(part.length), 2: "4" });
    const parts = [
      { part_number: 1, etag: written.headers.get("etag") },
      { part_number: 2, etag: texts(text, "ETag")[0] },
    ];
    const answer = await presigned({ operation: "CompleteMultipartUpload", ...upload });
    assert.equal(answer.method, "POST");
    const completed = await follow(answer, { body: completion(parts) });
    assert.match(await completed.text(), /<ETag>[^<]*-2/);
    assert.ok(Buffer.concat([part, Buffer.from("2345")]).equals(await get(key)));
    const headers = await head(key);
    assert.equal(headers.get("content-type"), "text/x-test");
    assert.equal(headers.get("x-amz-meta-title"), "a");
    assert.equal(headers.get("cache-control"), "max-age=60");
  });

  test("is gone when it was aborted", async () => {
    const upload = { key: freshKey() };
    upload.upload_id = await create(upload.key);
    const request = { operation: "UploadPart", ...upload, part_number: 1 };
    await make(request, { body: "hello" });
    const { status } = await make({ operation: "AbortMultipartUpload", ...upload });
    assert.equal(status, 204);
    for (const [ask, init] of [
      [request, { body: "hello" }],
      [{ operation: "ListParts", ...upload }],
      [{ operation: "AbortMultipartUpload", ...upload }],
    ]) {
      await isRefused(await follow(await presigned(ask), init), 404, "NoSuchUpload");
    }
  });

  test("takes a part as the part that it was signed for", async () => {
    const upload = { key: freshKey() };
    upload.upload_id = await create(upload.key);
    const request = { operation: "UploadPart", ...upload, part_number: 1 };
    const answer = await presigned({ ...request, content_length: 5 });
    const other = answer.url.replace("partNumber=1", "partNumber=2");
    assert.notEqual(other, answer.url);
    const refused = await fetch(other, { method: "PUT", body: "hello" });
    await isRefused(refused, 403, "SignatureDoesNotMatch");
    const longer = await fetch(answer.url, { method: "PUT", body: "hello!" });
    await isRefused(longer, 403, "SignatureDoesNotMatch");
    assert.equal((await follow(answer, { body: "hello" })).status, 200);
  });

  test("can't be signed without its id, nor a part without its number", async () => {
    for (const operation of [
      "UploadPart",
      "UploadPartCopy",
      "ListParts",
      "CompleteMultipartUpload",
      "AbortMultipartUpload",
    ]) {
      const key = freshKey();
      const source = operation === "UploadPartCopy" ? { copy_source: { key } } : {};
      const request = { operation, key, ...source };
      isProblem(await presign(request), 400, "missing_field");
      if (operation.startsWith("UploadPart")) {
        isProblem(await presign({ ...request, part_number: 1 }), 400, "missing_field");
        isProblem(await presign({ ...request, upload_id: "a" }), 400, "missing_field");
      } else {
        const numbered = { ...request, upload_id: "a", part_number: 1 };
        isProblem(await presign(numbered), 400, "invalid_field");
      }
    }
  });
});

test("a delete is a delete of that object", async () => {
  const [key, other] = [freshKey("ä b"), freshKey()];
  await put(key, "hello");
  await put(other, "hello");
  const answer = await presigned({ operation: "DeleteObject", key });
  const url = answer.url.replace(encodeURI(key), other);
  assert.notEqual(url, answer.url);
  await isRefused(await fetch(url, { method: "DELETE" }), 403, "SignatureDoesNotMatch");
  assert.equal((await follow(answer)).status, 204);
  await isMissing(key);
  assert.equal(String(await get(other)), "hello");
});

describe("an operation that this store verifies and doesn't implement", { concurrency }, () => {
  for (const [request, init] of [
    [{ operation: "GetObjectAttributes", object_attributes: "ETag,ObjectSize" }],
  ]) {
    test(`${request.operation} is signed rightly: NotImplemented, and not with another signature`, async () => {
      const key = freshKey("ä b");
      await put(key, "hello");
      const answer = await presigned({ ...request, key });
      await isRefused(await follow(answer, init), 501, "NotImplemented");
      const url = withChangedSignature(answer.url);
      await isRefused(await follow({ ...answer, url }, init), 403, "SignatureDoesNotMatch");
      for (const name of Object.keys(answer.headers)) {
        const without = { ...answer, headers: { ...answer.headers } };
        delete without.headers[name];
        await isRefused(await follow(without, init), 403, "SignatureDoesNotMatch");
      }
    });
  }
});

test("tags are replaced and read", async () => {
  const key = freshKey("ä b");
  await put(key, "hello");
  const body = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  const replaced = await presigned({ operation: "PutObjectTagging", key });
  assert.equal((await follow(replaced, { body })).status, 200);
  const read = await follow(await presigned({ operation: "GetObjectTagging", key }));
  assert.equal(read.status, 200);
  assert.match(await read.text(), /<Tag><Key>a<\/Key><Value>b<\/Value><\/Tag>/);
});

describe("a changed signature is refused for", { concurrency }, () => {
  const upload = { upload_id: crypto.randomUUID(), part_number: 1 };
  const { upload_id } = upload;
  for (const { operation, ...fields } of [
    { operation: "GetObject" },
    { operation: "HeadObject" },
    { operation: "PutObject", body: "hello" },
    { operation: "DeleteObject" },
    { operation: "CopyObject", copy_source: { key: freshKey("ä b") } },
    { operation: "ListObjectsV2" },
    { operation: "GetObjectTagging" },
    { operation: "PutObjectTagging", body: "<Tagging/>" },
    { operation: "GetObjectAttributes", object_attributes: "ETag" },
    { operation: "CreateMultipartUpload" },
    { operation: "UploadPart", ...upload, body: "hello" },
    { operation: "UploadPartCopy", ...upload, copy_source: { key: freshKey() } },
    { operation: "ListParts", upload_id },
    { operation: "CompleteMultipartUpload", upload_id, body: completion([]) },
    { operation: "AbortMultipartUpload", upload_id },
  ]) {
    test(operation, async () => {
      const { body, ...rest } = fields;
      const where = operation === "ListObjectsV2" ? { prefix: freshKey("") } : { key: freshKey() };
      const answer = await presigned({ operation, ...where, ...rest });
      const changed = { ...answer, url: withChangedSignature(answer.url) };
      const response = await follow(changed, { body });
      assert.equal(response.status, 403);
      // An answer to HEAD has no body.
      if (operation !== "HeadObject") await isRefused(response, 403, "SignatureDoesNotMatch");
    });
  }
});

describe("a URL that may be cached", () => {
  const seconds = 120;
  const path = (key) => `/f/${ready.store_name}/${key}`;
  const longLived = () => token({ exp: Math.floor(Date.now() / 1000) + 86_400 });

  /** Waits for the next window where this one of so many seconds is about to end. */
  async function wellWithinWindow(length) {
    const left = length * 1000 - (Date.now() % (length * 1000));
    if (left < 5000) await pause(left + 500);
  }

  test("is the same for a while and lives at least as long as was asked for", async () => {
    const key = freshKey("ä b");
    await put(key, "hello");
    const request = { operation: "GetObject", key, expires_in: seconds, cacheable: true };
    await wellWithinWindow(seconds);
    const asked = Date.now();
    const first = await presigned(request, { bearer: longLived() });
    await pause(1100);
    // Another token of the same subject.
    const second = await presigned(request, { bearer: longLived() });
    assert.deepEqual(second, first);
    assert.ok(Date.parse(first.signed_at) <= asked);
    assert.ok(Date.parse(first.expires_at) - Date.now() >= seconds * 1000);
    assert.equal(await (await fetch(first.url)).text(), "hello");
    const other = await presigned({ ...request, cacheable: false }, { bearer: longLived() });
    assert.equal(Date.parse(other.expires_at) - Date.parse(other.signed_at), seconds * 1000);
  });

  test("is the same while a session comes to its end", async () => {
    const request = { operation: "GetObject", key: freshKey(), expires_in: 300, cacheable: true };
    const bearer = token({ exp: Math.floor(Date.now() / 1000) + 200 });
    const urls = new Set();
    for (let count = 0; count < 5; count += 1) {
      if (count > 0) await pause(1100);
      urls.add((await presigned(request, { bearer })).url);
    }
    // One window may end in between.
    assert.ok(urls.size <= 2, `${urls.size} URLs in five seconds`);
  });

  test("is what /f redirects to, for as long as it says", async () => {
    const key = freshKey();
    await put(key, "hello");
    await wellWithinWindow(300);
    const init = { headers: { authorization: `Bearer ${longLived()}` } };
    const first = await callEdge(path(key), init);
    await pause(1100);
    const second = await callEdge(path(key), init);
    const ages = [first, second].map((answer) => {
      assert.equal(answer.status, 302, answer.text);
      const [, age] = /^private, ?max-age=(\d+)$/.exec(answer.headers.get("cache-control"));
      return Number(age);
    });
    assert.equal(second.headers.get("location"), first.headers.get("location"));
    assert.ok(ages[0] <= 300 && ages[1] >= 1 && ages[1] < ages[0], String(ages));
    const vary = first.headers.get("vary").toLowerCase().split(/, */);
    assert.ok(vary.includes("authorization") && vary.includes("cookie"));
    assert.equal(await (await fetch(first.headers.get("location"))).text(), "hello");
  });

  test("costs no one-time key", async () => {
    const request = { operation: "GetObject", key: freshKey(), cacheable: true };
    const answer = await presign({ ...request, one_time_key: crypto.randomUUID() });
    isProblem(answer, 400, "invalid_field");
  });
});
