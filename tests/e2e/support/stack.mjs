// The running Worker and store, as `cargo xtask test` started them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkAnswer } from "./openapi.mjs";
import { issueToken } from "./token.mjs";

const file = process.env.EDGE_SIGNER_READY_FILE;
assert.ok(file, "EDGE_SIGNER_READY_FILE is not set: run these tests with `cargo xtask test`");

/** What `--ready-file` holds. */
export const ready = JSON.parse(readFileSync(file, "utf8"));

/** The edge that is called where none is named: the Worker that all tests share. */
let home = ready.edge;

/** Calls another edge from now on, where none is named. */
export function callHome(edge) {
  home = edge;
}

/** A member's token; `claims` replace or, where undefined, remove its own. */
export function token(claims = {}, options = {}) {
  const now = Math.floor(Date.now() / 1000);
  const own = { iss: ready.issuer, aud: ready.audience, sub: "e2e", role: "member" };
  return issueToken(
    { ...own, iat: now, exp: now + 600, ...claims },
    { secret: ready.session_secret, ...options },
  );
}

/** A key that no other test uses. */
export function freshKey(name = "file", subject = "e2e") {
  return `users/${subject}/${crypto.randomUUID()}/${name}`;
}

/**
 * Calls an edge, without following redirects, and holds the answer to its OpenAPI document. An edge is where a
 * Worker is, or one in this process (`direct.mjs`).
 */
export async function callEdge(path, init = {}, edge = home) {
  const isDirect = typeof edge !== "string";
  const whole = { redirect: "manual", ...init };
  const response = await (isDirect ? edge.fetch(path, whole) : fetch(edge + path, whole));
  const text = await response.text();
  await checkAnswer(init.method ?? "GET", path, response, text);
  const isJson = /[/+]json$/.test(response.headers.get("content-type") ?? "");
  const json = isJson && text !== "" ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

/** `POST /v1/presign`. */
export function presign(request, { bearer = token(), edge } = {}) {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  return callEdge("/v1/presign", { method: "POST", headers, body: JSON.stringify(request) }, edge);
}

/** `POST /v1/presign`, which has to succeed: its answer. */
export async function presigned(request, options) {
  const answer = await presign(request, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Makes a presigned request as its answer says, no more and no less. */
export function follow(answer, init = {}) {
  const headers = { ...answer.headers, ...init.headers };
  // Fetch itself sets this header from the body.
  delete headers["content-length"];
  return fetch(answer.url, { ...init, method: answer.method, headers });
}

/** The `<Code>` of a store's refusal. */
export async function storeCode(response) {
  return /<Code>([^<]*)<\/Code>/.exec(await response.text())?.[1];
}
