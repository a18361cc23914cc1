// Multipart uploads by the browser client, in a page: starting, stopping and watching them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "./browser.mjs";
import { hash, installedClient, startEdgeWithClient, stored, withPage } from "./client.mjs";
import { token } from "./stack.mjs";
import { WatchedStore } from "./watched-store.mjs";

export const MIB = 1024 * 1024;
/** Smaller than S3 takes them: the store of the tests does, and what counts is how many there are. */
export const PART = 320 * 1024;
/** What a file has where nothing else is said, and the parts in which it goes. */
export const SIZE = MIB;
export const PARTS = [1, 2, 3, 4];

/** What all tests of a file share; there once its tests run. */
export const shared = { client: undefined, browser: undefined, store: undefined, url: undefined };

let worker;
before(async () => {
  [shared.client, shared.store] = [await installedClient(), await WatchedStore.start()];
  shared.browser = await launchBrowser();
  worker = await startEdgeWithClient(shared.client, shared.store.vars);
  shared.url = worker.url;
});
after(async () => {
  await shared.browser?.close();
  await worker?.stop();
  await shared.client?.remove();
  shared.store?.stop();
});

/** A test with a page of its own. */
export function inPage(name, use) {
  test(name, () => {
    shared.store.requests = [];
    return withPage(shared.browser, shared.url, use);
  });
}

/** Begins an upload in parts in the page; what the page's `window.run` tells of it. */
export const begin = (page, key, options = {}) =>
  page.evaluate(
    ([token, key, { size, date, ...options }]) => {
      const { createClient, file, start } = window.harness;
      window.client = createClient({ token });
      window.blob = file(size, { date });
      const all = { key, threshold: 0, backoff: 1, ...options };
      if (all.resume !== undefined) all.resume = JSON.parse(all.resume);
      window.run = start(window.client, window.blob, all);
    },
    [token(), key, { size: SIZE, partSize: PART, ...options }],
  );

/** What came of it. */
export const end = (page) =>
  page.evaluate(async () => {
    const { done, progress, retries, states } = window.run;
    return { outcome: await done, progress, retries, states };
  });

/** Waits until the page has been told that so many parts are there. */
export const untilParts = (page, count) =>
  page.waitForFunction((count) => {
    const last = window.run.states.at(-1);
    return last !== undefined && Object.keys(JSON.parse(last).etags).length >= count;
  }, count);

/** Fails unless the store has what the page sent. */
export async function isStored(page, key) {
  const sent = await page.evaluate(() => window.harness.hash(window.blob));
  const { bytes, type } = await stored(key);
  assert.deepEqual([hash(bytes), type], [sent, "application/x-test"]);
}

export const isPart = (number) => (url) => url.searchParams.get("partNumber") === String(number);

/**
 * Begins an upload, of which a part doesn't get through, as on a slow network, and stops it then, but not before
 * so many parts are there: what came of it.
 */
export async function interrupted(page, key, part, { parallel = 1, least = 0 } = {}) {
  const isIt = isPart(part);
  const ofIt = (request) => request.method() === "PUT" && isIt(new URL(request.url()));
  const come = page.waitForRequest(ofIt);
  const gone = page.waitForEvent("requestfailed", { predicate: ofIt });
  await page.route(isIt, () => {});
  await begin(page, key, { parallel });
  await come;
  await untilParts(page, least);
  await page.evaluate(() => window.run.stop());
  // The held request has to have ended.
  await gone;
  await page.unroute(isIt);
  return end(page);
}

/** The numbers of the parts that the store took or refused, in ascending order. */
export const partsSent = () =>
  shared.store
    .asked({ method: "PUT" })
    .map(({ part }) => Number(part))
    .sort((a, b) => a - b);

export const numbersOf = (state) => Object.keys(JSON.parse(state).etags).map(Number);
