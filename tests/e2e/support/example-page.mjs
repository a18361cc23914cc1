// An example of examples/ that uploads, served by a Worker as `cargo xtask dev --example` does, and its page in a
// browser.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import axe from "axe-core";
import { serving } from "./client.mjs";
import { startEdge } from "./edge.mjs";
import { linkSecrets } from "./ledger.mjs";
import { ready, token } from "./stack.mjs";

const path = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** An example's own variables. */
export const varsOf = async (name) =>
  JSON.parse(await readFile(path(`examples/${name}/vars.json`), "utf8"));

/** A token that outlives what the examples sign. */
export const pageToken = (sub) => token({ sub, exp: Math.floor(Date.now() / 1000) + 3600 });

/**
 * Starts an example: as `startEdge` does, with the session of its page, whose subject no other test has. `changed`
 * replaces variables.
 */
export async function startOwnExample(name, changed = {}) {
  await import(pathToFileURL(path(`examples/${name}/build.mjs`)));
  const directory = await mkdtemp(join(tmpdir(), "example-"));
  const clean = () => rm(directory, { recursive: true, force: true });
  try {
    await cp(path(`examples/${name}/public`), directory, { recursive: true });
    const subject = `dev-${crypto.randomUUID().slice(0, 8)}`;
    const session = { token: pageToken(subject), store: ready.store_name, subject };
    await writeFile(join(directory, "dev-session.json"), JSON.stringify(session));
    const all = { ...(await varsOf(name)), ...changed };
    const worker = await startEdge(serving(directory, all), linkSecrets);
    return { ...worker, ...session, stop: () => worker.stop().finally(clean) };
  } catch (error) {
    await clean();
    throw error;
  }
}

/**
 * Opens a page in a browser profile of its own for `use`. It fails where the browser's console shows an error or
 * a warning that holds none of the texts of `failures`.
 */
export async function withExamplePage(browser, url, { failures = [], ...options }, use) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const text = `${message.text()} (${message.location().url})`;
      const isExpected = failures.some((failure) => text.includes(failure));
      if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(text);
    });
    await page.goto(`${url}/`, { waitUntil: "networkidle" });
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** Fails where axe-core finds something, or the page is wider than its window. */
export async function isAccessible(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  const described = violations.map(({ id, impact, nodes }) => ({
    rule: `${id} (${impact})`,
    where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
  }));
  assert.deepEqual(described, []);
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px wide in ${clientWidth} px`);
}

/** Keeps a picture of the whole page in target/screenshots/. */
export async function screenshot(page, name) {
  const folder = path("target/screenshots");
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The looks in which a page has to be good. */
export const LOOKS = ["light", "dark"].flatMap((colorScheme) => [
  { colorScheme, viewport: { width: 1280, height: 900 } },
  { colorScheme, viewport: { width: 360, height: 740 } },
]);

/** Goes on by the keyboard, which has to lead to an element and show it. */
export async function tabTo(page, selector) {
  await page.keyboard.press("Tab");
  const focused = page.locator(`${selector}:focus-visible`);
  assert.equal(await focused.count(), 1, `Tab does not lead to ${selector}`);
  assert.notEqual(await focused.evaluate((it) => getComputedStyle(it).outlineStyle), "none");
}
