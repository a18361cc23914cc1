// The example of getting and putting by id: its collection from the command line, and its page.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "../support/browser.mjs";
import { startExample } from "../support/example.mjs";
import { tabTo, withExamplePage } from "../support/example-page.mjs";
import { isAccessible, look, LOOKS, screenshot } from "../support/looks.mjs";
import { until } from "../support/links.mjs";
import { ready } from "../support/stack.mjs";

const file = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const collection = file("examples/get-and-put-by-id/collection.postman.json");
const NAMES = [
  "Ask for a URL to put an image",
  "Put the image",
  "Ask for a URL by id",
  "Get the image",
  "Open the leaked URL later",
  "Make a link for one use",
  "Open the link",
  "Open the link again, at once",
  "Ask for more time than the rule gives",
  "Ask for somebody else's image",
  "Ask to put what is no image",
  "Ask to put too much",
  "Ask without a session",
];

let browser, edge;
before(async () => {
  edge = await startExample("get-and-put-by-id");
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await edge?.stop();
});

/** Runs a collection as a person does: newman's exit status, and the requests and assertions of its report. */
async function run(variables, { path = collection } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "newman-"));
  try {
    const report = join(folder, "report.json");
    const reporters = ["--reporters", "json", "--reporter-json-export", report];
    const given = Object.entries(variables).flatMap(([name, value]) => [
      "--env-var",
      `${name}=${value}`,
    ]);
    const newman = file("node_modules/newman/bin/newman.js");
    const child = spawn(process.execPath, [newman, "run", path, ...reporters, ...given], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [status] = await once(child, "close");
    const { executions, failures } = JSON.parse(await readFile(report, "utf8")).run;
    // Asking again counts once.
    const requests = executions.map((execution) => execution.item.name);
    const names = requests.filter((name, index) => name !== requests[index - 1]);
    const assertions = executions.flatMap((execution) => execution.assertions ?? []);
    const failed = failures.map(({ source, error }) => `${source.name}: ${error.test}`);
    return { status, requests, names, assertions, failed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the collection", () => {
  test("runs from the command line with a session, and everything in it holds", async () => {
    const { token, subject } = edge;
    const outcome = await run({ edge: edge.url, token, subject });
    assert.deepEqual(outcome.failed, []);
    assert.equal(outcome.status, 0);
    assert.deepEqual(outcome.names, NAMES);
    assert.equal(outcome.assertions.length, NAMES.length);
    // The leaked URL was good for some time.
    const opened = outcome.requests.filter((name) => name === "Open the leaked URL later");
    assert.ok(opened.length > 1, `${opened.length}`);
  });

  test("takes the session that the development server has, where it is given none", async () => {
    const outcome = await run({ edge: edge.url, seconds: 2 });
    assert.deepEqual([outcome.failed, outcome.status], [[], 0]);
    assert.deepEqual(outcome.names, NAMES);
  });

  test("fails where a URL outlives its seconds or a link its use", async () => {
    const folder = await mkdtemp(join(tmpdir(), "collection-"));
    try {
      const changed = JSON.parse(await readFile(collection, "utf8"));
      const requestOf = (name) => changed.item.find((item) => item.name === name).request;
      // Then it lives as long as the rule allows.
      const get = requestOf("Ask for a URL by id");
      get.url = get.url.replace("&expires_in={{seconds}}", "");
      // That spends nothing.
      requestOf("Open the link").method = "HEAD";
      const path = join(folder, "collection.json");
      await writeFile(path, JSON.stringify(changed));
      const outcome = await run({ edge: edge.url, seconds: 2 }, { path });
      assert.equal(outcome.status, 1);
      // It was opened while it should have been expired.
      const opened = outcome.requests.filter((name) => name === "Open the leaked URL later");
      assert.ok(opened.length > 1, `${opened.length}`);
      for (const failure of [
        "Ask for a URL by id: the edge signs it for seconds",
        "Open the leaked URL later: the leaked URL is dead",
        "Open the link again, at once: the link is dead",
      ]) {
        assert.ok(outcome.failed.includes(failure), outcome.failed.join("\n"));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("holds no secret", async () => {
    const { variable } = JSON.parse(await readFile(collection, "utf8"));
    assert.deepEqual(variable, [
      { key: "edge", value: "http://127.0.0.1:8787" },
      { key: "token", value: "" },
      { key: "subject", value: "" },
      { key: "seconds", value: "2" },
    ]);
  });
});

/** A real picture, drawn by the browser. */
async function picture(page) {
  const url = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
    const pen = canvas.getContext("2d");
    const colors = pen.createLinearGradient(0, 0, 320, 200);
    colors.addColorStop(0, "teal");
    colors.addColorStop(1, "gold");
    pen.fillStyle = colors;
    pen.fillRect(0, 0, 320, 200);
    return canvas.toDataURL("image/png");
  });
  return {
    name: "picture.png",
    mimeType: "image/png",
    buffer: Buffer.from(url.split(",")[1], "base64"),
  };
}

const text = (page, selector) => page.locator(selector).textContent();
const open = (options, use) => withExamplePage(browser, `${edge.url}/`, options, use);

/** Presses a button, and waits until a card says so. */
async function step(page, button, region, expected) {
  await page.click(button);
  await page.locator(region, { hasText: expected }).waitFor();
  assert.equal(await text(page, "#alert"), "");
}

/** Puts a picture; its size. */
async function put(page) {
  const image = await picture(page);
  await page.setInputFiles("#file", image);
  await step(page, "#put button", "#put-result", "Stored.");
  return image.buffer.length.toLocaleString("en");
}

const failures = ["status of 403", "status of 404", "status of 410", "ERR_FAILED"];

describe("the page", () => {
  test("gets by id what it put, until the URL is dead", async () => {
    await open({ failures }, async (page) => {
      const size = await put(page);
      const id = await page.inputValue("#id");
      assert.ok((await text(page, "#put-result")).includes(`images/${edge.subject}/${id}`));
      await page.fill("#seconds", "3");
      await step(page, "#get button", "#get-result", "Good for 3 s.");
      assert.ok((await text(page, "#get-result code")).startsWith(`${ready.store}/`));
      await step(page, "#open", "#get-result", "Opened.");
      assert.ok((await text(page, "#get-result")).includes(`${size} bytes`));
      await page.locator("#left-text", { hasText: "over" }).waitFor();
      await until(async () => {
        await page.click("#open");
        await page.locator("#get-result img, #get-result .refused").first().waitFor();
        return /Dead: the store refuses it\..*403.*expired/.test(await text(page, "#get-result"));
      }, "the URL to be dead");
      // The id still works.
      await step(page, "#get button", "#get-result", "Good for 3 s.");
      await step(page, "#open", "#get-result", "Opened.");
    });
  });

  test("shares it for one use, after which the link is dead at once", async () => {
    await open({ failures }, async (page) => {
      const size = await put(page);
      await step(page, "#link button", "#link-result", "Made.");
      assert.ok((await text(page, "#link-result code")).startsWith(`${edge.url}/l/`));
      await step(page, "#open-link", "#link-result", "Opened.");
      assert.ok((await text(page, "#link-result")).includes(`${size} bytes`));
      await step(page, "#open-link", "#link-result", /Dead: the edge refuses it\..*410/);
    });
  });

  test("says what it is refused, and goes on", async () => {
    await open({ failures }, async (page) => {
      const alert = page.getByRole("alert");
      const buffer = Buffer.from("text");
      await page.setInputFiles("#file", { name: "a.txt", mimeType: "text/plain", buffer });
      await page.click("#put button");
      await alert.filter({ hasText: /refused: 403 not_allowed\..*Request ID \S+\./ }).waitFor();
      await page.route(`${ready.store}/**`, (route) => route.abort());
      await page.setInputFiles("#file", await picture(page));
      await page.click("#put button");
      await alert.filter({ hasText: /No answer from http\S+: .*Check that cargo xtask/ }).waitFor();
      await page.unroute(`${ready.store}/**`);
      await put(page);
      // An id that isn't there: the edge signs, the store has nothing.
      await page.fill("#id", "nothing");
      await step(page, "#get button", "#get-result", "Good for 5 s.");
      const nothing = /There is no image with this id\..*404.*NoSuchKey/;
      await step(page, "#open", "#get-result", nothing);
    });
  });

  test("works with the keyboard alone", async () => {
    await open({ failures }, async (page) => {
      const image = await picture(page);
      const chooser = page.waitForEvent("filechooser");
      await tabTo(page, "#file");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles(image);
      await tabTo(page, "#put button");
      await page.keyboard.press("Enter");
      await page.locator("#put-result", { hasText: "Stored." }).waitFor();
      await tabTo(page, "#id");
      await tabTo(page, "#seconds");
      await page.keyboard.press("Enter");
      await page.locator("#get-result", { hasText: "Good for 5 s." }).waitFor();
      await tabTo(page, "#get button");
      await tabTo(page, "#open");
      await page.keyboard.press("Space");
      await page.locator("#get-result", { hasText: "Opened." }).waitFor();
      await tabTo(page, "#link button");
      await page.keyboard.press("Enter");
      await page.locator("#link-result", { hasText: "Made." }).waitFor();
      await tabTo(page, "#open-link");
      await page.keyboard.press("Enter");
      await page.locator("#link-result", { hasText: "Opened." }).waitFor();
    });
  });

  for (const { name, ...options } of LOOKS) {
    test(`is accessible and nowhere too wide: ${name}`, async () => {
      await open({ failures, ...options }, async (page) => {
        await look(page, `get-and-put-by-id-empty-${name}`);
        await put(page);
        // Looking takes longer than five seconds.
        await page.fill("#seconds", "60");
        await step(page, "#get button", "#get-result", "Good for 60 s.");
        await step(page, "#link button", "#link-result", "Made.");
        // A bar runs down.
        await screenshot(page, `get-and-put-by-id-made-${name}`);
        await isAccessible(page);
        await step(page, "#open", "#get-result", "Opened.");
        await step(page, "#open-link", "#link-result", "Opened.");
        await step(page, "#open-link", "#link-result", /Dead/);
        await page.locator("#get-result img").evaluate((image) => image.decode());
        // Where a line breaks follows from an id's letters.
        await page.evaluate(() => {
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
          for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            text.data = text.data.replace(id, "0b5e7c1d-2f3a-4b6c-8d9e-0f1a2b3c4d5e");
          }
        });
        await look(page, `get-and-put-by-id-opened-${name}`);
      });
    });
  }
});
