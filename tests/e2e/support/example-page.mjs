// The page of an example in a browser, used as by a person.

import assert from "node:assert/strict";

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

/** Goes on by the keyboard, which has to lead to an element and show it. */
export async function tabTo(page, selector) {
  await page.keyboard.press("Tab");
  const focused = page.locator(`${selector}:focus-visible`);
  assert.equal(await focused.count(), 1, `Tab does not lead to ${selector}`);
  const outline = await focused.evaluate((it) => getComputedStyle(it).outlineStyle);
  assert.notEqual(outline, "none", selector);
}
