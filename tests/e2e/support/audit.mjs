// A Worker whose decisions are read, and what a line of a decision has to contain.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { secrets, startEdge, vars } from "./edge.mjs";
import { decisionsOf, until } from "./log.mjs";
import { isProblem } from "./refusal.mjs";
import { callEdge, ready, token } from "./stack.mjs";

/** As decisions have the hash of a key. */
export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const rule = (name, allow, keys, more) => ({
  name,
  when: { role: "member" },
  allow,
  keys,
  stores: [ready.store_name],
  ...more,
});
const multipart = [
  "CreateMultipartUpload",
  "UploadPart",
  "ListParts",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
];
const RULES = [
  rule("read", ["GetObject", "HeadObject"], ["users/{sub}/**"], { max_expires: 60 }),
  rule("write", ["PutObject", ...multipart], ["users/{sub}/**"], { max_bytes: 1000 }),
  rule("copy", ["CopyObject"], ["users/{sub}/**"]),
  rule("once", ["GetObject"], ["once/**"], { one_time: "required" }),
  { name: "sealed", deny: ["*"], keys: ["users/*/sealed/**"] },
];

/** An issuer whose keys nobody serves. */
export const keyless = {
  issuer: "https://keyless.example.com",
  audience: ready.audience,
  algorithms: ["RS256"],
  jwks_url: "http://127.0.0.1:9/jwks.json",
};

export class AuditedEdge {
  #worker;
  /** What may be in no line; tests add to it. */
  secrets = new Set(Object.values(secrets));

  /** Starts a Worker; `changed` replaces variables. */
  static async start(changed) {
    const edge = new AuditedEdge();
    const ISSUERS = [vars.ISSUERS[0], keyless];
    const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
    const configuration = { vars: { ...vars, ISSUERS, RULES, ...changed }, kv_namespaces };
    edge.#worker = await startEdge(configuration, secrets);
    return edge;
  }

  stop() {
    return this.#worker.stop();
  }

  /** The Worker's own lines: wrangler's have the paths of requests. */
  get printed() {
    const lines = this.#worker.output().split("\n");
    return lines.filter((line) => line.startsWith("{")).join("\n");
  }

  /** A member's token, which no line may hold. */
  member(claims) {
    const made = token(claims);
    this.secrets.add(made).add(made.split(".")[2]);
    return made;
  }

  call(path, init) {
    return callEdge(path, init, this.#worker.url);
  }

  /** Posts JSON as a member, unless `headers` say otherwise. */
  post(path, body, headers = { authorization: `Bearer ${this.member()}` }) {
    const all = { "content-type": "application/json", ...headers };
    return this.call(path, { method: "POST", headers: all, body: JSON.stringify(body) });
  }

  /** What `act` does, and the lines of the decisions that it makes the Worker come to. */
  async decisions(act) {
    const before = await this.#settled();
    const answer = await act();
    const after = await this.#settled();
    return { answer, lines: after.slice(before.length, -1) };
  }

  /** All decisions so far: lines come a moment after the answer, and in order, that of this one as the last. */
  async #settled() {
    const { request_id } = (await this.call("/v1/presign")).json;
    return until(() => {
      const found = decisionsOf(this.printed);
      return found.at(-1)?.request_id === request_id && found;
    });
  }

  /** Fails where a line holds what grants access, or an object's key. */
  showsNothing() {
    const { printed } = this;
    assert.ok(this.secrets.size > 10, "there were no secrets to show");
    for (const text of this.secrets) {
      assert.ok(!printed.includes(text), `it shows ${text.slice(0, 8)}…`);
    }
    assert.ok(!printed.includes("X-Amz-"), "it shows a signed URL");
    assert.ok(!printed.includes("users/e2e/"), "it shows an object's key");
  }
}

/** Fails unless a line has these members, its own time and name, and no others. */
export function isLine(line, expected) {
  const { event, time, request_id, ...rest } = line;
  assert.equal(event, "decision");
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Math.abs(Date.parse(time) - Date.now()) <= 60_000, time);
  assert.match(request_id, /^[A-Za-z0-9-]+$/);
  assert.deepEqual(rest, expected);
}

/** What a line says of a wish of the tests' session. */
export const wish = (operation, key, more) => ({
  issuer: ready.issuer,
  subject: "e2e",
  operation,
  store: ready.store_name,
  key_sha256: sha256(key),
  ...more,
});

/** Fails unless one problem was answered, and told of in one line. */
export function isRefusal({ answer, lines }, status, code, expected) {
  const problem = isProblem(answer, status, code);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  isLine(lines[0], { outcome: code, ...expected });
  assert.equal(lines[0].request_id, problem.request_id);
}
