// The two families of routes that Uppy's AWS S3 plugin knows.

import assert from "node:assert/strict";
import { callEdge, ready, token } from "./stack.mjs";

export const asMember = () => ({ authorization: `Bearer ${token()}` });
export const withCookie = (more) => ({ cookie: `__Host-session=${token()}`, ...more });

/** `POST /v1/uppy/sign`; a text is sent as it is. */
export function sign(request, { headers = asMember(), edge } = {}) {
  const body = typeof request === "string" ? request : JSON.stringify(request);
  const all = { "content-type": "application/json", ...headers };
  return callEdge("/v1/uppy/sign", { method: "POST", headers: all, body }, edge);
}

/** The same, which has to succeed: its answer. */
export async function signed(request, options) {
  const answer = await sign(request, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Asks one of Companion's routes, with the query of `query` and a JSON body where there is one. */
export function companion(method, path, { query, body, headers = asMember(), edge } = {}) {
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const init = { method, headers: { ...type, ...headers }, body: body && JSON.stringify(body) };
  return callEdge(`/companion/s3/${path}${search}`, init, edge);
}

/** The same, which has to succeed: its answer. */
export async function companionAnswer(method, path, options) {
  const answer = await companion(method, path, options);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return answer.json;
}
