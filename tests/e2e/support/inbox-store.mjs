// The store, of which a test sees what it was asked, and between whose requests it can do something.

import { once } from "node:events";
import { createServer, request as http } from "node:http";
import { request as https } from "node:https";
import { ready } from "./stack.mjs";

const wholeOf = async (stream) => Buffer.concat(await stream.toArray());

/** What is asked of an upload in parts that has begun. */
const STEPS_OF_PARTS = { GET: "list", PUT: "copy part", POST: "complete", DELETE: "abort" };

/** What the edge asks, by what it is for. */
function stepOf({ method, headers, url }, key) {
  if (!headers.authorization?.startsWith("AWS4-")) return "client";
  const isInside = key.startsWith("inbox/");
  if (/\?tagging=?$/.test(url)) return "tags";
  if (/\?uploads=?$/.test(url)) return "begin";
  if (/[?&]uploadId=/.test(url)) return STEPS_OF_PARTS[method];
  if (method === "HEAD") return "look";
  if (method === "DELETE") return isInside ? "empty" : "take back";
  if (method === "PUT" && headers["x-amz-copy-source"] !== undefined) {
    return isInside ? "hold" : "copy";
  }
  if (method === "GET" && isInside) {
    return headers.range?.startsWith("bytes=0-") ? "first" : "last";
  }
  return `${method} ${url}`;
}

/** Whether a presigned request has a header of S3's that nobody signed. */
function hasUnsigned({ url, headers }) {
  const signed = new URL(url, "http://store").searchParams.get("X-Amz-SignedHeaders");
  if (signed === null) return false;
  const names = signed.split(";");
  return Object.keys(headers).some((name) => name.startsWith("x-amz-") && !names.includes(name));
}

export class InboxStore {
  /** What the edge itself asked: the step, the bytes that it was given, and the status. */
  asked = [];
  /** Called with the step before it is passed on, and before its answer is. `false` leaves it without an answer. */
  before = async () => {};
  after = async () => {};
  /** Called when a client has uploaded something, or the edge has copied it, before they are told. */
  written = async () => {};

  #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });

  /** With `refusesUnsigned` it does what a gateway may before a store that obeys headers which nobody signed. */
  static async start({ refusesUnsigned = false } = {}) {
    const store = new InboxStore();
    store.refusesUnsigned = refusesUnsigned;
    await once(store.#server.listen(0, "127.0.0.1"), "listening");
    store.url = `http://127.0.0.1:${store.#server.address().port}`;
    return store;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The steps so far, and forgets them. */
  steps() {
    return this.asked.splice(0).map(({ step }) => step);
  }

  async #pass(request, response) {
    const { method, url, rawHeaders } = request;
    const { pathname } = new URL(url, this.url);
    const key = decodeURIComponent(pathname).slice(`/${ready.bucket}/`.length);
    const step = stepOf(request, key);
    const body = await wholeOf(request);
    if (this.refusesUnsigned && hasUnsigned(request)) {
      return response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    }
    const noted = { step, key, bytes: 0 };
    if (step !== "client") {
      this.asked.push(noted);
      if ((await this.before(step, key)) === false) return response.destroy();
    }
    const { protocol, hostname, port } = new URL(ready.store);
    const ask = protocol === "https:" ? https : http;
    const passed = ask({ hostname, port, method, path: url, headers: rawHeaders });
    passed.end(body);
    const [answer] = await once(passed, "response");
    const bytes = await wholeOf(answer);
    const said = { status: answer.statusCode, headers: { ...answer.headers }, bytes };
    if (method === "PUT" && said.status === 200) await this.written(key, step);
    noted.status = said.status;
    if (step !== "client") {
      if (method === "GET") noted.bytes = bytes.length;
      if ((await this.after(step, said, key)) === false) return response.destroy();
    }
    response.writeHead(said.status, said.headers).end(said.bytes);
  }
}
