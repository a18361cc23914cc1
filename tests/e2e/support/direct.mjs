// The built Wasm in this process, called as src/edge/worker.mjs calls it, for tables of input whose answers need no
// runtime. KV is a map; there are no Durable Objects.

import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { developmentConfiguration } from "./development-worker.mjs";
import { keep } from "./printed.mjs";

const bindings = new URL("../../../build/bindgen/index.js", import.meta.url);
const module = new WebAssembly.Module(
  readFileSync(new URL("../../../build/index_bg.wasm", import.meta.url)),
);
const document = readFileSync(new URL("../../../assets/openapi.json", import.meta.url));
let instances = 0;

/** Takes what is printed in the course of a call. */
const printed = new AsyncLocalStorage();
for (const name of ["log", "error"]) {
  const own = console[name];
  console[name] = (...values) => (printed.getStore() ?? own)(...values);
}

/** What the product uses of a KV namespace. */
class MapNamespace {
  #entries = new Map();

  #find(name) {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.until <= Date.now() ? null : entry.value;
  }

  async get(names) {
    if (!Array.isArray(names)) return this.#find(names);
    return new Map(names.map((name) => [name, this.#find(name)]));
  }

  async getWithMetadata(name) {
    return { value: this.#find(name), metadata: null, cacheStatus: null };
  }

  async put(name, value, { expirationTtl = Infinity } = {}) {
    this.#entries.set(name, { value, until: Date.now() + expirationTtl * 1000 });
  }

  async delete(name) {
    this.#entries.delete(name);
  }

  async list() {
    return { keys: [], list_complete: true, cacheStatus: null };
  }
}

/**
 * A Worker of this configuration, which is wrangler's, in an instance of its own: `fetch` as a client would call it
 * by a path, and `output`, what it has printed so far.
 */
export async function directEdge({ vars, kv_namespaces = [] }, secrets) {
  instances += 1;
  const wasm = await import(`${bindings}?instance=${instances}`);
  wasm.initSync({ module });
  const env = { ...vars, ...secrets, ASSETS: { fetch: async () => new Response(document) } };
  for (const { binding } of kv_namespaces) env[binding] = new MapNamespace();
  const context = { waitUntil: (promise) => promise.catch(() => {}), passThroughOnException() {} };
  let output = "";
  const print = (line) => {
    output += `${line}\n`;
    keep(line);
  };
  return {
    output: () => output,
    async fetch(path, init = {}) {
      const request = new Request(`http://127.0.0.1${path}`, { redirect: "manual", ...init });
      const response = await printed.run(print, () => wasm.fetch(request, env, context));
      // As over HTTP, an answer to HEAD has no body.
      return init.method === "HEAD" ? new Response(null, response) : response;
    },
  };
}

/** The same for `use`, as `withEdge` does it with workerd. */
export async function withDirectEdge(configuration, secrets, use) {
  const edge = await directEdge(configuration, secrets);
  return use(edge, edge.output);
}

/** The Worker that all tests share, in this process; there are no objects here, so its ledger is KV, and it has no inbox. */
export function developmentEdge(ready) {
  const { configuration, secrets } = developmentConfiguration(ready);
  const RULES = configuration.vars.RULES.filter((rule) => rule.accept === undefined);
  const vars = { ...configuration.vars, RULES, ONE_TIME: { ledger: "kv" } };
  return directEdge({ ...configuration, vars }, secrets);
}
