// Objects that exist before a case begins.

import assert from "node:assert/strict";
import { postJson } from "../../e2e/support/api.mjs";
import { follow, freshKey, presigned, ready } from "../../e2e/support/stack.mjs";
import { submit } from "../../e2e/support/s3.mjs";
import { keeps } from "./case.mjs";

/** Stores an object in a way that the store is known for: its key. */
export async function seed(body, key = freshKey()) {
  const response = keeps("unsigned_headers_refused:PutObject")
    ? await follow(await presigned({ operation: "PutObject", key }), { body })
    : await submit(await form(key), { body });
  assert.ok(response.ok, `${response.status} of ${ready.store}: ${await response.text()}`);
  return key;
}

async function form(key) {
  const answer = await postJson("/v1/forms", { key });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}
