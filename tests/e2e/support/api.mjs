// The routes that take JSON, by path.

import assert from "node:assert/strict";
import { callEdge, token } from "./stack.mjs";

/** Posts JSON; a text is sent as it is. */
export function postJson(path, fields, { bearer = token(), edge } = {}) {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  const body = typeof fields === "string" ? fields : JSON.stringify(fields);
  return callEdge(path, { method: "POST", headers, body }, edge);
}

/** The same, which has to succeed: its answer. */
export async function postedJson(path, fields, options) {
  const answer = await postJson(path, fields, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
