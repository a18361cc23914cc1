// A proxy on loopback that passes everything on unchanged, and counts it.

import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { pipeline } from "node:stream/promises";

export class CountingProxy {
  /** What was asked for so far, as `METHOD /path?query`. */
  requests = [];

  #server = createServer(async (request, response) => {
    this.requests.push(`${request.method} ${request.url}`);
    const { hostname, port } = new URL(this.#target);
    // With the requested host, which signatures cover.
    const { method, url: path, headers } = request;
    const onward = ask({ hostname, port, method, path, headers });
    onward.once("response", (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      pipeline(answer, response).catch(() => response.destroy());
    });
    await pipeline(request, onward).catch(() => response.destroy());
  });
  #target;

  /** Starts one on a free port, in front of the server at `target`. */
  static async start(target) {
    const proxy = new CountingProxy();
    proxy.#target = target;
    await once(proxy.#server.listen(0, "127.0.0.1"), "listening");
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    return proxy;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** What `act` does, and the requests that came meanwhile. */
  async counted(act) {
    const before = this.requests.length;
    const answer = await act();
    return { answer, requests: this.requests.slice(before) };
  }
}
