// What the steps are taken at: a Worker as in development, with the demo page, Uppy's example and a page that has the
// client, and the store, all by https; a site of another origin; and what each of them was asked.

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

const root = fileURLToPath(new URL("../../../..", import.meta.url));

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
    // Miniflare reads it once, when it is loaded.
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
    // A link that redirects answers before it has the body, and hangs up on it.
    this.edge.keepBack = ({ method, headers }) => method === "PUT" && "if-none-match" in headers;

    const { STORES, RULES } = developmentConfiguration(ready).configuration.vars;
    const form = JSON.parse(readFileSync(join(root, "examples/form-upload/vars.json"), "utf8"));
    const own = { ...STORES[ready.store_name], endpoint: this.store.url };
    const changed = {
      STORES: { [ready.store_name]: own },
      CORS: { allowed_origins: [this.friend.url] },
      // The example of a form has rules of its own, for keys of its own.
      RULES: [...RULES, ...form.RULES],
    };
    const assets = this.#assets();
    const worker = await startDevelopmentWorker(ready, assets, { changed, tls });
    this.#opened.push(() => worker.stop());
    this.edge.to = worker.url;
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
