// Pages that upload through a link with fetch: from the edge's own origin, from one that CORS allows, and from others.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { startEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import { told, writing } from "../support/links.mjs";
import { get, head } from "../support/s3.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";
import { freshKey, ready } from "../support/stack.mjs";

/** A site of empty pages. */
async function startSite() {
  const server = createServer((_, response) => {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end("<!doctype html><title>a site</title>");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

let browser, worker, friend, foreign, store;
before(async () => {
  [friend, foreign, store] = [await startSite(), await startSite(), await StandInStore.start()];
  const configuration = withLinks({ ledger: "layered" });
  const { STORES, RULES } = configuration.vars;
  const own = STORES[ready.store_name];
  configuration.vars = {
    ...configuration.vars,
    CORS: { allowed_origins: [friend.origin] },
    STORES: { ...STORES, strict: { ...own, endpoint: store.url } },
    RULES: RULES.map((rule) => ({ ...rule, stores: [...rule.stores, "strict"] })),
  };
  worker = await startEdge(configuration, linkSecrets);
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  for (const site of [friend, foreign, store]) site?.stop();
});

const edge = () => worker.url;
const used = async (link) => (await told(link, { edge: edge() })).used;

/** A test with a page of an origin. */
function pageTest(name, origin, run) {
  test(name, async () => {
    const page = await browser.newPage();
    try {
      await page.goto(origin() === edge() ? `${edge()}/healthz` : origin());
      await run(page);
    } finally {
      await page.close();
    }
  });
}

/**
 * Uploads a text with `fetch` in the page: status, problem's code and ETag, or the error's name where the
 * page may not see the answer.
 */
const upload = (page, { url }, text, type, headers = {}) =>
  page.evaluate(
    async ([url, text, type, headers]) => {
      const body = new Blob([text], { type });
      try {
        const answer = await fetch(url, { method: "PUT", body, headers });
        const isProblem = answer.headers.get("content-type") === "application/problem+json";
        const code = isProblem ? (await answer.json()).code : undefined;
        return { status: answer.status, code, etag: answer.headers.get("etag"), url: answer.url };
      } catch (error) {
        return error.name;
      }
    },
    [url, text, type, headers],
  );

const onlyNew = { "if-none-match": "*" };
const pages = [
  ["the edge's own origin", edge],
  ["an allowed origin", () => friend.origin],
];

for (const [whose, origin] of pages) {
  for (const [where, headers, end] of [
    ["through the edge", {}, edge],
    ["straight to the store", onlyNew, () => ready.store],
  ]) {
    pageTest(`a page of ${whose} uploads ${where}, once`, origin, async (page) => {
      const key = freshKey("picture.png");
      const link = await writing(key, {}, { edge: edge() });
      const answer = await upload(page, link, "a picture", "image/png", headers);
      assert.equal(answer.status, 200, JSON.stringify(answer));
      assert.equal(new URL(answer.url).origin, end());
      assert.match(answer.etag, /^"[0-9a-f]{32}"$/);
      assert.equal(String(await get(key)), "a picture");
      assert.equal((await head(key)).get("content-type"), "image/png");

      const { status, code } = await upload(page, link, "another", "image/png", headers);
      assert.deepEqual([status, code], [410, "link_spent"]);
      assert.equal(String(await get(key)), "a picture");
    });
  }

  pageTest(`a page of ${whose} is told what is wrong`, origin, async (page) => {
    const key = freshKey();
    const terms = { content_type: "image/png", max_bytes: 5 };
    const link = await writing(key, terms, { edge: edge() });
    for (const headers of [{}, onlyNew]) {
      const large = await upload(page, link, "abcdef", "image/png", headers);
      assert.deepEqual([large.status, large.code], [413, "upload_size"]);
      const html = await upload(page, link, "abc", "text/html", headers);
      assert.deepEqual([html.status, html.code], [415, "upload_type"]);
      const untyped = await upload(page, link, "abc", "", headers);
      assert.deepEqual([untyped.status, untyped.code], [415, "upload_type"]);
    }
    assert.equal(await used(link), 0);
    assert.equal((await upload(page, link, "abcde", "image/png")).status, 200);
  });
}

pageTest(
  "a page of another origin uploads nothing",
  () => foreign.origin,
  async (page) => {
    const link = await writing(freshKey(), {}, { edge: edge() });
    assert.equal(await upload(page, link, "a", "text/plain"), "TypeError");
    assert.equal(await upload(page, link, "a", "text/plain", onlyNew), "TypeError");
    const blind = await page.evaluate(
      ([url]) =>
        fetch(url, { method: "POST", mode: "no-cors", body: "a" }).then(
          ({ type }) => type,
          ({ name }) => name,
        ),
      [link.url],
    );
    assert.equal(blind, "opaque");
    assert.equal(await used(link), 0);
  },
);

/** Lets the stand-in answer pages of one origin, as a bucket's CORS configuration that names it does. */
function allow(allowed) {
  const seen = [];
  store.answer = (request, response) => {
    const { method, headers } = request;
    seen.push({ method, origin: headers.origin, headers });
    request.resume();
    const isAllowed = headers.origin === allowed;
    const cors = {
      "access-control-allow-origin": allowed,
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "content-type, if-none-match",
    };
    const refused = method === "OPTIONS" && !isAllowed;
    response.writeHead(refused ? 403 : 200, isAllowed ? cors : {}).end();
  };
  return seen;
}

for (const [whose, origin, seenAs] of [
  [...pages[0], edge],
  // A redirect from one foreign origin to another removes the origin.
  [...pages[1], () => "null"],
]) {
  pageTest(
    `the store sees a page of ${whose} as ${origin === edge ? "it is" : "null"}`,
    origin,
    async (page) => {
      const make = (fields) =>
        writing(freshKey(), { store: "strict", ...fields }, { edge: edge() });
      const seen = allow(seenAs());
      const { status } = await upload(page, await make(), "a", "image/png", onlyNew);
      assert.equal(status, 200);
      const told = seen.map(({ method, origin }) => [method, origin]);
      assert.deepEqual(told, [
        ["OPTIONS", seenAs()],
        ["PUT", seenAs()],
      ]);
      const asked = seen[0].headers["access-control-request-headers"].split(",").sort();
      assert.deepEqual(asked, ["content-type", "if-none-match"]);
      assert.equal(seen[1].headers.referer, undefined);

      // A bucket that allows only other origins isn't written to, and the use is spent.
      const refusing = allow("https://app.example.com");
      const link = await make();
      assert.equal(await upload(page, link, "a", "image/png", onlyNew), "TypeError");
      assert.deepEqual(
        refusing.map(({ method }) => method),
        ["OPTIONS"],
      );
      assert.equal(await used(link), 1);

      // Through the edge the bucket's CORS configuration doesn't matter.
      for (const [fields, headers] of [
        [{}, {}],
        [{ delivery: "stream" }, onlyNew],
      ]) {
        const passed = await upload(page, await make(fields), "a", "image/png", headers);
        assert.equal(passed.status, 200);
      }
    },
  );
}
