// Access tokens of a real OpenID provider: client credentials, JSON Web Tokens of RFC 9068, keys of every algorithm in
// one set, and a rotation.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Provider } from "oidc-provider";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { makeKey } from "../support/issuer.mjs";
import { isProblem } from "../support/refusal.mjs";
import { ask, isAccepted, isRefused } from "../support/sessions.mjs";
import { ready } from "../support/stack.mjs";

/** The algorithms that the provider signs with, and the kind of key for each. */
const algorithms = {
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
const client = { id: "backup", secret: "a secret of the client's own" };
const resourceOf = (alg) => `https://sign.example.com/${alg}`;

/** A key for each algorithm, the private half as well. */
const makeKeys = () =>
  Object.entries(algorithms).map(([alg, kind]) => {
    const { privateKey, kid } = makeKey(kind);
    return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
  });

let issuer;
let server;
let edge;

/** Has the provider sign with these keys from now on. */
function provide(keys) {
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: "files:write",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: new URL(resource).pathname.slice(1) } },
        }),
      },
    },
  });
  server.removeAllListeners("request");
  server.on("request", provider.callback());
}

/** An access token for a resource, as a client asks for it. */
async function tokenFor(resource) {
  const basic = [client.id, client.secret].map(encodeURIComponent).join(":");
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    resource,
    scope: "files:write",
  });
  const authorization = `Basic ${Buffer.from(basic).toString("base64")}`;
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization },
    body,
  });
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return answer.access_token;
}

const headerOf = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));

before(async () => {
  server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  issuer = `http://127.0.0.1:${server.address().port}`;
  provide(makeKeys());
  const entry = {
    issuer,
    audience: Object.keys(algorithms).map(resourceOf),
    algorithms: Object.keys(algorithms),
    jwks_url: `${issuer}/jwks`,
    typ: "at+jwt",
  };
  const rule = {
    name: "clients have a folder",
    when: { scope: "files:write" },
    allow: ["GetObject"],
    stores: [ready.store_name],
    keys: ["apps/{client_id}/**"],
  };
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const configuration = { vars: { ...vars, ISSUERS: [entry], RULES: [rule] }, kv_namespaces };
  edge = await startEdge(configuration, secrets);
});

after(async () => {
  await edge?.stop();
  server?.closeAllConnections();
  server?.close();
});

const wish = { key: `apps/${client.id}/file` };

test("tokens of every algorithm out of one set", async () => {
  for (const alg of Object.keys(algorithms)) {
    const token = await tokenFor(resourceOf(alg));
    assert.deepEqual([headerOf(token).alg, headerOf(token).typ], [alg, "at+jwt"]);
    await isAccepted(edge.url, token, wish);
    isProblem(await ask(edge.url, token, { key: "apps/another/file" }), 403, "not_allowed");
  }
});

test("a token for another resource is refused", async () => {
  await isRefused(edge.url, await tokenFor("https://other.example.com/RS256"), wish);
});

test("after a rotation the new key is taken, and then the old one isn't", async () => {
  const [old, alg] = [await tokenFor(resourceOf("ES256")), "ES256"];
  await isAccepted(edge.url, old, wish);
  const unseen = await tokenFor(resourceOf(alg));
  provide(makeKeys());
  const fresh = await tokenFor(resourceOf(alg));
  assert.notEqual(headerOf(fresh).kid, headerOf(old).kid);
  // No set is fetched twice within ten seconds.
  await sleep(11_000);
  await isAccepted(edge.url, fresh, wish);
  await isRefused(edge.url, unseen, wish);
});
