// A Worker's output: one JSON object a line, each with an `event`.

import assert from "node:assert/strict";

/** A decision's members, in the order in which they always come. */
export const DECISION = [
  "time",
  "request_id",
  "issuer",
  "subject",
  "operation",
  "store",
  "key_sha256",
  "key",
  "rule",
  "outcome",
  "dimension",
  "expires_at",
  "one_time_id",
  "via",
  "tag",
  "window",
  "network",
  "token_id_sha256",
  "link_id",
  "upload",
];

/** The lines so far of one event, in their order. */
export function linesOf(output, event) {
  const lines = output.split("\n").filter((line) => line.startsWith(`{"event":"${event}"`));
  return lines.map((line) => JSON.parse(line));
}

/**
 * All decisions so far, each as a line of its own would tell it: those of one request stand in one line,
 * where there are several, with what they have in common before them.
 */
export function decisionsOf(output) {
  const lines = output.split("\n").filter((line) => /^\{"event":"decisions?"/.test(line));
  return lines.map((line) => JSON.parse(line)).flatMap(decisionsOfLine);
}

function decisionsOfLine(line) {
  if (line.event === "decision") return [inOrder(line)];
  const { event: _, decisions, ...common } = line;
  assert.deepEqual(Object.keys(line), ["event", ...Object.keys(inOrder(common)), "decisions"]);
  assert.ok(decisions.length > 1 && decisions.length <= 100, `${decisions.length} in a line`);
  return decisions.map((own) => ({ event: "decision", ...common, ...inOrder(own) }));
}

/** Fails unless a line's members are in their order. */
function inOrder(line) {
  const order = ["event", ...DECISION].filter((name) => name in line);
  assert.deepEqual(Object.keys(line), order);
  return line;
}

/** Waits until `find` finds something; lines come a moment after the answer. */
export async function until(find) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = find();
    if (found) return found;
    assert.ok(Date.now() < deadline, "the Worker didn't print what was waited for");
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Why a request was refused, which only the log says. */
export async function reasonOf({ request_id }, output) {
  const ofRequest = (line) => line.request_id === request_id;
  const line = await until(() => linesOf(output(), "problem").find(ofRequest));
  return line.reason;
}
