// A store on loopback that answers what a test says, and records its requests.

import { once } from "node:events";
import { createServer } from "node:http";
import { ready } from "./stack.mjs";

/** A stand-in. Its signatures are not looked at: the embedded store does that in other tests. */
export class StandInStore {
  /** Answers a request, as Node's servers do. */
  answer = (request, response) => response.end();
  /** The requests so far, in their order. */
  requests = [];

  #server = createServer((request, response) => {
    this.requests.push(request);
    this.answer(request, response);
  });

  /** Starts one on a free port. */
  static async start() {
    const store = new StandInStore();
    await once(store.#server.listen(0, "127.0.0.1"), "listening");
    store.url = `http://127.0.0.1:${store.#server.address().port}`;
    return store;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Lets it answer all requests so. */
  says(status, headers, body = "") {
    this.answer = (_, response) => response.writeHead(status, headers).end(body);
  }

  /** Wrangler's configuration with this store in the place of the embedded one. */
  asStoreOf(configuration) {
    const { STORES, ...vars } = configuration.vars;
    const own = { ...STORES[ready.store_name], endpoint: this.url };
    return { ...configuration, vars: { ...vars, STORES: { ...STORES, [ready.store_name]: own } } };
  }
}
