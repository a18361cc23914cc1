// /companion/s3/…: what is refused, and to whom.

import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, finish, uploadPart } from "../support/companion.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, isMissing } from "../support/s3.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";
import { companion, companionAnswer, withCookie } from "../support/uppy.mjs";

test("what is wrong is refused with what is wrong", async (t) => {
  const key = freshKey();
  const [query, json] = [{ key }, (body) => ({ body, query: { key } })];
  const part = { PartNumber: 1, ETag: '"x"' };
  for (const [what, method, path, options, status, code] of [
    ["no name", "GET", "params", {}, 400, "missing_field"],
    [
      "an unknown field",
      "GET",
      "params",
      { query: { filename: "a", x: "1" } },
      400,
      "unknown_field",
    ],
    ["a control character", "GET", "params", { query: { filename: "a\nb" } }, 400, "invalid_key"],
    ["a long name", "GET", "params", { query: { filename: "x".repeat(1024) } }, 400, "invalid_key"],
    ...["${filename}", "${filename}a", "a${filename}"].map((filename) => [
      `a file called ${filename}`,
      "GET",
      "params",
      { query: { filename } },
      400,
      "invalid_field",
    ]),
    ["no name in a body", "POST", "multipart", { body: {} }, 400, "missing_field"],
    ["a list as a name", "POST", "multipart", { body: { filename: [] } }, 400, "invalid_field"],
    [
      "an unknown member",
      "POST",
      "multipart",
      { body: { filename: "a", acl: "x" } },
      400,
      "unknown_field",
    ],
    ["no key for a list", "GET", "multipart/u", {}, 400, "missing_field"],
    ["no key for a part", "GET", "multipart/u/1", {}, 400, "missing_field"],
    ["no key to abort", "DELETE", "multipart/u", {}, 400, "missing_field"],
    [
      "no key to complete",
      "POST",
      "multipart/u/complete",
      { body: { parts: [part] } },
      400,
      "missing_field",
    ],
    ["part 0", "GET", "multipart/u/0", { query }, 400, "invalid_field"],
    ["part 10001", "GET", "multipart/u/10001", { query }, 400, "invalid_field"],
    ["part -1", "GET", "multipart/u/-1", { query }, 400, "invalid_field"],
    ["part x", "GET", "multipart/u/x", { query }, 400, "invalid_field"],
    ["no parts to sign", "GET", "multipart/u/batch", { query }, 400, "missing_field"],
    [
      "empty parts to sign",
      "GET",
      "multipart/u/batch",
      { query: { key, partNumbers: "" } },
      400,
      "invalid_field",
    ],
    [
      "1001 parts",
      "GET",
      "multipart/u/batch",
      { query: { key, partNumbers: "1,".repeat(1000) + 1 } },
      400,
      "invalid_field",
    ],
    ["no parts", "POST", "multipart/u/complete", json({}), 400, "missing_field"],
    ["an empty list", "POST", "multipart/u/complete", json({ parts: [] }), 400, "invalid_field"],
    [
      "parts twice",
      "POST",
      "multipart/u/complete",
      json({ parts: [part, part] }),
      400,
      "invalid_field",
    ],
    [
      "a part without a tag",
      "POST",
      "multipart/u/complete",
      json({ parts: [{ PartNumber: 1 }] }),
      400,
      "invalid_field",
    ],
    [
      "somebody else's key",
      "GET",
      "multipart/u/1",
      { query: { key: "users/bob/a" } },
      403,
      "not_allowed",
    ],
    [
      "somebody else's list",
      "GET",
      "multipart/u",
      { query: { key: "users/bob/a" } },
      403,
      "not_allowed",
    ],
    [
      "somebody else's upload",
      "DELETE",
      "multipart/u",
      { query: { key: "users/bob/a" } },
      403,
      "not_allowed",
    ],
    ["no such step", "GET", "multipart/u/1/2", { query }, 404, "no_such_route"],
    ["another route", "GET", "other", {}, 404, "no_such_route"],
    ["an escape that is none", "GET", "multipart/%zz", { query }, 400, "malformed_url"],
  ]) {
    await t.test(what, async () => isProblem(await companion(method, path, options), status, code));
  }
});

test("what the store refuses is told", async () => {
  const upload = await begin();
  const gone = { ...upload, path: `multipart/${crypto.randomUUID()}` };
  const part = { PartNumber: 1, ETag: '"x"' };
  isProblem(await finish(gone, [part]), 404, "store_refused");
  isProblem(await finish(upload, [part]), 400, "store_refused");
});

test("another method is told which there is", async () => {
  for (const [path, allow] of [
    ["params", "GET, OPTIONS"],
    ["multipart", "POST, OPTIONS"],
    ["multipart/u", "GET, DELETE, OPTIONS"],
    ["multipart/u/1", "GET, OPTIONS"],
    ["multipart/u/batch", "GET, OPTIONS"],
    ["multipart/u/complete", "POST, OPTIONS"],
  ]) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"]) {
      if (allow.split(", ").includes(method)) continue;
      const answer = await companion(method, path, { query: { key: freshKey() } });
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.headers.get("allow"), allow);
    }
  }
});

test("a session is needed for every step", async () => {
  const query = { key: freshKey(), filename: "a", partNumbers: "1" };
  for (const [method, path, body] of [
    ["GET", "params"],
    ["POST", "multipart", { filename: "a" }],
    ["GET", "multipart/u"],
    ["DELETE", "multipart/u"],
    ["GET", "multipart/u/1"],
    ["GET", "multipart/u/batch"],
    ["POST", "multipart/u/complete", { parts: [] }],
  ]) {
    const ask = (headers) => companion(method, path, { query, body, headers });
    isProblem(await ask({}), 401, "session_missing");
    isProblem(await ask({ authorization: `Bearer ${token({ exp: 1 })}` }), 401, "session_invalid");
  }
});

test("a cookie is a session for what only reads, and else for pages of the edge's origin", async () => {
  const [own, other] = [ready.edge, "https://elsewhere.example.com"];
  const upload = await begin("a", { headers: withCookie({ origin: own }) });
  const { path, query } = upload;
  for (const headers of [
    withCookie(),
    withCookie({ origin: other }),
    withCookie({ origin: own }),
  ]) {
    await companionAnswer("GET", "params", { query: { filename: "a" }, headers });
    await companionAnswer("GET", path, { query, headers });
    await companionAnswer("GET", `${path}/1`, { query, headers });
  }
  const etag = await uploadPart(upload, 1, "part");
  const parts = [{ PartNumber: 1, ETag: etag }];
  for (const headers of [
    withCookie(),
    withCookie({ origin: other }),
    withCookie({ origin: "null" }),
  ]) {
    for (const answer of [
      await companion("POST", "multipart", { body: { filename: "a" }, headers }),
      await companion("DELETE", path, { query, headers }),
      await finish(upload, parts, { headers }),
    ]) {
      isProblem(answer, 403, "origin_not_allowed");
    }
  }
  // Nothing was done.
  await isMissing(upload.key);
  const completed = await finish(upload, parts, { headers: withCookie({ origin: own }) });
  assert.equal(completed.status, 200, completed.text);
  assert.equal(String(await get(upload.key)), "part");
});
