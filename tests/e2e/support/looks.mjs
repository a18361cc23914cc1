// How a page looks to all readers: light and dark, in a narrow, a medium and a wide window.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";

const folder = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const screenshots = folder("target/screenshots/");
const references = folder("fixtures/looks/");

/** The windows in which a page has to be good. A page is opened once; its window changes. */
const WINDOWS = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
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
  for (const viewport of WINDOWS) {
    await page.setViewportSize(viewport);
    await use(viewport.width);
  }
  await page.setViewportSize(before);
}

/**
 * Fails where axe-core finds something in the narrowest or the widest window, or the page is wider than one. `options` are
 * axe's: of where it looks, and by which rules.
 */
export async function isAccessible(page, { within, ...options } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axe.source};0`);
  const rules = { ...options, resultTypes: ["violations"] };
  await inEachWindow(page, async (width) => {
    // During a transition a colour is neither the old nor the new one.
    await page.evaluate(() =>
      Promise.allSettled(document.getAnimations().map((it) => it.finished)),
    );
    const [scrollWidth, clientWidth] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px wide in ${clientWidth} px`);
    if (width === WINDOWS[1].width) return;
    const violations = await page.evaluate(
      async ([within, rules]) => (await window.axe.run(within ?? document, rules)).violations,
      [within, rules],
    );
    const described = violations.map(({ id, impact, nodes }) => ({
      rule: `${id} (${impact})`,
      where: nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`),
    }));
    assert.deepEqual(described, [], `at ${width} px`);
  });
}

/** Keeps pictures of the whole page in target/screenshots/; calls `use` with each. */
export async function screenshot(page, name, use = async () => {}) {
  await mkdir(screenshots, { recursive: true });
  await inEachWindow(page, async (width) => {
    const path = join(screenshots, `${name}-${width}.png`);
    await use(`${name}-${width}`, await page.screenshot({ path, fullPage: true }));
  });
}

/**
 * Fails where the page looks otherwise than in fixtures/looks/, where each picture is kept at a quarter of its size. What
 * changes from run to run, a key's digits for one, is less than the tolerance. With the variable
 * UPDATE_LOOKS, the pictures of this run are kept: look at them in target/screenshots/ first.
 */
export async function looksAsBefore(page, name) {
  const desk = await deskOf(page.context().browser());
  await screenshot(page, name, async (name, picture) => {
    const file = join(references, `${name}.webp`);
    const asText = (bytes, type) => `data:image/${type};base64,${bytes.toString("base64")}`;
    if (process.env.UPDATE_LOOKS) {
      const small = await desk.page.evaluate((url) => window.small(url), asText(picture, "png"));
      await mkdir(references, { recursive: true });
      return writeFile(file, Buffer.from(small.split(",")[1], "base64"));
    }
    assert.ok(existsSync(file), `there is no ${file}: make it with UPDATE_LOOKS=1`);
    // With other fonts lines break elsewhere, so nothing can be compared.
    if (!(await desk.hasTheFonts())) return;
    const before = asText(await readFile(file), "webp");
    const { taller, changed } = await desk.page.evaluate(
      ([now, before]) => window.compare(now, before),
      [asText(picture, "png"), before],
    );
    const where = `target/screenshots/${name}.png, or fixtures/looks/${name}.webp`;
    assert.ok(Math.abs(taller) <= 0.03, `${(taller * 100).toFixed(1)} % taller: ${where}`);
    assert.ok(changed <= 0.02, `${(changed * 100).toFixed(1)} % of it is otherwise: ${where}`);
  });
}

/** All of it. */
export async function look(page, name) {
  await looksAsBefore(page, name);
  await isAccessible(page);
}

const desks = new WeakMap();

/** A page of the browser's on which pictures are made smaller and compared. */
async function deskOf(browser) {
  if (!desks.has(browser)) desks.set(browser, openDesk(browser));
  return desks.get(browser);
}

async function openDesk(browser) {
  const page = await browser.newPage();
  await page.setContent(
    `<!doctype html><p><span style="font: 100px system-ui">abcdefghijklm</span></p>
     <p><span style="font: 100px ui-monospace, Menlo, Consolas, monospace">abcdefghijklm</span></p>`,
  );
  await page.evaluate(() => {
    async function drawn(url, size) {
      const picture = await createImageBitmap(await (await fetch(url)).blob());
      const [width, height] =
        size ?? [picture.width, picture.height].map((it) => Math.ceil(it / 4));
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const pen = canvas.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, 0, 0, width, height);
      return { canvas, pen, width, height };
    }
    window.small = async (url) => (await drawn(url)).canvas.toDataURL("image/webp", 0.6);
    window.compare = async (now, before) => {
      const picture = await drawn(now);
      const { naturalHeight } = await new Promise((done) => {
        const image = new Image();
        image.onload = () => done(image);
        image.src = before;
      });
      const { width, height } = picture;
      const size = [0, 0, width, height];
      const one = picture.pen.getImageData(...size).data;
      const other = (await drawn(before, [width, height])).pen.getImageData(...size).data;
      let changed = 0;
      for (let at = 0; at < one.length; at += 4) {
        const distance = Math.max(...[0, 1, 2].map((n) => Math.abs(one[at + n] - other[at + n])));
        if (distance > 48) changed++;
      }
      return { taller: height / naturalHeight - 1, changed: changed / (width * height) };
    };
  });
  const widths = await page
    .locator("span")
    .evaluateAll((spans) => spans.map((span) => Math.round(span.getBoundingClientRect().width)));
  const fonts = join(references, "fonts.json");
  if (process.env.UPDATE_LOOKS) {
    await mkdir(references, { recursive: true });
    await writeFile(fonts, `${JSON.stringify(widths)}\n`);
  }
  const hasTheFonts = async () => {
    const same = (await readFile(fonts, "utf8")).trim() === JSON.stringify(widths);
    if (!same) console.log("# other fonts than those of fixtures/looks/: pictures aren't compared");
    return same;
  };
  return { page, hasTheFonts };
}
