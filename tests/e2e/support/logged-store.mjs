// A development store that logs requests as S3 does, a Worker whose URLs for it have tags, and the command line's
// report on both.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, runCommand } from "./command-line.mjs";
import { DevelopmentStore } from "./development-store.mjs";
import { secrets, startEdge, vars } from "./edge.mjs";
import { ready } from "./stack.mjs";

const TAG_KEY = "a key for tags of 32 bytes, for all";
const credentials = {
  AWS_ACCESS_KEY_ID: ready.access_key_id,
  AWS_SECRET_ACCESS_KEY: ready.secret_access_key,
};

const run = (...parameters) => runCommand(parameters, { ...credentials, TAG_KEY });

/** How much memory a process has had at the most when it ends, where there is a Linux. */
async function peakOf(pid) {
  let peak = "memory not known";
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    if (kilobytes === undefined) return peak;
    peak = `${(Number(kilobytes) / 1024).toFixed(0)} MiB`;
    await new Promise((done) => setTimeout(done, 20));
  }
}

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

  /** What the join is told of both. */
  async #files() {
    await writeFile(this.#file("decisions.jsonl"), this.lines());
    const logs = ["--access-log", this.#file("access.log"), "--tag-key-env", "TAG_KEY"];
    return ["--decisions", this.#file("decisions.jsonl"), ...logs];
  }

  /**
   * Joins both when they are large: the document, and what it took, as a sentence. AUDIT_COMMAND names another program
   * than the tests', which isn't optimised.
   */
  async measuredJoin() {
    const files = await this.#files();
    const command = process.env.AUDIT_COMMAND ?? binary;
    const report = this.#file("report.json");
    const out = await open(report, "w");
    const began = Date.now();
    const child = spawn(command, ["audit", "join", ...files, "--json"], {
      env: { ...process.env, TAG_KEY },
      stdio: ["ignore", out.fd, "inherit"],
    });
    const memory = peakOf(child.pid);
    const [status] = await once(child, "close");
    await out.close();
    if (status !== 1) throw new Error(`the join ended with ${status}`);
    const megabytes = (await stat(this.#file("access.log"))).size / 1e6;
    const seconds = (Date.now() - began) / 1000;
    const measured = `a log of ${megabytes.toFixed(0)} MB joined in ${seconds.toFixed(1)} s, ${await memory}`;
    return { report: JSON.parse(await readFile(report, "utf8")), measured };
  }

  /** Joins both: the document, the exit status, and the table. */
  async join() {
    const files = await this.#files();
    const [document, table] = [
      await run("audit", "join", ...files, "--json"),
      await run("audit", "join", ...files),
    ];
    if (document.stderr !== "") throw new Error(document.stderr);
    return { report: JSON.parse(document.stdout), status: document.status, table: table.stdout };
  }
}
