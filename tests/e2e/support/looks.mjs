// How a page looks: light and dark, in a narrow and a wide window, to all who read it.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";

const screenshots = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));

/** The windows in which a page has to be good. A page is opened once; its window changes. */
const WINDOWS = [
  { width: 360, height: 740 },
  { width: 1280, height: 900 },
];

/** The looks in which a page has to be good, in each of the windows. */
export const LOOKS = ["light", "dark"].map((colorScheme) => ({
  name: colorScheme,
  colorScheme,
  viewport: WINDOWS.at(-1),
}));

/** Calls `use` with each width; the window is afterwards as it was. */
async function inEachWindow(page, use) {
  const before = page.viewportSize();
  for (const viewport of [...WINDOWS, before]) {
    await page.setViewportSize(viewport);
    if (viewport !== before) await use(viewport.width);
  }
}

/**
 * Fails where axe-core finds something in one of the windows, or the page is wider than it. `options` are axe's: of
 * where it looks, and by which rules.
 */
export async function isAccessible(page, { within, ...options } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  await inEachWindow(page, async (width) => {
    // A colour on its way to another is neither.
    await page.evaluate(() =>
      Promise.allSettled(document.getAnimations().map((it) => it.finished)),
    );
    const { violations, scrollWidth, clientWidth } = await page.evaluate(
      async ([within, options]) => {
        const { violations } = await window.axe.run(within ?? document, {
          ...options,
          resultTypes: ["violations"],
        });
        const { scrollWidth, clientWidth } = document.documentElement;
        return { violations, scrollWidth, clientWidth };
      },
      [within, options],
    );
    const described = violations.map(({ id, impact, nodes }) => ({
      rule: `${id} (${impact})`,
      where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
    }));
    assert.deepEqual(described, [], `at ${width} px`);
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px wide in ${clientWidth} px`);
  });
}

/** Keeps pictures of the whole page in target/screenshots/. */
export async function screenshot(page, name) {
  await mkdir(screenshots, { recursive: true });
  await inEachWindow(page, (width) =>
    page.screenshot({ path: join(screenshots, `${name}-${width}.png`), fullPage: true }),
  );
}

/** Both. */
export async function look(page, name) {
  // Also of what isn't accessible.
  await screenshot(page, name);
  await isAccessible(page);
}
