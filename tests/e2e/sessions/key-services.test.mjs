// Key sets served by another Worker of the account, through a service binding.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { Issuer, makeKey } from "../support/issuer.mjs";
import { ask, isAccepted, isRefused, isWithoutKeys } from "../support/sessions.mjs";

/** Nobody answers there on the network. */
const URL = "https://auth.invalid/api/auth/jwks";

const good = new Issuer("good", [makeKey("Ed25519"), makeKey("RSA")]);
const throwing = new Issuer("throwing", [makeKey("Ed25519")]);
const absent = new Issuer("absent", [makeKey("Ed25519")]);
const stalling = new Issuer("stalling", [makeKey("Ed25519")]);
const unfit = new Issuer("unfit", [makeKey("Ed25519")]);

/** A Worker that has the keys at one URL and nothing elsewhere. */
const auth = `
const document = ${JSON.stringify({ keys: good.published })};
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.url === ${JSON.stringify(URL)} && request.method === "GET") return Response.json(document);
    if (pathname === "/throws") throw new Error("no keys");
    if (pathname === "/stalls") await new Promise((resolve) => setTimeout(resolve, 60_000));
    return new Response(null, { status: 404 });
  },
};`;

const entry = (issuer, changed) =>
  issuer.entry({ algorithms: ["EdDSA", "RS256"], jwks_service: "AUTH", jwks_url: URL, ...changed });
const ISSUERS = [
  entry(good),
  entry(throwing, { jwks_url: "https://auth.invalid/throws" }),
  entry(absent, { jwks_url: "https://auth.invalid/elsewhere" }),
  entry(stalling, { jwks_url: "https://auth.invalid/stalls" }),
  entry(unfit, { jwks_service: "ONE_TIME_KV" }),
];
const configuration = {
  vars: { ...vars, ISSUERS },
  kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
  services: [{ binding: "AUTH", service: "auth" }],
};

test("keys behind a service binding", async (t) => {
  const use = async (edge, output) => {
    await t.test("verify tokens, and no others do", async () => {
      for (const key of good.keys) await isAccepted(edge, good.token({}, { key }));
      await isRefused(edge, good.token({}, { key: makeKey("RSA") }));
    });
    await t.test("that can't be had refuse for now, and the log says why", async () => {
      await isWithoutKeys(edge, throwing.token());
      await isWithoutKeys(edge, absent.token());
      assert.match(output(), /AUTH: https:\/\/auth\.invalid\/elsewhere: answered with 404/);
      await isWithoutKeys(edge, unfit.token());
      await isAccepted(edge, good.token());
    });
    await t.test("that don't come are waited for no longer than others", async () => {
      const begun = Date.now();
      await isWithoutKeys(edge, stalling.token());
      assert.ok(Date.now() - begun < 8_000);
    });
  };
  await withEdge(configuration, secrets, use, { beside: { auth } });
});

test("without the binding nothing is served, and the log names it", async () => {
  const { services, ...unbound } = configuration;
  assert.equal(services.length, 1);
  await withEdge(unbound, secrets, async (edge, output) => {
    assert.equal((await ask(edge, good.token())).status, 503);
    assert.match(output(), /configuration: AUTH: this service binding is missing/);
  });
});

test("what Cloudflare answers in place of a Worker of the same account is told from other faults", async () => {
  const server = createServer((_, response) => response.writeHead(404).end("error code: 1042"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const issuer = new Issuer("same-account", [makeKey("Ed25519")]);
  const jwks_url = `http://127.0.0.1:${server.address().port}/jwks`;
  const { services, ...unbound } = configuration;
  assert.equal(services.length, 1);
  const own = { ...unbound, vars: { ...vars, ISSUERS: [issuer.entry({ jwks_url })] } };
  try {
    await withEdge(own, secrets, async (edge, output) => {
      await isWithoutKeys(edge, issuer.token());
      assert.match(output(), /answered with 404 \(error code: 1042\): .* needs jwks_service/);
    });
  } finally {
    server.close();
  }
});
