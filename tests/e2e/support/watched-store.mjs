// The development store, whose requests a test can see. It can be made to stay silent, to refuse, and to omit ETags
// from its lists, as other stores do.

import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { vars } from "./edge.mjs";
import { ready } from "./stack.mjs";

const wholeOf = async (stream) => Buffer.concat(await stream.toArray());

export class WatchedStore {
  /** What was asked so far: method, key, range, upload and part; and the answer's status once it is there. */
  requests = [];
  #listsTags;
  #silence;
  #spoiled;
  #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });

  /** Starts one on a free port. */
  static async start({ listsTags = true } = {}) {
    const store = new WatchedStore();
    store.#listsTags = listsTags;
    await once(store.#server.listen(0, "127.0.0.1"), "listening");
    store.url = `http://127.0.0.1:${store.#server.address().port}`;
    return store;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The variables of a Worker whose store this is. */
  get vars() {
    const own = { ...vars.STORES[ready.store_name], endpoint: this.url };
    return { STORES: { [ready.store_name]: own } };
  }

  /**
   * Leaves the next request for this part without an answer: two promises, that it has come, and that whoever
   * asked has given up.
   */
  keepSilentOn(part) {
    const [come, gone] = [Promise.withResolvers(), Promise.withResolvers()];
    this.#silence = { part: String(part), come: come.resolve, gone: gone.resolve };
    return { come: come.promise, gone: gone.promise };
  }

  /** Adds to the next request for this part a header that nobody signed, which the store refuses. */
  spoil(part) {
    this.#spoiled = String(part);
  }

  /** The requests with these members. */
  asked(members) {
    const isSo = (request) => Object.entries(members).every(([name, v]) => request[name] === v);
    return this.requests.filter(isSo);
  }

  async #pass(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    const key = decodeURIComponent(pathname).slice(`/${ready.bucket}/`.length);
    const [upload, part] = ["uploadId", "partNumber"].map((name) => searchParams.get(name));
    const asked = { method: request.method, key, range: request.headers.range, upload, part };
    if (request.method !== "OPTIONS") this.requests.push(asked);
    if (request.method === "PUT" && part !== null && part === this.#silence?.part) {
      const { come, gone } = this.#silence;
      this.#silence = undefined;
      response.once("close", gone);
      request.resume().once("end", come);
      return;
    }
    const { method, url } = request;
    const headers = [...request.rawHeaders];
    if (method === "PUT" && part !== null && part === this.#spoiled) {
      this.#spoiled = undefined;
      headers.push("x-amz-meta-unsigned", "a");
    }
    // The host stays the one that the URL was signed for.
    const { hostname, port } = new URL(ready.store);
    const passed = ask({ hostname, port, method, path: url, headers });
    passed.on("error", () => response.destroy());
    response.once("close", () => passed.destroy());
    request.pipe(passed);
    const [answer] = await once(passed, "response");
    asked.status = answer.statusCode;
    if (method === "GET" && upload !== null && !this.#listsTags) {
      const text = String(await wholeOf(answer));
      const { "content-length": _, "transfer-encoding": __, ...rest } = answer.headers;
      response.writeHead(answer.statusCode, rest).end(text.replaceAll(/<ETag>.*?<\/ETag>/g, ""));
      return;
    }
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  }
}
