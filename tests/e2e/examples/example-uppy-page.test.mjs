// What the page of examples/uppy says when something is refused, and how it can be used.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { vars } from "../support/edge.mjs";
import { startExample } from "../support/example.mjs";
import { isAccessible, LOOKS, screenshot } from "../support/looks.mjs";
import { Folder, UppyPage } from "../support/uppy-page.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

const MODES = ["signRequest", "companionEndpoint"];

/** A rule that bounds what is uploaded, with all that an upload in parts takes. */
const bounded = {
  ...vars.RULES[0],
  allow: [
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "ListParts",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
  ],
  max_bytes: 2000,
};

let browser, store, free, held;
before(async () => {
  [browser, store] = [await launchBrowser(), await WatchedStore.start()];
  free = await startExample("uppy", store.vars);
  held = await startExample("uppy", { ...store.vars, RULES: [bounded] });
});
after(async () => {
  await browser?.close();
  await free?.stop();
  await held?.stop();
  store?.stop();
});

// What the browser and Uppy print of a refusal; Uppy looks for a header that few stores expose.
const failures = ["status of 4", "[Uppy]", 'unsafe header "x-amz-error-code"'];

function uppy(name, example, use, options = {}) {
  test(name, () => {
    store.requests = [];
    return UppyPage.open(browser, example().url, { failures, ...options }, use);
  });
}

for (const mode of MODES) {
  describe(mode, () => {
    for (const parts of ["never", "always"]) {
      const name = `without a session nothing is stored, in parts: ${parts}; signed in again, it is`;
      uppy(
        name,
        () => free,
        async (ui, page) => {
          const folder = new Folder(free);
          const before = await folder.keys();
          await ui.choose(mode, parts);
          const bytes = await ui.add("retried.bin", 1024);
          const cookies = await page.context().cookies();
          await page.context().clearCookies();
          await ui.upload();
          const said = await ui.failed();
          assert.match(
            said,
            /^retried\.bin was not stored\. .*401 session_missing.*Reload this page/,
          );
          assert.deepEqual([await folder.keys(), store.requests], [before, []]);

          await page.context().addCookies(cookies);
          await page.locator("[data-cy=retry]").click();
          await folder.holds(await ui.stored(), "retried.bin", bytes);
        },
      );
    }

    uppy(
      "a name that no URL can hold is refused with the reason",
      () => free,
      async (ui) => {
        await ui.choose(mode, "never");
        await ui.add("control \u0001.bin", 10);
        await ui.upload();
        assert.match(await ui.failed(), /400 invalid_key\. .*control character/);
        assert.deepEqual(store.requests, []);
      },
    );

    uppy(
      "where a rule bounds the size, a form does",
      () => held,
      async (ui) => {
        const folder = new Folder(held);
        await ui.choose(mode, "never");
        const bytes = await ui.add("small +ü.bin", 2000);
        await ui.upload();
        await folder.holds(await ui.stored(), "small +ü.bin", bytes);
        assert.deepEqual(
          store.requests.map(({ method, status }) => [method, status]),
          [["POST", 204]],
        );

        const before = await folder.keys();
        await ui.add("large.bin", 2001);
        await ui.upload();
        assert.match(await ui.failed(), /large\.bin was not stored/);
        assert.deepEqual(await folder.keys(), before);
        assert.equal(store.asked({ method: "POST" }).at(-1).status, 400);
      },
    );

    uppy(
      "where a rule bounds the size, parts are refused",
      () => held,
      async (ui) => {
        const folder = new Folder(held);
        const before = await folder.keys();
        await ui.choose(mode, "always");
        await ui.add("parts.bin", 1000);
        await ui.upload();
        assert.match(await ui.failed(), /403 not_allowed\. .*content_length/);
        assert.deepEqual(await folder.keys(), before);
      },
    );
  });
}

/** Rules that Uppy's own part breaks by itself, each with how. */
const UPPY_FAULTS = {
  "aria-required-parent": "each file is a listitem, but what they are in is no list",
};

/** Holds the page to all rules, and Uppy's part of it to all but those. */
async function isGood(page) {
  await isAccessible(page, { within: { exclude: ["#dashboard"] } });
  const rules = Object.fromEntries(Object.keys(UPPY_FAULTS).map((id) => [id, { enabled: false }]));
  await isAccessible(page, { within: "#dashboard", rules });
}

for (const { name, ...options } of LOOKS) {
  const use = async (ui, page) => {
    const show = async (state) => {
      await screenshot(page, `uppy-${state}-${name}`);
      await isGood(page);
    };
    await show("empty");
    await ui.add(`${"long".repeat(20)} name.png`, 1024);
    await show("picked");
    await ui.upload();
    await ui.stored();
    await show("stored");
    await page.context().clearCookies();
    await ui.add("refused.bin", 1024);
    await ui.upload();
    await ui.failed();
    assert.ok(await page.locator("#alert").evaluate((it) => it.getBoundingClientRect().top >= 0));
    await show("refused");
  };
  uppy(`${name}: accessible, nothing too wide`, () => free, use, options);
}

uppy(
  "the keyboard alone is enough",
  () => free,
  async (ui, page) => {
    const press = (key) => page.keyboard.press(key);
    const isFocused = (selector) => page.locator(`${selector}:focus-visible`).count();
    const tabTo = async (selector) => {
      // Where Uppy begins depends on how much of the file its Dashboard already shows.
      for (let steps = 0; steps < 12 && !(await isFocused(selector)); steps += 1)
        await press("Tab");
      assert.equal(await isFocused(selector), 1, `Tab does not lead to ${selector}`);
    };
    await tabTo("[name=mode]");
    await press("ArrowDown");
    assert.equal(await page.locator("[value=companionEndpoint]").isChecked(), true);
    await tabTo("[name=parts]");
    await press("ArrowDown");
    assert.equal(await page.locator("[value=always]").isChecked(), true);

    // The browser's own chooser comes, unless somebody has waited for it some time before.
    const chooser = page.waitForEvent("filechooser");
    await tabTo(".uppy-Dashboard-browse");
    await press("Enter");
    const bytes = Buffer.from("by keyboard");
    await (await chooser).setFiles({ name: "keys.txt", mimeType: "text/plain", buffer: bytes });
    await page.locator(".uppy-StatusBar-actionBtn--upload").waitFor();
    await tabTo(".uppy-StatusBar-actionBtn--upload");
    await press("Enter");
    await new Folder(free).holds(await ui.stored(), "keys.txt", bytes);
    assert.equal(store.asked({ part: "1" }).length, 1);
  },
);

uppy(
  "the choice waits until the upload has ended",
  () => free,
  async (ui, page) => {
    const { come, gone } = store.keepSilentOn(1);
    await ui.choose("signRequest", "always");
    await ui.add("waits.bin", 1024);
    await ui.upload();
    await come;
    assert.equal(await page.locator("#way input:enabled").count(), 0);
    assert.match(await page.locator("#way-hint").textContent(), /Wait/);
    await page.locator("[data-cy=cancel]").click();
    await gone;
    await page.locator("#way input:enabled").first().waitFor();
    assert.equal(await page.locator("#way-hint").textContent(), "");
  },
);
