// Browser forms: what a POST policy lets through to the store and what it doesn't.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { postJson, postedJson } from "../support/api.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import { get, head, isMissing, isRefused, submit, texts } from "../support/s3.mjs";
import { callEdge, freshKey, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const path = "/v1/forms";
const ask = (request, options) => postJson(path, request, options);
const make = (request, options) => postedJson(path, request, options);
const policyOf = (form) => JSON.parse(Buffer.from(form.fields.policy, "base64"));
const isRange = (condition) => condition[0] === "content-length-range";
const rangesOf = ({ conditions }) => conditions.filter(isRange);
const encode = (policy) => Buffer.from(JSON.stringify(policy)).toString("base64");

describe("a form", { concurrency }, () => {
  test("uploads a file with all that it says of it", async () => {
    const key = freshKey("Übersicht  a+b.png");
    const form = await make({
      key,
      content_type: "image/png",
      min_bytes: 1,
      max_bytes: 100_000,
      metadata: { title: "a b", Owner: "e2e" },
      fields: {
        "cache-control": "private, max-age=60",
        "Content-Disposition": 'inline; filename="a.png"',
      },
    });
    assert.equal(form.url, `${ready.store}/${ready.bucket}`);
    assert.equal(form.fields.key, key);
    const bytes = randomBytes(65_537);
    const response = await submit(form, { body: bytes, fileName: "ä b.png" });
    assert.equal(response.status, 204, await response.text());
    assert.ok(bytes.equals(await get(key)));
    const headers = await head(key);
    assert.equal(headers.get("content-type"), "image/png");
    assert.equal(headers.get("cache-control"), "private, max-age=60");
    assert.equal(headers.get("content-disposition"), 'inline; filename="a.png"');
    assert.equal(headers.get("x-amz-meta-title"), "a b");
    assert.equal(headers.get("x-amz-meta-owner"), "e2e");
  });

  test("holds the file to its size", async () => {
    const key = freshKey();
    const form = await make({ key, min_bytes: 2, max_bytes: 5 });
    await isRefused(await submit(form, { body: "123456" }), 400, "EntityTooLarge");
    await isRefused(await submit(form, { body: "1" }), 400, "EntityTooSmall");
    await isRefused(await submit(form, { body: "" }), 400, "EntityTooSmall");
    await isMissing(key);
    for (const body of ["12", "12345"]) {
      assert.equal((await submit(form, { body })).status, 204);
      assert.equal(String(await get(key)), body);
    }
    assert.deepEqual(rangesOf(policyOf(form)), [["content-length-range", 2, 5]]);
  });

  test("without a largest size has S3's", async () => {
    const ranges = rangesOf(policyOf(await make({ key: freshKey() })));
    assert.deepEqual(ranges, [["content-length-range", 0, 5 * 1024 ** 3]]);
  });

  test("holds the file to its type", async () => {
    const key = freshKey();
    const form = await make({ key, content_type: "image/png" });
    for (const type of ["text/html", "image/png; a=b", "image/PNG", undefined]) {
      const change = { "content-type": type };
      await isRefused(await submit(form, { body: "a", change }), 400, "InvalidPolicyDocument");
    }
    await isMissing(key);
    assert.equal((await submit(form, { body: "a" })).status, 204);
  });

  test("holds the file to the beginning of its type", async () => {
    const key = freshKey();
    const form = await make({ key, content_type_starts_with: "image/" });
    for (const type of ["text/html", "image", undefined]) {
      const change = { "content-type": type };
      await isRefused(await submit(form, { body: "a", change }), 400, "InvalidPolicyDocument");
    }
    await isMissing(key);
    const change = { "content-type": "image/webp" };
    assert.equal((await submit(form, { body: "a", change })).status, 204);
    assert.equal((await head(key)).get("content-type"), "image/webp");
  });

  test("is refused where a field is changed, left out or added", async () => {
    const key = freshKey();
    const form = await make({
      key,
      content_type: "image/png",
      metadata: { title: "a" },
      fields: { "cache-control": "max-age=60", "x-amz-storage-class": "STANDARD" },
      success_action_status: 201,
    });
    for (const [name, value] of [
      ["key", `${key}2`],
      ["key", "users/other/file"],
      ["x-amz-meta-title", "b"],
      ["x-amz-meta-title", undefined],
      ["cache-control", "max-age=61"],
      ["cache-control", undefined],
      ["x-amz-storage-class", "REDUCED_REDUNDANCY"],
      ["success_action_status", "200"],
      ["bucket", "another-bucket"],
    ]) {
      const response = await submit(form, { body: "a", change: { [name]: value } });
      await isRefused(response, 400, "InvalidPolicyDocument");
    }
    for (const [name, value] of [
      ["x-amz-meta-owner", "b"],
      ["acl", "public-read"],
      ["x-amz-acl", "public-read"],
      ["content-encoding", "gzip"],
      ["success_action_redirect", "https://example.com/"],
      ["x-amz-website-redirect-location", "https://example.com/"],
      ["x-amz-tagging", "<Tagging/>"],
    ]) {
      const response = await submit(form, { body: "a", change: { [name]: value } });
      await isRefused(response, 403, "AccessDenied");
    }
    await isMissing(key);
    await isMissing(`${key}2`);
    assert.equal((await submit(form, { body: "a" })).status, 201);
  });

  test("is refused where its policy or its signature is changed", async () => {
    const key = freshKey();
    const form = await make({ key, max_bytes: 5 });
    const policy = policyOf(form);
    const refused = async (change, status, code) =>
      isRefused(await submit(form, { body: "123456", change }), status, code);
    for (const changed of [
      { ...policy, expiration: "2037-01-01T00:00:00Z" },
      { ...policy, conditions: policy.conditions.filter((condition) => !isRange(condition)) },
      {
        ...policy,
        conditions: policy.conditions.map((condition) =>
          isRange(condition) ? ["content-length-range", 0, 10] : condition,
        ),
      },
    ]) {
      await refused({ policy: encode(changed) }, 403, "SignatureDoesNotMatch");
    }
    const signature = form.fields["x-amz-signature"];
    assert.match(signature, /^[0-9a-f]{64}$/);
    const other = signature.slice(0, -1) + (signature.endsWith("0") ? "1" : "0");
    const changed = { change: { "x-amz-signature": other }, body: "12345" };
    await isRefused(await submit(form, changed), 403, "SignatureDoesNotMatch");
    const unsigned = { policy: undefined, "x-amz-signature": undefined };
    assert.equal((await submit(form, { body: "a", change: unsigned })).status, 403);
    // Another form, with this one's signature.
    const { fields } = await make({ key: freshKey(), max_bytes: 10 });
    const borrowed = { ...fields, "x-amz-signature": signature };
    await refused(borrowed, 403, "SignatureDoesNotMatch");
    await isMissing(fields.key);
    await isMissing(key);
    assert.equal((await submit(form, { body: "12345" })).status, 204);
  });

  test("is refused after its expiry", async () => {
    const key = freshKey();
    const form = await make({ key, expires_in: 2 });
    assert.equal(Date.parse(policyOf(form).expiration), Date.parse(form.expires_at));
    assert.equal((await submit(form, { body: "a" })).status, 204);
    const left = Date.parse(form.expires_at) - Date.now();
    await new Promise((done) => setTimeout(done, left + 1100));
    const late = await submit(form, { body: "b" });
    assert.equal(late.status, 403);
    assert.match(await late.text(), /expired/i);
    assert.equal(String(await get(key)), "a");
  });

  test("lives as long as was asked for, and no longer than the session", async () => {
    const seconds = ({ expires_at }) => Math.round((Date.parse(expires_at) - Date.now()) / 1000);
    const within = (number, expected) => Math.abs(number - expected) <= 3;
    assert.ok(within(seconds(await make({ key: freshKey() })), 300));
    assert.ok(within(seconds(await make({ key: freshKey(), expires_in: 60 })), 60));
    const bearer = token({ exp: Math.floor(Date.now() / 1000) + 30 });
    const form = await make({ key: freshKey(), expires_in: 604_800 }, { bearer });
    assert.ok(within(seconds(form), 30), form.expires_at);
  });

  test("takes what it leaves open within its beginning", async () => {
    const key = freshKey();
    const form = await make({
      key,
      starts_with: { "x-amz-meta-title": "A", "content-disposition": "attachment" },
    });
    const good = { "x-amz-meta-title": "A b", "content-disposition": 'attachment; filename="a"' };
    for (const change of [
      {},
      { ...good, "x-amz-meta-title": "b" },
      { ...good, "content-disposition": "inline" },
    ]) {
      await isRefused(await submit(form, { body: "a", change }), 400, "InvalidPolicyDocument");
    }
    await isMissing(key);
    assert.equal((await submit(form, { body: "a", change: good })).status, 204);
    assert.equal((await head(key)).get("x-amz-meta-title"), "A b");
  });

  for (const status of [200, 201, 204]) {
    test(`is answered with ${status} where it asks for that`, async () => {
      const key = freshKey();
      const form = await make({ key, success_action_status: status });
      assert.equal(form.fields.success_action_status, String(status));
      const response = await submit(form, { body: "hello" });
      assert.equal(response.status, status);
      const text = await response.text();
      if (status === 201) assert.deepEqual(texts(text, "Key"), [key]);
      else assert.equal(text, "");
    });
  }

  test("sends the browser on where it says so", async () => {
    const key = freshKey("a b");
    const redirect = "https://app.example.com/done?id=1";
    const form = await make({ key, success_action_redirect: redirect });
    const change = { success_action_redirect: "https://evil.example.com/" };
    await isRefused(await submit(form, { change, body: "a" }), 400, "InvalidPolicyDocument");
    await isMissing(key);
    const response = await submit(form, { body: "hello" });
    assert.equal(response.status, 303);
    const location = new URL(response.headers.get("location"));
    assert.equal(location.origin + location.pathname, "https://app.example.com/done");
    assert.equal(location.searchParams.get("id"), "1");
    assert.equal(location.searchParams.get("key"), key);
    assert.equal(location.searchParams.get("bucket"), ready.bucket);
  });
});

describe("a form that leaves the file's name to the browser", { concurrency }, () => {
  test("takes every name below its prefix and no other key", async () => {
    const folder = freshKey("");
    const form = await make({ key: `${folder}\${filename}` });
    assert.equal(form.fields.key, `${folder}\${filename}`);
    for (const name of ["a b.txt", "Ü/ö.txt"]) {
      const change = { key: folder + name };
      assert.equal((await submit(form, { body: name, change })).status, 204);
      assert.equal(String(await get(folder + name)), name);
    }
    for (const key of [
      freshKey("a.txt"),
      folder.slice(0, -1),
      `users/other/${folder}a.txt`,
      `/${folder}a.txt`,
      "a.txt",
      "",
      undefined,
    ]) {
      const response = await submit(form, { body: "a", change: { key } });
      assert.equal(response.status, 400, key);
    }
  });

  test("puts the name there, which this store leaves as it is", async () => {
    const folder = freshKey("");
    const form = await make({ key: `${folder}\${filename}`, success_action_status: 201 });
    const response = await submit(form, { body: "hello", fileName: "a.txt" });
    assert.equal(response.status, 201);
    const [key] = texts(await response.text(), "Key");
    // S3 says a.txt.
    assert.equal(key, `${folder}\${filename}`);
    assert.equal(String(await get(key)), "hello");
  });
});

describe("a form isn't made", { concurrency }, () => {
  for (const [what, key, dimension] of [
    ["another subject's object", "users/other/file", "key"],
    ["another subject's folder", "users/other/${filename}", "key"],
    ["a subject whose name begins alike", "users/e2e2/${filename}", "key"],
    ["keys that only begin like one's own", "users/e2e${filename}", "key"],
    ["all subjects", "users/${filename}", "key"],
    // Such keys include the inbox's, which no rule opens.
    ["every key", "${filename}", "denied"],
    ["what may only be read", "public/file", undefined],
  ]) {
    test(`for ${what}`, async () => {
      const one_time_key = crypto.randomUUID();
      const problem = isProblem(await ask({ key, one_time_key }), 403, "not_allowed");
      if (dimension !== undefined) assert.equal(problem.dimension, dimension);
      await isUnspent(one_time_key);
    });
  }

  const own = "users/e2e/form";
  for (const [what, request, code] of [
    ["without a key", { key: undefined }, "missing_field"],
    ["with an empty key", { key: "" }, "invalid_key"],
    ["with a key that is a number", { key: 1 }, "invalid_field"],
    ["with a dot segment", { key: "users/e2e/../other/file" }, "invalid_key"],
    ["with a dot segment before the name", { key: "users/e2e/../${filename}" }, "invalid_key"],
    ["with a line break in the key", { key: "users/e2e/a\nb" }, "invalid_key"],
    ["with a key of 1,025 bytes", { key: `users/e2e/${"a".repeat(1015)}` }, "invalid_key"],
    ["with an unknown field", { colour: "red" }, "unknown_field"],
    ["with an operation", { operation: "PutObject" }, "unknown_field"],
    ["with conditions of the caller's", { conditions: {} }, "unknown_field"],
    ["with a size below zero", { max_bytes: -1 }, "invalid_field"],
    ["with half a byte", { max_bytes: 1.5 }, "invalid_field"],
    ["with a size that is a text", { max_bytes: "5" }, "invalid_field"],
    ["with more than S3 takes", { max_bytes: 5 * 1024 ** 3 + 1 }, "invalid_field"],
    ["with more at least than at most", { min_bytes: 6, max_bytes: 5 }, "invalid_field"],
    ["with a life of no seconds", { expires_in: 0 }, "invalid_expiry"],
    ["with a life of eight days", { expires_in: 8 * 24 * 3600 }, "invalid_expiry"],
    [
      "with a type twice",
      { content_type: "image/png", content_type_starts_with: "image/" },
      "invalid_field",
    ],
    ["with an empty type", { content_type: "" }, "invalid_field"],
    ["with a type over two lines", { content_type: "image/png\r\na: b" }, "invalid_field"],
    ["with the file's name as its type", { content_type: "${filename}" }, "invalid_field"],
    ["with a status that S3 doesn't give", { success_action_status: 202 }, "invalid_field"],
    ["with a status that is a text", { success_action_status: "201" }, "invalid_field"],
    ["that runs a script", { success_action_redirect: "javascript:alert(1)" }, "invalid_field"],
    ["that leads to a path", { success_action_redirect: "/done" }, "invalid_field"],
    ["with a field that isn't for forms", { fields: { "x-amz-tagging": "a" } }, "invalid_field"],
    ["with another key among the fields", { fields: { key: "users/other/a" } }, "invalid_field"],
    ["with another policy", { fields: { policy: "e30=" } }, "invalid_field"],
    ["with an empty field", { fields: { "cache-control": "" } }, "invalid_field"],
    ["with a field that is a list", { fields: ["a"] }, "invalid_field"],
    ["with the key left open", { starts_with: { key: "" } }, "invalid_field"],
    ["with the ACL left open", { starts_with: { acl: "" } }, "invalid_field"],
    ["with the type left open", { starts_with: { "content-type": "" } }, "invalid_field"],
    ["with the encryption left open", encryptionLeftOpen(), "invalid_field"],
    ["with empty metadata", { metadata: { title: "" } }, "invalid_field"],
    ["with an invalid one-time key", { one_time_key: "" }, "invalid_one_time_key"],
  ]) {
    test(what, async () => {
      const answer = await ask({ key: own, ...request });
      // A list instead of an object isn't a valid field of this request either.
      const isList = Array.isArray(request.fields);
      if (isList) assert.match(answer.json.code, /^(invalid_field|unknown_field|malformed_body)$/);
      isProblem(answer, 400, isList ? answer.json.code : code);
    });
  }

  function encryptionLeftOpen() {
    return { starts_with: { "x-amz-server-side-encryption": "" } };
  }

  test("with metadata whose name is no header's", async () => {
    const answer = await ask({ key: own, metadata: { "a b": "c" } });
    assert.equal(answer.status, 400, answer.text);
  });

  test("with the same metadata twice", async () => {
    const answer = await ask({ key: own, metadata: { a: "1", A: "2" } });
    assert.equal(answer.status, 400, answer.text);
  });

  test("with a field outside what it leaves open for it", async () => {
    const starts_with = { "cache-control": "max-age" };
    const answer = await ask({ key: own, fields: { "cache-control": "no-cache" }, starts_with });
    assert.equal(answer.status, 400, answer.text);
  });

  test("with the file's name in the middle of the key", async () => {
    const answer = await ask({ key: `${own}/\${filename}/a` });
    assert.equal(answer.status, 400, answer.text);
  });

  test("with what the store's provider doesn't keep", async () => {
    const answer = await ask({ key: own, fields: { acl: "public-read" } });
    isProblem(answer, 422, "unsupported_by_store");
  });

  test("for a store that isn't there", async () => {
    isProblem(await ask({ key: own, store: "nope" }), 404, "no_such_store");
  });

  test("without a session, or without JSON", async () => {
    const body = JSON.stringify({ key: own });
    const type = { "content-type": "application/json" };
    isProblem(
      await callEdge(path, { method: "POST", headers: type, body }),
      401,
      "session_missing",
    );
    isProblem(await ask({ key: own }, { bearer: "a.b.c" }), 401, "session_invalid");
    isProblem(await ask("{"), 400, "malformed_body");
    isProblem(await ask([]), 400, "malformed_body");
    const headers = { authorization: `Bearer ${token()}`, "content-type": "text/plain" };
    const answer = await callEdge(path, { method: "POST", headers, body });
    isProblem(answer, 415, "unsupported_media_type");
  });

  test("for a one-time key that was spent", async () => {
    const one_time_key = crypto.randomUUID();
    const form = await make({ key: freshKey(), one_time_key });
    isProblem(await ask({ key: freshKey(), one_time_key }), 409, "one_time_key_used");
    assert.equal((await submit(form, { body: "a" })).status, 204);
  });
});
