// Origins with a wildcard, in Chromium, which resolves every name below `localhost` to the loopback. Pages with one
// label before the configured host may call the edge with a token, no other page may, and none of them can use a
// cookie.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { after, before, describe, test } from "node:test";
import { launchBrowser, launchWithForeignCookies } from "../support/browser.mjs";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { certificate } from "../support/https.mjs";
import { decisionsOf, until } from "../support/log.mjs";
import { callEdge, token } from "../support/stack.mjs";

/** A server of empty pages under all names, on a port of its own. */
async function startSite(createServer, options = {}) {
  const server = createServer(options, (_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><link rel=icon href=data:,><title>a site</title>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: server.address().port, stop };
}

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];

/** Starts a Worker that allows these origins, cookies included. */
const startWith = (allowed_origins) => {
  const CORS = { allowed_origins, allow_credentials: true, allowed_headers: ["x-request-id"] };
  return startEdge({ vars: { ...vars, CORS }, kv_namespaces }, secrets);
};

/** Fetches in the page: the answer's status and its URL, or the error's name. */
const ask = (page, edge, init) =>
  page.evaluate(
    ([url, init]) =>
      fetch(url, init).then(
        async (answer) => ({ status: answer.status, ...(await answer.json()) }),
        ({ name }) => ({ name }),
      ),
    [`${edge}/v1/presign`, init],
  );

const body = JSON.stringify({ operation: "GetObject", key: "users/e2e/a" });
const withToken = () => ({
  method: "POST",
  headers: {
    authorization: `Bearer ${token()}`,
    "content-type": "application/json",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "x-request-id": "7",
  },
  body,
});

/** What the Worker has decided since `past` decisions, up to a request of this test's own. */
async function decided(worker, past) {
  const last = (await callEdge("/v1/presign", {}, worker.url)).json.request_id;
  const lines = await until(() => {
    const found = decisionsOf(worker.output());
    return found.at(-1)?.request_id === last && found.slice(past, -1);
  });
  return lines.map(({ outcome }) => outcome);
}

for (const [scheme, createServer, options] of [
  ["https", createHttps, certificate()],
  ["http", createHttp, {}],
]) {
  describe(`*.app.localhost by ${scheme}`, { concurrency: false }, () => {
    let site, elsewhere, other, worker, browser;
    before(async () => {
      site = await startSite(createServer, options);
      elsewhere = await startSite(createServer, options);
      const [name, create] = scheme === "https" ? ["http", createHttp] : ["https", createHttps];
      other = { ...(await startSite(create, certificate())), name };
      worker = await startWith([`${scheme}://*.app.localhost:${site.port}`]);
      browser = await launchBrowser();
    });
    after(async () => {
      await browser?.close();
      await worker?.stop();
      for (const one of [site, elsewhere, other]) one?.stop();
    });

    /** What a page of this origin gets. */
    async function asked(origin) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      try {
        const page = await context.newPage();
        assert.equal((await page.goto(`${origin}/`)).status(), 200);
        assert.equal(await page.evaluate(() => location.origin), origin);
        return await ask(page, worker.url, withToken());
      } finally {
        await context.close();
      }
    }

    test("pages of one label before it call the edge with a token", async () => {
      const past = decisionsOf(worker.output()).length;
      for (const label of ["preview-7", "0b"]) {
        const answer = await asked(`${scheme}://${label}.app.localhost:${site.port}`);
        assert.equal(answer.status, 200, JSON.stringify(answer));
        assert.match(answer.url, /X-Amz-Signature=/);
      }
      assert.deepEqual(await decided(worker, past), ["allowed", "allowed"]);
    });

    test("other pages are told nothing, and what they would send isn't sent", async () => {
      const past = decisionsOf(worker.output()).length;
      for (const origin of [
        `${scheme}://app.localhost:${site.port}`,
        `${scheme}://a.b.app.localhost:${site.port}`,
        `${scheme}://myapp.localhost:${site.port}`,
        `${scheme}://one.app.localhost:${elsewhere.port}`,
        `${other.name}://one.app.localhost:${other.port}`,
      ]) {
        assert.deepEqual(await asked(origin), { name: "TypeError" }, origin);
      }
      assert.deepEqual(await decided(worker, past), []);
    });
  });
}

describe("a session in a cookie", () => {
  let site, worker, edge, browser;
  before(async () => {
    site = await startSite(createHttp);
    const named = `http://named.app.localhost:${site.port}`;
    worker = await startWith([`http://*.app.localhost:${site.port}`, named]);
    edge = worker.url.replace("127.0.0.1", "localhost");
    browser = await launchWithForeignCookies();
    const cookie = { name: "__Host-session", value: token(), domain: "localhost", path: "/" };
    await browser.context.addCookies([
      { ...cookie, secure: true, httpOnly: true, sameSite: "None" },
    ]);
  });
  after(async () => {
    await browser?.stop();
    await worker?.stop();
    site?.stop();
  });

  for (const [label, expected, outcomes] of [
    ["preview", { name: "TypeError" }, []],
    ["named", 200, ["allowed"]],
  ]) {
    test(`is ${expected === 200 ? "" : "not "}for the page ${label}`, async () => {
      const page = await browser.context.newPage();
      try {
        await page.goto(`http://${label}.app.localhost:${site.port}/`);
        const past = decisionsOf(worker.output()).length;
        const { authorization: _, ...headers } = withToken().headers;
        const init = { method: "POST", headers, body, credentials: "include" };
        const answer = await ask(page, edge, init);
        assert.deepEqual(expected === 200 ? answer.status : answer, expected);
        assert.deepEqual(await decided(worker, past), outcomes);
        // Without the cookie the wildcard's page gets an answer, as a request without a session.
        const without = await ask(page, edge, { ...init, credentials: "omit" });
        assert.deepEqual([without.status, without.code], [401, "session_missing"]);
      } finally {
        await page.close();
      }
    });
  }
});
