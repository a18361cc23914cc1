// What a Worker's KV namespace SESSIONS holds, as wrangler's own commands write it.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The bindings of a Worker that has sessions in KV. */
export const kv_namespaces = [
  { binding: "ONE_TIME_KV", id: "test" },
  { binding: "SESSIONS", id: "test-sessions" },
];

/** Wrangler's own variables are left alone; it tells nobody of this. */
export const wranglerEnvironment = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** The name of an opaque session's entry. */
export const entryName = (token) => `session/${createHash("sha256").update(token).digest("hex")}`;

/** Entries in a folder of their own, for `withEdge`'s `state`. */
export class Entries {
  static async make() {
    const entries = new Entries();
    entries.folder = await mkdtemp(join(tmpdir(), "entries-"));
    entries.state = join(entries.folder, "state");
    const configuration = { name: "entries", compatibility_date: "2026-10-01", kv_namespaces };
    entries.configuration = join(entries.folder, "wrangler.json");
    await writeFile(entries.configuration, JSON.stringify(configuration));
    return entries;
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** `wrangler kv …`; what it prints. */
  async #kv(...command) {
    const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
    const place = ["--local", "--persist-to", this.state, "--config", this.configuration];
    const all = [wrangler, "kv", ...command, "--binding", "SESSIONS", ...place];
    const options = { cwd: this.folder, env: wranglerEnvironment };
    return (await run(process.execPath, all, options)).stdout;
  }

  /** Puts texts, by their names. */
  async putAll(values) {
    const file = join(this.folder, "entries.json");
    const list = Object.entries(values).map(([key, value]) => ({ key, value }));
    await writeFile(file, JSON.stringify(list));
    return this.#kv("bulk", "put", file);
  }

  delete(name) {
    return this.#kv("key", "delete", name);
  }

  /** What an entry holds, which is JSON. */
  async get(name) {
    return JSON.parse(await this.#kv("key", "get", name));
  }

  /** All names, and when each expires. */
  async list() {
    return JSON.parse(await this.#kv("key", "list"));
  }
}
