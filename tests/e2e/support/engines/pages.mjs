// Steps at the pages that people see.

import assert from "node:assert/strict";
import axe from "axe-core";
import { get, put } from "../s3.mjs";
import { freshKey, token } from "../stack.mjs";
import { shows } from "./wait.mjs";

/** A picture of 4 by 3 pixels (PNG). */
export const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAEUlEQVR4nGOUuGHAAANMDEgAABj2AVX6mVhQAAAAAElFTkSuQmCC",
  "base64",
);

/** Presses a button of the demo's share card: what the card says then. */
async function share(tab, button, expected) {
  await tab.click(button);
  await tab.waitFor(
    (text) => document.querySelector("#share-result").textContent.includes(text),
    expected,
  );
}

/** Fails where axe-core finds something in what the tab shows, but for parts that are others'. */
async function isAccessible(tab, exclude = []) {
  await tab.evaluate(`${axe.source};0`);
  const violations = await tab.evaluate(async (exclude) => {
    // A colour on its way to another is neither.
    await Promise.allSettled(document.getAnimations().map((it) => it.finished));
    const { violations } = await window.axe.run({ exclude }, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  }, exclude);
  assert.deepEqual(violations, [], await tab.url());
}

export const pages = [
  {
    name: "the demo page stores a picture, shows it, and shares it once",
    isQuick: true,
    async take(tab, site) {
      const file = site.file("Ü a+b 100%.png", PICTURE);
      await tab.open(`${site.edge.url}/`);
      await tab.pick("#file", file);
      await tab.waitFor(() => document.querySelector("#upload").ariaDisabled === "false");
      await tab.click("#upload");
      await tab.waitFor(() =>
        /^Stored\.|not stored/.test(document.querySelector("#status").textContent),
      );
      assert.equal(await tab.text("#alert"), "");
      const key = await tab.text("#object-key");
      assert.ok(key.endsWith("/Ü a+b 100%.png"), key);
      assert.deepEqual(await get(key, { bearer: token({ sub: "dev" }) }), PICTURE);
      const size = await tab.waitFor(() => document.querySelector("#preview-image").naturalWidth);
      assert.ok(size);
      await share(tab, "#share", "Made.");
      await share(tab, "#open", "Opened:");
      await share(tab, "#open", "link_spent");
      await share(tab, "#revoke", "Revoked.");
      await share(tab, "#open", "link_revoked");
    },
  },
  {
    name: "axe finds nothing on the pages of links, of the demo and of the examples",
    async take(tab, site) {
      const key = freshKey("file.txt");
      await put(key, "text", { content_type: "text/plain" });
      const link = await site.reading(key, { confirm: true });
      for (const [url, heading] of [
        [link.url, "file.txt"],
        [`${site.edge.url}/l/x`, "There is no such link"],
        [`${site.edge.url}/`, ""],
      ]) {
        await tab.open(url);
        await shows(tab, heading, "h1");
        await isAccessible(tab);
      }
      await tab.open(`${site.edge.url}/uppy/`);
      await shows(tab, "", ".uppy-Dashboard-browse");
      await isAccessible(tab, ["#dashboard"]);
      await site.withForm(async (url) => {
        await tab.open(`${url}/`);
        await shows(tab, "", "h1");
        await isAccessible(tab);
      });
    },
  },
];
