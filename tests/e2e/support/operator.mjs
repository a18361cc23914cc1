// What the operator says to /v1/revocations. No answer may repeat the secret.

import assert from "node:assert/strict";
import { callEdge, ready } from "./stack.mjs";

/** Calls the route with these headers and no others; a text is sent as it is. */
export async function callRevocations(method, body, headers, edge, path = "/v1/revocations") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await callEdge(path, { method, headers, body: text }, edge);
  const all = `${answer.text}\n${JSON.stringify([...answer.headers])}`;
  assert.ok(!all.includes(ready.admin_secret), "an answer shows the operator's secret");
  return answer;
}

/** As the operator does. */
export function asOperator(method, body, edge) {
  const headers = {
    authorization: `Bearer ${ready.admin_secret}`,
    "content-type": "application/json",
  };
  return callRevocations(method, body, headers, edge);
}

async function succeeds(method, fields, edge) {
  const answer = await asOperator(method, { issuer: ready.issuer, ...fields }, edge);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.deepEqual(answer.json, { effective_within: 90 });
}

/** Revokes sessions, of the tests' issuer where `fields` name no other. */
export const revoke = (fields, edge) => succeeds("POST", fields, edge);

/** Lifts what `revoke` did. */
export const lift = (fields, edge) => succeeds("DELETE", fields, edge);

/** `/v1/admin/links/{id}`, as the operator asks of a maker's link; a GET where no method is named. */
export async function adminLink(
  { id },
  { subject = "e2e", issuer = ready.issuer, ...init } = {},
  edge,
) {
  const query = new URLSearchParams({ issuer, subject });
  const headers = { authorization: `Bearer ${ready.admin_secret}`, ...init.headers };
  return callEdge(`/v1/admin/links/${id}?${query}`, { ...init, headers }, edge);
}
