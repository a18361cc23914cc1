// examples/put-from-anywhere, the page: pause, resume, further attempts for a part, progress, and giving up.

import assert from "node:assert/strict";
import { describe } from "node:test";
import {
  choose,
  ended,
  files,
  isPart,
  isStored,
  isUsable,
  onPage,
  partsSent,
  pausedAt,
  shared,
  status,
  text,
} from "../support/put-from-anywhere.mjs";
import { texts } from "../support/s3.mjs";
import { follow, presigned, token } from "../support/stack.mjs";

const givingUpFails = { failures: ["ERR_FAILED", "status of 404", "status of 502"] };

describe("an upload", () => {
  onPage("below the threshold goes in one PUT", {}, async (page) => {
    await page.setInputFiles("#file", files["small.bin"].path);
    await page.click("#start");
    await isStored(page, "small.bin");
    assert.deepEqual(
      shared.store.requests.map(({ method, upload }) => [method, upload]),
      [["PUT", null]],
    );
  });

  onPage("above the threshold goes in parts", {}, async (page) => {
    await choose(page);
    await page.click("#start");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent().toSorted(), [1, 2, 3, 4]);
    assert.equal(await text(page, "#amount"), "16.8 of 16.8 MB");
  });

  onPage("is paused and resumed, and sends nothing twice", {}, async (page) => {
    await pausedAt(page, 2);
    assert.equal(await text(page, "#percent"), "68%");
    assert.deepEqual(partsSent().toSorted(), [1, 3, 4]);
    shared.store.requests = [];
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent(), [2]);
    // It is over: the next one is new.
    assert.deepEqual(
      [await isUsable(page, "start"), await isUsable(page, "resume")],
      [true, false],
    );
  });

  onPage("goes on after the page was loaded anew", {}, async (page) => {
    await pausedAt(page, 1);
    shared.store.requests = [];
    await page.reload({ waitUntil: "networkidle" });
    assert.match(await status(page), /large ä\.bin isn't finished: 3 of 4 parts are stored\./);
    assert.match(await text(page, "#upload-hint"), /Choose large ä\.bin again to resume/);
    // Not with another file of the same size.
    await choose(page, "other.bin");
    assert.deepEqual(
      [await isUsable(page, "resume"), await isUsable(page, "start")],
      [false, false],
    );
    await choose(page);
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent(), [1]);
  });

  onPage("is given up, and the store has nothing of it", {}, async (page) => {
    await pausedAt(page, 2);
    const [{ upload, key }] = shared.store.asked({ method: "PUT" });
    await page.click("#discard");
    await page.locator("#status", { hasText: "Given up" }).waitFor();
    assert.equal(await text(page, "#alert"), "");
    assert.deepEqual(shared.store.asked({ method: "DELETE", upload }).length, 1);
    const bearer = token({ sub: shared.example.subject });
    const list = await presigned({ operation: "ListParts", key, upload_id: upload }, { bearer });
    const left = texts(await (await follow(list)).text(), "PartNumber");
    assert.deepEqual(left, []);
    await page.reload({ waitUntil: "networkidle" });
    assert.equal(await status(page), "");
  });

  onPage(
    "is not given up where the edge or the store doesn't say so",
    givingUpFails,
    async (page) => {
      await pausedAt(page, 2);
      const abort = (url) => url.pathname === "/v1/multipart/abort";
      let asked = 0;
      const answer = Promise.withResolvers();
      await page.route(abort, async (route) => {
        asked += 1;
        await answer.promise;
        await route.abort();
      });
      // Further clicks send no more requests.
      for (const _ of [1, 2, 3]) await page.locator("#discard").dispatchEvent("click");
      answer.resolve();
      await page.locator("#status", { hasText: "could not be given up" }).waitFor();
      assert.match(await text(page, "#alert"), /can't be reached/);
      assert.equal(asked, 1);
      await page.unroute(abort);
      // The parts that the store has are still known and used.
      shared.store.requests = [];
      await page.reload({ waitUntil: "networkidle" });
      assert.match(await status(page), /3 of 4 parts are stored/);
      await choose(page);
      await page.click("#resume");
      await isStored(page, "large ä.bin");
      assert.deepEqual(partsSent(), [2]);
    },
  );

  onPage("that the store doesn't know is given up", givingUpFails, async (page) => {
    await pausedAt(page, 2);
    await page.route(
      (url) => url.pathname === "/v1/multipart/abort",
      (route) =>
        route.fulfill({
          status: 404,
          contentType: "application/problem+json",
          body: JSON.stringify({ code: "store_refused", detail: "…", store_code: "NoSuchUpload" }),
        }),
    );
    await page.click("#discard");
    await page.locator("#status", { hasText: "Given up" }).waitFor();
    assert.equal(await text(page, "#alert"), "");
    assert.equal(await isUsable(page, "start"), true);
  });

  onPage("that can't be given up is forgotten", givingUpFails, async (page) => {
    await pausedAt(page, 2);
    assert.equal(await page.locator("#forget").isVisible(), false);
    await page.route(
      (url) => url.pathname === "/v1/multipart/abort",
      (route) => route.fulfill({ status: 502, body: "" }),
    );
    await page.click("#discard");
    await page.click("#forget");
    assert.match(await status(page), /^Forgotten: the store keeps the parts/);
    assert.equal(await page.locator("#forget").isVisible(), false);
    assert.equal(await isUsable(page, "start"), true);
    await page.reload({ waitUntil: "networkidle" });
    assert.equal(await status(page), "");
  });

  onPage("in one PUT is stopped", {}, async (page) => {
    const isStore = (url) => url.origin === shared.store.url;
    await page.route(isStore, () => {});
    await page.setInputFiles("#file", files["small.bin"].path);
    const sending = page.waitForRequest((request) => request.method() === "PUT");
    await page.click("#start");
    await sending;
    await page.click("#pause");
    assert.equal(await ended(page), "Stopped before the store had answered.");
    await page.unroute(isStore);
    await page.click("#start");
    await isStored(page, "small.bin");
  });

  const failures = ["status of 503", "ERR_FAILED"];
  const failing = (part, times) => async (page) => {
    const body = "<Error><Code>SlowDown</Code></Error>";
    const headers = { "access-control-allow-origin": "*" };
    const answer = (route) => route.fulfill({ status: 503, headers, body });
    await page.route(isPart(part), answer, { times });
  };

  onPage("tries a part again, and says so", { failures }, async (page) => {
    await choose(page);
    await failing(2, 2)(page);
    await page.click("#start");
    await isStored(page, "large ä.bin");
    const said = await page.locator("#retries li").allTextContents();
    assert.equal(said.length, 2);
    assert.match(said[0], /^Part 2 failed \(503 SlowDown\); attempt 2 in 0\.[3-7] s\.$/);
    assert.match(said[1], /^Part 2 failed \(503 SlowDown\); attempt 3 in [01]\.\d s\.$/);
    assert.deepEqual(partsSent().toSorted(), [1, 2, 3, 4]);
  });

  onPage("stops when a part fails too often, and goes on later", { failures }, async (page) => {
    await choose(page);
    await failing(3, 100)(page);
    await page.click("#start");
    assert.match(await ended(page), /^Stopped: \d of 4 parts are stored\.$/);
    assert.match(
      await text(page, "#alert"),
      /store refused: 503 SlowDown\. Wait a moment, then go on\./,
    );
    assert.equal((await page.locator("#retries li").allTextContents()).length, 4);
    await page.unrouteAll();
    const sent = partsSent();
    shared.store.requests = [];
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.ok(
      partsSent().includes(3) && partsSent().length + sent.length === 4,
      String(partsSent()),
    );
  });
});
