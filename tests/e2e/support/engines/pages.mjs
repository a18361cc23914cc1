// Steps at the pages that people see.

import assert from "node:assert/strict";
import { get } from "../s3.mjs";
import { token } from "../stack.mjs";

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
];
