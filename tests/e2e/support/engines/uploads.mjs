// Steps that upload: through links, by fetch and XMLHttpRequest, and with the client.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writing } from "../links.mjs";
import { get, head, isMissing } from "../s3.mjs";
import { freshKey, ready, token } from "../stack.mjs";
import { until } from "./wait.mjs";

const PART = 320 * 1024;

/** Uploads a text with `fetch` in the page: the status, or the error's name where the page may not see the answer. */
const byFetch = (tab, { url }, text, headers = {}) =>
  tab.evaluate(
    ([url, text, headers]) =>
      fetch(url, { method: "PUT", body: new Blob([text], { type: "image/png" }), headers }).then(
        ({ status }) => status,
        ({ name }) => name,
      ),
    [url, text, headers],
  );

/** Uploads bytes with XMLHttpRequest: the status, and what was told of the progress. */
const byXhr = (tab, { url }, size, headers = {}) =>
  tab.evaluate(
    ([url, size, headers]) =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        const progress = [];
        request.upload.onprogress = ({ loaded, total }) => progress.push(loaded / total);
        request.onloadend = () => resolve({ status: request.status, progress });
        request.open("PUT", url);
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
        request.send(new Blob([new Uint8Array(size)], { type: "image/png" }));
      }),
    [url, size, headers],
  );

/** Uploads with the client, which asks the link where the file goes: what became of it. */
async function redeemed(tab, link, size) {
  await tab.waitFor(() => "harness" in window);
  return tab.evaluate(
    ([link, size]) => {
      const { createClient, file, outcome } = window.harness;
      window.progress = [];
      const onProgress = ({ loaded, total }) => window.progress.push(loaded / total);
      const client = createClient({ edge: location.origin });
      return outcome(client.redeem(link, file(size), { onProgress }));
    },
    [link, size],
  );
}

/** So it goes straight to the store, by a redirect. */
const onlyNew = { "if-none-match": "*" };
const ways = [
  ["through the edge", {}],
  ["straight to the store", onlyNew],
];

const throughLinks = ways.flatMap(([where, headers]) => [
  {
    name: `fetch uploads by a link, once: ${where}`,
    isQuick: headers === onlyNew,
    async take(tab, site) {
      for (const origin of [site.edge, site.friend]) {
        const key = freshKey("Ü.png");
        const link = await site.writing(key, {});
        await tab.open(`${origin.url}/client/`);
        assert.equal(await byFetch(tab, link, "a picture", headers), 200);
        assert.equal(String(await get(key)), "a picture");
        assert.equal((await head(key)).get("content-type"), "image/png");
        assert.equal(await byFetch(tab, link, "another", headers), 410);
        assert.equal(String(await get(key)), "a picture");
      }
    },
  },
  {
    name: `XMLHttpRequest uploads by a link: ${where}`,
    isQuick: headers === onlyNew,
    async take(tab, site) {
      const [key, size] = [freshKey("a.png"), 3_000_001];
      const link = await site.writing(key, {});
      await tab.open(`${site.edge.url}/client/`);
      const { status, progress } = await byXhr(tab, link, size, headers);
      assert.equal(status, 200);
      assert.equal((await get(key)).length, size);
      assert.equal(progress.at(-1), 1);
    },
  },
]);

/** Uploads with the client; the page then has it as `window.run`. */
const begin = (tab, key, size, options) =>
  tab.evaluate(
    ([token, key, size, options]) => {
      const { createClient, file, start } = window.harness;
      window.client ??= createClient({ token });
      window.blob ??= file(size);
      const { resume } = window;
      window.run = start(window.client, window.blob, { key, ...options, resume });
    },
    [token(), key, size, options],
  );

const outcome = (tab) => tab.evaluate(() => window.run.done);
const hashOf = (tab) => tab.evaluate(() => window.harness.hash(window.blob));

/** Fails unless the store has what the page sent. */
async function isStored(tab, key) {
  const stored = createHash("sha256").update(await get(key));
  assert.equal(stored.digest("hex"), await hashOf(tab));
}

export const uploads = [
  ...throughLinks,
  {
    name: "a page of another origin uploads nothing by a link",
    async take(tab, site) {
      const link = await site.writing(freshKey(), {});
      await tab.open(site.stranger.url);
      for (const [, headers] of ways) {
        assert.equal(await byFetch(tab, link, "a", headers), "TypeError");
      }
      assert.equal(await site.used(link), 0);
    },
  },
  {
    name: "the store is told of a page of another origin that uploads by a redirect, as its engine does",
    async take(tab, site, engine) {
      const key = freshKey("a.png");
      const link = await site.writing(key, {});
      await tab.open(site.friend.url);
      const before = site.store.requests.length;
      assert.equal(await byFetch(tab, link, "a", onlyNew), 200);
      const own = engine === "firefox" ? site.friend.url : "null";
      assert.deepEqual(
        site.store.requests.slice(before).map(({ method, headers }) => [method, headers.origin]),
        [
          ["OPTIONS", own],
          ["PUT", "null"],
        ],
      );
    },
  },
  {
    name: "the client uploads in one piece and tells how far it is",
    async take(tab, site) {
      const [key, size] = [freshKey("ä b.bin"), 3_000_001];
      await tab.open(`${site.edge.url}/client/`);
      await tab.waitFor(() => "harness" in window);
      await begin(tab, key, size, {});
      const { value } = await outcome(tab);
      assert.equal(value?.key, key);
      await isStored(tab, key);
      const progress = await tab.evaluate(() => window.run.progress);
      assert.deepEqual(progress.at(-1), [size, size]);
    },
  },
  {
    name: "the client goes on with an upload in parts that was stopped",
    isQuick: true,
    async take(tab, site) {
      const key = freshKey("ä b.bin");
      const options = { threshold: 0, partSize: PART, parallel: 1, backoff: 1 };
      await tab.open(`${site.edge.url}/client/`);
      await tab.waitFor(() => "harness" in window);
      const before = site.store.requests.length;
      const parts = () =>
        site.store.requests
          .slice(before)
          .filter(({ method }) => method === "PUT")
          .map(({ url, status }) => [
            Number(new URL(url, site.store.url).searchParams.get("partNumber")),
            status,
          ]);
      // The third part gets stuck, as on a slow network.
      site.store.hold = ({ method, url }) => method === "PUT" && /[?&]partNumber=3(&|$)/.test(url);
      await begin(tab, key, 5 * PART, options);
      await until(() => parts().length === 3, "the third part");
      await tab.evaluate(() => window.run.stop());
      assert.deepEqual(await outcome(tab), { thrown: "Error: the person said stop" });
      await isMissing(key);
      site.store.hold = () => false;

      await tab.evaluate(() => (window.resume = JSON.parse(window.run.states.at(-1))));
      await begin(tab, key, 5 * PART, options);
      assert.equal((await outcome(tab)).value?.key, key);
      await isStored(tab, key);
      const [numbers, statuses] = [0, 1].map((index) => parts().map((part) => part[index]));
      assert.deepEqual(numbers, [1, 2, 3, 3, 4, 5]);
      assert.deepEqual(statuses, [200, 200, undefined, 200, 200, 200]);
    },
  },
  {
    // With a redirect workerd closes the connection while the file is sent, unless a proxy is in front of it.
    name: "a file of 10 MB by a link whose answer says where it goes is stored where nothing stands before the Worker",
    isQuick: true,
    async take(tab, site) {
      const [key, size] = [freshKey("a.bin"), 10_000_000];
      const link = await site.writing(key, {});
      await tab.open(`${site.edge.url}/client/`);
      const { value, error, thrown } = await redeemed(tab, link, size);
      assert.ok(value, error?.detail ?? thrown);
      assert.equal((await get(key)).length, size);
      assert.equal(await site.used(link), 1);
    },
  },
  {
    name: "the progress of an upload by a link isn't at its end before the store has the file",
    isQuick: true,
    async take(tab, site) {
      const [key, size] = [freshKey("a.bin"), 16 * 1024 * 1024];
      const link = await site.writing(key, {});
      await tab.open(`${site.edge.url}/client/`);
      // Headers that the store doesn't read.
      site.store.hold = ({ method }) => method === "PUT";
      const done = redeemed(tab, link, size);
      await until(() => site.store.asked(`/${key}`).length > 0, "the store to be asked");
      await new Promise((done) => setTimeout(done, 1000));
      const progress = () => tab.evaluate(() => window.progress);
      const before = await progress();
      site.store.release();
      const { value, error, thrown } = await done;
      assert.ok(value, error?.detail ?? thrown);
      assert.ok(Math.max(0, ...before) < 1, before.slice(-5).join());
      const whole = await progress();
      assert.equal(whole.at(-1), 1);
      assert.deepEqual(
        whole,
        whole.toSorted((a, b) => a - b),
      );
    },
  },
];
