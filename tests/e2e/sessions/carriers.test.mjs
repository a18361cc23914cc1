// Where a session's token comes from: the authorization header, the cookie, or Cloudflare Access; and which pages may
// use a token that the browser adds by itself.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { Issuer, makeKey } from "../support/issuer.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import { callEdge, freshKey, presign, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const own = "users/e2e/file";
const app = "https://app.example.com";
const json = { "content-type": "application/json" };
const cookieOf = (bearer, name = "__Host-session") => ({ cookie: `${name}=${bearer}` });
const bearerOf = (bearer) => ({ authorization: `Bearer ${bearer}` });

/** `GET /v1/presign` with these headers and no others. */
function get(headers, { key = own, oneTimeKey, edge, method } = {}) {
  const query = new URLSearchParams({ operation: "GetObject", key });
  if (oneTimeKey !== undefined) query.append("one_time_key", oneTimeKey);
  return callEdge(`/v1/presign?${query}`, { headers, method }, edge);
}

/** `POST /v1/presign` with these headers. */
function post(headers, { key = own, oneTimeKey, edge } = {}) {
  const body = JSON.stringify({ operation: "GetObject", key, one_time_key: oneTimeKey });
  return callEdge("/v1/presign", { method: "POST", headers: { ...json, ...headers }, body }, edge);
}

/** Fails unless a POST with this origin is refused, and as for a cookie that is worth nothing. */
async function isForeign(origin, edge) {
  const oneTimeKey = crypto.randomUUID();
  const from = origin === undefined ? {} : { origin };
  const [good, bad] = [token(), "x"].map((bearer) => ({ ...cookieOf(bearer), ...from }));
  const answer = await post(good, { oneTimeKey, edge });
  isProblem(answer, 403, "origin_not_allowed");
  isProblem(await post(bad, { oneTimeKey, edge }), 403, "origin_not_allowed");
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
  await isUnspent(oneTimeKey, "e2e", edge);
}

/** Fails unless a POST with this origin is the session's, one-time key and all. */
async function isAllowed(origin, edge) {
  const oneTimeKey = crypto.randomUUID();
  const headers = { ...cookieOf(token()), origin };
  const answer = await post(headers, { oneTimeKey, edge });
  assert.equal(answer.status, 200, answer.text);
  isProblem(await post(headers, { oneTimeKey, edge }), 409, "one_time_key_used");
  isProblem(await post({ ...cookieOf("x"), origin }, { edge }), 401, "session_invalid");
}

/** Texts that are not `origin`, however much they look like it. */
const lookAlikes = (origin) => [
  `${origin}/`,
  `${origin}.evil.example`,
  `${origin}:1`,
  `${origin}:443`,
  `${origin} ${origin}`,
  `${origin}, https://evil.example`,
  origin.replace("//", "//x."),
  origin.slice(origin.indexOf("//") + 2),
];

/** Texts that a parser of URLs would read the same host from. */
const respelled = (origin) => [
  origin.toUpperCase(),
  origin.replace("//", "//evil@"),
  origin.replace("https:", "http:"),
];

describe("a cookie with an unsafe method", { concurrency }, () => {
  for (const origin of [undefined, "null", "https://evil.example", "file://", ready.store]) {
    test(`is refused with the origin ${origin}`, () => isForeign(origin));
  }
  // The header is sent as it is: `wrangler dev` would replace it with the edge's own origin.
  for (const origin of lookAlikes(ready.edge)) {
    test(`is refused with ${origin}, which looks like the edge's own origin`, () =>
      isForeign(origin));
  }
  test("is taken with the edge's own origin, by the name that the browser calls it", async () => {
    await isAllowed(ready.edge);
    const other = ready.edge.replace("127.0.0.1", "localhost");
    assert.notEqual(other, ready.edge);
    await isAllowed(other, other);
    await isForeign(other, ready.edge);
    await isForeign(ready.edge, other);
  });

  test("is taken, and refused, by every route", async () => {
    const key = freshKey();
    const call = (path, body, headers) => {
      const init = { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) };
      return callEdge(path, init);
    };
    const cookie = cookieOf(token());
    const steps = async (path, body, status = 200) => {
      for (const headers of [{}, { origin: app }]) {
        const refusal = await call(path, body, { ...cookie, ...headers });
        isProblem(refusal, 403, "origin_not_allowed");
      }
      const answer = await call(path, body, { ...cookie, origin: ready.edge });
      assert.equal(answer.status, status, answer.text);
      return answer.json;
    };
    const wish = { operation: "GetObject", key };
    await steps("/v1/presign", wish);
    await steps("/v1/presign/batch", { requests: [wish] });
    await steps("/v1/forms", { key });
    const { upload_id } = await steps("/v1/multipart", { key });
    const upload = { key, upload_id };
    const { parts } = await steps("/v1/multipart/parts", { ...upload, part_numbers: [1] });
    const { etag } = Object.fromEntries(
      (await fetch(parts[0].url, { method: "PUT", body: "part" })).headers,
    );
    await steps("/v1/multipart/list", upload);
    await steps("/v1/multipart/complete", { ...upload, parts: [{ part_number: 1, etag }] });
    const second = await steps("/v1/multipart", { key });
    await steps("/v1/multipart/abort", { key, upload_id: second.upload_id }, 204);
  });

  test("is not looked at where there is a bearer token, which needs no origin", async () => {
    for (const origin of [undefined, "https://evil.example", "null"]) {
      const oneTimeKey = crypto.randomUUID();
      const from = origin === undefined ? {} : { origin };
      const both = { ...cookieOf(token({ sub: "other" })), ...bearerOf(token()), ...from };
      assert.equal((await post(both, { oneTimeKey })).status, 200);
      isProblem(await post(both, { key: "users/other/file" }), 403, "not_allowed");
      isProblem(await post({ ...both, ...bearerOf("x") }), 401, "session_invalid");
    }
  });

  test("is no bearer token's carrier in another scheme", async () => {
    for (const authorization of ["Basic dXNlcjpwYXNzd29yZA==", "Bearer", `Token ${token()}`]) {
      const headers = { ...cookieOf(token()), authorization };
      isProblem(await post(headers), 403, "origin_not_allowed");
      assert.equal((await post({ ...headers, origin: ready.edge })).status, 200);
    }
  });
});

describe("a cookie with a safe method", { concurrency }, () => {
  for (const origin of [undefined, "null", "https://evil.example", ready.edge]) {
    test(`is taken with the origin ${origin}, and spends nothing`, async () => {
      const headers = { ...cookieOf(token()), ...(origin && { origin }) };
      const answer = await get(headers);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
      for (const method of ["GET", "HEAD"]) {
        const redirect = await callEdge(`/f/${ready.store_name}/${own}`, { method, headers });
        assert.equal(redirect.status, 302, redirect.text);
      }
      const oneTimeKey = crypto.randomUUID();
      const problem = isProblem(await get(headers, { oneTimeKey }), 403, "not_allowed");
      assert.equal(problem.dimension, "one_time");
      await isUnspent(oneTimeKey);
    });
  }

  test("while a bearer token spends by it", async () => {
    const oneTimeKey = crypto.randomUUID();
    const headers = { ...cookieOf(token()), ...bearerOf(token()) };
    assert.equal((await get(headers, { oneTimeKey })).status, 200);
    isProblem(await get(headers, { oneTimeKey }), 409, "one_time_key_used");
  });

  test("is the only one of its name", async () => {
    const [good, bad] = [token(), "x"].map((bearer) => cookieOf(bearer).cookie);
    assert.equal((await get({ cookie: good })).status, 200);
    for (const cookie of [`${good}; ${bad}`, `${bad}; ${good}`, `__Host-session=; ${good}`]) {
      isProblem(await get({ cookie }), 401, "session_missing");
    }
    isProblem(await get({ cookie: good.replace("=", '="') }), 401, "session_invalid");
  });

  test("is none in Access's header or cookie, where no issuer is Access", async () => {
    const bearer = token();
    for (const headers of [
      { "cf-access-jwt-assertion": bearer },
      cookieOf(bearer, "CF_Authorization"),
    ]) {
      isProblem(await get(headers), 401, "session_missing");
    }
  });
});

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];

describe("where origins are named", { concurrency }, () => {
  const second = "http://localhost:8443";
  let worker, edge;
  before(async () => {
    const CORS = { allowed_origins: [app, second] };
    const RULES = [
      { ...vars.RULES[0], keys: ["users/{sub}/**", "public/**"] },
      { ...vars.RULES[0], name: "once", keys: ["once/**"], one_time: "required" },
    ];
    worker = await startEdge({ vars: { ...vars, CORS, RULES }, kv_namespaces }, secrets);
    edge = worker.url;
  });
  after(() => worker?.stop());

  test("their pages may use the cookie, and so may the edge's own", async () => {
    for (const origin of [app, second, edge]) await isAllowed(origin, edge);
  });

  test("no others may", async () => {
    for (const origin of [undefined, "null", ready.edge, ...lookAlikes(app), ...respelled(app)]) {
      await isForeign(origin, edge);
    }
  });

  test("a named origin that isn't allowed credentials can't read the answer", async () => {
    const answer = await post({ ...cookieOf(token()), origin: app }, { edge });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  });

  test("a cookie doesn't spend the token itself by a safe method", async () => {
    const bearer = token({ jti: crypto.randomUUID() });
    const key = "once/file";
    const cookie = cookieOf(bearer);
    const file = `/f/${ready.store_name}/${key}`;
    for (const answer of [
      await get(cookie, { key, edge }),
      await get({ ...cookie, origin: app }, { key, edge }),
      await callEdge(file, { headers: cookie }, edge),
      await callEdge(file, { headers: { ...cookie, origin: edge } }, edge),
    ]) {
      assert.equal(isProblem(answer, 403, "not_allowed").dimension, "one_time");
    }
    // The token is still good for one URL, for which a named page may spend it.
    assert.equal((await post({ ...cookie, origin: app }, { key, edge })).status, 200);
    isProblem(await get(bearerOf(bearer), { key, edge }), 409, "one_time_key_used");
    const another = bearerOf(token({ jti: crypto.randomUUID() }));
    assert.equal((await callEdge(file, { headers: another }, edge)).status, 302);
  });
});

describe("where all origins are allowed, and the cookie has a name of its own", () => {
  const access = new Issuer("acme", [makeKey("RSA")], { iss: "https://acme.cloudflareaccess.com" });
  let worker, edge;
  before(async () => {
    await access.start();
    const { audience } = ready;
    const preset = { access_team: "acme", audience, jwks_url: access.url };
    const configuration = {
      vars: {
        ...vars,
        ISSUERS: [vars.ISSUERS[0], preset],
        RULES: [{ ...vars.RULES[0], keys: ["users/{sub}/**", "public/**"] }],
        CORS: { allowed_origins: ["*"] },
        SESSION: { cookie: "sid" },
      },
      kv_namespaces,
    };
    worker = await startEdge(configuration, secrets);
    edge = worker.url;
  });
  after(async () => {
    await worker?.stop();
    await access.die();
  });
  const sid = (bearer) => cookieOf(bearer, "sid");

  test("the cookie is taken by that name and no other", async () => {
    assert.equal((await get(sid(token()), { edge })).status, 200);
    const file = await callEdge(`/f/${ready.store_name}/${own}`, { headers: sid(token()) }, edge);
    assert.equal(file.status, 302);
    for (const name of ["__Host-session", "SID", "__Host-sid", "sid2", "sid[]"]) {
      isProblem(await get(cookieOf(token(), name), { edge }), 401, "session_missing");
    }
  });

  test("none of them may use it but the edge's own", async () => {
    for (const origin of ["https://evil.example", "*", "null", undefined]) {
      const oneTimeKey = crypto.randomUUID();
      const headers = { ...sid(token()), ...(origin && { origin }) };
      isProblem(await post(headers, { oneTimeKey, edge }), 403, "origin_not_allowed");
      await isUnspent(oneTimeKey, "e2e", edge);
    }
    assert.equal((await post({ ...sid(token()), origin: edge }, { edge })).status, 200);
    const bearer = await post({ ...bearerOf(token()), origin: "https://evil.example" }, { edge });
    assert.equal(bearer.status, 200);
    assert.equal(bearer.headers.get("access-control-allow-origin"), "https://evil.example");
  });

  const asserted = (bearer) => ({ "cf-access-jwt-assertion": bearer });

  test("Access's header is taken as a cookie is", async () => {
    const headers = asserted(access.token());
    assert.equal((await get(headers, { edge })).status, 200);
    const oneTimeKey = crypto.randomUUID();
    const problem = isProblem(await get(headers, { oneTimeKey, edge }), 403, "not_allowed");
    assert.equal(problem.dimension, "one_time");
    const foreign = { ...headers, origin: "https://evil.example" };
    isProblem(await post(headers, { oneTimeKey, edge }), 403, "origin_not_allowed");
    isProblem(await post(foreign, { oneTimeKey, edge }), 403, "origin_not_allowed");
    const from = { ...headers, origin: edge };
    assert.equal((await post(from, { oneTimeKey, edge })).status, 200);
    isProblem(await post(from, { oneTimeKey, edge }), 409, "one_time_key_used");
    // Its cookie is Access's own business: the header is what Access vouches for.
    const cookie = cookieOf(access.token(), "CF_Authorization");
    isProblem(await get(cookie, { edge }), 401, "session_missing");
  });

  test("the bearer token goes first, then Access's, then the cookie's", async () => {
    const [bearer, assertion, cookie] = ["a", "b", "c"].map((sub) => access.token({ sub }));
    const all = { ...bearerOf(bearer), ...asserted(assertion), ...sid(cookie) };
    const { authorization, ...ambient } = all;
    assert.ok(authorization);
    for (const [headers, sub] of [
      [all, "a"],
      [{ ...bearerOf(bearer), ...sid(cookie) }, "a"],
      [ambient, "b"],
      [sid(cookie), "c"],
    ]) {
      for (const name of ["a", "b", "c"]) {
        const answer = await get(headers, { key: `users/${name}/file`, edge });
        assert.equal(answer.status, name === sub ? 200 : 403, `${name} for ${sub}`);
      }
    }
    // An invalid token isn't skipped in favour of the next one.
    for (const headers of [
      { ...all, ...bearerOf("x") },
      { ...ambient, ...asserted("x") },
    ]) {
      isProblem(await get(headers, { key: "users/c/file", edge }), 401, "session_invalid");
    }
  });
});
