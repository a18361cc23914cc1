// Making links, and opening them as their holders do.

import assert from "node:assert/strict";
import { checkAnswer } from "./openapi.mjs";
import { isProblem } from "./refusal.mjs";
import { ready, token } from "./stack.mjs";

/** What no cache, no other site and no search engine may get, with every answer of a link. */
const hiding = {
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex",
  "x-content-type-options": "nosniff",
};

/** Calls a URL of an edge: no redirect is followed, and the body is what the edge sent. */
export async function call(url, { headers, method = "GET", ...init } = {}) {
  const whole = { "accept-encoding": "identity", ...headers };
  const response = await fetch(url, { redirect: "manual", method, ...init, headers: whole });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  const { pathname } = new URL(url);
  // What a link passes on is up to the store and isn't in the document.
  const isPassedOn = response.ok && pathname.startsWith("/l/") && ["GET", "POST"].includes(method);
  if (!isPassedOn) await checkAnswer(method, pathname, response, text);
  const isJson = /[/+]json$/.test(response.headers.get("content-type") ?? "");
  const json = isJson && !isPassedOn && text !== "" ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, bytes, text, json };
}

const asMember = (bearer) => (bearer === null ? {} : { authorization: `Bearer ${bearer}` });

/** `POST /v1/links`; a text is sent as it is, and where `bearer` is null there's no session. */
export function mint(fields, { bearer = token(), edge = ready.edge, headers } = {}) {
  const body = typeof fields === "string" ? fields : JSON.stringify(fields);
  const own = { ...asMember(bearer), "content-type": "application/json" };
  return call(`${edge}/v1/links`, { method: "POST", headers: { ...own, ...headers }, body });
}

/** The same, which has to succeed: the link. */
export async function minted(fields, options) {
  const answer = await mint(fields, options);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return answer.json;
}

/** A link that is good for reading a key. */
export const reading = (key, fields, options) =>
  minted({ operation: "GetObject", key, ...fields }, options);

/** A link that is good for writing a key. */
export const writing = (key, fields, options) =>
  minted({ operation: "PutObject", key, ...fields }, options);

/** Fails unless an answer tells caches, other sites and search engines to leave the link alone. */
function isHidden({ headers }) {
  for (const [name, value] of Object.entries(hiding)) {
    assert.equal(headers.get(name), value);
  }
  assert.match(headers.get("cache-control"), /^no-store(, no-transform)?$/);
}

/** Calls what stands at a link's URL, as somebody without a session. */
export async function open({ url }, init) {
  const answer = await call(url, init);
  isHidden(answer);
  return answer;
}

/** Opens a link that redirects, which has to succeed: the store's URL. */
export async function redirected(link, init) {
  const answer = await open(link, init);
  const expected = init?.method === "POST" ? 303 : 302;
  assert.deepEqual([answer.status, answer.text], [expected, ""]);
  const location = answer.headers.get("location");
  assert.ok(location.startsWith(`${ready.store}/${ready.bucket}/`), location);
  return location;
}

/** Fails unless opening a link is refused so. */
export async function isRefused(link, status, code, init) {
  const answer = await open(link, init);
  assert.equal(answer.headers.get("location"), null);
  return isProblem(answer, status, code);
}

/** `GET /v1/links/{id}` or `DELETE`. */
export function lookAfter({ id }, { method, bearer = token(), edge = ready.edge } = {}) {
  return call(`${edge}/v1/links/${id}`, { method, headers: asMember(bearer) });
}

/** What a link's maker is told of it. */
export async function told(link, options) {
  const answer = await lookAfter(link, options);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return answer.json;
}

/** Withdraws a link. */
export async function revoke(link, options) {
  const answer = await lookAfter(link, { method: "DELETE", ...options });
  assert.deepEqual([answer.status, answer.text], [204, ""]);
}

/** Fails unless a link for one use has it still; then it is opened, which spends it. */
export async function isUnspent(link, { init, ...options } = {}) {
  assert.equal((await told(link, options)).used, 0);
  assert.ok((await open(link, init)).status < 400);
  await isRefused(link, 410, "link_spent", init);
  assert.equal((await told(link, options)).used, 1);
}

/** Waits until `isSo` says so. */
export async function until(isSo, what) {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
