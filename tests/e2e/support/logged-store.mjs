// A store of development that logs what it is asked as S3 does, a Worker whose URLs for it have tags, and what the
// command line makes of both.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command-line.mjs";
import { DevelopmentStore } from "./development-store.mjs";
import { secrets, startEdge, vars } from "./edge.mjs";
import { ready } from "./stack.mjs";

const TAG_KEY = "a key for tags of 32 bytes, for all";
const credentials = {
  AWS_ACCESS_KEY_ID: ready.access_key_id,
  AWS_SECRET_ACCESS_KEY: ready.secret_access_key,
};

const run = (...parameters) => runCommand(parameters, { ...credentials, TAG_KEY });

export class LoggedStore {
  #folder;
  #store;
  #worker;

  /** Starts both; `RULES` are the Worker's. */
  static async start(RULES) {
    const logged = new LoggedStore();
    logged.#folder = await mkdtemp(join(tmpdir(), "edge-signer-logged-"));
    const keys = { access_key_id: ready.access_key_id, secret_access_key: ready.secret_access_key };
    logged.#store = await DevelopmentStore.start(
      process.env.EDGE_SIGNER_DEVSTACK,
      join(logged.#folder, "store"),
      keys,
      { accessLog: logged.#file("access.log") },
    );
    const store = { ...vars.STORES[ready.store_name], endpoint: logged.#store.url, tag: true };
    const configured = {
      ...vars,
      RULES,
      STORES: { [ready.store_name]: store },
      AUDIT: { tag_key: "TAG_KEY", networks: true },
      LINKS: { keys: ["LINK_KEY"] },
      REVOCATION: { admin_secret: "ADMIN_SECRET" },
    };
    const kv_namespaces = [
      { binding: "ONE_TIME_KV", id: "test" },
      { binding: "SESSIONS", id: "sessions" },
    ];
    const { admin_secret: ADMIN_SECRET, link_key: LINK_KEY } = ready;
    const all = { ...secrets, TAG_KEY, ADMIN_SECRET, LINK_KEY };
    logged.#worker = await startEdge({ vars: configured, kv_namespaces }, all);
    return logged;
  }

  async stop() {
    await this.#worker.stop();
    await this.#store.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Where the Worker is. */
  get edge() {
    return this.#worker.url;
  }

  #file(name) {
    return join(this.#folder, name);
  }

  /** Asks the store from one of the machine's own addresses: status and bytes. */
  send({ url, method = "GET", headers = {} }, { body, from = "127.0.0.1" } = {}) {
    const options = { method, headers, localAddress: from, agent: false };
    return new Promise((resolve, reject) => {
      const sent = request(url, options, (answer) => {
        let length = 0;
        answer.on("data", (data) => (length += data.length));
        answer.on("error", reject);
        answer.on("end", () => resolve({ status: answer.statusCode, length }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** A URL for an object that somebody signs with the store's key, and not the edge. */
  async signedElsewhere(key) {
    const object = `${this.#store.url}/${this.#store.bucket}/${key}`;
    const { stdout } = await run(
      ...["presign", "--method", "GET", "--url", object],
      ...["--region", vars.STORES[ready.store_name].region, "--expires", "60"],
    );
    return stdout.trim();
  }

  /** What the store has logged. */
  log() {
    return readFile(this.#file("access.log"), "utf8");
  }

  /** What the Worker has printed. */
  lines() {
    return this.#worker.output();
  }

  /** Joins both: the document, the exit status, and the table. */
  async join() {
    await writeFile(this.#file("decisions.jsonl"), this.lines());
    const files = ["--decisions", this.#file("decisions.jsonl")];
    files.push("--access-log", this.#file("access.log"), "--tag-key-env", "TAG_KEY");
    const [document, table] = [
      await run("audit", "join", ...files, "--json"),
      await run("audit", "join", ...files),
    ];
    if (document.stderr !== "") throw new Error(document.stderr);
    return { report: JSON.parse(document.stdout), status: document.status, table: table.stdout };
  }
}
