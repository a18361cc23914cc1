// A scanner that is called by webhook: it checks each message's signature, reads the object at its URL, and finds what
// tests put there.

import assert from "node:assert/strict";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/** What it finds harmful. */
export const HARMFUL = Buffer.from("this is harmful, say the tests");

/** A secret as Standard Webhooks writes it. */
export const freshSecret = () => `whsec_${randomBytes(32).toString("base64")}`;

/** Whether a message is signed with a secret, and not long ago (https://www.standardwebhooks.com/). */
export function isSigned({ headers, body }, secret) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures } = headers;
  if (Math.abs(Date.now() / 1000 - Number(at)) > 60) return false;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${at}.${body}`).digest();
  return signatures.split(" ").some((signature) => {
    const [version, text] = signature.split(",");
    const given = Buffer.from(text, "base64");
    return version === "v1" && given.length === mac.length && timingSafeEqual(given, mac);
  });
}

/** Headers that sign a message with a secret, as Standard Webhooks has it. */
export function signedBy(secret, body, { id = `msg_${randomBytes(8).toString("hex")}`, at } = {}) {
  const timestamp = String(at ?? Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${mac}`,
  };
}

/** Whoever gets messages; `answers` says by path what each is answered: status, headers, body, or a promise of it. */
export class Hooked {
  secret = freshSecret();
  /** What it was told: headers, and the body as text and as `json`. */
  messages = [];
  answer = async () => ({ status: 204 });

  #server = createServer((request, response) => {
    this.#take(request, response).catch(() => response.destroy());
  });

  static async start() {
    const hooked = new this();
    await once(hooked.#server.listen(0, "127.0.0.1"), "listening");
    hooked.url = `http://127.0.0.1:${hooked.#server.address().port}/hook`;
    return hooked;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The process may end while it listens. */
  unref() {
    this.#server.unref();
  }

  async #take(request, response) {
    const body = Buffer.concat(await request.toArray()).toString();
    const { method, headers, url } = request;
    const message = {
      method,
      url,
      headers,
      body,
      isSigned: isSigned({ headers, body }, this.secret),
    };
    assert.equal(method, "POST");
    message.json = JSON.parse(body);
    this.messages.push(message);
    const { status = 200, headers: own = {}, body: said = "" } = await this.answer(message);
    response.writeHead(status, own).end(said);
  }
}

export const said = (verdict) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ verdict }),
});

/** Reads what a message is about, as its URL and headers say: the store's answer. */
export const readOf = ({ json }) => fetch(json.data.read.url, { headers: json.data.read.headers });

export class Scanner extends Hooked {
  /** What it does with a message, unless a test says otherwise for that upload. */
  #own = new Map();

  answer = async (message) => (this.#own.get(message.json.data.id) ?? Scanner.scan)(message);

  /** Has messages about an upload answered by `answer`. */
  of(signed, answer) {
    this.#own.set(signed.upload.id, answer);
  }

  /** What it was asked about an upload. */
  askedOf(signed) {
    return this.messages.filter(({ json }) => json.data.id === signed.upload.id);
  }

  static async scan(message) {
    if (!message.isSigned) return { status: 401 };
    const read = await readOf(message);
    if (read.status !== 200) return { status: 500 };
    message.bytes = Buffer.from(await read.arrayBuffer());
    return said(message.bytes.includes(HARMFUL) ? "infected" : "clean");
  }
}
