// Steps with pictures, players and downloads, at /f/… and by links.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { film } from "../film.mjs";
import { put } from "../s3.mjs";
import { freshKey } from "../stack.mjs";
import { isSaved } from "./saved.mjs";
import { PICTURE } from "./pages.mjs";

const NAME = "Ü a+b 100% #1 'q' ?&=; 🦀";

/** Puts an element into the page and waits for one of two events: which it was. */
const show = (tab, tag, src, good) =>
  tab.evaluate(
    ([tag, src, good]) =>
      new Promise((resolve) => {
        const element = document.createElement(tag);
        for (const event of [good, "error"]) {
          element.addEventListener(event, () => resolve(event), { once: true });
        }
        setTimeout(() => resolve("nothing"), 15_000);
        Object.assign(element, { id: "shown", preload: "metadata", muted: true, src });
        document.body.replaceChildren(element);
      }),
    [tag, src, good],
  );

/** Moves the player that the page has to a time: the event that comes of it. */
const seek = (tab, time) =>
  tab.evaluate(
    (time) =>
      new Promise((resolve) => {
        const player = document.querySelector("video, audio");
        for (const event of ["seeked", "error"]) {
          player.addEventListener(event, () => resolve(event), { once: true });
        }
        setTimeout(() => resolve("nothing"), 10_000);
        player.currentTime = time;
      }),
    time,
  );

/** A film that nobody has asked for yet: its key. */
async function storedFilm() {
  const key = freshKey(`${NAME}.webm`);
  await put(key, film(), { content_type: "video/webm" });
  return key;
}

/** Clicks a link of the page. */
async function follow(tab, href, download) {
  await tab.evaluate(
    ([href, download]) => {
      const anchor = Object.assign(document.createElement("a"), { href, textContent: "a link" });
      if (download !== null) anchor.download = download;
      document.body.replaceChildren(anchor);
    },
    [href, download ?? null],
  );
  await tab.click("a");
}

const ways = [{ delivery: "redirect", url_expires_in: 60 }, { delivery: "stream" }];

const inPlayers = ways.map((fields) => ({
  name: `a film by a link plays on a page and can be wound on, for one use: ${fields.delivery}`,
  isQuick: true,
  async take(tab, site) {
    const link = await site.reading(await storedFilm(), fields);
    await tab.open(`${site.edge.url}/client/`);
    assert.equal(await show(tab, "video", link.url, "loadeddata"), "loadeddata");
    for (const time of [50.5, 7.5]) assert.equal(await seek(tab, time), "seeked");
    assert.equal(await site.used(link), 1);
  },
}));

const opened = ways.map((fields) => ({
  name: `a film by a link that is opened plays and can be wound on, for one use: ${fields.delivery}`,
  async take(tab, site) {
    const link = await site.reading(await storedFilm(), fields);
    await tab.open(link.url);
    await tab.waitFor(() => document.querySelector("video")?.readyState >= 2);
    for (const time of [50.5, 7.5]) assert.equal(await seek(tab, time), "seeked");
    assert.equal(await site.used(link), 1);
  },
}));

/** Pages of other sites, to which players bring no cookie. */
const elsewhere = {
  name: "a film by a stream link plays on a page of another site, for one use but in WebKit",
  isQuick: true,
  async take(tab, site, engine) {
    const link = await site.reading(await storedFilm(), { delivery: "stream", uses: 100 });
    await tab.open(`${site.friend.url}/client/`);
    assert.equal(await show(tab, "video", link.url, "loadeddata"), "loadeddata");
    for (const time of [50.5, 7.5]) assert.equal(await seek(tab, time), "seeked");
    const used = await site.used(link);
    if (engine === "webkit") assert.ok(used > 1, `${used} uses`);
    else assert.equal(used, 1);
  },
};

export const media = [
  {
    name: "a picture at /f/… is shown with the cookie, and not without",
    isQuick: true,
    async take(tab, site) {
      const key = freshKey(`${NAME}.png`);
      await put(key, PICTURE, { content_type: "image/png" });
      await tab.open(`${site.edge.url}/client/`);
      assert.equal(await show(tab, "img", site.address(key), "load"), "error");
      await site.signIn(tab);
      assert.equal(await show(tab, "img", site.address(key), "load"), "load");
      const size = await tab.evaluate(() => document.querySelector("img").naturalWidth);
      assert.equal(size, 4);
    },
  },
  {
    name: "a picture by a link is shown, for one use",
    async take(tab, site) {
      for (const delivery of ["redirect", "stream"]) {
        const key = freshKey("a.png");
        await put(key, PICTURE, { content_type: "image/png" });
        const link = await site.reading(key, { delivery });
        await tab.open(`${site.edge.url}/client/`);
        assert.equal(await show(tab, "img", link.url, "load"), "load");
        assert.equal(await site.used(link), 1);
      }
    },
  },
  {
    name: "a film at /f/… plays and can be wound on",
    isQuick: true,
    async take(tab, site) {
      const key = await storedFilm();
      await site.signIn(tab);
      assert.equal(await show(tab, "video", site.address(key), "loadeddata"), "loadeddata");
      for (const time of [50.5, 7.5]) assert.equal(await seek(tab, time), "seeked");
    },
  },
  {
    name: "a film at /f/… plays on with mediaSource once its URL has ended",
    isQuick: true,
    async take(tab, site) {
      const key = await storedFilm();
      await site.signIn(tab);
      await tab.waitFor(() => "harness" in window);
      const address = site.address(key, "?expires_in=2");
      await tab.evaluate((address) => {
        const player = Object.assign(document.createElement("video"), { muted: true });
        Object.assign(player, { preload: "metadata", crossOrigin: "anonymous" });
        document.body.replaceChildren(player);
        window.harness.mediaSource(player, address, { stall: 4 });
      }, address);
      const isReady = () => document.querySelector("video").readyState >= 1;
      await tab.waitFor(isReady);
      // The URL lives for two windows of 2 seconds at the most.
      await new Promise((done) => setTimeout(done, 5000));
      await tab.evaluate(() => (document.querySelector("video").currentTime = 50.5));
      await tab.waitFor(() => {
        const { currentTime, readyState, seeking } = document.querySelector("video");
        return currentTime === 50.5 && readyState >= 2 && !seeking;
      });
    },
  },
  ...inPlayers,
  ...opened,
  elsewhere,
  {
    name: "a file at /f/… is downloaded under its key's name",
    isQuick: true,
    async take(tab, site, engine) {
      const [name, bytes] = ["Übersicht a+b 100% 🦀.bin", randomBytes(1024)];
      const key = freshKey(name);
      await put(key, bytes, { content_type: "application/octet-stream" });
      await site.signIn(tab);
      await follow(tab, site.address(key), "");
      await isSaved(tab, engine, name, bytes);
    },
  },
  {
    name: "a file that browsers show is downloaded from /f/…?download=true",
    async take(tab, site, engine) {
      const [name, bytes] = ["Übersicht a+b 🦀.txt", randomBytes(1024)];
      const key = freshKey(name);
      await put(key, bytes, { content_type: "text/plain" });
      await site.signIn(tab);
      await follow(tab, site.address(key, "?download=true"));
      await isSaved(tab, engine, name, bytes);
    },
  },
  {
    name: "a picture at /f/… is asked for again when its page is loaded anew by WebKit alone",
    async take(tab, site, engine) {
      const key = freshKey("a.png");
      await put(key, PICTURE, { content_type: "image/png" });
      await site.signIn(tab, { sub: "e2e" });
      const file = `/f/photos/${key}`;
      await tab.open(`${site.edge.url}/client/picture.html?${encodeURIComponent(file)}`);
      const isShown = () => document.querySelector("img")?.naturalWidth === 4;
      await tab.waitFor(isShown);
      assert.equal(site.edge.asked(file).length, 1);
      await tab.reload();
      await tab.waitFor(isShown);
      // The other engines keep the redirect as long as the answer says.
      assert.equal(site.edge.asked(file).length, engine === "webkit" ? 2 : 1);
    },
  },
];
