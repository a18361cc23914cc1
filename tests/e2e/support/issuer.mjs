// A small identity provider for tests: keys, tokens signed with them, and a key set on a real HTTP server that can
// misbehave.

import { constants, createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ready } from "./stack.mjs";

const kinds = {
  RSA: { type: "rsa", alg: "RS256", options: { modulusLength: 2048 } },
  "P-256": { type: "ec", alg: "ES256", options: { namedCurve: "P-256" } },
  "P-384": { type: "ec", alg: "ES384", options: { namedCurve: "P-384" } },
  "P-521": { type: "ec", alg: "ES512", options: { namedCurve: "P-521" } },
  Ed25519: { type: "ed25519", alg: "EdDSA", options: {} },
};

/** A key pair. `jwk` is its public half as a key set has it, `alg` what it signs with unless told otherwise. */
export function makeKey(kind, { kid = randomUUID(), ...changed } = {}) {
  const { type, alg, options } = kinds[kind];
  const { privateKey, publicKey } = generateKeyPairSync(type, { ...options, ...changed });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid };
  return { kid, alg, privateKey, publicKey, jwk };
}

/** A secret as a key that tokens are signed with; `kid` is what they say of it. */
export const sharedKey = (secret, { alg = "HS256", kid } = {}) => ({
  kid,
  alg,
  privateKey: secret,
});

/** The signature of RFC 7518 §3 or RFC 9864 §2.2, as bytes; with HS* `key` is the secret. */
export function signatureOf(alg, key, signed) {
  const data = Buffer.from(signed);
  const bits = Number(alg.slice(2));
  switch (alg) {
    case "HS256":
    case "HS384":
    case "HS512":
      return createHmac(`sha${bits}`, key).update(data).digest();
    case "RS256":
    case "RS384":
    case "RS512":
      return sign(`sha${bits}`, data, key);
    case "PS256":
    case "PS384":
    case "PS512":
      return sign(`sha${bits}`, data, pss(key, bits / 8));
    case "ES256":
    case "ES384":
    case "ES512":
      return sign(`sha${bits}`, data, { key, dsaEncoding: "ieee-p1363" });
    case "EdDSA":
    case "Ed25519":
      return sign(null, data, key);
    default:
      throw new Error(`no algorithm: ${alg}`);
  }
}

/** A private key for RSASSA-PSS with a salt of so many bytes. */
export const pss = (key, saltLength) => ({
  key,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength,
});

/** A part of a token; a text is taken as it is. */
export const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token of two encoded parts, and of the signature's bytes, which `makeSignature` makes over them. */
export function compose(header, payload, makeSignature) {
  const signed = `${header}.${payload}`;
  return `${signed}.${Buffer.from(makeSignature(signed)).toString("base64url")}`;
}

/** A token. `header` is added to, and where undefined removes from, what the key says. */
export function signToken(claims, { key, alg = key.alg, header = {} }) {
  const whole = typeof header === "string" ? header : { alg, typ: "JWT", kid: key.kid, ...header };
  const makeSignature = (signed) => signatureOf(alg, key.privateKey, signed);
  return compose(encode(whole), encode(claims), makeSignature);
}

/**
 * An identity provider. Tests set `published`, the key set's keys, and `behaviour`: how the set is served.
 *
 * - `answer`: as it should be, with `cacheControl`, after `delay` milliseconds
 * - `text`: 200 and `text`, as JSON
 * - `fail`: 500, with the set as its body
 * - `redirect`: 302 to `location`
 * - `html`: 200, and a page
 * - `endless`: 200, and a body without end
 * - `trickle`: 200, and a byte now and then, without end
 * - `stall`: nothing at all
 */
export class Issuer {
  behaviour = "answer";
  cacheControl = "max-age=600";
  delay = 0;
  location = undefined;
  text = undefined;
  /** How often the set was asked for. */
  fetches = 0;
  /** How many of these are still being answered. */
  open = 0;

  #server;
  #port = 0;

  /** One whose tokens are signed with the first of `keys`, and that publishes all of them. */
  constructor(name, keys, { iss = `https://${name}.example` } = {}) {
    this.iss = iss;
    this.keys = keys;
    this.published = keys.map((key) => key.jwk);
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/jwks.json`;
  }

  /** Serves the set; after `die`, where it was served before. */
  async start() {
    this.#server = createServer((request, response) => this.#take(request, response));
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = this.#server.address().port;
    return this;
  }

  /** Serves nothing any more; connections are refused. */
  async die() {
    if (this.#server === undefined) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    this.#server = undefined;
    await closed;
  }

  /** Publishes other keys, and signs with the first of them. */
  rotate(...keys) {
    this.keys = keys;
    this.published = keys.map((key) => key.jwk);
  }

  /** Its entry in `ISSUERS`. */
  entry(changed = {}) {
    const algorithms = [this.keys[0].alg];
    return {
      issuer: this.iss,
      audience: ready.audience,
      algorithms,
      jwks_url: this.url,
      ...changed,
    };
  }

  /** A member's claims; `changed` replace or, where undefined, remove its own. */
  claims(changed = {}) {
    const now = Math.floor(Date.now() / 1000);
    const own = { iss: this.iss, aud: ready.audience, sub: "e2e", role: "member" };
    // No two tokens are the same, so the Worker has none of them in its cache of verified tokens.
    return { ...own, iat: now, exp: now + 600, nonce: randomUUID(), ...changed };
  }

  /** A token over these claims as they are. */
  sign(claims, options = {}) {
    return signToken(claims, { key: this.keys[0], ...options });
  }

  /** A member's token. */
  token(changed, options) {
    return this.sign(this.claims(changed), options);
  }

  async #take(request, response) {
    this.fetches += 1;
    this.open += 1;
    response.once("close", () => (this.open -= 1));
    const send = (status, type, body, headers = {}) =>
      response.writeHead(status, { "content-type": type, ...headers }).end(body);
    const set = JSON.stringify({ keys: this.published });
    switch (this.behaviour) {
      case "answer":
        await sleep(this.delay);
        return send(200, "application/json", set, { "cache-control": this.cacheControl });
      case "text":
        return send(200, "application/json", this.text);
      case "fail":
        return send(500, "application/json", set);
      case "redirect":
        return send(302, "application/json", set, { location: this.location });
      case "html":
        return send(200, "text/html", "<!doctype html><title>Sign in</title>");
      case "endless":
        return pour(response, Buffer.alloc(64 * 1024, " "), 0);
      case "trickle":
        return pour(response, " ", 100);
      case "stall":
        return undefined;
      default:
        throw new Error(this.behaviour);
    }
  }
}

async function* forever(piece, pause) {
  for (;;) {
    yield piece;
    await sleep(pause);
  }
}

/** Sends a piece over and over, until nobody takes it. */
async function pour(response, piece, pause) {
  response.writeHead(200, { "content-type": "application/json" });
  // It ends only when the other side hangs up.
  await pipeline(forever(piece, pause), response).catch(() => {});
}

/** Serves the sets of these issuers while `use` runs. */
export async function withIssuers(issuers, use) {
  try {
    await Promise.all(issuers.map((issuer) => issuer.start()));
    return await use();
  } finally {
    await Promise.all(issuers.map((issuer) => issuer.die()));
  }
}
