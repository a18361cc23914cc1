// What holds for every page that people see.

import assert from "node:assert/strict";

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
