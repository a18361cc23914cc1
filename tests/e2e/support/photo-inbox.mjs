// The example of a photo inbox, with a store of its own that logs what it is asked.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "../../../examples/photo-inbox/server.mjs";
import { DevelopmentStore } from "./development-store.mjs";
import { vars } from "./edge.mjs";
import { startExample } from "./example.mjs";
import { freePort } from "./free-port.mjs";
import { linkSecrets } from "./ledger.mjs";
import { until } from "./log.mjs";
import { presigned, ready, token } from "./stack.mjs";

export const command = fileURLToPath(new URL("../../../target/debug/edge-signer", import.meta.url));

const objects = [
  { name: "LEDGER", class_name: "LedgerObject" },
  { name: "INBOX", class_name: "Inbox" },
];

/** Pictures of another example, as a browser's input takes them. */
export async function picture(file, name = file) {
  const path = new URL(`../../../examples/photo-sharing/photos/${file}`, import.meta.url);
  return { name, mimeType: "image/jpeg", buffer: await readFile(path) };
}

export class PhotoInbox {
  #opened = [];
  #decisions;
  /** What the application has written to its log. */
  logged = [];

  static async start() {
    const inbox = new PhotoInbox();
    try {
      await inbox.#begin();
      return inbox;
    } catch (error) {
      await inbox.stop();
      throw error;
    }
  }

  async #begin() {
    const folder = await mkdtemp(join(tmpdir(), "photo-inbox-"));
    this.#opened.push(() => rm(folder, { recursive: true, force: true }));
    this.#decisions = join(folder, "worker.log");
    await writeFile(this.#decisions, "");
    const access_log = join(folder, "access.log");
    const { access_key_id, secret_access_key, tag_key } = ready;
    const store = await DevelopmentStore.start(
      process.env.EDGE_SIGNER_DEVSTACK,
      join(folder, "store"),
      { access_key_id, secret_access_key },
      { accessLog: access_log },
    );
    this.#opened.push(() => store.stop());
    this.store = store.url;
    // The page has to be allowed before it is there.
    const port = await freePort();
    const own = { endpoint: store.url, accept_credentials: "PHOTOS" };
    const changed = {
      STORES: { [ready.store_name]: { ...vars.STORES[ready.store_name], ...own } },
      CORS: { allowed_origins: [`http://127.0.0.1:${port}`] },
    };
    const secrets = { ...linkSecrets, TAG_KEY: tag_key };
    const more = { durable_objects: { bindings: objects } };
    this.edge = await startExample("photo-inbox", changed, secrets, more);
    this.#opened.push(() => this.edge.stop());
    const told = { ...ready, edge: this.edge.url, store: store.url, access_log, command };
    const log = { error: (error) => this.logged.push(error.message) };
    const application = await start({
      ready: { ...told, decisions: this.#decisions },
      port,
      log,
    });
    this.#opened.push(() => application.stop());
    this.url = application.url;
  }

  async stop() {
    for (const close of this.#opened.splice(0).reverse()) await close();
  }

  /** Signs for a member, where no rule stands against it. */
  sign(sub, wish) {
    return presigned(wish, { bearer: token({ sub }), edge: this.edge.url });
  }

  /** Has the Worker's lines where the application reads them, once they say this. */
  async tell(text) {
    await until(() => this.edge.output().includes(text));
    await writeFile(this.#decisions, this.edge.output());
  }
}

/** Asks for a URL from one of the machine's own addresses: the status, once all of the answer is there. */
export function readFrom(url, localAddress) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { localAddress, agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode));
    });
    sent.on("error", reject);
    sent.end();
  });
}
