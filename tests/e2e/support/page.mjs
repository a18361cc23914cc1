// What holds of every page that people see.

import assert from "node:assert/strict";
import axe from "axe-core";

/** Holds a page as it is to the rules of axe-core. */
export async function isAccessible(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  // A colour on its way to another is neither.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((it) => it.finished)));
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  const described = violations.map(({ id, impact, nodes }) => ({
    rule: `${id} (${impact})`,
    where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
  }));
  assert.deepEqual(described, []);
}

/** Fails where a page is wider than its window. */
export async function fitsSideways(page) {
  const { scrollWidth, clientWidth } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { scrollWidth, clientWidth };
  });
  assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px wide in ${clientWidth} px`);
}

/**
 * Runs `body` with a page in a profile of its own. It fails where the browser's console shows an error or
 * a warning, but for documents that come with a refusal.
 */
export async function withPage(browser, body, options = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      const text = message.text();
      const isRefusal = /^Failed to load resource: the server responded with a status of/.test(
        text,
      );
      if (["error", "warning"].includes(message.type()) && !isRefusal) complaints.push(text);
    });
    await body(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}
