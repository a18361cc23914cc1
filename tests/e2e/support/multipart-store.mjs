// A store on loopback that takes multipart uploads as AWS does: it requires every header to be signed, an upload's
// checksums at each part and again at the end, and the ETags. Tests decide what it answers to a completion.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { crc32 } from "node:zlib";
import { ready } from "./stack.mjs";
import { sha256Hex, signatureOf } from "./sts.mjs";

const MIB = 1024 * 1024;
const hashed = (name) => (bytes) => createHash(name).update(bytes).digest("base64");
const CHECKSUMS = {
  SHA256: hashed("sha256"),
  SHA1: hashed("sha1"),
  CRC32(bytes) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(crc32(bytes));
    return number.toString("base64");
  },
};
const headerOf = (algorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`;
const md5 = (bytes) => createHash("md5").update(bytes).digest();
const quoted = (hash) => `"${hash}"`;

/** Headers that a connection is made with, which no signature is about. */
const OF_THE_CONNECTION =
  /^(authorization|connection|content-length|accept|accept-encoding|accept-language|sec-fetch-mode|user-agent|cf-.*|x-forwarded-.*)$/;

/** A refusal as S3 writes it. */
export const refusal = (code) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code></Error>`;

class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
  }
}

export class MultipartStore {
  /** Objects by their keys: `bytes`, `etag`, `headers`. */
  objects = new Map();
  /** The edge's own requests so far: method, the query, and what of their headers nobody has signed. */
  requests = [];
  /** By key, what becomes of a completion: each gets a function that makes the object and gives the answer's text, and the answer. */
  completing = new Map();

  #uploads = new Map();
  #server = createServer((request, response) => {
    this.#take(request, response).catch((error) => {
      if (!(error instanceof Refused)) throw error;
      response.writeHead(error.status, { "access-control-allow-origin": "*" });
      response.end(refusal(error.message));
    });
  });

  static async start() {
    const store = new MultipartStore();
    await once(store.#server.listen(0, "127.0.0.1"), "listening");
    store.url = `http://127.0.0.1:${store.#server.address().port}`;
    return store;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request, response) {
    const body = Buffer.concat(await request.toArray());
    const { method } = request;
    const { pathname, searchParams } = new URL(request.url, this.url);
    const key = decodeURIComponent(pathname).slice(`/${ready.bucket}/`.length);
    const id = searchParams.get("uploadId");
    if (!searchParams.has("X-Amz-Signature")) this.#verify(request, body);

    if (method === "POST" && searchParams.has("uploads"))
      return this.#begin(request, response, key);
    if (id === null) return this.#show(method, response, key);
    const upload = this.#uploads.get(id);
    if (upload?.key !== key) throw new Refused(404, "NoSuchUpload");
    if (method === "PUT") {
      const etag = this.#write(upload, Number(searchParams.get("partNumber")), request, body);
      return response.writeHead(200, { etag }).end();
    }
    if (method === "GET") return response.end(listOf(upload));
    if (method === "DELETE") {
      this.#uploads.delete(id);
      return response.writeHead(204).end();
    }
    const complete = () => this.#complete(id, request, String(body));
    const completing = this.completing.get(key);
    return completing === undefined ? response.end(complete()) : completing(complete, response);
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
  #verify({ method, url, headers }, body) {
    const pattern =
      /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/([^, ]+), SignedHeaders=([^, ]+), Signature=([0-9a-f]{64})$/;
    const [, id, scope, signed, signature] = pattern.exec(headers.authorization ?? "") ?? [];
    const names = (signed ?? "").split(";");
    const [path, query = ""] = url.split("?");
    const isOpen = (name) => !names.includes(name) && !OF_THE_CONNECTION.test(name);
    const unsigned = Object.keys(headers).filter(isOpen);
    this.requests.push({ method, query, type: headers["content-type"], unsigned });
    const canonicalRequest = [
      method,
      path,
      query,
      names.map((name) => `${name}:${headers[name]}\n`).join(""),
      signed,
      headers["x-amz-content-sha256"],
    ].join("\n");
    const time = headers["x-amz-date"];
    const expected = signatureOf(canonicalRequest, {
      secret: ready.secret_access_key,
      time,
      scope,
    });
    const isGood =
      id === ready.access_key_id &&
      signature === expected &&
      headers["x-amz-content-sha256"] === sha256Hex(body);
    if (!isGood || unsigned.length > 0) throw new Refused(403, "SignatureDoesNotMatch");
  }

  #begin({ headers }, response, key) {
    const algorithm = headers["x-amz-checksum-algorithm"];
    const ofParts = algorithm === undefined ? "FULL_OBJECT" : "COMPOSITE";
    const type = headers["x-amz-checksum-type"] ?? ofParts;
    if (type === "FULL_OBJECT" && algorithm?.startsWith("SHA")) {
      throw new Refused(400, "InvalidRequest");
    }
    const id = crypto.randomUUID();
    this.#uploads.set(id, { key, algorithm, type, parts: new Map() });
    response.end(`<R><UploadId>${id}</UploadId></R>`);
  }

  #write(upload, number, { headers }, bytes) {
    const given = Object.keys(CHECKSUMS).filter((name) => headers[headerOf(name)] !== undefined);
    const expected = upload.algorithm === undefined ? [] : [upload.algorithm];
    // "Checksum Type mismatch occurred"
    if (given.join() !== expected.join()) throw new Refused(400, "InvalidRequest");
    const [algorithm] = expected;
    const checksum = algorithm && CHECKSUMS[algorithm](bytes);
    if (algorithm && headers[headerOf(algorithm)] !== checksum) throw new Refused(400, "BadDigest");
    const etag = quoted(md5(bytes).toString("hex"));
    upload.parts.set(number, { number, etag, bytes, checksum });
    return etag;
  }

  #complete(id, { headers }, xml) {
    const upload = this.#uploads.get(id);
    const { key, algorithm, type } = upload;
    if (headers["if-none-match"] === "*" && this.objects.has(key)) {
      throw new Refused(412, "PreconditionFailed");
    }
    if ((headers["x-amz-checksum-type"] ?? type) !== type) throw new Refused(400, "BadDigest");
    const wanted = [...xml.matchAll(/<Part>(.*?)<\/Part>/g)].map(([, part]) => {
      const text = (name) => new RegExp(`<${name}>(.*?)</${name}>`).exec(part)?.[1];
      const etag = text("ETag").replaceAll("&quot;", '"');
      return { number: Number(text("PartNumber")), etag, checksum: text(`Checksum${algorithm}`) };
    });
    const parts = wanted.map(({ number, etag, checksum }) => {
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag) throw new Refused(400, "InvalidPart");
      // "The complete request must include the checksum for each part"
      if (type === "COMPOSITE" && checksum === undefined) throw new Refused(400, "InvalidRequest");
      if (checksum !== undefined && checksum !== part.checksum)
        throw new Refused(400, "InvalidPart");
      return part;
    });
    if (parts.slice(0, -1).some(({ bytes }) => bytes.length < 5 * MIB)) {
      throw new Refused(400, "EntityTooSmall");
    }
    const hash = md5(Buffer.concat(parts.map(({ bytes }) => md5(bytes)))).toString("hex");
    const etag = quoted(`${hash}-${parts.length}`);
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    this.objects.set(key, { bytes, etag, headers: {} });
    this.#uploads.delete(id);
    const text = etag.replaceAll('"', "&quot;");
    const result = `<CompleteMultipartUploadResult><ETag>${text}</ETag></CompleteMultipartUploadResult>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n${result}`;
  }

  #show(method, response, key) {
    const object = this.objects.get(key);
    if (object === undefined) return response.writeHead(404).end();
    const { bytes, etag, headers } = object;
    response.writeHead(200, { etag, "content-length": bytes.length, ...headers });
    return response.end(method === "HEAD" ? undefined : bytes);
  }
}

function listOf({ algorithm, parts }) {
  const element = (name, text) => `<${name}>${text}</${name}>`;
  const show = ({ number, etag, bytes, checksum }) =>
    element(
      "Part",
      element("PartNumber", number) +
        element("ETag", etag.replaceAll('"', "&quot;")) +
        element("Size", bytes.length) +
        (algorithm === undefined ? "" : element(`Checksum${algorithm}`, checksum)),
    );
  return element("ListPartsResult", [...parts.values()].map(show).join(""));
}
