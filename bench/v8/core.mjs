// The Worker's own code alone, in V8, with plain objects in place of the runtime: what one call of each kind takes.
// Prints microseconds of processor time, a list of rounds for each kind and build.
//
//   node v8/core.mjs <rounds> <name>=<folder of a build> …

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [rounds, ...builds] = process.argv.slice(2);
const SLICE_MS = 150;

const module = (source) => ({ format: "module", shortCircuit: true, source });
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "cloudflare:workers") return { url: "stub:workers", shortCircuit: true };
    return next(specifier, context);
  },
  load(url, context, next) {
    if (url === "stub:workers") return module("export class DurableObject {}");
    if (!url.endsWith(".wasm")) return next(url, context);
    return module(
      `import { readFileSync } from "node:fs";
      export default new WebAssembly.Module(readFileSync(new URL(${JSON.stringify(url)})));`,
    );
  },
});

// Headers and responses that hold what they are given and do nothing with it.
class PlainHeaders {
  #entries = new Map();
  append(name, value) {
    this.#entries.set(name, value);
  }
  get(name) {
    return this.#entries.get(name) ?? null;
  }
}
class PlainResponse {
  constructor(body, init) {
    this.body = body;
    this.status = init.status;
  }
}
globalThis.addEventListener = () => {};
globalThis.Headers = PlainHeaders;
globalThis.Response = PlainResponse;
const { log } = console;
console.log = () => {};

const SECRET = "an example secret that has 32 bytes or more";
const now = Math.floor(Date.now() / 1000);
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = {
  iss: "https://app.example.com",
  aud: "edge-signer",
  sub: "alice",
  role: "member",
  iat: now,
  exp: now + 3600,
};
const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
const token = `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;

/** A KV namespace that holds nothing and keeps nothing. */
const emptyKv = {
  get: async () => null,
  getWithMetadata: async () => ({ value: null, metadata: null }),
  put: async () => {},
  delete: async () => {},
};
const environment = () => ({
  // AWS's documented example.
  PHOTOS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  PHOTOS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  SESSION_SECRET: SECRET,
  LINK_KEY: "an example key of links, 32 bytes or more",
  ONE_TIME_KV: emptyKv,
  ONE_TIME: { ledger: "kv" },
  LINKS: { keys: ["LINK_KEY"] },
  STORES: {
    photos: {
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      bucket: "my-photos",
      style: "virtual",
      provider: "aws",
      credentials: "PHOTOS",
    },
  },
  ISSUERS: [
    {
      issuer: "https://app.example.com",
      audience: "edge-signer",
      algorithms: ["HS256"],
      secret: "SESSION_SECRET",
    },
  ],
  RULES: [
    {
      name: "members keep their own files",
      when: { role: "member" },
      allow: ["GetObject", "HeadObject", "PutObject", "DeleteObject"],
      stores: ["photos"],
      keys: ["users/{sub}/**"],
      max_expires: 300,
      delivery: ["url", "redirect"],
      max_uses: 1000,
    },
  ],
});
const context = { waitUntil() {}, passThroughOnException() {} };

const ORIGIN = "https://edge.example.com";
function requestOf(method, path, document) {
  const bytes =
    document === undefined ? undefined : new TextEncoder().encode(JSON.stringify(document));
  const headers = new PlainHeaders();
  headers.append("authorization", `Bearer ${token}`);
  headers.append("cf-ray", "9f3b1c2d4e5f6a7b-FRA");
  if (bytes !== undefined) {
    headers.append("content-type", "application/json");
    headers.append("content-length", String(bytes.length));
  }
  const arrayBuffer = async () =>
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return { method, url: ORIGIN + path, headers, arrayBuffer, body: null };
}

const object = (index) => ({ operation: "GetObject", key: `users/alice/2026/photo-${index}.jpg` });
const query = (index) =>
  `operation=GetObject&key=users/alice/2026/photo-${index}.jpg&expires_in=300`;

async function loaded(folder) {
  const url = pathToFileURL(join(resolve(folder), "index.js"));
  const worker = (await import(url)).default;
  const env = environment();
  const ask = (request) => worker.fetch(request, env, context);
  const text = (response) => Buffer.from(response.body ?? "").toString();
  const expect = async (status, request) => {
    const response = await ask(request);
    if (response.status !== status)
      throw new Error(`${folder}: ${response.status} ${text(response)}`);
    return text(response);
  };
  const batch = { requests: Array.from({ length: 1000 }, (_, index) => object(index)) };
  const link = JSON.parse(
    await expect(
      200,
      requestOf("POST", "/v1/links", { ...object(0), delivery: "redirect", uses: 1000 }),
    ),
  );
  const path = new URL(link.url).pathname;
  await expect(200, requestOf("GET", `/v1/presign?${query(0)}`));
  await expect(200, requestOf("POST", "/v1/presign", object(0)));
  await expect(200, requestOf("POST", "/v1/presign/batch", batch));
  await expect(302, requestOf("GET", path));
  return {
    "GET /v1/presign": (index) => ask(requestOf("GET", `/v1/presign?${query(index % 100)}`)),
    "POST /v1/presign": (index) => ask(requestOf("POST", "/v1/presign", object(index % 100))),
    "batch of 1,000": () => ask(requestOf("POST", "/v1/presign/batch", batch)),
    "redeem a link, kv": () => ask(requestOf("GET", path)),
  };
}

// Processor time stands still while another program has the processor.
const cpuMicroseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function run(call, n) {
  for (let index = 0; index < n; index++) {
    const answer = call(index);
    if (answer instanceof Promise) await answer;
  }
}

const slices = [];
for (const build of builds) {
  const [name, folder] = build.split("=");
  for (const [kind, call] of Object.entries(await loaded(folder))) {
    if (process.env.KIND && kind !== process.env.KIND) continue;
    let [n, took] = [1, 0];
    while (took < SLICE_MS) {
      n *= 2;
      const started = performance.now();
      await run(call, n);
      took = performance.now() - started;
    }
    slices.push({ name, kind, call, n, microseconds: [] });
  }
}
for (let round = 0; round < Number(rounds); round++) {
  for (const slice of slices) {
    const before = cpuMicroseconds();
    await run(slice.call, slice.n);
    slice.microseconds.push((cpuMicroseconds() - before) / slice.n);
  }
}
const measured = {};
for (const { name, kind, microseconds } of slices) (measured[kind] ??= {})[name] = microseconds;
log(JSON.stringify(measured));
