// What /v1/revocations refuses, and that nothing is revoked or lifted by it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asOperator, callRevocations, lift, revoke } from "../support/operator.mjs";
import { developmentEdge } from "../support/direct.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, callHome, presign, ready, token } from "../support/stack.mjs";

// Refusals need no runtime.
callHome(await developmentEdge(ready));

const concurrency = 8;
const { issuer } = ready;
const json = { "content-type": "application/json" };
const operator = { authorization: `Bearer ${ready.admin_secret}` };

/** A subject and a token id that no other test has. */
const somebody = () => ({ sub: crypto.randomUUID(), jti: crypto.randomUUID() });

/** Whether a session is accepted, by a token that no isolate has seen. */
async function isAccepted(claims) {
  const bearer = token({ ...claims, nonce: crypto.randomUUID() });
  const answer = await presign({ operation: "GetObject", key: "public/file" }, { bearer });
  if (answer.status === 200) return true;
  isProblem(answer, 401, "session_invalid");
  return false;
}

/**
 * Fails unless a POST is refused and revokes nothing, and a DELETE is refused and lifts nothing. `send`
 * gets the method, and fields that revoke or lift.
 */
async function changesNothing(send, status, code) {
  const claims = somebody();
  const fields = { issuer, token_id: claims.jti };
  const refusal = isProblem(await send("POST", fields), status, code);
  assert.ok(await isAccepted(claims), "it revoked");
  await revoke(fields);
  assert.equal(await isAccepted(claims), false);
  isProblem(await send("DELETE", fields), status, code);
  assert.equal(await isAccepted(claims), false, "it lifted");
  return refusal;
}

describe("without the operator's secret nothing is revoked or lifted:", { concurrency }, () => {
  const secret = ready.admin_secret;
  const cases = {
    "no authorization": [{}, "operator_missing"],
    "an empty authorization": [{ authorization: "" }, "operator_missing"],
    "a scheme alone": [{ authorization: "Bearer" }, "operator_missing"],
    "the secret without a scheme": [{ authorization: secret }, "operator_missing"],
    "the secret in another scheme": [{ authorization: `Basic ${secret}` }, "operator_missing"],
    "the secret in the session's cookie": [
      { cookie: `__Host-session=${secret}` },
      "operator_missing",
    ],
    "the secret in Access's header": [{ "cf-access-jwt-assertion": secret }, "operator_missing"],
    "the secret in a header of another name": [{ "x-admin-secret": secret }, "operator_missing"],
    "another secret": [{ authorization: `Bearer ${"0".repeat(64)}` }, "operator_invalid"],
    "the secret's name": [{ authorization: "Bearer ADMIN_SECRET" }, "operator_invalid"],
    "half of it": [{ authorization: `Bearer ${secret.slice(0, 32)}` }, "operator_invalid"],
    "more than it": [{ authorization: `Bearer ${secret}0` }, "operator_invalid"],
    "it in another case": [{ authorization: `Bearer ${secret.toUpperCase()}` }, "operator_invalid"],
    "it twice": [{ authorization: `Bearer ${secret} ${secret}` }, "operator_invalid"],
    "quotation marks around it": [{ authorization: `Bearer "${secret}"` }, "operator_invalid"],
    "the sessions' secret": [
      { authorization: `Bearer ${ready.session_secret}` },
      "operator_invalid",
    ],
    "a member's session": [{ authorization: `Bearer ${token()}` }, "operator_invalid"],
    "a session that says it is an operator's": [
      { authorization: `Bearer ${token({ role: "operator", sub: "operator" })}` },
      "operator_invalid",
    ],
    "another secret, and it in the cookie": [
      { authorization: "Bearer x", cookie: `__Host-session=${secret}` },
      "operator_invalid",
    ],
  };
  for (const [what, [headers, code]] of Object.entries(cases)) {
    test(what, () =>
      changesNothing(
        async (method, fields) => {
          const answer = await callRevocations(method, fields, { ...json, ...headers });
          const challenge = code === "operator_missing" ? "Bearer" : 'Bearer error="invalid_token"';
          assert.equal(answer.headers.get("www-authenticate"), challenge);
          return answer;
        },
        401,
        code,
      ),
    );
  }

  test("whoever lacks it learns nothing else", async () => {
    for (const [body, headers] of [
      ["{", json],
      ["x", {}],
      ["a".repeat(100_000), json],
      [{ issuer: "nobody", colour: "red" }, json],
    ]) {
      isProblem(await callRevocations("POST", body, headers), 401, "operator_missing");
    }
  });

  test("and it is no session", async () => {
    const request = { operation: "GetObject", key: "public/file" };
    isProblem(await presign(request, { bearer: ready.admin_secret }), 401, "session_invalid");
  });

  test("while the scheme may be written in any case", async () => {
    const claims = somebody();
    const headers = { ...json, authorization: `bEARER ${ready.admin_secret}` };
    const answer = await callRevocations("POST", { issuer, token_id: claims.jti }, headers);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(await isAccepted(claims), false);
  });
});

describe("what isn't JSON of its own type changes nothing:", { concurrency }, () => {
  for (const type of [
    undefined,
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/problem+json",
  ]) {
    test(`content-type ${type}`, () => {
      const headers = { ...operator, ...(type && { "content-type": type }) };
      const encode = (fields) => new TextEncoder().encode(JSON.stringify(fields));
      const send = (method, fields) => {
        // Fetch adds a content type to a text, and none to bytes.
        const init = { method, headers, body: encode(fields) };
        return callEdge("/v1/revocations", init);
      };
      return changesNothing(send, 415, "unsupported_media_type");
    });
  }
});

describe("a method that the route hasn't changes nothing:", { concurrency }, () => {
  for (const method of ["GET", "HEAD", "PUT", "PATCH"]) {
    test(method, async () => {
      const claims = somebody();
      const query = new URLSearchParams({ issuer, token_id: claims.jti });
      const body = method === "PUT" || method === "PATCH" ? JSON.stringify({ issuer }) : undefined;
      const init = { method, headers: { ...operator, ...json }, body };
      const answer = await callEdge(`/v1/revocations?${query}`, init);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "POST, DELETE, OPTIONS");
      if (method !== "HEAD") isProblem(answer, 405, "method_not_allowed");
      assert.ok(await isAccepted(claims), "it revoked");
    });
  }

  test("and the fields aren't read from the query", async () => {
    const claims = somebody();
    const query = new URLSearchParams({ issuer, token_id: claims.jti });
    const init = { method: "POST", headers: { ...operator, ...json }, body: "{}" };
    isProblem(await callEdge(`/v1/revocations?${query}`, init), 400, "missing_field");
    assert.ok(await isAccepted(claims), "it revoked");
  });
});

// Fields. Each case is a change to the fields of a good request.

const cases = [
  ["no issuer", { issuer: undefined }, "missing_field", "issuer"],
  ["an issuer that is null", { issuer: null }, "missing_field", "issuer"],
  ["an empty issuer", { issuer: "" }, "invalid_field", "issuer"],
  ["an unknown issuer", { issuer: "https://evil.example" }, "invalid_field", "issuer"],
  ["an issuer with a slash behind it", { issuer: `${issuer}/` }, "invalid_field", "issuer"],
  ["an issuer that is a number", { issuer: 7 }, "invalid_field", "issuer"],
  ["an issuer that is a list", { issuer: [issuer] }, "invalid_field", "issuer"],
  ["an issuer that is an object", { issuer: { name: issuer } }, "missing_field", "issuer"],
  ["no subject", { subject: undefined }, "missing_field", "token_id, subject or issued_before"],
  ["a subject that is null", { subject: null }, "missing_field", "token_id, subject"],
  ["an empty subject", { subject: "" }, "invalid_field", "subject"],
  ["a subject that is a number", { subject: 7 }, "invalid_field", "subject"],
  ["a subject that is true", { subject: true }, "invalid_field", "subject"],
  ["an empty token_id", { subject: undefined, token_id: "" }, "invalid_field", "token_id"],
  ["a token_id that is a number", { subject: undefined, token_id: 7 }, "invalid_field", "token_id"],
  ["a token_id beside the subject", { token_id: "x" }, "invalid_field", "token_id"],
  [
    "a token_id beside a moment",
    { subject: undefined, token_id: "x", issued_before: 7 },
    "invalid_field",
    "token_id",
  ],
  ["issued_before that is a text", { issued_before: "7" }, "invalid_field", "issued_before"],
  [
    "issued_before that is a date",
    { issued_before: "2026-01-01T00:00:00Z" },
    "invalid_field",
    "issued_before",
  ],
  ["issued_before below zero", { issued_before: -1 }, "invalid_field", "issued_before"],
  ["issued_before with a fraction", { issued_before: 7.5 }, "invalid_field", "issued_before"],
  ["issued_before of 1e300", { issued_before: 1e300 }, "invalid_field", "issued_before"],
  ["issued_before that is true", { issued_before: true }, "invalid_field", "issued_before"],
  ["expires_in of 0", { expires_in: 0 }, "invalid_field", "expires_in"],
  ["expires_in of 59", { expires_in: 59 }, "invalid_field", "expires_in"],
  ["expires_in of 2^31", { expires_in: 2 ** 31 }, "invalid_field", "expires_in"],
  ["expires_in below zero", { expires_in: -60 }, "invalid_field", "expires_in"],
  ["expires_in with a fraction", { expires_in: 60.5 }, "invalid_field", "expires_in"],
  ["expires_in that is a text", { expires_in: "600" }, "invalid_field", "expires_in"],
  ["an unknown field", { colour: "red" }, "unknown_field", "colour"],
  ["a misspelt field", { expiresIn: 60 }, "unknown_field", "expiresIn"],
  ["a claim's name for a field", { sub: "e2e" }, "unknown_field", "sub"],
  ["a field in a field", { subject: { name: "e2e" } }, "unknown_field", "subject.name"],
];

describe("fields that are wrong change nothing:", { concurrency }, () => {
  for (const [what, change, code, named] of cases) {
    test(what, async () => {
      const claims = somebody();
      const good = { issuer, subject: claims.sub };
      for (const method of ["POST", "DELETE"]) {
        if (method === "DELETE") await revoke(good);
        const problem = isProblem(await asOperator(method, { ...good, ...change }), 400, code);
        assert.ok(problem.detail.includes(named), problem.detail);
        assert.equal(await isAccepted(claims), method === "POST", method);
      }
      await lift(good);
      assert.ok(await isAccepted(claims));
    });
  }

  const fields = `"issuer":${JSON.stringify(issuer)},"subject":"x"`;
  for (const [what, body] of [
    ["no body", ""],
    ["a body that is cut off", `{${fields}`],
    ["a body with something behind it", `{${fields}}x`],
    ["a list", `[{${fields}}]`],
    ["a text", '"x"'],
    ["null", "null"],
    ["a field twice", `{${fields},"subject":"y"}`],
    ["a query string", `issuer=${issuer}&subject=x`],
  ]) {
    test(what, async () => {
      for (const method of ["POST", "DELETE"]) {
        isProblem(await asOperator(method, body), 400, "malformed_body");
      }
    });
  }

  test("more than 16 KiB", () =>
    changesNothing(
      (method, fields) => asOperator(method, JSON.stringify(fields).padEnd(16_385)),
      413,
      "body_too_large",
    ));

  test("while 16 KiB, and null where a field may be missing, are fine", async () => {
    const claims = somebody();
    const fields = { issuer, token_id: claims.jti, subject: null, expires_in: null };
    const answer = await asOperator("POST", JSON.stringify(fields).padEnd(16_384));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(await isAccepted(claims), false);
  });

  test("and expires_in of a minute, and of 68 years, are", async () => {
    for (const expires_in of [60, 2 ** 31 - 1]) {
      const claims = somebody();
      await revoke({ token_id: claims.jti, expires_in });
      assert.equal(await isAccepted(claims), false);
    }
  });
});
