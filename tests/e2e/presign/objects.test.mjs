// What a token buys: real bytes to a real store and back.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  callEdge,
  follow,
  freshKey,
  presigned,
  ready,
  storeCode,
  token,
} from "../support/stack.mjs";

const bearer = () => ({ authorization: `Bearer ${token()}` });
const encodeKey = (key) => key.split("/").map(encodeURIComponent).join("/");

async function put(key, bytes, request = {}) {
  const answer = await presigned({ operation: "PutObject", key, ...request });
  const response = await follow(answer, { body: bytes });
  assert.equal(response.status, 200, await response.text());
}

async function get(key) {
  const response = await follow(await presigned({ operation: "GetObject", key }));
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

for (const [name, bytes] of [
  ["a binary file", randomBytes(65_537)],
  ["an empty file", Buffer.alloc(0)],
  ["20 MB", randomBytes(20 * 1024 * 1024)],
]) {
  test(`${name} comes back byte for byte`, async () => {
    const key = freshKey();
    await put(key, bytes, { content_length: bytes.length, content_type: "application/x-test" });
    assert.ok(bytes.equals(await get(key)));
    const head = await follow(await presigned({ operation: "HeadObject", key }));
    assert.equal(head.headers.get("content-length"), String(bytes.length));
    assert.equal(head.headers.get("content-type"), "application/x-test");
  });
}

for (const name of [
  "a b  c.txt",
  "a+b.txt",
  "100%.txt",
  "%2F%41.txt",
  "Übersicht ä ö ß.pdf",
  "日本語🦀👩‍👩‍👧.txt",
  "a//b///c.txt",
  "~!@#$&'()*,;:=?[].txt",
  '"<>\\^`{|}.txt',
  ".hidden",
  "...",
  "trailing/slash.",
]) {
  test(`the key ${name} works through presigned URLs and through /f`, async () => {
    const key = freshKey(name);
    const bytes = randomBytes(100);
    await put(key, bytes);
    assert.ok(bytes.equals(await get(key)));

    const path = `/f/${ready.store_name}/${encodeKey(key)}`;
    const redirect = await callEdge(path, { headers: bearer() });
    assert.equal(redirect.status, 302, redirect.text);
    assert.equal(redirect.headers.get("referrer-policy"), "no-referrer");
    const response = await fetch(redirect.headers.get("location"));
    assert.ok(bytes.equals(Buffer.from(await response.arrayBuffer())));
  });
}

test("GET /v1/presign answers as POST does", async () => {
  const key = freshKey("a b+c");
  await put(key, "hello");
  const query = new URLSearchParams({ operation: "GetObject", key, expires_in: "60" });
  const answer = await callEdge(`/v1/presign?${query}`, { headers: bearer() });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(await (await fetch(answer.json.url)).text(), "hello");
  const lives = Date.parse(answer.json.expires_at) - Date.parse(answer.json.signed_at);
  assert.equal(lives, 60_000);
});

test("HEAD /f redirects to a presigned HEAD", async () => {
  const key = freshKey();
  await put(key, "hello");
  const path = `/f/${ready.store_name}/${encodeKey(key)}`;
  const redirect = await callEdge(path, { method: "HEAD", headers: bearer() });
  assert.equal(redirect.status, 302);
  const response = await fetch(redirect.headers.get("location"), { method: "HEAD" });
  assert.equal(response.headers.get("content-length"), "5");
});

test("the answer's headers can be overridden", async () => {
  const key = freshKey();
  await put(key, "hello");
  const response = await follow(
    await presigned({
      operation: "GetObject",
      key,
      response: {
        content_type: "text/x-test",
        content_disposition: 'attachment; filename="ü.txt"',
      },
    }),
  );
  assert.equal(response.headers.get("content-type"), "text/x-test");
  assert.match(response.headers.get("content-disposition"), /^attachment; filename=/);
});

test("a deleted object is gone", async () => {
  const key = freshKey();
  await put(key, "hello");
  const deleted = await follow(await presigned({ operation: "DeleteObject", key }));
  assert.equal(deleted.status, 204);
  const response = await follow(await presigned({ operation: "GetObject", key }));
  assert.equal(response.status, 404);
});

test("a range that is bound is the range that is read", async () => {
  const key = freshKey();
  await put(key, "0123456789");
  const request = { operation: "GetObject", key, headers: { range: "bytes=2-4" } };
  const answer = await presigned(request);
  assert.deepEqual(answer.headers, { range: "bytes=2-4" });
  assert.equal(await (await follow(answer)).text(), "234");
  const other = await fetch(answer.url, { headers: { range: "bytes=0-9" } });
  assert.equal(other.status, 403);
});

test("what an upload is bound to is held by the store", async () => {
  const key = freshKey();
  const request = { operation: "PutObject", key, content_type: "image/png", content_length: 5 };
  const answer = await presigned(request);
  assert.deepEqual(answer.headers, { "content-type": "image/png", "content-length": "5" });
  const attempt = (type, body) =>
    fetch(answer.url, { method: "PUT", headers: { "content-type": type }, body });
  for (const [type, body] of [
    ["text/html", "12345"],
    ["image/png", "123456"],
    ["image/png", "1234"],
  ]) {
    const refused = await attempt(type, body);
    assert.equal(refused.status, 403, `${type} ${body}`);
    assert.equal(await storeCode(refused), "SignatureDoesNotMatch");
  }
  assert.equal((await attempt("image/png", "12345")).status, 200);
});

test("an upload that may only create fails where the key is taken", async () => {
  const answer = await presigned({ operation: "PutObject", key: freshKey(), create_only: true });
  assert.deepEqual(answer.headers, { "if-none-match": "*" });
  assert.equal((await follow(answer, { body: "one" })).status, 200);
  assert.equal((await follow(answer, { body: "two" })).status, 412);
});

test("a changed character of the signature is refused by the store", async () => {
  const key = freshKey();
  await put(key, "hello");
  const { url } = await presigned({ operation: "GetObject", key });
  const last = url.at(-1) === "0" ? "1" : "0";
  const response = await fetch(url.slice(0, -1) + last);
  assert.equal(response.status, 403);
  assert.equal(await storeCode(response), "SignatureDoesNotMatch");
});

test("a URL is refused after its expiry", async () => {
  const key = freshKey();
  await put(key, "hello");
  const answer = await presigned({ operation: "GetObject", key, expires_in: 2 });
  assert.equal((await fetch(answer.url)).status, 200);
  await new Promise((done) => setTimeout(done, Date.parse(answer.expires_at) - Date.now() + 1100));
  const response = await fetch(answer.url);
  assert.equal(response.status, 403);
  assert.match(await response.text(), /expired/i);
});
