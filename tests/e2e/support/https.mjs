// https on the loopback, for browsers that keep no `Secure` cookie over http: a certificate, and a proxy that uses it
// in front of a server and records the requests.

import { X509Certificate, createHash, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { request as askHttp } from "node:http";
import { createServer, request as askHttps } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { selfSigned } from "./x509.mjs";

/**
 * A key, and a certificate for the loopback that signs itself, in PEM. This process trusts it from now on; `pin` is
 * what Chromium knows its key by (RFC 7469 §2.4).
 */
export function certificate() {
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = selfSigned(keys, "edge-signer tests", ["localhost", "127.0.0.1"]);
  const key = keys.privateKey.export({ type: "pkcs8", format: "pem" });
  const cert = new X509Certificate(der).toString();
  setDefaultCACertificates([...getCACertificates("default"), cert]);
  const spki = keys.publicKey.export({ type: "spki", format: "der" });
  return { key, cert, pin: createHash("sha256").update(spki).digest("base64") };
}

/** Passes on to a server, and keeps what it was asked. */
export class Front {
  /** What was asked so far, with the answer's status once it is there. */
  requests = [];
  /** Which requests are left without an answer, unread, until they are released. */
  hold = () => false;
  #held = [];
  /** How many milliseconds after it has come an answer is given on. */
  late = () => 0;
  /** Of which requests the body is kept back until there is an answer, and then is read and dropped. */
  keepBack = () => false;
  #server;
  #to;

  /** Starts one on a free port, which is called by this host's name. */
  static async start(host, { key, cert }) {
    const front = new Front();
    front.#server = createServer({ key, cert }, (request, response) => {
      front.#pass(request, response);
    });
    await once(front.#server.listen(0, "127.0.0.1"), "listening");
    front.url = `https://${host}:${front.#server.address().port}`;
    return front;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Where it passes on to: a server that may come to be later than what stands in front of it. */
  set to(url) {
    this.#to = new URL(url);
  }

  /** The requests whose path ends so. */
  asked(path) {
    return this.requests.filter((request) => request.path.endsWith(path));
  }

  #pass(request, response) {
    const { method, url, headers } = request;
    const path = decodeURIComponent(new URL(url, this.url).pathname);
    const asked = { method, url, path, headers, status: undefined };
    this.requests.push(asked);
    if (this.hold(request)) this.#held.push(() => this.#passOn(request, response, asked));
    else this.#passOn(request, response, asked);
  }

  /** Passes on what was held. */
  release() {
    this.hold = () => false;
    for (const passOn of this.#held.splice(0)) passOn();
  }

  #passOn(request, response, asked) {
    const { method, url } = request;
    const { protocol, hostname, port } = this.#to;
    const ask = protocol === "https:" ? askHttps : askHttp;
    // The host stays the one that the URL was signed for.
    const passed = ask({ hostname, port, method, path: url, headers: request.rawHeaders });
    passed.once("response", (answer) => {
      asked.status = answer.statusCode;
      // The server's connection may end with this answer; the client's goes on (RFC 9110 §7.6.1).
      const isKept = (_, index, all) => !/^(connection|keep-alive)$/i.test(all[index & ~1]);
      setTimeout(() => {
        response.writeHead(answer.statusCode, answer.rawHeaders.filter(isKept));
        answer.pipe(response);
        request.resume();
      }, this.late(request));
    });
    passed.on("error", () => response.destroy());
    response.once("close", () => passed.destroy());
    if (this.keepBack(request)) passed.flushHeaders();
    else request.pipe(passed);
  }
}
