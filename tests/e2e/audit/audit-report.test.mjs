// The page of `edge-signer audit report` in a browser: how it looks, and that everything from logs is shown as text.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launchBrowser } from "../support/browser.mjs";
import { runCommand } from "../support/command-line.mjs";
import { LOOKS, look } from "../support/looks.mjs";
import { MARKUP, accessLogOf, linesOf, madeDecisions } from "../support/made-log.mjs";

let folder, browser;
const file = (name) => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-signer-report-"));
  const decisions = madeDecisions();
  await writeFile(file("access.log"), accessLogOf(decisions));
  await writeFile(file("decisions.jsonl"), linesOf(decisions));
  const report = ["audit", "report", file("decisions.jsonl")];
  for (const [page, more, expected] of [
    ["report.html", [], 0],
    ["joined.html", ["--access-log", file("access.log")], 1],
  ]) {
    const { status, stderr } = await runCommand([...report, "-o", file(page), ...more]);
    assert.deepEqual([stderr, status], ["", expected]);
  }
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Opens a page for `use`; fails where it asks for anything else, or a browser complains. */
async function open(name, options, use) {
  const context = await browser.newContext(options);
  const complaints = [];
  try {
    const page = await context.newPage();
    const url = pathToFileURL(file(name)).href;
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => request.url() === url || complaints.push(request.url()));
    await page.goto(url);
    await use(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

for (const { name, ...looks } of LOOKS) {
  test(`${name}: accessible, looks as it did, nothing too wide`, async () => {
    await open("report.html", looks, (page) => look(page, `report-${name}`));
    await open("joined.html", looks, (page) => look(page, `report-joined-${name}`));
  });
}

test("texts of logs are texts, and nothing runs", async () => {
  await open("joined.html", {}, async (page) => {
    await page.getByRole("row").filter({ hasText: MARKUP }).first().waitFor();
    assert.equal(await page.locator("img, script, iframe, a").count(), 0);
    assert.equal(await page.title(), "What the edge decided");
  });
  // Nor would it, if it were there.
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file("joined.html")).href);
  const title = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'run'";
    document.body.append(script);
    return document.title;
  });
  assert.equal(title, "What the edge decided");
});

test("each plot is told in words and has a table, which the keyboard opens", async () => {
  await open("report.html", { javaScriptEnabled: false }, async (page) => {
    const plots = page.getByRole("img");
    assert.equal(await plots.count(), 2);
    const told = await plots.first().getAttribute("aria-label");
    assert.match(told, /^Decisions by rule, over time: \d+ columns of 1 hour, the highest \d+ on /);
    const tables = page.getByRole("region", { name: "Decisions by rule, over time, as a table" });
    assert.equal(await tables.count(), 0);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await tables.waitFor();
    // All decisions stand in it.
    const cells = await tables.locator("td").allTextContents();
    const sum = cells.reduce((sum, cell) => sum + Number(cell.replaceAll(",", "")), 0);
    const tile = page.locator(".tiles dd").first();
    assert.equal(sum, Number((await tile.textContent()).replaceAll(",", "")));
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    assert.ok(await tables.isVisible());
  });
});

test("a narrow window has each number and each bar", async () => {
  await open("report.html", { viewport: { width: 360, height: 740 } }, async (page) => {
    const row = page.getByRole("row").filter({ hasText: "alice" }).first();
    const [name, bar] = await Promise.all(
      ["th", "svg"].map((it) => row.locator(it).first().boundingBox()),
    );
    assert.ok(bar.y >= name.y + name.height, "the bar is below the name");
    for (const cell of await row.getByRole("cell").all()) {
      const { x, width } = await cell.boundingBox();
      assert.ok(x >= 0 && x + width <= 344, `${x} ${width}`);
    }
  });
});
