// What every refusal has in common, and that it costs nothing.

import assert from "node:assert/strict";
import { presign, token } from "./stack.mjs";

/** Fails unless an answer is the problem of that status and code; gives back its document. */
export function isProblem({ status, headers, text, json }, expected, code) {
  assert.equal(status, expected, text);
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(json.code, code, text);
  assert.equal(json.type, `urn:edge-signer:problem:${code}`);
  assert.equal(json.status, status);
  assert.match(json.detail, /\S/);
  assert.match(json.request_id, /^[A-Za-z0-9-]+$/);
  return json;
}

/** Fails unless a one-time key can still be spent; then it is, and can't be spent again. */
export async function isUnspent(oneTimeKey, subject = "e2e", edge) {
  // Every subject may read this.
  const request = { operation: "GetObject", key: "public/file", one_time_key: oneTimeKey };
  const bearer = token({ sub: subject });
  const first = await presign(request, { bearer, edge });
  assert.equal(first.status, 200, `the one-time key was spent: ${first.text}`);
  isProblem(await presign(request, { bearer, edge }), 409, "one_time_key_used");
}
