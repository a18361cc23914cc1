// Steps with links that are opened as by a person.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { put } from "../s3.mjs";
import { freshKey } from "../stack.mjs";
import { isSaved } from "./saved.mjs";
import { shows, until } from "./wait.mjs";

const SPENT = "This link doesn't work any more";
const NAME = "Übersicht + 100% 'März'.txt";

/** A link to a text. */
async function linkTo(site, text, fields, { name = "file.txt", type = "text/plain" } = {}) {
  const key = freshKey(name);
  await put(key, text, { content_type: type });
  return site.reading(key, fields);
}

/** Waits until a link was used so often, and a moment longer: nothing comes that uses it more. */
async function isUsed(site, link, times) {
  await until(async () => (await site.used(link)) >= times, `${times} uses`);
  assert.equal(await site.used(link), times);
}

const opening = ["redirect", "stream"].map((delivery) => ({
  name: `a link opens the file once: ${delivery}`,
  isQuick: delivery === "stream",
  async take(tab, site) {
    const link = await linkTo(site, "opened", { delivery });
    await tab.open(link.url);
    await shows(tab, "opened");
    await isUsed(site, link, 1);
    await tab.open(link.url);
    await shows(tab, SPENT);
    await isUsed(site, link, 1);
  },
}));

const named = ["redirect", "stream"].map((delivery) => ({
  name: `a link with download_as leaves a file of that name: ${delivery}`,
  isQuick: delivery === "stream",
  async take(tab, site, engine) {
    const bytes = randomBytes(1024);
    const link = await linkTo(site, bytes, { delivery, download_as: NAME });
    await tab.open(link.url);
    await isSaved(tab, engine, NAME, bytes);
    await isUsed(site, link, 1);
  },
}));

const asking = ["redirect", "stream"].map((delivery) => ({
  name: `the button opens the file once, looking costs nothing: ${delivery}`,
  async take(tab, site) {
    const link = await linkTo(site, "opened", { confirm: true, delivery });
    await tab.open(link.url);
    await shows(tab, "file.txt", "h1");
    for (let time = 0; time < 2; time += 1) await tab.reload();
    await isUsed(site, link, 0);
    await tab.click("button");
    await shows(tab, "opened");
    await isUsed(site, link, 1);
    await tab.open(link.url);
    // A page that already knows the refusal has no button.
    await tab.evaluate(() => document.querySelector("button")?.click());
    await shows(tab, SPENT);
    await isUsed(site, link, 1);
  },
}));

/** Presses the button of a link's page twice, which sends its form twice: the first answer takes longer than that. */
async function pressTwice(tab, site, link) {
  await tab.open(link.url);
  const before = site.edge.requests.length;
  const isPress = ({ method }) => method === "POST";
  site.edge.late = (request) => (isPress(request) ? 1000 : 0);
  try {
    await tab.doubleClick("button");
    await until(() => site.edge.requests.slice(before).filter(isPress).length === 2, "two presses");
  } finally {
    site.edge.late = () => 0;
  }
}

const twice = ["redirect", "stream"].map((delivery) => ({
  name: `a double click on the button is one use: ${delivery}`,
  isQuick: delivery === "redirect",
  async take(tab, site) {
    const link = await linkTo(site, "opened", { confirm: true, delivery });
    await pressTwice(tab, site, link);
    await shows(tab, "opened");
    await isUsed(site, link, 1);
  },
}));

export const links = [
  ...opening,
  ...named,
  ...asking,
  ...twice,
  {
    name: "a double click on the button of a download is one use",
    async take(tab, site, engine) {
      const bytes = randomBytes(1024);
      const wish = { confirm: true, delivery: "stream", download_as: NAME };
      const link = await linkTo(site, bytes, wish);
      await pressTwice(tab, site, link);
      await isSaved(tab, engine, NAME, bytes);
      await isUsed(site, link, 1);
    },
  },
  {
    name: "a stream link without download_as saves the file under its key's last part",
    async take(tab, site, engine) {
      const bytes = randomBytes(1024);
      const about = { name: NAME, type: "application/octet-stream" };
      const link = await linkTo(site, bytes, { delivery: "stream" }, about);
      await tab.open(link.url);
      await isSaved(tab, engine, NAME, bytes);
      await isUsed(site, link, 1);
    },
  },
  {
    name: "within the grace whoever opened a link opens it again, and nobody else does",
    isQuick: true,
    async take(tab, site) {
      for (const delivery of ["redirect", "stream"]) {
        const link = await linkTo(site, "opened", { delivery, grace: 600 });
        for (let time = 0; time < 2; time += 1) {
          await tab.open(link.url);
          await shows(tab, "opened");
          await tab.open(`${site.edge.url}/client/`);
        }
        await isUsed(site, link, 1);
        await tab.clearCookies();
        await tab.open(link.url);
        await shows(tab, SPENT);
        await isUsed(site, link, 1);
      }
    },
  },
  {
    name: "a link for its maker opens in the browser that has the session, which is asked first",
    isQuick: true,
    async take(tab, site) {
      const link = await linkTo(site, "opened", { bind: "subject" });
      await tab.open(link.url);
      assert.equal(site.edge.asked(new URL(link.url).pathname).at(-1).status, 401);
      await site.signIn(tab);
      await tab.open(link.url);
      await shows(tab, "file.txt", "h1");
      await isUsed(site, link, 0);
      await tab.click("button");
      await shows(tab, "opened");
      await isUsed(site, link, 1);
    },
  },
];
