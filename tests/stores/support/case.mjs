// A case: a request to the Worker, the features of the store that it needs, and what holds if the store has them.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { isProblem } from "../../e2e/support/refusal.mjs";
import { ready } from "../../e2e/support/stack.mjs";

/** That nobody adds headers to a presigned request of an operation. */
export const bound = (operation) => `unsigned_headers_refused:${operation}`;

/** Whether the store is known to keep a feature, in an operation where it is named: `create_only:PutObject`. */
export function keeps(need) {
  const [feature] = need.split(":");
  // The key that signs can't read, so unsigned headers reach nothing.
  if (feature === "unsigned_headers_refused" && ready.writesApart) return true;
  return ready.features[need] ?? ready.features[feature] ?? false;
}

/** The features among these that the store isn't known to keep. */
export const missingOf = (needs) =>
  needs.filter((need) => !keeps(need)).map((need) => need.split(":")[0]);

/**
 * Where the store keeps all of `needs`, what `ask` answers goes to `holds`; else it has to be 422 for one of those that it
 * doesn't keep. `holds` may say what came of it in other words than "held".
 */
export function storeCase(name, { needs = [], ask, holds }) {
  test(name, async () => {
    const missing = missingOf(needs);
    const answer = await ask();
    if (missing.length === 0) {
      tell(name, (await holds(answer)) ?? "held");
      return;
    }
    const { feature } = isProblem(answer, 422, "unsupported_by_store");
    assert.ok(missing.includes(feature), `${feature} isn't among ${missing}`);
    tell(name, `422 \`${feature}\``);
  });
}

/** Takes down what came of a case. */
export function tell(name, outcome = "held") {
  const file = basename(process.argv[1], ".test.mjs");
  appendFileSync(ready.told, `${JSON.stringify({ file, case: name, outcome })}\n`);
}

/** The answer of a route, which has to be 200: its document. */
export function taken({ status, text, json }) {
  assert.equal(status, 200, text);
  return json;
}

/** Fails unless a store answered with one of these; tells what it said. */
export async function answered(response, ...statuses) {
  const text = await response.text();
  assert.ok(statuses.includes(response.status), `${response.status}: ${text.slice(0, 500)}`);
  return text;
}

/** Fails unless a store refused a request. */
export async function refusedByStore(response) {
  const text = await response.text();
  assert.ok(response.status >= 400 && response.status < 500, `${response.status}: ${text}`);
}
