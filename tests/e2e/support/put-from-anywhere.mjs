// The page of examples/put-from-anywhere, with a store that counts its requests.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser } from "./browser.mjs";
import { hash, stored } from "./client.mjs";
import { startExample } from "./example.mjs";
import { withExamplePage } from "./example-page.mjs";
import { WatchedStore } from "./watched-store.mjs";

export const NAME = "put-from-anywhere";
const MIB = 1024 * 1024;

/** What all tests of a file share; there once its tests run. */
export const shared = { browser: undefined, store: undefined, example: undefined };
/** Files of random bytes. */
export const files = {};
let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), `${NAME}-`));
  for (const [name, size] of [
    ["small.bin", 1_000_000],
    ["large ä.bin", 16 * MIB],
    ["other.bin", 16 * MIB],
    ["scan.pdf", 1000],
  ]) {
    const [path, bytes] = [join(folder, name), randomBytes(size)];
    await writeFile(path, bytes);
    files[name] = { path, bytes };
  }
  [shared.browser, shared.store] = [await launchBrowser(), await WatchedStore.start()];
  shared.example = await startExample(NAME, shared.store.vars);
});
after(async () => {
  await shared.browser?.close();
  await shared.example?.stop();
  shared.store?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A test with the page, in a browser profile of its own. */
export function onPage(name, options, use) {
  test(name, () => {
    shared.store.requests = [];
    return withExamplePage(shared.browser, `${shared.example.url}/`, options, use);
  });
}

export const text = (page, selector) => page.locator(selector).textContent();
export const status = (page) => text(page, "#status");
export const partsSent = () =>
  shared.store.asked({ method: "PUT" }).map(({ part }) => Number(part));
export const isUsable = (page, id) => page.locator(`#${id}[aria-disabled="false"]`).isVisible();

/** Waits until nothing is under way: what the page then says. */
export async function ended(page) {
  await page.locator("#file:enabled").waitFor();
  return status(page);
}

/** Chooses a file that goes in four parts. */
export async function choose(page, name = "large ä.bin") {
  await page.setInputFiles("#file", files[name].path);
  await page.fill("#threshold", "5");
  await page.selectOption("#part-size", "5");
}

/** By which the requests of a part are caught, and let go again. */
const partUrls = [1, 2, 3, 4].map(
  (number) => (url) => url.searchParams.get("partNumber") === String(number),
);
export const isPart = (number) => partUrls[number - 1];

/** Starts an upload, of which a part doesn't get through, and pauses it when the others are there. */
export async function pausedAt(page, part) {
  await choose(page);
  const held = [];
  await page.route(isPart(part), (route) => held.push(route));
  await page.click("#start");
  await page.locator("#status", { hasText: "3 of 4 parts are stored." }).waitFor();
  await page.click("#pause");
  assert.equal(await ended(page), "Paused: 3 of 4 parts are stored.");
  // The held requests are aborted: without their route they could go on to the store.
  for (const route of held) await route.abort().catch(() => undefined);
  await page.unroute(isPart(part));
}

/** Fails unless the page says that a file is stored, and it is. */
export async function isStored(page, name) {
  const [, key] = /^Stored (?:.*) as (users\/.*)\.$/.exec(await ended(page)) ?? [];
  assert.ok(key, `${await status(page)} ${await text(page, "#alert")}`);
  assert.ok(
    key.startsWith(`users/${shared.example.subject}/anywhere/`) && key.endsWith(`/${name}`),
    key,
  );
  const { bytes } = await stored(key, shared.example.subject);
  assert.equal(hash(bytes), hash(files[name].bytes));
  assert.deepEqual([await text(page, "#percent"), await text(page, "#alert")], ["100%", ""]);
}
