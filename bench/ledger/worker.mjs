// A Worker of one ledger in workerd, which counts unless another `main` is told, and a store that answers every request.

import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { startWorkerd } from "../../tests/e2e/support/workerd.mjs";

const SECRET = randomBytes(32).toString("base64url");
const ISSUER = "https://app.example.com";

const seconds = () => Math.floor(Date.now() / 1000);
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(exp) {
  const claims = { iss: ISSUER, aud: "edge-signer", sub: "alice", role: "member", exp };
  const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

/** The megabytes that workerd has. */
export function memory() {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  const all = children.trim().split(" ").filter(Boolean);
  const resident = (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /Name:\s+workerd/.test(status) ? Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) : 0;
  };
  return Math.round(all.reduce((sum, pid) => sum + resident(pid), 0) / 1024);
}

async function startStore() {
  const store = createServer((_, response) => response.end("the object"));
  await once(store.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${store.address().port}`, stop: () => store.close() };
}

function configuration(ledger, store, main, more) {
  const kind = ledger === "kv" ? {} : { durable_objects: objects };
  const rule = {
    name: "members share their files",
    when: { role: "member" },
    allow: ["GetObject"],
    stores: ["photos"],
    keys: ["users/{sub}/**"],
    delivery: ["url", "redirect", "stream"],
    max_uses: 10,
    max_link_expires: 2_592_000,
  };
  const photos = {
    endpoint: store,
    region: "eu-central-1",
    bucket: "my-photos",
    style: "path",
    provider: "aws",
    credentials: "PHOTOS",
  };
  return {
    name: "edge-signer",
    compatibility_date: "2026-10-01",
    compatibility_flags: ["enable_request_signal"],
    main: `tests/e2e/support/${main}-worker.mjs`,
    kv_namespaces: ledger === "durable" ? [] : [{ binding: "ONE_TIME_KV", id: "ledger" }],
    ...kind,
    vars: {
      STORES: { photos },
      ISSUERS: [
        {
          issuer: ISSUER,
          audience: "edge-signer",
          algorithms: ["HS256"],
          secret: "SESSION_SECRET",
          leeway: 0,
        },
      ],
      RULES: [rule],
      LINKS: { keys: ["LINK_KEY"] },
      ONE_TIME: { ledger, shards: 1, ...more },
    },
  };
}

const objects = { bindings: [{ name: "LEDGER", class_name: "LedgerObject" }] };

const secrets = {
  // AWS's documented example.
  PHOTOS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  PHOTOS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  SESSION_SECRET: SECRET,
  LINK_KEY: randomBytes(32).toString("base64url"),
};

/** A Worker, and what it is asked. */
export class CountingWorker {
  static async start(ledger, { lanes = 20, state, main = "counting", ...more } = {}) {
    const worker = new CountingWorker();
    worker.store = await startStore();
    worker.lanes = lanes;
    worker.agent = new Agent({ keepAlive: true, maxSockets: lanes });
    const made = configuration(ledger, worker.store.url, main, more);
    worker.edge = await startWorkerd(made, secrets, { state });
    return worker;
  }

  async stop() {
    this.agent.destroy();
    this.store.stop();
    await this.edge.stop();
  }

  send(method, path, { bearer, body } = {}) {
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        this.edge.url + path,
        { agent: this.agent, method, headers },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (part) => (text += part));
          answer.on("error", reject);
          answer.on("end", () => resolve({ status: answer.statusCode, text }));
        },
      );
      sent.on("error", reject);
      sent.end(body && JSON.stringify(body));
    });
  }

  /** What was counted since it was asked for last. */
  async counts() {
    return JSON.parse((await this.send("GET", "/counts")).text);
  }

  /** Asks for each, so many at a time; how often each status came. */
  async each(items, ask) {
    const left = [...items];
    const statuses = {};
    const lane = async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) {
        const { status } = await ask(item);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: this.lanes }, lane));
    return statuses;
  }

  async links(count, last, fields) {
    const links = [];
    await this.each(Array(count).fill(0), async () => {
      const body = {
        operation: "GetObject",
        key: "users/alice/a",
        expires_in: last - seconds(),
        ...fields,
      };
      const answer = await this.send("POST", "/v1/links", { bearer: token(last), body });
      if (answer.status !== 200) throw new Error(answer.text);
      links.push(new URL(JSON.parse(answer.text).url).pathname);
      return answer;
    });
    return links;
  }

  keys(count) {
    return Array.from({ length: count }, () => randomUUID());
  }

  redeem(link) {
    return this.send("GET", link);
  }

  sign(one_time_key, last) {
    const body = { operation: "GetObject", key: "users/alice/a", one_time_key };
    return this.send("POST", "/v1/presign", { bearer: token(last), body });
  }
}
