// Pages of other origins that make a browser send the session's cookie. `localhost` and `127.0.0.1` are
// different sites; two ports of one host are different origins of the same site.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launchWithForeignCookies } from "../support/browser.mjs";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { decisionsOf, until } from "../support/log.mjs";
import { isUnspent } from "../support/refusal.mjs";
import { callEdge, token } from "../support/stack.mjs";

/** A site of empty pages, under both of its host's names. */
async function startSite() {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html" });
    response.end("<!doctype html><title>a site</title>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { other: `http://127.0.0.1:${port}`, same: `http://localhost:${port}`, stop };
}

let worker, edge, browser, foreign, friend;
before(async () => {
  [foreign, friend] = [await startSite(), await startSite()];
  const CORS = { allowed_origins: [friend.other], allow_credentials: true };
  const RULES = [{ ...vars.RULES[0], keys: ["public/**"] }];
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  worker = await startEdge({ vars: { ...vars, CORS, RULES }, kv_namespaces }, secrets);
  edge = worker.url.replace("127.0.0.1", "localhost");
  browser = await launchWithForeignCookies();
});
after(async () => {
  await browser?.stop();
  await worker?.stop();
  foreign?.stop();
  friend?.stop();
});

/**
 * A test with a page at `origin()` in a browser that has the session's cookie. `run` gives back the
 * outcomes of all decisions that the Worker came to: `session_missing` would be those without the cookie.
 */
function browserTest(name, origin, sameSite, run) {
  test(name, async () => {
    const { context } = browser;
    const cookie = { name: "__Host-session", value: token(), domain: "localhost", path: "/" };
    await context.clearCookies();
    await context.addCookies([{ ...cookie, secure: true, httpOnly: true, sameSite }]);
    const page = await context.newPage();
    try {
      const url = origin() === edge ? `${edge}/healthz` : `${origin()}/`;
      assert.equal((await page.goto(url)).status(), 200);
      const past = decisionsOf(worker.output()).length;
      const expected = await run(page);
      // The last line is that of a request without a session.
      const last = (await callEdge("/v1/presign", {}, worker.url)).json.request_id;
      const lines = await until(() => {
        const found = decisionsOf(worker.output());
        return found.at(-1)?.request_id === last && found.slice(past, -1);
      });
      assert.deepEqual(
        lines.map(({ outcome }) => outcome),
        expected,
      );
    } finally {
      await page.close();
    }
  });
}

const wish = (one_time_key) => ({ operation: "GetObject", key: "public/file", one_time_key });
const query = (fields) => `/v1/presign?${new URLSearchParams(fields)}`;
const { one_time_key: _, ...freeWish } = wish();

/** Fails unless the key can be spent, once; the decisions that this takes. */
async function unspent(oneTimeKey) {
  await isUnspent(oneTimeKey, "e2e", worker.url);
  return ["allowed", "one_time_key_used"];
}

/** Posts JSON by a form of the page, as text: forms have no type for it. What the browser then shows. */
async function postForm(page, oneTimeKey) {
  const [name, value] = JSON.stringify({ ...wish(oneTimeKey), x: "=" }).split("=");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.evaluate(
    ({ action, name, value }) => {
      const form = document.createElement("form");
      Object.assign(form, { action, method: "post", enctype: "text/plain" });
      const input = document.createElement("input");
      form.append(Object.assign(input, { name, value }));
      document.body.append(form);
      form.submit();
    },
    { action: `${edge}/v1/presign`, name, value },
  );
  const { code } = await (await answered).json();
  return code;
}

/** Fetches in the page: the status that it may read, 0 where it may not, or the name of the error. */
const fetchIn = (page, path, init) =>
  page.evaluate(
    ([url, init]) =>
      fetch(url, { credentials: "include", ...init }).then(
        ({ status }) => status,
        ({ name }) => name,
      ),
    [edge + path, init],
  );

const text = { "content-type": "text/plain" };
const json = { "content-type": "application/json" };
const posting = (oneTimeKey, headers) => ({
  method: "POST",
  headers,
  body: JSON.stringify(wish(oneTimeKey)),
});

const foreignPages = [
  ["another site", () => foreign.other, "None"],
  ["another port of the same site", () => foreign.same, "Strict"],
];
for (const [where, origin, sameSite] of foreignPages) {
  browserTest(`a form of ${where} can't use the cookie`, origin, sameSite, async (page) => {
    const oneTimeKey = crypto.randomUUID();
    assert.equal(await postForm(page, oneTimeKey), "origin_not_allowed");
    return ["origin_not_allowed", ...(await unspent(oneTimeKey))];
  });

  browserTest(`a script of ${where} can't use the cookie`, origin, sameSite, async (page) => {
    const oneTimeKey = crypto.randomUUID();
    const blind = { ...posting(oneTimeKey, text), mode: "no-cors" };
    assert.equal(await fetchIn(page, "/v1/presign", blind), 0);
    // For JSON the browser sends a preflight first, and then not the request: there is no second decision.
    const asked = await fetchIn(page, "/v1/presign", posting(oneTimeKey, json));
    assert.equal(asked, "TypeError");
    return ["origin_not_allowed", ...(await unspent(oneTimeKey))];
  });

  browserTest(`what ${where} links to spends nothing`, origin, sameSite, async (page) => {
    const oneTimeKey = crypto.randomUUID();
    const load = (src) =>
      page.evaluate(
        (src) =>
          new Promise((resolve) => {
            const image = new Image();
            Object.assign(image, { onload: resolve, onerror: resolve, src });
          }),
        edge + src,
      );
    await load(query(freeWish));
    await load(query(wish(oneTimeKey)));
    // The page can't read a URL that is given out for the cookie.
    assert.equal(await fetchIn(page, query(freeWish)), "TypeError");
    return ["allowed", "not_allowed", "allowed", ...(await unspent(oneTimeKey))];
  });
}

browserTest(
  "a page without an origin can't use the cookie",
  () => friend.other,
  "None",
  async (page) => {
    const oneTimeKey = crypto.randomUUID();
    const postFromFrame = (sandbox) =>
      page.evaluate(
        ({ sandbox, url, body }) => {
          const init = { method: "POST", mode: "no-cors", credentials: "include", body };
          const call = `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)})`;
          const frame = document.createElement("iframe");
          frame.setAttribute("sandbox", sandbox);
          frame.srcdoc = `<script>${call}.finally(() => parent.postMessage("done", "*"))</script>`;
          document.body.append(frame);
          return new Promise((resolve) => addEventListener("message", resolve, { once: true }));
        },
        { sandbox, url: `${edge}/v1/presign`, body: JSON.stringify(wish(oneTimeKey)) },
      );
    // A sandboxed frame of an allowed page has the origin null, unless the sandbox lets it keep the page's origin. Then
    // it gets as far as the check of its content type, but to no decision.
    await postFromFrame("allow-scripts");
    await postFromFrame("allow-scripts allow-same-origin");
    return ["origin_not_allowed", ...(await unspent(oneTimeKey))];
  },
);

const allowedPages = [
  ["the edge's own origin", () => edge, "Strict"],
  ["an allowed origin", () => friend.other, "None"],
];
for (const [where, origin, sameSite] of allowedPages) {
  browserTest(`a script of ${where} uses the cookie`, origin, sameSite, async (page) => {
    const oneTimeKey = crypto.randomUUID();
    assert.equal(await fetchIn(page, "/v1/presign", posting(oneTimeKey, json)), 200);
    assert.equal(await fetchIn(page, "/v1/presign", posting(oneTimeKey, json)), 409);
    assert.equal(await fetchIn(page, query(freeWish)), 200);
    assert.equal(await fetchIn(page, query(wish(crypto.randomUUID()))), 403);
    const bare = { ...posting(crypto.randomUUID(), json), credentials: "omit" };
    assert.equal(await fetchIn(page, "/v1/presign", bare), 401);
    return ["allowed", "one_time_key_used", "allowed", "not_allowed", "session_missing"];
  });

  browserTest(`a form of ${where} gets as far as its type`, origin, sameSite, async (page) => {
    const oneTimeKey = crypto.randomUUID();
    assert.equal(await postForm(page, oneTimeKey), "unsupported_media_type");
    return unspent(oneTimeKey);
  });
}
