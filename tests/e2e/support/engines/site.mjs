// The site of the steps: a Worker as in development, with the demo page, Uppy's example and a page with the client, and
// the store, all over https; a site of another origin; and the requests that each of them received.

import { once } from "node:events";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Front } from "../https.mjs";
import * as links from "../links.mjs";
import { ready, token } from "../stack.mjs";
import { until } from "./wait.mjs";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** The command line, as it was built for the tests. */
const command = join(root, "target/debug/edge-signer");

const page = (script = "") =>
  `<!doctype html><title>a page</title><link rel="icon" href="data:,">${script}<p>a page</p>`;

/** Shows what the page's query names. */
const PICTURE = `<script>
  const src = decodeURIComponent(location.search.slice(1));
  document.write("<img src='" + src + "' />");
</script>`;

/** A server of empty pages. */
async function startPages() {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(page());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

export class Site {
  /** Where files are kept that are picked or served. */
  folder = mkdtempSync(join(tmpdir(), "site-"));
  #opened = [];
  #output;

  /** Starts it with a key and its certificate. */
  static async start(tls) {
    const site = new Site();
    try {
      await site.#begin(tls);
      return site;
    } catch (error) {
      await site.stop();
      throw error;
    }
  }

  async #begin(tls) {
    // Miniflare reads the variable once, when it is loaded.
    process.env.NODE_EXTRA_CA_CERTS = join(this.folder, "certificate.pem");
    writeFileSync(process.env.NODE_EXTRA_CA_CERTS, tls.cert);
    const { developmentConfiguration, startDevelopmentWorker } =
      await import("../development-worker.mjs");

    const front = async (host) => {
      const front = await Front.start(host, tls);
      this.#opened.push(() => front.stop());
      return front;
    };
    // The store is another site than the edge, as it is in production.
    [this.edge, this.store] = [await front("localhost"), await front("127.0.0.1")];
    [this.friend, this.stranger] = [await front("127.0.0.1"), await front("127.0.0.1")];
    const pages = await startPages();
    this.#opened.push(() => pages.stop());
    for (const other of [this.friend, this.stranger]) other.to = pages.url;
    this.store.to = ready.store;
    // A link that redirects answers before it has read the body, and closes the connection.
    this.edge.keepBack = ({ method, headers }) => method === "PUT" && "if-none-match" in headers;

    const { STORES, RULES } = developmentConfiguration(ready).configuration.vars;
    const varsOf = (example) =>
      JSON.parse(readFileSync(join(root, `examples/${example}/vars.json`), "utf8"));
    const [form, photos] = [varsOf("form-upload"), varsOf("photo-inbox")];
    await this.#startPhotos();
    const own = { ...STORES[ready.store_name], endpoint: this.store.url };
    const changed = {
      STORES: { [ready.store_name]: own },
      AUDIT: photos.AUDIT,
      CORS: { allowed_origins: [this.friend.url, this.photos.url] },
      // These examples have rules of their own, for keys of their own.
      RULES: [...RULES, ...form.RULES, ...photos.RULES],
    };
    const assets = this.#assets();
    const worker = await startDevelopmentWorker(ready, assets, { changed, tls });
    this.#opened.push(() => worker.stop());
    this.edge.to = worker.url;
    this.#output = worker.output;
  }

  /** Starts the application of the example of a photo inbox, whose page asks the edge from an origin of its own. */
  async #startPhotos() {
    const { start } = await import("../../../../examples/photo-inbox/server.mjs");
    const { access_log, tag_key } = ready;
    const logs = { decisions: join(this.folder, "worker.log"), access_log, tag_key, command };
    const told = { ...ready, edge: this.edge.url, store: this.store.url, ...logs };
    this.photos = await start({ ready: told });
    this.#opened.push(() => this.photos.stop());
  }

  /** The keys of a member's photos, as the application lists them. */
  async photosOf(user) {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ user }) };
    const signedIn = await fetch(`${this.photos.url}/session`, init);
    const [cookie] = signedIn.headers.get("set-cookie").split(";");
    const { photos } = await (
      await fetch(`${this.photos.url}/photos`, { headers: { cookie } })
    ).json();
    return photos.filter(({ owner }) => owner === user).map(({ key }) => key);
  }

  /** Has the Worker's lines where the example of a photo inbox reads them, once they say this. */
  async tellPhotos(text) {
    await until(() => this.#output().includes(text), text);
    writeFileSync(join(this.folder, "worker.log"), this.#output());
  }

  /** Starts the application of the example of a form, for `use`, which gets its URL. */
  async withForm(use) {
    const { start } = await import("../../../../examples/form-upload/server.mjs");
    const application = await start({
      ready: { ...ready, edge: this.edge.url, store: this.store.url },
    });
    try {
      await use(application.url);
    } finally {
      application.stop();
    }
  }

  /** What the Worker serves beside the demo page: Uppy's example, and the page of the client. */
  #assets() {
    const assets = join(this.folder, "assets");
    cpSync(join(root, "examples/uppy/public"), join(assets, "uppy"), { recursive: true });
    mkdirSync(join(assets, "client"));
    copyFileSync(
      join(root, "tests/e2e/support/client-harness.js"),
      join(assets, "client/harness.js"),
    );
    const script = '<script type="module" src="harness.js"></script>';
    writeFileSync(join(assets, "client/index.html"), page(script));
    writeFileSync(join(assets, "client/picture.html"), page(PICTURE));
    return assets;
  }

  /** Writes a file that can be picked; its path. */
  file(name, bytes) {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** A link by which a key is read, or written. */
  reading(key, fields) {
    return links.reading(key, fields, { edge: this.edge.url });
  }

  writing(key, fields) {
    return links.writing(key, fields, { edge: this.edge.url });
  }

  /** How often a link was used. */
  async used(link) {
    return (await links.told(link, { edge: this.edge.url })).used;
  }

  /** The address of a key at /f/…. */
  address(key, query = "") {
    const path = key.split("/").map(encodeURIComponent).join("/");
    return `${this.edge.url}/f/${ready.store_name}/${path}${query}`;
  }

  /** Signs a tab in, which then is at an empty page of the edge's origin. */
  async signIn(tab, claims) {
    await tab.open(`${this.edge.url}/client/`);
    const cookie = { name: "__Host-session", value: token(claims), secure: true, httpOnly: true };
    await tab.addCookie({ ...cookie, sameSite: "Strict" });
  }

  async stop() {
    for (const close of this.#opened.splice(0).reverse()) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
