// A store that distinguishes all keys and checks every signature. A store on a file system can't have `a//b` beside
// `a/b`, `a/`, or a name of 1,024 bytes.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const encode = (text) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, PUT",
  "access-control-allow-headers": "*",
};

export class StrictStore {
  /** The objects, by their keys. */
  objects = new Map();

  #credentials;
  #bucket;
  #server = createServer((request, response) => this.#answer(request, response));

  /** Starts one on a free port; it has one bucket, which may be named in the host or in the path. */
  static async start(credentials, bucket) {
    const store = new StrictStore();
    [store.#credentials, store.#bucket] = [credentials, bucket];
    await once(store.#server.listen(0, "127.0.0.1"), "listening");
    store.port = store.#server.address().port;
    return store;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request, response) {
    const body = Buffer.concat(await request.toArray());
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    // The path is used as received, neither decoded nor normalised.
    const [path, query = ""] = request.url.split("?");
    const isSigned = this.#verify(request, path, query);
    if (!isSigned) return response.writeHead(403, CORS).end("<Code>SignatureDoesNotMatch</Code>");
    const isInHost = request.headers.host.startsWith(`${this.#bucket}.`);
    const prefix = isInHost ? "/" : `/${this.#bucket}/`;
    const key = decodeURIComponent(path).slice(prefix.length);
    if (request.method === "PUT") this.objects.set(key, body);
    const found = this.objects.get(key);
    return response.writeHead(found === undefined ? 404 : 200, CORS).end(found);
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
  #verify(request, path, query) {
    const parameters = query.split("&").map((pair) => pair.split("=").map(decodeURIComponent));
    const of = (name) => parameters.find(([present]) => present === name)?.[1] ?? "";
    const [id, ...scope] = of("X-Amz-Credential").split("/");
    const signedHeaders = of("X-Amz-SignedHeaders").split(";");
    const canonicalQuery = parameters
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&");
    const canonicalRequest = [
      request.method,
      decodeURIComponent(path).split("/").map(encode).join("/"),
      canonicalQuery,
      ...signedHeaders.map((name) => `${name}:${request.headers[name]}`),
      "",
      signedHeaders.join(";"),
      "UNSIGNED-PAYLOAD",
    ].join("\n");
    const hash = createHash("sha256").update(canonicalRequest).digest("hex");
    const text = ["AWS4-HMAC-SHA256", of("X-Amz-Date"), scope.join("/"), hash].join("\n");
    const key = scope.reduce(hmac, `AWS4${this.#credentials.secret}`);
    const given = Buffer.from(of("X-Amz-Signature"), "hex");
    const expected = hmac(key, text);
    return (
      id === this.#credentials.id &&
      given.length === expected.length &&
      timingSafeEqual(given, expected)
    );
  }
}
