// The browser client's multipart uploads when a part fails: what is tried again, when, and what isn't.

import assert from "node:assert/strict";
import { describe } from "node:test";
import {
  PARTS,
  SIZE,
  begin,
  end,
  inPage,
  isPart,
  isStored,
  numbersOf,
  partsSent,
  shared,
} from "../support/client-page.mjs";
import { freshKey } from "../support/stack.mjs";

describe("a part that fails", () => {
  /** Answers the PUTs of a part in turn: a status, null for none at all, and "pass" for the store's own. */
  async function answers(page, part, turns, headers = {}) {
    const allowing = { "access-control-allow-origin": "*", ...headers };
    await page.route(isPart(part), (route) => {
      const turn = turns.length > 1 ? turns.shift() : turns[0];
      if (turn === "pass") return route.continue();
      if (turn === null) return route.abort();
      const body = `<Error><Code>Code${turn}</Code></Error>`;
      return route.fulfill({ status: turn, headers: allowing, body });
    });
  }

  inPage("is sent again, later each time, and the file arrives", async (page) => {
    const key = freshKey();
    await answers(page, 2, [503, null, 500, "pass"]);
    await begin(page, key, { backoff: 100 });
    const { outcome, progress, retries } = await end(page);
    assert.equal(outcome.value?.key, key, JSON.stringify(outcome));
    assert.deepEqual(
      retries.map(({ delay: _, ...rest }) => rest),
      [
        { part: 2, failed: 1, code: "Code503", status: 503 },
        { part: 2, failed: 2, code: "unreachable", status: 0 },
        { part: 2, failed: 3, code: "Code500", status: 500 },
      ],
    );
    retries.forEach(({ delay }, index) => {
      const about = 100 * 2 ** index;
      assert.ok(delay >= about * 0.75 && delay <= about * 1.25, `${delay} ms`);
    });
    assert.deepEqual(partsSent(), PARTS);
    assert.deepEqual(progress.at(-1), [SIZE, SIZE]);
    await isStored(page, key);
  });

  inPage("is sent again when the store says", async (page) => {
    const headers = { "retry-after": "1", "access-control-expose-headers": "retry-after" };
    await answers(page, 1, [503, "pass"], headers);
    await begin(page, freshKey(), { size: 100 });
    const { outcome, retries } = await end(page);
    assert.ok(outcome.value);
    assert.deepEqual(
      retries.map(({ delay }) => delay),
      [1000],
    );
  });

  inPage("is sent again by a URL of its own", async (page) => {
    const urls = new Set();
    page.on("request", (request) => request.method() === "PUT" && urls.add(request.url()));
    const asked = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/v1/multipart/parts")) asked.push(request.postDataJSON().parts);
    });
    await answers(page, 1, [500, "pass"]);
    await begin(page, freshKey(), { size: 100, backoff: 1500 });
    assert.ok((await end(page)).outcome.value);
    assert.equal(urls.size, 2);
    const part = { part_number: 1, content_length: 100 };
    assert.deepEqual(asked, [[part], [part]]);
  });

  inPage("too often ends the upload, which can go on later", async (page) => {
    const key = freshKey();
    await answers(page, 3, [500]);
    await begin(page, key, { retries: 2, parallel: 2 });
    const { outcome, retries, states } = await end(page);
    assert.deepEqual([outcome.error.from, outcome.error.status], ["store", 500]);
    assert.equal(retries.length, 2);
    const already = numbersOf(states.at(-1));
    assert.ok(already.includes(1) && already.includes(2) && !already.includes(3), states.at(-1));

    await page.unrouteAll();
    shared.store.requests = [];
    await begin(page, key, { resume: states.at(-1) });
    assert.ok((await end(page)).outcome.value);
    assert.deepEqual(
      partsSent(),
      PARTS.filter((number) => !already.includes(number)),
    );
    await isStored(page, key);
  });

  inPage("to make progress is sent again", async (page) => {
    const key = freshKey();
    // It is neither sent nor refused, as when a network disappears silently.
    await page.route(isPart(2), () => {}, { times: 1 });
    await begin(page, key, { stall: 1 });
    const { outcome, progress, retries } = await end(page);
    assert.equal(outcome.value?.key, key, JSON.stringify(outcome));
    assert.deepEqual(
      retries.map(({ delay: _, ...rest }) => rest),
      [{ part: 2, failed: 1, code: "stalled", status: 0 }],
    );
    assert.deepEqual(progress.at(-1), [SIZE, SIZE]);
    await isStored(page, key);
  });

  inPage("to make progress too often ends the upload", async (page) => {
    await page.route(isPart(1), () => {});
    await begin(page, freshKey(), { size: 100, stall: 0.3, retries: 1 });
    const { outcome, retries } = await end(page);
    const { from, status, code, detail } = outcome.error;
    assert.deepEqual([from, status, code, retries.length], ["store", 0, "stalled", 1]);
    assert.match(detail, new RegExp(`^${shared.store.url} .* 0\\.3 seconds`));
  });

  inPage("for good isn't sent again", async (page) => {
    await answers(page, 1, [403]);
    await begin(page, freshKey());
    const { outcome, retries } = await end(page);
    const { status, code } = outcome.error;
    assert.deepEqual([status, code, retries], [403, "Code403", []]);
  });

  inPage("whose ETag the bucket hides isn't sent again either", async (page) => {
    await page.route(
      (url) => url.searchParams.has("partNumber"),
      (route) => route.fulfill({ headers: { "access-control-allow-origin": "*", etag: '"a"' } }),
    );
    await begin(page, freshKey(), { size: 100 });
    const { outcome, retries } = await end(page);
    const { from, code, detail } = outcome.error;
    assert.deepEqual([from, code, retries], ["client", "etag_hidden", []]);
    assert.match(detail, /CORS/);
  });

  inPage(
    "to be signed is tried again where the edge asks for it soon, and only then",
    async (page) => {
      const sign = `${shared.url}/v1/multipart/parts`;
      const answer = (after) => ({
        status: 503,
        contentType: "application/problem+json",
        headers: { "retry-after": String(after) },
        body: JSON.stringify({
          code: "keys_unavailable",
          detail: "…",
          request_id: "1",
          status: 503,
        }),
      });
      for (const [after, succeeds] of [
        [1, true],
        [60, false],
      ]) {
        await page.route(sign, (route) => route.fulfill(answer(after)), { times: 1 });
        await begin(page, freshKey(), { size: 100 });
        const { outcome, retries } = await end(page);
        assert.deepEqual([outcome.value !== undefined, retries.length], [succeeds, +succeeds]);
        if (!succeeds) assert.equal(outcome.error.code, "keys_unavailable");
      }
    },
  );
});

describe("what goes on slowly", () => {
  inPage("has not failed", async (page) => {
    const browser = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1 };
    await browser.send("Network.enable");
    await browser.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: 256e3 });
    const key = freshKey();
    // Four seconds for all attempts.
    await begin(page, key, { size: SIZE, partSize: SIZE, stall: 1.5 });
    const { outcome, retries } = await end(page);
    assert.equal(outcome.value?.key, key, JSON.stringify(outcome));
    assert.deepEqual(retries, []);
    await isStored(page, key);
  });
});

describe("a completion", () => {
  inPage(
    "that nobody answers is asked for again, when the edge has long given up",
    async (page) => {
      const complete = `${shared.url}/v1/multipart/complete`;
      await page.route(complete, () => {}, { times: 1 });
      await page.clock.install();
      const lost = page.waitForRequest(complete);
      const key = freshKey();
      await begin(page, key, { size: 100 });
      await lost;
      // The edge may take ten minutes and more.
      await page.clock.fastForward("11:30");
      assert.equal(await page.evaluate(() => window.run.retries.length), 0);
      await page.clock.fastForward("00:40");
      const { outcome, retries } = await end(page);
      assert.match(outcome.value?.etag ?? "", /-1"$/, JSON.stringify(outcome));
      assert.deepEqual(
        retries.map(({ code, status, part }) => [code, status, part]),
        [["stalled", 0, undefined]],
      );
      await isStored(page, key);
    },
  );

  inPage("whose answer is lost is asked for again, and the file is there", async (page) => {
    let asked = 0;
    await page.route(`${shared.url}/v1/multipart/complete`, async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      // The request gets through, but its answer is lost.
      assert.equal((await route.fetch()).status(), 200);
      return route.abort();
    });
    const key = freshKey();
    await begin(page, key, { size: 100 });
    const { outcome, retries } = await end(page);
    assert.match(outcome.value?.etag ?? "", /^"[0-9a-f]{32}-1"$/, JSON.stringify(outcome));
    assert.deepEqual(
      retries.map(({ code }) => code),
      ["unreachable"],
    );
    assert.deepEqual(
      shared.store.asked({ method: "POST" }).map(({ status }) => status),
      [200, 200, 404],
    );
    await isStored(page, key);
  });

  inPage("that the store refuses for good isn't tried again", async (page) => {
    const problem = { code: "store_refused", detail: "…", request_id: "1", status: 400 };
    await page.route(`${shared.url}/v1/multipart/complete`, (route) =>
      route.fulfill({ status: 400, json: problem, contentType: "application/problem+json" }),
    );
    await begin(page, freshKey(), { size: 100 });
    const { outcome, retries } = await end(page);
    assert.deepEqual([outcome.error?.code, retries], ["store_refused", []]);
  });
});

describe("a file in one piece that fails", () => {
  /**
   * Sends one, of which the store doesn't take the first attempt, by URLs that are said to live for a second: how
   * many were asked for, and those that were used.
   */
  async function sent(page, options) {
    const presign = `${shared.url}/v1/presign`;
    let asked = 0;
    await page.route(presign, async (route) => {
      asked += 1;
      const response = await route.fetch();
      const answer = await response.json();
      answer.expires_at = new Date(Date.parse(answer.signed_at) + 1000).toISOString();
      await route.fulfill({ response, json: answer });
    });
    const isStore = (url) => url.origin === shared.store.url;
    const headers = { "access-control-allow-origin": "*" };
    await page.route(isStore, (route) => route.fulfill({ status: 503, headers }), { times: 1 });
    const urls = [];
    page.on("request", (request) => request.method() === "PUT" && urls.push(request.url()));
    const key = freshKey();
    await begin(page, key, { size: 100, threshold: 100, ...options });
    const { outcome, retries } = await end(page);
    assert.equal(outcome.value?.key, key, JSON.stringify(outcome));
    assert.equal(retries.length, 1);
    await isStored(page, key);
    return { asked, urls };
  }

  inPage("is sent again by the same URL while that lives", async (page) => {
    const { asked, urls } = await sent(page, { backoff: 1 });
    assert.deepEqual([asked, urls.length, new Set(urls).size], [1, 2, 1]);
  });

  inPage("is sent again by another one when it has expired", async (page) => {
    const { asked, urls } = await sent(page, { backoff: 1500 });
    assert.deepEqual([asked, urls.length, new Set(urls).size], [2, 2, 2]);
  });

  inPage("to make progress is sent again", async (page) => {
    const isStore = (url) => url.origin === shared.store.url;
    await page.route(isStore, () => {}, { times: 1 });
    const key = freshKey();
    await begin(page, key, { size: 100, threshold: 100, stall: 1 });
    const { outcome, retries } = await end(page);
    assert.equal(outcome.value?.key, key, JSON.stringify(outcome));
    assert.deepEqual(
      retries.map(({ code }) => code),
      ["stalled"],
    );
    await isStored(page, key);
  });

  inPage("asks for no other one where a one-time key has bought it", async (page) => {
    const fields = { one_time_key: crypto.randomUUID() };
    const { asked, urls } = await sent(page, { backoff: 1500, fields });
    assert.deepEqual([asked, urls.length, new Set(urls).size], [1, 2, 1]);
  });
});
