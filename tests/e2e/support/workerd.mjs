// The built Worker in workerd, by Miniflare's API: the same KV, assets and objects that `wrangler dev` gives it,
// without wrangler's server, proxy and bundling.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { keep } from "./printed.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const BUNDLE = "build/index.js";
const WASM = "build/index_bg.wasm";

/** A module of the repository, by its path there. */
const esm = (path) => [path, { type: "esm", contents: readFileSync(join(root, path), "utf8") }];
const wasm = (path) => [
  path,
  { type: "wasm", contents: new Uint8Array(readFileSync(join(root, path))) },
];

/**
 * The modules of a Worker: the bundle, or one around it. `main` is the path of a module of the repository, or
 * `{ path, contents }` of one that is written for a test, beside which it imports what its path says.
 */
function manifest(main = BUNDLE) {
  const own =
    typeof main === "string"
      ? withImports(main)
      : [[main.path, { type: "esm", contents: main.contents }]];
  return {
    mainModule: own[0][0],
    modulesRoot: root,
    modules: Object.fromEntries([...own, esm(BUNDLE), wasm(WASM)]),
  };
}

/** A module and those beside it that it imports. */
function withImports(path) {
  const [, { contents }] = esm(path);
  const beside = [...contents.matchAll(/(?:from|import) "\.\/([\w-]+\.mjs)"/g)];
  const imported = new Set(beside.map(([, name]) => posix.join(posix.dirname(path), name)));
  return [esm(path), ...[...imported].flatMap(withImports)];
}

/** Wrangler's configuration and a Worker's secrets, as Miniflare takes them. */
function workerOf(configuration, secrets) {
  const { name, vars, kv_namespaces, durable_objects, services, assets, main } = configuration;
  const { compatibility_date, compatibility_flags = [], secrets_store_secrets } = configuration;
  const { ratelimits, queues } = configuration;
  const env = {};
  for (const [key, value] of Object.entries({ ...vars, ...secrets })) {
    env[key] = typeof value === "string" ? { type: "text", value } : { type: "json", value };
  }
  for (const { binding, id } of kv_namespaces ?? []) env[binding] = { type: "kv", id };
  for (const { binding, service } of services ?? [])
    env[binding] = { type: "worker", worker: service };
  for (const { binding, store_id, secret_name } of secrets_store_secrets ?? []) {
    env[binding] = {
      type: "secrets-store-secret",
      storeId: store_id,
      secretName: secret_name,
    };
  }
  for (const { name: binding, namespace_id: namespace, simple } of ratelimits ?? [])
    env[binding] = { type: "rate-limit", namespace, simple };
  for (const { binding, queue } of queues?.producers ?? [])
    env[binding] = { type: "queue", name: queue };
  const triggers = queues?.consumers?.map(({ queue, ...how }) => ({
    type: "queue",
    name: queue,
    ...how,
  }));
  const exports = {};
  for (const { name: binding, class_name } of durable_objects?.bindings ?? []) {
    env[binding] = { type: "durable-object", worker: name, exportName: class_name };
    exports[class_name] = { type: "durable-object", storage: "sqlite" };
  }
  const served = assets === undefined ? {} : { assets: servedBeside(assets) };
  if (assets?.binding !== undefined) env[assets.binding] = { type: "assets" };
  return {
    config: {
      name,
      compatibilityDate: compatibility_date,
      compatibilityFlags: compatibility_flags,
      manifest: manifest(main),
      env,
      exports,
      ...(triggers === undefined ? {} : { triggers }),
      ...served,
    },
    dev: { rootPath: root },
  };
}

/** Files that are served beside a Worker. */
function servedBeside({ directory, run_worker_first }) {
  const first = run_worker_first === undefined ? {} : { runWorkerFirst: run_worker_first };
  return { directory, hasUserWorker: true, ...first };
}

/** A Worker of one module: what service bindings lead to. */
function workerBeside([name, contents], compatibilityDate) {
  const modules = { "main.mjs": { type: "esm", contents } };
  const manifest = { mainModule: "main.mjs", modulesRoot: root, modules };
  return { config: { name, compatibilityDate, manifest }, dev: { rootPath: root } };
}

/** Starts a Worker of one module's text for `use`, which gets its URL. */
export async function withModule(contents, use) {
  const options = { host: "127.0.0.1", port: 0, cf: false, telemetry: { enabled: false } };
  const workers = [workerBeside(["module", contents], "2026-10-01")];
  const miniflare = new Miniflare({ ...options, enableDevRegistry: false, workers });
  try {
    return await use((await miniflare.ready).origin);
  } finally {
    await miniflare.dispose();
  }
}

/**
 * Starts a Worker on a free port: its URL, a function that returns what it has printed so far, one that gives
 * its bindings, and one that ends it, at once. `state` is a folder for what its KV and its objects hold; `beside` are further
 * Workers, a module's text each; with `tls`, a key and its certificate, it listens by https.
 */
export async function startWorkerd(
  configuration,
  secrets,
  { state, port = 0, beside = {}, tls } = {},
) {
  let output = "";
  const print = (text) => {
    output += `${text}\n`;
    keep(text);
  };
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    ...(tls === undefined ? {} : { https: true, httpsKey: tls.key, httpsCert: tls.cert }),
    // Nothing is requested from the internet.
    cf: false,
    enableDevRegistry: false,
    logRequests: false,
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => print(message),
    handleUncaughtError: (error) => print(error.stack ?? String(error)),
    ...(state === undefined ? {} : { resourcePersistencePath: join(state, "v3") }),
    workers: [
      workerOf(configuration, secrets),
      ...Object.entries(beside).map((one) => workerBeside(one, configuration.compatibility_date)),
    ],
  });
  const url = (await miniflare.ready).origin;
  return {
    url,
    output: () => output,
    bindings: () => miniflare.getBindings(configuration.name),
    secretsStore: async (binding) =>
      (await miniflare.getSecretsStoreSecretAPI(binding, configuration.name))(),
    stop: () => miniflare.dispose(),
  };
}
