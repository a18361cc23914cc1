// The pages of the examples that have an application behind them, in a real browser.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import axe from "axe-core";

const screenshots = new URL("../../../target/screenshots/", import.meta.url);

/** What a page is looked at in. */
export const looks = ["light", "dark"].flatMap((colorScheme) =>
  [
    { width: 1280, height: 900 },
    { width: 360, height: 740 },
  ].map((viewport) => ({ name: `${colorScheme}-${viewport.width}`, colorScheme, viewport })),
);

/**
 * Opens a page in a browser profile of its own for `use`. It fails where the browser's console shows an
 * error or a warning that holds none of the texts of `failures`.
 */
export async function withPage(browser, url, { failures = [], ...options }, use) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const text = `${message.text()} (${message.location().url})`;
      const isExpected = failures.some((failure) => text.includes(failure));
      if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(text);
    });
    await page.goto(url);
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** Holds a page as it is to the rules of axe-core, and to the width of its window; keeps a picture of it. */
export async function look(page, name) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  const described = violations.map(({ id, impact, nodes }) => ({
    rule: `${id} (${impact})`,
    where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
  }));
  assert.deepEqual(described, [], name);
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  assert.ok(scrollWidth <= clientWidth, `${name}: ${scrollWidth} px wide in ${clientWidth} px`);
  await keep(page, name);
}

/** Keeps a picture of a page in target/screenshots/. */
export async function keep(page, name) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({
    path: fileURLToPath(new URL(`${name}.png`, screenshots)),
    fullPage: true,
  });
}

/** Presses Tab, which has to lead to an element that then shows its focus. */
export async function tabTo(page, selector) {
  await page.keyboard.press("Tab");
  const focused = page.locator(`${selector}:focus-visible`);
  assert.equal(await focused.count(), 1, `Tab does not lead to ${selector}`);
  const outline = await focused.evaluate((it) => getComputedStyle(it).outlineStyle);
  assert.notEqual(outline, "none", selector);
}
