// A real OpenID provider, npm's oidc-provider: client credentials, and access tokens of RFC 9068. `sign` makes tokens
// with its keys that it would never sign.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { makeKey, signToken } from "./issuer.mjs";

/** The algorithms that it signs with, and the kind of key for each. */
export const kindOf = {
  RS256: "RSA",
  RS384: "RSA",
  RS512: "RSA",
  PS256: "RSA",
  PS384: "RSA",
  PS512: "RSA",
  ES256: "P-256",
  ES384: "P-384",
  ES512: "P-521",
  EdDSA: "Ed25519",
  Ed25519: "Ed25519",
};

/** A key for each of these algorithms, which says that it is for that. */
export const keysFor = (algorithms) =>
  algorithms.map((alg) => {
    const key = makeKey(kindOf[alg]);
    return { ...key, alg, jwk: { ...key.jwk, alg, use: "sig" } };
  });

/** The private half of a key, as the provider takes it, with what its public half says. */
const privateOf = ({ privateKey, jwk }) => ({ ...privateKey.export({ format: "jwk" }), ...jwk });

const secret = "a secret of the client's own";

export class OpenIdProvider {
  /** How often the set was asked for. */
  fetches = 0;

  #server;
  #claims;

  /**
   * One that signs with these keys. `iss` is where it is served unless it is said; the subject of its tokens is the
   * client, and `claims` are further ones.
   */
  constructor(keys, { iss, client = "backup", claims = {} } = {}) {
    this.keys = keys;
    this.iss = iss;
    this.client = client;
    this.#claims = claims;
  }

  async start() {
    this.#server = createServer();
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    this.iss ??= this.origin;
    this.rotate(this.keys);
    return this;
  }

  async die() {
    if (this.#server === undefined) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    this.#server = undefined;
    await closed;
  }

  get url() {
    return `${this.origin}/jwks`;
  }

  /** Has it sign with these keys from now on, and publish no others. */
  rotate(keys) {
    this.keys = keys;
    const provider = new Provider(this.iss, {
      jwks: { keys: keys.map(privateOf) },
      clients: [
        {
          client_id: this.client,
          client_secret: secret,
          grant_types: ["client_credentials"],
          redirect_uris: [],
          response_types: [],
          id_token_signed_response_alg: keys[0].alg,
        },
      ],
      enabledJWA: { idTokenSigningAlgValues: [...new Set(keys.map(({ alg }) => alg))] },
      extraTokenClaims: () => this.#claims,
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, resource) => ({
            scope: "files:read files:write",
            audience: resource,
            accessTokenFormat: "jwt",
            accessTokenTTL: 600,
            jwt: { sign: { alg: this.#algorithmOf(resource) } },
          }),
        },
      },
    });
    const answer = provider.callback();
    this.#server.removeAllListeners("request");
    this.#server.on("request", (request, response) => {
      if (request.url === "/jwks") this.fetches += 1;
      answer(request, response);
    });
  }

  /** A resource whose path is an algorithm has its tokens signed with that; others with the first key's. */
  #algorithmOf(resource) {
    const named = new URL(resource).pathname.slice(1);
    return named in kindOf ? named : this.keys[0].alg;
  }

  /** An access token for a resource, as its client asks for it. */
  async token(resource, { scope } = { scope: "files:write" }) {
    const basic = [this.client, secret].map(encodeURIComponent).join(":");
    const body = new URLSearchParams({ grant_type: "client_credentials", resource });
    if (scope !== undefined) body.set("scope", scope);
    const authorization = `Basic ${Buffer.from(basic).toString("base64")}`;
    const headers = { authorization };
    const response = await fetch(`${this.origin}/token`, { method: "POST", headers, body });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer.access_token;
  }

  /** A token over these claims as they are. */
  sign(claims, options = {}) {
    return signToken(claims, { key: this.keys[0], ...options });
  }
}

const part = (token, index) =>
  JSON.parse(Buffer.from(token.split(".")[index], "base64url").toString());
export const headerOf = (token) => part(token, 0);
export const claimsOf = (token) => part(token, 1);
