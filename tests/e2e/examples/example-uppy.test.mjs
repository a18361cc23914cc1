// examples/uppy: Uppy's own Dashboard and AWS S3 plugin in a browser, against both of the routes that they
// know.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { startExample } from "../support/example.mjs";
import { Folder, UppyPage, until } from "../support/uppy-page.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

const MB = 1024 * 1024;
const MODES = ["signRequest", "companionEndpoint"];

let browser, store, example, folder;
before(async () => {
  [browser, store] = [await launchBrowser(), await WatchedStore.start()];
  example = await startExample("uppy", store.vars);
  folder = new Folder(example);
});
after(async () => {
  await browser?.close();
  await example?.stop();
  store?.stop();
});

function uppy(name, use) {
  test(name, () => {
    store.requests = [];
    return UppyPage.open(browser, example.url, {}, use);
  });
}

const NAMES = [
  "plus+plus  two blanks.bin",
  "Übersicht ä ö ß 🦀👩‍👩‍👧.bin",
  "\"quotes\" 'single' 100% #1 ?&=;,.bin",
  "%2F%41 <b>&amp; {id} ~!@$^`|.bin",
  "decomposed u\u0308.bin",
];
let next = 0;

/** The requests that the store had, in short. */
const steps = () => store.requests.map(({ method, part }) => method + (part ?? ""));
const SIX_PARTS = ["PUT1", "PUT2", "PUT3", "PUT4", "PUT5", "PUT6"];

for (const mode of MODES) {
  describe(mode, () => {
    const whole = mode === "signRequest" ? "PUT" : "POST";
    for (const [size, parts, expected] of [
      ["1 KB", "never", [whole]],
      ["1 KB", "always", ["POST", "PUT1", "POST"]],
      ["1 KB", "large", [whole]],
      ["30 MB", "never", [whole]],
      ["30 MB", "always", ["POST", ...SIX_PARTS, "POST"]],
      ["30 MB", "large", ["POST", ...SIX_PARTS, "POST"]],
    ]) {
      const name = NAMES[next++ % NAMES.length];
      uppy(`${size}, in parts: ${parts}, as ${name}`, async (ui) => {
        await ui.choose(mode, parts);
        const bytes = await ui.add(name, size === "1 KB" ? 1024 : 30 * MB);
        await ui.upload();
        const key = await ui.stored();
        await folder.holds(key, name, bytes);
        assert.deepEqual(steps(), expected);
      });
    }

    for (const name of [...NAMES, '"a" & <b> %22 100%.bin']) {
      uppy(`in parts, as ${name}`, async (ui) => {
        await ui.choose(mode, "always");
        const bytes = await ui.add(name, 1024);
        await ui.upload();
        await folder.holds(await ui.stored(), name, bytes);
        assert.deepEqual(steps(), ["POST", "PUT1", "POST"]);
      });
    }

    uppy("an empty file, which has no part", async (ui) => {
      await ui.choose(mode, "always");
      const bytes = await ui.add("empty.txt", 0);
      await ui.upload();
      await folder.holds(await ui.stored(), "empty.txt", bytes);
      assert.deepEqual(steps(), [whole]);
    });

    uppy("the object has the file's type", async (ui) => {
      for (const parts of ["never", "always"]) {
        await ui.choose(mode, parts);
        await ui.add(`${parts}.png`, 1024);
        await ui.upload();
        const key = await ui.stored();
        assert.equal(await folder.typeOf(key), "image/png", parts);
      }
    });

    uppy("an upload is paused, and goes on where it was", async (ui, page) => {
      await ui.choose(mode, "always");
      const bytes = await ui.add("paused.bin", 30 * MB);
      const { come, gone } = store.keepSilentOn(4);
      await ui.upload();
      await come;
      await page.locator("[data-cy=togglePauseResume]").click();
      await gone;
      await page.locator("[title=Paused]").waitFor();
      assert.equal(await ui.alert(), "");
      const paused = steps();
      assert.deepEqual(paused, ["POST", "PUT1", "PUT2", "PUT3", "PUT4"]);
      await page.locator("[data-cy=togglePauseResume]").click();
      await folder.holds(await ui.stored(), "paused.bin", bytes);
      assert.deepEqual(steps().slice(paused.length), ["GET", "PUT4", "PUT5", "PUT6", "POST"]);
    });

    uppy("an upload that is cancelled leaves nothing", async (ui, page) => {
      await ui.choose(mode, "always");
      await ui.add("cancelled.bin", 30 * MB);
      const { come, gone } = store.keepSilentOn(2);
      await ui.upload();
      await come;
      const aborted = until(() => store.asked({ method: "DELETE", status: 204 }).length === 1);
      await page.locator("[data-cy=cancel]").click();
      await Promise.all([gone, aborted]);
      assert.deepEqual(steps(), ["POST", "PUT1", "PUT2", "DELETE"]);
      const [{ key }] = store.asked({ method: "DELETE" });
      const { upload } = store.asked({ part: "1" })[0];
      assert.deepEqual(await folder.partsOf(key, upload), []);
      assert.ok(!(await folder.keys()).includes(key));
      assert.equal(await ui.alert(), "");
      // The choice is free again.
      await ui.choose(mode, "never");
    });
  });
}
