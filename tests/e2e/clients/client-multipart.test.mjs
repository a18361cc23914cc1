// The browser client's multipart uploads: what reaches the store, what reaches it only once, and the reported progress.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openPage, startEdgeWithClient, stored, withPage } from "../support/client.mjs";
import {
  MIB,
  PART,
  PARTS,
  SIZE,
  begin,
  end,
  inPage,
  interrupted,
  isStored,
  numbersOf,
  partsSent,
  shared,
} from "../support/client-page.mjs";
import { head, isMissing } from "../support/s3.mjs";
import { freshKey, token } from "../support/stack.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

describe("a large file", () => {
  inPage("goes in parts, each once, and tells how far it is", async (page) => {
    const key = freshKey("ä b.bin");
    const size = 6 * PART;
    await begin(page, key, { size });
    const { outcome, progress, retries, states } = await end(page);
    assert.equal(outcome.value.key, key);
    assert.match(outcome.value.etag, /-6"$/);
    assert.deepEqual(partsSent(), [1, 2, 3, 4, 5, 6]);
    await isStored(page, key);

    assert.deepEqual(retries, []);
    assert.deepEqual(progress[0], [0, size]);
    assert.deepEqual(progress.at(-1), [size, size]);
    const loaded = progress.map(([bytes]) => bytes);
    assert.deepEqual(
      loaded,
      loaded.toSorted((a, b) => a - b),
    );
    assert.ok(new Set(loaded).size > 6, "it is told within parts too");
    assert.deepEqual(
      states.map((state) => numbersOf(state).length),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });

  for (const parallel of [1, 2, 4]) {
    inPage(`goes ${parallel} at a time where it may`, async (page) => {
      let [running, most] = [0, 0];
      page.on("requestfinished", (request) => request.method() === "PUT" && running--);
      // This many have to be on their way before any of them gets through.
      const waiting = [];
      await page.route(
        (url) => url.searchParams.has("partNumber"),
        (route) => {
          most = Math.max(most, ++running);
          waiting.push(route);
          if (waiting.length === parallel) for (const one of waiting.splice(0)) one.continue();
        },
      );
      await begin(page, freshKey(), { parallel });
      assert.ok((await end(page)).outcome.value);
      assert.equal(most, parallel);
    });
  }

  for (const [size, threshold, partSize, expected] of [
    [1000, 1000, undefined, []],
    [1001, 1000, undefined, [1]],
    [PART + 1, 1000, PART, [1, 2]],
    [PART, 1000, PART, [1]],
    [9 * MIB, 0, undefined, [1, 2]],
  ]) {
    inPage(
      `of ${size} bytes, in parts above ${threshold}, goes in ${expected.length}`,
      async (page) => {
        const key = freshKey();
        await begin(page, key, { size, threshold, partSize });
        assert.ok((await end(page)).outcome.value);
        // Without a number there is one request, for the whole.
        assert.deepEqual(partsSent(), expected.length === 0 ? [0] : expected);
        await isStored(page, key);
      },
    );
  }

  inPage("carries the type and the metadata that the request says", async (page) => {
    const key = freshKey();
    const fields = { metadata: { title: "a cat" } };
    await begin(page, key, { size: 100, contentType: "image/png", fields });
    assert.ok((await end(page)).outcome.value);
    assert.equal((await stored(key)).type, "image/png");
    assert.equal((await head(key)).get("x-amz-meta-title"), "a cat");
  });
});

describe("an upload that was aborted", () => {
  inPage("ends with the reason, and leaves what the store has", async (page) => {
    const key = freshKey();
    const { outcome, states } = await interrupted(page, key, 3);
    assert.deepEqual(outcome, { thrown: "Error: the person said stop" });
    assert.deepEqual(numbersOf(states.at(-1)), [1, 2]);
    assert.deepEqual(partsSent(), [1, 2]);
    await isMissing(key);
  });

  for (const [where, sameSession] of [
    ["in the page", true],
    ["after the page was loaded anew", false],
  ]) {
    inPage(`goes on ${where} without sending again what is there`, async (page) => {
      const key = freshKey();
      const { states } = await interrupted(page, key, 3, { parallel: 2, least: 3 });
      const [resume, already] = [states.at(-1), numbersOf(states.at(-1))];
      assert.deepEqual(already, [1, 2, 4]);

      shared.store.requests = [];
      if (!sameSession) await openPage(page, shared.url);
      await begin(page, "not looked at", { resume });
      const { outcome, progress } = await end(page);
      assert.equal(outcome.value.key, key);
      assert.deepEqual(partsSent(), [3]);
      assert.deepEqual(progress[0], [SIZE - PART, SIZE]);
      assert.deepEqual(progress.at(-1), [SIZE, SIZE]);
      await isStored(page, key);
    });
  }

  inPage("sends again what the store has only half, or doesn't know", async (page) => {
    const key = freshKey();
    const { states } = await interrupted(page, key, 3);
    // As if the second part had been written by somebody else with another size.
    await page.evaluate(
      async ([token, state]) => {
        const { store, key, uploadId: upload_id } = JSON.parse(state);
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const body = JSON.stringify({ store, key, upload_id, part_numbers: [2] });
        const options = { method: "POST", headers, body };
        const signed = await (await fetch("/v1/multipart/parts", options)).json();
        await fetch(signed.parts[0].url, { method: "PUT", body: "short" });
      },
      [token(), states.at(-1)],
    );
    shared.store.requests = [];
    await begin(page, key, { resume: states.at(-1) });
    assert.ok((await end(page)).outcome.value);
    assert.deepEqual(partsSent(), [2, 3, 4]);
    await isStored(page, key);
  });

  inPage("doesn't go on with another file, or one that has changed", async (page) => {
    const key = freshKey();
    const [resume] = (await interrupted(page, key, 2)).states.slice(-1);
    shared.store.requests = [];
    for (const change of [{ size: SIZE - 1 }, { date: 2 }]) {
      await begin(page, key, { resume, ...change });
      const { error } = (await end(page)).outcome;
      assert.deepEqual([error.from, error.code], ["client", "other_file"]);
    }
    assert.deepEqual(shared.store.requests, []);
    await begin(page, key, { resume });
    assert.ok((await end(page)).outcome.value);
  });

  inPage("can be discarded, and doesn't go on then", async (page) => {
    const key = freshKey();
    const [resume] = (await interrupted(page, key, 3)).states.slice(-1);
    const discarded = await page.evaluate(
      (state) => window.harness.outcome(window.client.discard(JSON.parse(state))),
      resume,
    );
    assert.equal(discarded.error, undefined);
    await begin(page, key, { resume });
    const { error } = (await end(page)).outcome;
    assert.deepEqual([error.from, error.problem.store_code], ["edge", "NoSuchUpload"]);
    await isMissing(key);
  });
});

describe("at a store whose list has no ETags", () => {
  test("an upload goes on with what the store said before", async () => {
    const store = await WatchedStore.start({ listsTags: false });
    const bare = await startEdgeWithClient(shared.client, store.vars);
    try {
      await withPage(shared.browser, bare.url, async (page) => {
        const key = freshKey();
        const sent = [];
        page.on("request", (request) => {
          const part = new URL(request.url()).searchParams.get("partNumber");
          if (request.method() === "PUT") sent.push(Number(part));
        });
        const first = (await interrupted(page, key, 3)).states.at(-1);
        sent.length = 0;
        await begin(page, key, { resume: first, parallel: 1 });
        assert.ok((await end(page)).outcome.value);
        assert.deepEqual(sent, [3, 4]);
        await isStored(page, key);

        // Without the ETags the upload can't be completed, so all parts are sent again.
        const second = (await interrupted(page, freshKey(), 3)).states.at(-1);
        assert.deepEqual(numbersOf(second), [1, 2]);
        sent.length = 0;
        const resume = JSON.stringify({ ...JSON.parse(second), etags: {} });
        await begin(page, key, { resume, parallel: 1 });
        assert.ok((await end(page)).outcome.value);
        assert.deepEqual(sent, PARTS);
      });
    } finally {
      await bare.stop();
      store.stop();
    }
  });
});
