// The audit lines of refusals and of one-time keys.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AuditedEdge, isLine, isRefusal, keyless, wish } from "../support/audit.mjs";
import { encode } from "../support/issuer.mjs";
import { freshKey, ready } from "../support/stack.mjs";

const now = () => Math.floor(Date.now() / 1000);

let edge;
before(async () => {
  edge = await AuditedEdge.start();
});
after(() => edge?.stop());

describe("what is refused", () => {
  test("by the rules is told of with the closest one, and what it stumbles over", async () => {
    const own = freshKey();
    for (const [request, dimension, closest] of [
      [{ operation: "DeleteObject", key: own }, "operation"],
      [{ operation: "GetObject", key: "users/other/file" }, "key", "read"],
      [{ operation: "PutObject", key: own, content_length: 1001 }, "size", "write"],
      [{ operation: "GetObject", key: own, version_id: "1" }, "version", "read"],
      [
        { operation: "CopyObject", key: own, copy_source: { key: "users/e2e/b" } },
        "copy_source",
        "copy",
      ],
    ]) {
      const found = await edge.decisions(() => edge.post("/v1/presign", request));
      const line = wish(request.operation, request.key, { dimension });
      isRefusal(found, 403, "not_allowed", { ...line, ...(closest && { rule: closest }) });
    }
    const stranger = { authorization: `Bearer ${edge.member({ role: "guest", sub: "x" })}` };
    const found = await edge.decisions(() =>
      edge.post("/v1/presign", { operation: "GetObject", key: own }, stranger),
    );
    const line = { ...wish("GetObject", own), subject: "x", dimension: "operation" };
    isRefusal(found, 403, "not_allowed", line);
  });

  test("by a rule that forbids is told of with that", async () => {
    const key = "users/e2e/sealed/file";
    const line = { dimension: "denied", rule: "sealed" };
    const request = { operation: "GetObject", key };
    const found = await edge.decisions(() => edge.post("/v1/presign", request));
    isRefusal(found, 403, "not_allowed", wish("GetObject", key, line));
    const form = await edge.decisions(() => edge.post("/v1/forms", { key }));
    isRefusal(form, 403, "not_allowed", wish("PutObject", key, line));
  });

  test("for want of a session is told of, and names nobody", async () => {
    const request = { operation: "GetObject", key: freshKey() };
    for (const [headers, code] of [
      [{}, "session_missing"],
      [{ authorization: "Bearer x" }, "session_invalid"],
      [{ authorization: `Bearer ${edge.member({ exp: now() - 60 })}` }, "session_invalid"],
      [
        { authorization: `Bearer ${edge.member({ iss: "https://evil.example" })}` },
        "session_invalid",
      ],
    ]) {
      for (const path of ["/v1/presign", "/v1/presign/batch", "/v1/forms", "/v1/multipart"]) {
        isRefusal(await edge.decisions(() => edge.post(path, request, headers)), 401, code, {});
      }
    }
  });

  test("for the page that it comes from is told of", async () => {
    const cookie = `__Host-session=${edge.member()}`;
    const headers = { cookie, origin: "https://evil.example" };
    const request = { operation: "GetObject", key: freshKey() };
    const found = await edge.decisions(() => edge.post("/v1/presign", request, headers));
    isRefusal(found, 403, "origin_not_allowed", {});
  });

  test("for want of the issuer's keys is told of", async () => {
    const claims = { iss: keyless.issuer, aud: ready.audience, sub: "e2e", exp: now() + 600 };
    const unverified = [{ alg: "RS256", typ: "JWT" }, claims].map(encode).join(".") + ".AAAA";
    edge.secrets.add(unverified);
    const headers = { authorization: `Bearer ${unverified}` };
    const request = { operation: "GetObject", key: freshKey() };
    const found = await edge.decisions(() => edge.post("/v1/presign", request, headers));
    isRefusal(found, 503, "keys_unavailable", {});
  });

  test("before there is anything to decide isn't told of", async () => {
    for (const [body, status] of [
      [{}, 400],
      [{ operation: "GetObject" }, 400],
      [{ operation: "GetObject", key: freshKey(), store: "nope" }, 404],
    ]) {
      const { answer, lines } = await edge.decisions(() => edge.post("/v1/presign", body));
      assert.equal(answer.status, status);
      assert.deepEqual(lines, []);
    }
  });
});

describe("a one-time key", () => {
  test("is told of by its hash, the same when it was used", async () => {
    const [key, one_time_key] = [freshKey(), crypto.randomUUID()];
    edge.secrets.add(one_time_key);
    const request = { operation: "GetObject", key, one_time_key };
    const first = await edge.decisions(() => edge.post("/v1/presign", request));
    assert.equal(first.answer.status, 200);
    const [{ one_time_id }] = first.lines;
    assert.match(one_time_id, /^[0-9a-f]{64}$/);
    const { expires_at } = first.answer.json;
    const line = wish("GetObject", key, { rule: "read", one_time_id });
    isLine(first.lines[0], { ...line, outcome: "allowed", expires_at });
    isRefusal(
      await edge.decisions(() => edge.post("/v1/presign", request)),
      409,
      "one_time_key_used",
      line,
    );
    const other = { ...request, one_time_key: crypto.randomUUID() };
    const [third] = (await edge.decisions(() => edge.post("/v1/presign", other))).lines;
    assert.match(third.one_time_id, /^[0-9a-f]{64}$/);
    assert.notEqual(third.one_time_id, one_time_id);
  });

  test("that is the token's is told of as well, and what can't be paid", async () => {
    const jti = crypto.randomUUID();
    edge.secrets.add(jti);
    const key = "once/file";
    const headers = { authorization: `Bearer ${edge.member({ jti })}` };
    const request = { operation: "GetObject", key };
    const ask = () => edge.decisions(() => edge.post("/v1/presign", request, headers));
    const first = await ask();
    const [{ one_time_id }] = first.lines;
    assert.match(one_time_id, /^[0-9a-f]{64}$/);
    const line = wish("GetObject", key, { rule: "once" });
    isRefusal(await ask(), 409, "one_time_key_used", { ...line, one_time_id });
    const unpaid = { ...line, dimension: "one_time" };
    const without = await edge.decisions(() => edge.post("/v1/presign", request));
    isRefusal(without, 403, "not_allowed", unpaid);
    const query = new URLSearchParams(request);
    const cookie = {
      headers: { cookie: `__Host-session=${edge.member({ jti: crypto.randomUUID() })}` },
    };
    const found = await edge.decisions(() => edge.call(`/v1/presign?${query}`, cookie));
    isRefusal(found, 403, "not_allowed", unpaid);
  });
});

test("nothing that grants access is in any line, nor is a key", () => edge.showsNothing());
