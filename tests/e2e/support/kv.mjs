// The contents of a Worker's KV namespace SESSIONS, read and written from outside, as by wrangler's commands.

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorkerd } from "./workerd.mjs";

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

/** A Worker that does nothing, for the sake of its bindings. */
const main = {
  path: "entries.mjs",
  contents: "export default { fetch: () => new Response() };",
};

/** Entries in a folder of their own, for `withEdge`'s `state`. */
export class Entries {
  #worker;
  #namespace;

  static async make() {
    const entries = new Entries();
    entries.folder = await mkdtemp(join(tmpdir(), "entries-"));
    entries.state = join(entries.folder, "state");
    const configuration = { name: "entries", compatibility_date: "2026-10-01", kv_namespaces };
    entries.configuration = join(entries.folder, "wrangler.json");
    await writeFile(entries.configuration, JSON.stringify(configuration));
    const { state } = entries;
    entries.#worker = await startWorkerd({ ...configuration, main }, {}, { state });
    entries.#namespace = (await entries.#worker.bindings()).SESSIONS;
    return entries;
  }

  async remove() {
    await this.#worker.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Puts texts, by their names. */
  async putAll(values) {
    for (const [name, value] of Object.entries(values)) await this.#namespace.put(name, value);
  }

  delete(name) {
    return this.#namespace.delete(name);
  }

  /** What an entry holds, which is JSON. */
  get(name) {
    return this.#namespace.get(name, "json");
  }

  /** All names, and when each expires. */
  async list() {
    return (await this.#namespace.list()).keys;
  }
}
