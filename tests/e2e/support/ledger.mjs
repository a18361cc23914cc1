// Workers with links and a ledger of each kind, and many requests at once to them.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { secrets, vars } from "./edge.mjs";
import { ready, token } from "./stack.mjs";

/** What a Worker with links needs; a Worker that is started again needs the same. */
export const linkSecrets = { ...secrets, LINK_KEY: randomBytes(32).toString("base64url") };

const objects = {
  durable_objects: { bindings: [{ name: "LEDGER", class_name: "LedgerObject" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["LedgerObject"] }],
};

/** A module of this folder that is a Worker around the bundle: its path in the repository. */
export const worker = (name) => `tests/e2e/support/${name}-worker.mjs`;

const rule = (name, keys, more) => ({
  name,
  when: { role: "member" },
  allow: ["GetObject", "PutObject", "CreateMultipartUpload"],
  stores: [ready.store_name],
  keys,
  delivery: ["url", "redirect", "stream"],
  unlimited_uses: true,
  ...more,
});

/** Wrangler's configuration of a Worker with links; `ONE_TIME` as in its variables. */
export const withLinks = (ONE_TIME) => ({
  kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
  ...(ONE_TIME.ledger === "kv" ? {} : objects),
  vars: {
    ...vars,
    LINKS: { keys: ["LINK_KEY"] },
    ONE_TIME,
    RULES: [
      rule("members", ["users/{sub}/**"]),
      rule("once", ["once/**"], { one_time: "required" }),
    ],
  },
});

/** A client of one Worker, with connections that it keeps. */
export class Client {
  #agent;

  constructor(edge, connections = 200) {
    this.edge = edge;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  close() {
    this.#agent.destroy();
  }

  /** An answer, whatever it says; fails where there is none, or not all of it. */
  send(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, method, headers };
      const sent = request(this.edge + path, options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part) => (text += part));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({ status: answer.statusCode, headers: answer.headers, text }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** Posts JSON with a member's session. */
  post(path, fields, { bearer = token() } = {}) {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    return this.send("POST", path, { headers, body: JSON.stringify(fields) });
  }

  /** Makes a link; its `path` is where it is redeemed, at whatever address the Worker is. */
  async link(fields = {}) {
    const whole = { operation: "GetObject", key: "users/e2e/file", ...fields };
    const answer = await this.post("/v1/links", whole);
    assert.equal(answer.status, 200, answer.text);
    const { url, id } = JSON.parse(answer.text);
    return { id, path: new URL(url).pathname, uses: whole.uses ?? 1 };
  }

  /** So many links at once. */
  links(count, fields) {
    return Promise.all(Array.from({ length: count }, (_, n) => this.link(fields?.(n))));
  }

  redeem({ path }, headers) {
    return this.send("GET", path, { headers });
  }

  /** What the Worker says of a link, to whoever made it. */
  async status({ id }) {
    const headers = { authorization: `Bearer ${token()}` };
    const answer = await this.send("GET", `/v1/links/${id}`, { headers });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text);
  }
}

/** Whether an answer leads to the store, or carries what a URL of it is made of. */
export const hasUrl = ({ headers, text }) =>
  [...Object.values(headers), text].flat().some((value) => /X-Amz-|x-amz-signature/i.test(value));

/** How often each answer came, by its status and, where it is a problem, its code. */
export function tally(answers) {
  const counts = {};
  for (const { status, text } of answers) {
    const code = /"code":"(\w+)"/.exec(text)?.[1];
    const name = code === undefined ? String(status) : `${status} ${code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The same in a random order. */
export function shuffled(items, random = Math.random) {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [all[last], all[other]] = [all[other], all[last]];
  }
  return all;
}
