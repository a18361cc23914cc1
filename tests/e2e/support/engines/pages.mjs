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

/** What may be nobody's picture. */
const WEB_PAGE = Buffer.from("<!doctype html><title>a page</title><script>alert(1)</script>");

/** Presses a button of the demo's share card: what the card says then. */
async function share(tab, button, expected) {
  await tab.click(button);
  await tab.waitFor(
    (text) => document.querySelector("#share-result").textContent.includes(text),
    expected,
  );
}

/** Uploads a file into the inbox of the demo page, and waits for its end. */
async function checked(tab, file, expected) {
  await tab.pick("#inbox-file", file);
  await tab.waitFor(() => document.querySelector("#inbox-upload").ariaDisabled === "false");
  await tab.click("#inbox-upload");
  await shows(tab, expected, "#inbox-result");
}

/** Says in the photo inbox who one is. */
async function be(tab, user) {
  await tab.waitFor((user) => !document.querySelector(`[name=user][value=${user}]`).disabled, user);
  await tab.click(`[name=user][value=${user}]`);
  await tab.waitFor((user) => {
    const radio = document.querySelector(`[name=user][value=${user}]`);
    return radio.checked && !radio.disabled;
  }, user);
}

/** Uploads a photo in the photo inbox, and waits for what the page says of it. */
async function uploadsPhoto(tab, file) {
  await tab.pick("#file", file);
  await tab.waitFor(() => document.querySelector("#upload").ariaDisabled === "false");
  await tab.click("#upload");
  await tab.waitFor(
    () =>
      document.querySelector("#result .outcome") !== null &&
      !document.querySelector("#file").disabled,
  );
}

/** Fails where axe-core finds something in what the tab shows, but for parts that are others'. */
async function isAccessible(tab, exclude = []) {
  await tab.evaluate(`${axe.source};0`);
  const violations = await tab.evaluate(async (exclude) => {
    // During a transition a colour is neither the old nor the new one.
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
    name: "the demo page has a picture checked, and refuses a web page that is called .png",
    isQuick: true,
    async take(tab, site) {
      await tab.open(`${site.edge.url}/`);
      await checked(tab, site.file("cat.png", PICTURE), "Accepted");
      const key = await tab.text("#inbox-result dd");
      assert.deepEqual(await get(key, { bearer: token({ sub: "dev" }) }), PICTURE);
      await tab.waitFor(() => document.querySelector("#inbox-preview-image").naturalWidth);
      await checked(tab, site.file("page.png", WEB_PAGE), "Refused");
      assert.match(await tab.text("#inbox-result"), /runs where it is shown/);
    },
  },
  {
    name: "the photo inbox shows a photo that was checked, refuses a web page, and tells the operator who used what",
    isQuick: true,
    async take(tab, site, engine) {
      await tab.open(`${site.photos.url}/`);
      await be(tab, "alice");
      const name = `by ${engine}.png`;
      await uploadsPhoto(tab, site.file(name, PICTURE));
      assert.equal(await tab.text("#result"), `${name} is in the album.`);
      await tab.waitFor((name) => {
        const image = document.querySelector(`#album img[alt="${name}"]`);
        return image?.naturalWidth > 0;
      }, name);
      await uploadsPhoto(tab, site.file(`page ${name}`, WEB_PAGE));
      assert.match(await tab.text("#result"), /was not kept\.\s*It is no photo/);
      await be(tab, "operator");
      const key = (await site.photosOf("alice")).find((key) => key.endsWith(`-${name}`));
      await site.tellPhotos(key);
      await tab.open(`${site.photos.url}/operator`);
      await tab.choose("#key", key);
      await tab.click("button");
      await shows(tab, name, "#title");
      await shows(tab, "alice, to upload it", ".urls");
      await shows(tab, "Used once", ".urls");
      await shows(tab, "Nothing stands out", ".outcome");
      await isAccessible(tab);
      await tab.open(`${site.photos.url}/`);
      await shows(tab, "The operator sees no photos here", "#count");
      await isAccessible(tab);
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
