// A stand-in for Cloudflare's API on loopback: the part that wrangler needs for making namespaces, putting secrets and
// deploying. It keeps what it is told, refuses what an account would refuse, and records its requests.

import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const TOKEN = "stand-in";

/** The codes of Cloudflare's errors that wrangler looks at. */
const NO_SUCH_WORKER = [404, 10007, "This Worker does not exist on your account."];
const NO_SUCH_SECRET = 10057;

/** One account, with at most one Worker. */
export class Cloudflare {
  /** Namespaces of KV: titles by id. */
  namespaces = new Map();
  /** The Worker's secrets: values by name; null while there is no Worker. */
  secrets = null;
  /** What was deployed: the metadata of each upload. */
  uploads = [];
  /** CORS rules of R2's buckets, by name. */
  cors = new Map();
  /** Called around each change with "before" or "after", and which change it is, from 1. */
  onChange;
  /** Which paths it refuses to change, where it does. */
  refuses;
  /** Method and path of each request, in their order. */
  requests = [];

  #server = createServer((request, response) => {
    this.#answer(request).then(
      ([status, body]) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      },
      () => response.destroy(),
    );
  });

  /** Starts one on a free port. */
  static async start() {
    const api = new Cloudflare();
    await once(api.#server.listen(0, "127.0.0.1"), "listening");
    return api;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** What wrangler has to find in its environment. */
  get environment() {
    const base = `http://127.0.0.1:${this.#server.address().port}`;
    return {
      CLOUDFLARE_API_BASE_URL: base,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    };
  }

  /** The requests that change something. */
  get changes() {
    return this.requests.filter((line) => !line.startsWith("GET "));
  }

  async #answer(request) {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    this.requests.push(`${request.method} ${pathname}`);
    const number = this.changes.length;
    const body = await text(request);
    if (request.method === "GET") {
      // Everything is on the first page.
      if (Number(searchParams.get("page") ?? 1) > 1) return success([]);
      return this.#result(request, pathname, body);
    }
    await this.onChange?.("before", number);
    const result = this.#result(request, pathname, body);
    await this.onChange?.("after", number);
    return result;
  }

  #result(request, pathname, body) {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return refusal(403, 9109, "Unauthorized to access requested resource");
    }
    if (request.method !== "GET" && this.refuses?.test(pathname)) {
      return refusal(400, 10013, "An unknown error has occurred.");
    }
    const below = pathname.split(`/accounts/${ACCOUNT}`)[1] ?? pathname;
    const [, service, kind, name, ...rest] = below.split("/");
    if (below === "/storage/kv/namespaces") return this.#namespaces(request.method, body);
    if (service === "workers" && name !== undefined) {
      return this.#worker(request, kind, rest.join("/"), body);
    }
    if (service === "r2" && rest[0] === "cors") {
      if (request.method === "PUT") this.cors.set(name, JSON.parse(body).rules);
      return success({ rules: this.cors.get(name) ?? [] });
    }
    if (below === "/workers/subdomain") return success({ subdomain: "stand-in" });
    return success({});
  }

  #namespaces(method, body) {
    const listed = [...this.namespaces].map(([id, title]) => ({ id, title }));
    if (method === "GET") return success(listed);
    const { title } = JSON.parse(body);
    if (listed.some((namespace) => namespace.title === title)) {
      return refusal(400, 10014, "a namespace with this account ID and title already exists");
    }
    const id = (this.namespaces.size + 1).toString(16).padStart(32, "a");
    this.namespaces.set(id, title);
    return success({ id, title });
  }

  #worker(request, kind, what, body) {
    if (kind === "workers") {
      return success({ subdomain: { enabled: true, previews_enabled: true } });
    }
    // All files have been uploaded already.
    if (what === "assets-upload-session") return success({ jwt: "stand-in", buckets: [] });
    if (kind === "services" || what === "") {
      if (request.method === "PUT") return this.#upload(body);
      if (this.secrets === null) return refusal(...NO_SUCH_WORKER);
      return success({ default_environment: { environment: "production", script: {} } });
    }
    if (what === "secrets" && request.method === "GET") {
      if (this.secrets === null) return refusal(...NO_SUCH_WORKER);
      return success([...this.secrets.keys()].map((name) => ({ name, type: "secret_text" })));
    }
    if (this.secrets === null) return refusal(...NO_SUCH_WORKER);
    if (what === "secrets") {
      const { name, text } = JSON.parse(body);
      this.secrets.set(name, text);
      return success({ name, type: "secret_text" });
    }
    if (what === "secrets-bulk" && request.method === "PATCH") {
      for (const [name, secret] of Object.entries(JSON.parse(body).secrets)) {
        this.secrets.set(name, secret.text);
      }
      return success({});
    }
    if (what === "versions" && request.method === "POST") return this.#upload(body);
    if (what === "deployments") return success({ deployments: [] });
    return success({});
  }

  #upload(body) {
    const uploaded = metadata(body);
    const inherited = (uploaded.bindings ?? []).filter(({ type }) => type === "inherit");
    const missing = inherited.filter(({ name }) => !this.secrets?.has(name));
    if (missing.length > 0) {
      const notes = missing.map(({ name }) => `inherit binding '${name}' is invalid`);
      return refusal(400, NO_SUCH_SECRET, ...notes);
    }
    this.secrets ??= new Map();
    for (const { name, type, text } of uploaded.bindings ?? []) {
      if (type === "secret_text") this.secrets.set(name, text);
    }
    this.uploads.push(uploaded);
    const resources = { script: { etag: "e" }, script_runtime: {}, bindings: [] };
    return success({ id: crypto.randomUUID(), resources, startup_time_ms: 5 });
  }
}

/** The JSON part of an upload. */
function metadata(body) {
  const start = body.indexOf("{", body.indexOf('name="metadata"'));
  return JSON.parse(body.slice(start, body.indexOf("\r\n--", start)));
}

function success(result) {
  const result_info = { page: 1, per_page: 100, count: 1, total_count: 1, total_pages: 1 };
  return [200, { success: true, errors: [], messages: [], result, result_info }];
}

function refusal(status, code, ...messages) {
  const errors = messages.map((message) => ({ code, message }));
  return [status, { success: false, errors, messages: [], result: null }];
}
