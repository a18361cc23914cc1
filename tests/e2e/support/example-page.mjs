// The page of an example in a browser, used as a person does.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";

const screenshots = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));

/** The looks in which a page has to be good. */
export const LOOKS = ["light", "dark"].flatMap((colorScheme) =>
  [
    { width: 1280, height: 900 },
    { width: 360, height: 740 },
  ].map((viewport) => ({ name: `${colorScheme}-${viewport.width}`, colorScheme, viewport })),
);

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
    await page.goto(url, { waitUntil: "networkidle" });
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/**
 * Fails where axe-core finds something, or the page is wider than its window. `options` are axe's: of where it
 * looks, and by which rules.
 */
export async function isAccessible(page, { within, ...options } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  // A colour on its way to another is neither.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((it) => it.finished)));
  const violations = await page.evaluate(
    async ([within, options]) => (await window.axe.run(within ?? document, options)).violations,
    [within, options],
  );
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
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** Both. */
export async function look(page, name) {
  // Also of what isn't accessible.
  await screenshot(page, name);
  await isAccessible(page);
}

/** Goes on by the keyboard, which has to lead to an element and show it. */
export async function tabTo(page, selector) {
  await page.keyboard.press("Tab");
  const focused = page.locator(`${selector}:focus-visible`);
  assert.equal(await focused.count(), 1, `Tab does not lead to ${selector}`);
  const outline = await focused.evaluate((it) => getComputedStyle(it).outlineStyle);
  assert.notEqual(outline, "none", selector);
}
