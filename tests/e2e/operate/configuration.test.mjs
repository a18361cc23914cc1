// The configuration that the Worker finds in workerd: missing and present settings.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";
import { parseToml } from "../support/toml.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
const authorization = `Bearer ${token()}`;

/** Every route that needs the configuration answers 503 and names all of `paths`, and no more. */
async function refusesAndNames(edge, paths) {
  const key = "users/e2e/a";
  const routes = [
    ["/healthz", {}],
    [`/v1/presign?operation=GetObject&key=${key}`, { headers: { authorization } }],
    [`/f/${ready.store_name}/${key}`, { headers: { authorization } }],
  ];
  const answers = [await presign({ operation: "GetObject", key }, { edge })];
  for (const [path, init] of routes) answers.push(await callEdge(path, init, edge));
  for (const answer of answers) {
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.json.code, "misconfigured");
    const named = answer.json.faults.map((fault) => fault.path);
    assert.deepEqual(named.sort(), [...paths].sort());
    assert.ok(answer.headers.get("retry-after"));
  }
  // Nothing is deployed beside this Worker.
  const document = await callEdge("/openapi.json", {}, edge);
  assert.equal(document.status, 404);
  assert.match(document.json.detail, /isn't deployed with the Worker: add \[assets\]/);
}

test("what is deployed beside the Worker is there whatever the configuration is", async () => {
  const { assets } = parseToml(readFileSync(join(root, "wrangler.toml"), "utf8"));
  const served = { ...assets, directory: join(root, assets.directory) };
  await withEdge({ vars: {}, assets: served }, {}, async (edge) => {
    const document = await callEdge("/openapi.json", {}, edge);
    assert.equal(document.status, 200, document.text);
    assert.equal(document.text, readFileSync(join(root, "assets/openapi.json"), "utf8"));
    assert.equal(document.headers.get("content-type"), "application/json");
    const head = await fetch(`${edge}/openapi.json`, { method: "HEAD" });
    assert.equal(head.status, 200);
    const missing = await callEdge("/healthz", {}, edge);
    assert.equal(missing.status, 503);
  });
});

test("missing secrets and a missing binding are named, and nothing is signed", async () => {
  const { PHOTOS_ACCESS_KEY_ID } = secrets;
  await withEdge({ vars }, { PHOTOS_ACCESS_KEY_ID }, (edge) =>
    refusesAndNames(edge, ["PHOTOS_SECRET_ACCESS_KEY", "SESSION_SECRET", "ONE_TIME_KV"]),
  );
});

test("faults of variables are named with their path, and no secret's value is", async () => {
  const broken = structuredClone(vars);
  broken.STORES[ready.store_name].endpoint = "not a url";
  broken.ISSUERS[0].secret = ready.session_secret;
  broken.RULES[0].keys = ["users/{sub}/**", "{}"];
  broken.RULES[0].max_expires = 604_801;
  await withEdge({ vars: broken, kv_namespaces }, secrets, async (edge) => {
    await refusesAndNames(edge, [
      `STORES.${ready.store_name}.endpoint`,
      "ISSUERS[0].secret",
      "RULES[0].keys[1]",
      "RULES[0].max_expires",
    ]);
    const { text } = await callEdge("/healthz", {}, edge);
    assert.ok(!text.includes(ready.session_secret));
  });
});

test("what revocation and opaque sessions need is named where it is missing", async () => {
  const needing = {
    ...vars,
    REVOCATION: { admin_secret: "ADMIN_SECRET" },
    SESSION: { cookie: "a cookie" },
  };
  await withEdge({ vars: needing, kv_namespaces }, secrets, (edge) =>
    refusesAndNames(edge, ["SESSIONS", "ADMIN_SECRET", "SESSION.cookie"]),
  );
  const ISSUERS = [...vars.ISSUERS, { issuer: "https://opaque.example", opaque: true }];
  await withEdge({ vars: { ...vars, ISSUERS }, kv_namespaces }, secrets, (edge) =>
    refusesAndNames(edge, ["SESSIONS"]),
  );
});

test("pages of allowed origins may call the API, and no others", async () => {
  const origin = "https://app.example.com";
  const CORS = { allowed_origins: [origin], allow_credentials: true };
  await withEdge({ vars: { ...vars, CORS }, kv_namespaces }, secrets, async (edge) => {
    const preflight = (from) =>
      callEdge(
        "/v1/presign",
        {
          method: "OPTIONS",
          headers: {
            origin: from,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
          },
        },
        edge,
      );
    const allowed = await preflight(origin);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get("access-control-allow-origin"), origin);
    assert.equal(allowed.headers.get("access-control-allow-credentials"), "true");
    assert.match(allowed.headers.get("access-control-allow-methods"), /POST/);
    assert.match(allowed.headers.get("access-control-allow-headers"), /authorization/);
    assert.match(allowed.headers.get("vary"), /origin/i);
    for (const other of ["https://evil.example", "null", "https://app.example.com.evil.example"]) {
      const refused = await preflight(other);
      assert.equal(refused.headers.get("access-control-allow-origin"), null, other);
    }
    // A page may read a refusal as well as an answer.
    const refusal = await callEdge("/v1/presign", { method: "POST", headers: { origin } }, edge);
    assert.equal(refusal.status, 401);
    assert.equal(refusal.headers.get("access-control-allow-origin"), origin);
  });
});

test("without CORS settings no page of another origin may call the API", async () => {
  for (const method of ["OPTIONS", "GET"]) {
    const headers = { origin: "https://app.example.com", authorization };
    const answer = await callEdge("/v1/presign?operation=GetObject&key=users/e2e/a", {
      method,
      headers,
    });
    assert.ok(answer.status < 300, answer.text);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
});

test("a ledger in Durable Objects lets one of many have a key, every time", async () => {
  const durable = {
    vars: { ...vars, ONE_TIME: { ledger: "durable" } },
    durable_objects: { bindings: [{ name: "LEDGER", class_name: "LedgerObject" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["LedgerObject"] }],
  };
  await withEdge(durable, secrets, async (edge) => {
    const bearer = token();
    const ask = (one_time_key) =>
      presign({ operation: "GetObject", key: "users/e2e/a", one_time_key }, { edge, bearer });
    for (let round = 0; round < 5; round++) {
      const key = crypto.randomUUID();
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(key)));
      const statuses = answers.map((answer) => answer.status).sort();
      assert.deepEqual(statuses, [200, ...Array(99).fill(409)]);
    }
    const fresh = await Promise.all(Array.from({ length: 50 }, () => ask(crypto.randomUUID())));
    assert.ok(fresh.every((answer) => answer.status === 200));
  });
});

test("a ledger in Durable Objects is named where its binding is missing", async () => {
  const ONE_TIME = { ledger: "durable" };
  await withEdge({ vars: { ...vars, ONE_TIME }, kv_namespaces }, secrets, (edge) =>
    refusesAndNames(edge, ["LEDGER"]),
  );
});

test("where a rule requires it, one token buys one URL", async () => {
  const once = structuredClone(vars);
  once.RULES[0].one_time = "required";
  await withEdge({ vars: once, kv_namespaces }, secrets, async (edge) => {
    const request = { operation: "GetObject", key: "users/e2e/a" };
    const bearer = token({ jti: crypto.randomUUID() });
    const own = await presign({ ...request, one_time_key: "mine" }, { edge, bearer });
    assert.deepEqual([own.status, own.json.code], [400, "invalid_one_time_key"]);
    const without = await presign(request, { edge, bearer: token() });
    assert.deepEqual([without.status, without.json.dimension], [403, "one_time"]);

    assert.equal((await presign(request, { edge, bearer })).status, 200);
    const again = await presign(request, { edge, bearer });
    assert.deepEqual([again.status, again.json.code], [409, "one_time_key_used"]);
    const other = token({ jti: crypto.randomUUID() });
    assert.equal((await presign(request, { edge, bearer: other })).status, 200);
  });
});
