// Many URLs in one request: each is signed or refused on its own, in order.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { postJson, postedJson } from "../support/api.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import { callEdge, follow, freshKey, presign, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const path = "/v1/presign/batch";
const post = (requests, options) => postJson(path, { requests }, options);
const results = async (requests, options) =>
  (await postedJson(path, { requests }, options)).results;
/** No URL lives longer than its session. */
const longLived = () => token({ exp: Math.floor(Date.now() / 1000) + 86_400 });
const read = (key, change = {}) => ({ operation: "GetObject", key, ...change });

/** The key that an answer's URL is for. */
const keyOf = ({ url }) =>
  decodeURIComponent(new URL(url).pathname).slice(`/${ready.bucket}/`.length);

/** Fails unless an item of the answer is the problem of that status and code. */
function isItemProblem(item, status, code) {
  assert.equal(item.code, code, JSON.stringify(item));
  assert.equal(item.status, status);
  assert.equal(item.type, `urn:edge-signer:problem:${code}`);
  assert.match(item.detail, /\S/);
  assert.match(item.request_id, /\S/);
  assert.equal(item.url, undefined);
  return item;
}

describe("a batch", { concurrency }, () => {
  test("of 1,000 requests is answered in order, the good ones and the bad", async () => {
    const folder = freshKey("");
    const kinds = [
      (n) => read(`${folder}${n} ä.txt`),
      (n) => ({ operation: "PutObject", key: `${folder}${n}`, content_length: n }),
      (n) => read(`users/other/${n}`),
      (n) => read(`${folder}${n}`, { colour: "red" }),
      (n) => ({ operation: "HeadObject", key: `${folder}${n}`, expires_in: n }),
      (n) => ({ operation: "ListObjectsV2", prefix: `${folder}${n}/` }),
      () => ({ operation: "GetObject" }),
      (n) => read(`${folder}${n}`, { store: `store-${n}` }),
    ];
    const requests = Array.from({ length: 1000 }, (_, n) => kinds[n % kinds.length](n));
    const answers = await results(requests, { bearer: longLived() });
    assert.equal(answers.length, 1000);
    for (const [n, answer] of answers.entries()) {
      const checks = [
        () => assert.equal(keyOf(answer), `${folder}${n} ä.txt`),
        () => {
          assert.equal(keyOf(answer), `${folder}${n}`);
          assert.deepEqual(answer.headers, { "content-length": String(n) });
        },
        () => assert.equal(isItemProblem(answer, 403, "not_allowed").dimension, "key"),
        () => assert.match(isItemProblem(answer, 400, "unknown_field").detail, /colour/),
        () => {
          assert.equal(answer.method, "HEAD");
          const seconds = (Date.parse(answer.expires_at) - Date.parse(answer.signed_at)) / 1000;
          assert.equal(seconds, n);
        },
        () => assert.equal(new URL(answer.url).searchParams.get("prefix"), `${folder}${n}/`),
        () => isItemProblem(answer, 400, "missing_field"),
        () => assert.match(isItemProblem(answer, 404, "no_such_store").detail, /store-\d/),
      ];
      checks[n % kinds.length]();
    }
  });

  test("gives what /v1/presign gives", async () => {
    const request = read(freshKey("a b"), { download_as: "Übersicht.pdf", cacheable: true });
    const bearer = longLived();
    // The same URL unless a window of five minutes ends right here: then once more.
    for (const attempt of [1, 2]) {
      const one = await presign(request, { bearer });
      const [answer] = await results([request], { bearer });
      if (attempt === 1 && answer.url !== one.json.url) continue;
      assert.deepEqual(answer, one.json);
      break;
    }
  });

  test("buys what a store takes", async () => {
    const key = freshKey("ä b");
    const [put, get] = await results([
      { operation: "PutObject", key, content_type: "text/x-test" },
      read(key),
    ]);
    assert.equal((await follow(put, { body: "hello" })).status, 200);
    const response = await follow(get);
    assert.equal(response.headers.get("content-type"), "text/x-test");
    assert.equal(await response.text(), "hello");
  });

  test("of 1,001 requests is refused and costs nothing", async () => {
    const one_time_key = crypto.randomUUID();
    const requests = Array.from({ length: 1001 }, () => read(freshKey(), { one_time_key }));
    assert.match(isProblem(await post(requests), 400, "invalid_field").detail, /1000/);
    await isUnspent(one_time_key);
  });

  test("of no requests has no results", async () => {
    assert.deepEqual(await results([]), []);
  });

  for (const [what, body, code] of [
    ["without requests", {}, "missing_field"],
    ["whose requests are null", { requests: null }, "missing_field"],
    ["whose requests are an object", { requests: {} }, "invalid_field"],
    ["whose requests are one request", { requests: read("users/e2e/file") }, "unknown_field"],
    ["whose requests are a text", { requests: "[]" }, "invalid_field"],
    ["whose requests are a number", { requests: 1 }, "invalid_field"],
    ["with another field", { requests: [], store: ready.store_name }, "unknown_field"],
    ["that is a list itself", [read("users/e2e/file")], "malformed_body"],
    ["that is empty", "", "malformed_body"],
    ["whose list doesn't end", '{"requests":[{}', "malformed_body"],
    ["whose list has a comma too much", '{"requests":[{},]}', "malformed_body"],
    ["whose requests are given twice", '{"requests":[],"requests":[]}', "malformed_body"],
  ]) {
    test(`${what} is no batch`, async () => {
      const answer = await postJson(path, body);
      // None of the fields of a single request is a field of the batch.
      const codes = code === "unknown_field" ? [code, "invalid_field", "missing_field"] : [code];
      assert.ok(codes.includes(answer.json?.code), answer.text);
      isProblem(answer, 400, answer.json.code);
    });
  }

  test("that is too large isn't read", async () => {
    const limit = 2 * 1024 * 1000;
    const body = JSON.stringify({ requests: [read(freshKey())] });
    const padded = (length) => body + " ".repeat(length - body.length);
    assert.equal((await postJson(path, padded(limit))).status, 200);
    isProblem(await postJson(path, padded(limit + 1)), 413, "body_too_large");
  });

  test("needs a session and JSON", async () => {
    const body = JSON.stringify({ requests: [read(freshKey())] });
    const type = { "content-type": "application/json" };
    isProblem(
      await callEdge(path, { method: "POST", headers: type, body }),
      401,
      "session_missing",
    );
    isProblem(await postJson(path, body, { bearer: "a.b.c" }), 401, "session_invalid");
    const headers = { authorization: `Bearer ${token()}`, "content-type": "text/plain" };
    const answer = await callEdge(path, { method: "POST", headers, body });
    isProblem(answer, 415, "unsupported_media_type");
    isProblem(await callEdge(path, { headers }), 405, "method_not_allowed");
  });
});

describe("a request of a batch", { concurrency }, () => {
  test("that is malformed doesn't spoil the others", async () => {
    const key = freshKey();
    const good = JSON.stringify(read(key));
    const nested = (count) => `${"[".repeat(count)}${"]".repeat(count)}`;
    const malformed = [
      "1",
      "-1.5e300",
      "null",
      "true",
      '"GetObject"',
      "[]",
      `[${good}]`,
      nested(5000),
      '{"headers":{"range":{"a":"b"}}}',
      `{"headers":{"range":${nested(100)}}}`,
      `${good.slice(0, -1)},"key":"users/e2e/other"}`,
      `${good.slice(0, -1)},"ke\\u0079":"users/e2e/other"}`,
    ];
    const requests = malformed.flatMap((text) => [text, good]);
    const answer = await postedJson(path, `{"requests":[${requests.join(",")}]}`);
    assert.equal(answer.results.length, requests.length);
    for (const [index, result] of answer.results.entries()) {
      if (index % 2 === 1) {
        assert.equal(keyOf(result), key);
      } else {
        isItemProblem(result, 400, "malformed_body");
        assert.doesNotMatch(result.detail, /users/);
      }
    }
  });

  test("is refused for what /v1/presign refuses it for", async () => {
    const key = freshKey();
    const requests = [
      {},
      { key },
      { operation: "getobject", key },
      read(""),
      read(`${key}/../a`),
      read("users/other/file"),
      read(key, { expires_in: 0 }),
      read(key, { expires_in: "60" }),
      read(key, { store: "nope" }),
      read(key, { prefix: "a" }),
      read(key, { acl: "private" }),
      read(key, { headers: { authorization: "a" } }),
      read(key, { one_time_key: "" }),
      read(key, { requests: [] }),
      { operation: "PutObject", key, acl: "public-read" },
      { operation: "PutObject", key, checksum: { sha256: "a" } },
    ];
    const answers = await results(requests);
    for (const [index, request] of requests.entries()) {
      const { status, json } = await presign(request);
      const item = isItemProblem(answers[index], status, json.code);
      assert.equal(item.detail, json.detail);
      assert.equal(item.dimension, json.dimension);
    }
  });

  test("has a one-time key of its own, and the first that brings it has it", async () => {
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    const key = freshKey();
    const answers = await results([
      // Refused entries cost nothing.
      read("users/other/file", { one_time_key: first }),
      read(key, { one_time_key: first, colour: "red" }),
      { operation: "PutObject", key, acl: "public-read", one_time_key: first },
      read(key, { one_time_key: first }),
      read(key),
      read(key, { one_time_key: first }),
      read(key, { one_time_key: second }),
      { operation: "HeadObject", key: freshKey(), one_time_key: first },
    ]);
    isItemProblem(answers[0], 403, "not_allowed");
    isItemProblem(answers[1], 400, "unknown_field");
    isItemProblem(answers[2], 422, "unsupported_by_store");
    for (const index of [3, 4, 6]) assert.equal(keyOf(answers[index]), key);
    for (const index of [5, 7]) isItemProblem(answers[index], 409, "one_time_key_used");
    for (const one_time_key of [first, second]) {
      isProblem(await presign(read(key, { one_time_key })), 409, "one_time_key_used");
      const [again] = await results([read(key, { one_time_key })]);
      isItemProblem(again, 409, "one_time_key_used");
    }
  });

  test("whose one-time key was spent elsewhere is refused", async () => {
    const one_time_key = crypto.randomUUID();
    const request = read(freshKey(), { one_time_key });
    assert.equal((await presign(request)).status, 200);
    const [spent, unspent] = await results([request, read(freshKey())]);
    isItemProblem(spent, 409, "one_time_key_used");
    assert.match(unspent.url, /^http/);
  });
});
