// Steps with Uppy's page, and with a form that needs no script.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { film } from "../film.mjs";
import { get } from "../s3.mjs";
import { token } from "../stack.mjs";
import { isSaved } from "./saved.mjs";
import { shows } from "./wait.mjs";

const isOver = () => document.querySelector(".uppy-StatusBar.is-complete, .is-error") !== null;

const uppy = ["signRequest", "companionEndpoint"].flatMap((mode) =>
  ["never", "always"].map((parts) => ({
    name: `Uppy's page stores a file: ${mode}, in parts: ${parts}`,
    isQuick: mode === "companionEndpoint" && parts === "always",
    async take(tab, site) {
      const bytes = randomBytes(100_000);
      await tab.open(`${site.edge.url}/uppy/`);
      await tab.click(`[name=mode][value=${mode}]`);
      await tab.click(`[name=parts][value=${parts}]`);
      await tab.pick(".uppy-Dashboard-input", site.file("Ü 1.bin", bytes));
      await tab.click(".uppy-StatusBar-actionBtn--upload");
      await tab.waitFor(isOver);
      assert.equal(await tab.text("#alert"), "");
      const key = await tab.text("#stored li code");
      assert.deepEqual(await get(key, { bearer: token({ sub: "dev" }) }), bytes);
    },
  })),
);

const lake = new URL("../../../../examples/photo-sharing/photos/lake.jpg", import.meta.url);

export const forms = [
  ...uppy,
  {
    name: "Uppy's page plays a film that it stored",
    async take(tab, site) {
      await tab.open(`${site.edge.url}/uppy/`);
      await tab.pick(".uppy-Dashboard-input", site.file("Ü 1.webm", film()));
      await tab.click(".uppy-StatusBar-actionBtn--upload");
      await tab.waitFor(isOver);
      assert.equal(await tab.text("#alert"), "");
      await tab.waitFor(() => document.querySelector("#stored video")?.readyState >= 1);
    },
  },
  {
    name: "a form without a script stores a picture and comes back to its page",
    isQuick: true,
    async take(tab, site, engine) {
      const bytes = await readFile(lake);
      await site.withForm(async (url) => {
        await tab.open(`${url}/`);
        await tab.type("#name", "Übersicht 1");
        await tab.choose("#type", "image/jpeg");
        await tab.pick("#file", site.file("DSC_0001.JPG", bytes));
        await tab.click("button");
        await shows(tab, "Stored", "h1");
        await tab.waitFor(() => document.querySelector("img").naturalWidth > 0);
        await tab.click("#download");
        await isSaved(tab, engine, "Übersicht 1.jpg", bytes);
      });
    },
  },
];
