// The example of an upload by a plain form, in a browser that runs no scripts.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { start } from "../../../examples/form-upload/server.mjs";
import { bytesOf, launchBrowser } from "../support/browser.mjs";
import { defaultAddress, startExample, startServerOf } from "../support/example.mjs";
import { tabTo, withExamplePage } from "../support/example-page.mjs";
import { look, LOOKS, screenshot } from "../support/looks.mjs";
import { rawRequest } from "../support/raw-request.mjs";
import { follow, presigned, ready, token } from "../support/stack.mjs";

let browser, edge, application, picture;
const logged = [];
const log = { error: (error) => logged.push(error.message) };

before(async () => {
  edge = await startExample("form-upload");
  application = await start({ ready: { ...ready, edge: edge.url }, log });
  browser = await launchBrowser();
  const image = new URL("../../../examples/photo-sharing/photos/lake.jpg", import.meta.url);
  picture = { name: "DSC_0001.JPG", mimeType: "image/jpeg", buffer: await readFile(image) };
});
after(async () => {
  await browser?.close();
  application?.stop();
  await edge?.stop();
});

/** Opens the form without scripts, for `use`. */
const open = (options, use) =>
  withExamplePage(browser, `${application.url}/`, { javaScriptEnabled: false, ...options }, use);

const text = (page, selector) => page.locator(selector).textContent();

/** Fills the form in and sends it; the key that it has. */
async function submit(page, { name = "Lake", type = "image/jpeg", file = picture } = {}) {
  const key = await page.locator("[name=key]").inputValue();
  await page.fill("#name", name);
  await page.selectOption("#type", type);
  await page.setInputFiles("#file", file);
  await page.click("button");
  return key;
}

/** Sends the form, which has to succeed: its key, and what the page then says of the image. */
async function upload(page, fields) {
  const key = await submit(page, fields);
  await page.waitForURL(`${application.url}/uploaded?**`);
  assert.equal(await text(page, "h1"), "Stored");
  const terms = await page.locator("dt").allTextContents();
  const values = await page.locator("dd").allTextContents();
  return { key, facts: Object.fromEntries(terms.map((term, index) => [term, values[index]])) };
}

/** What the page's download link gives: the name under which the browser saves it, and the bytes. */
async function downloaded(page) {
  const download = page.waitForEvent("download");
  await page.click("#download");
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await bytesOf(file) };
}

describe("an upload", () => {
  test("is confirmed with the file's details and a link to it", async () => {
    await open({}, async (page) => {
      const before = Date.now();
      const { key, facts } = await upload(page);
      const { Stored: stored, ...others } = facts;
      const size = `${picture.buffer.length.toLocaleString("en")} bytes`;
      assert.deepEqual(others, { Name: "Lake", Type: "image/jpeg", Size: size, Key: key });
      assert.ok(Math.abs(Date.parse(stored.replace(" UTC", "Z")) - before) < 60_000, stored);
      // What the store says with its redirect.
      const { searchParams } = new URL(page.url());
      assert.deepEqual([searchParams.get("bucket"), searchParams.get("key")], [ready.bucket, key]);
      assert.ok(searchParams.get("etag"));
      await page.locator("img").evaluate((image) => image.decode());
      assert.equal(await text(page, "#download"), "Download Lake.jpg");
      const file = await downloaded(page);
      assert.equal(file.name, "Lake.jpg");
      assert.ok(file.bytes.equals(picture.buffer));
    });
  });

  for (const [name, saved] of [
    ["Übersicht 🦀", "Übersicht 🦀.jpg"],
    ["a_b=c %41 100%", "a_b=c %41 100%.jpg"],
    ["lake.JPEG", "lake.JPEG"],
    ["photo.png", "photo.png.jpg"],
    ["x".repeat(100), `${"x".repeat(100)}.jpg`],
  ]) {
    test(`keeps its name: ${name.slice(0, 20)}`, async () => {
      await open({}, async (page) => {
        const { facts } = await upload(page, { name });
        assert.equal(facts.Name, name);
        assert.equal((await downloaded(page)).name, saved);
      });
    });
  }

  test("has no say in the page's HTML", async () => {
    await open({}, async (page) => {
      const name = `"><b id=bold>'&lt;</b>`;
      const { facts } = await upload(page, { name });
      assert.equal(facts.Name, name);
      assert.equal(await page.locator("#bold").count(), 0);
      assert.equal(await page.locator("img").getAttribute("alt"), name);
    });
  });

  test("is as large or small as it may be", async () => {
    for (const size of [1000, 1_000_000]) {
      await open({}, async (page) => {
        const file = { ...picture, buffer: Buffer.alloc(size, "a") };
        const { facts } = await upload(page, { file });
        assert.equal(facts.Size, `${size.toLocaleString("en")} bytes`);
      });
    }
  });
});

/** Fails where there is an object: asks as whoever the key belongs to. */
async function nothingAt(key) {
  const [, sub] = /^uploads\/([^/]+)\/[^/]+$/.exec(key);
  const options = { bearer: token({ sub }), edge: edge.url };
  const head = await follow(await presigned({ operation: "HeadObject", key }, options));
  assert.equal(head.status, 404, key);
}

// The browser asks the store for an icon of its answer, without a signature.
const failures = ["status of 400", "favicon.ico"];

describe("the store refuses", () => {
  for (const [what, { size, ...fields }, code, message] of [
    ["too-large", { size: 1_000_001 }, "EntityTooLarge", /exceeds the maximum/],
    ["wrong-type", { type: "application/pdf" }, "InvalidPolicyDocument", /content-type.*image\//],
  ]) {
    test(`a file that is ${what}, and the person sees its XML`, async () => {
      await open({ failures }, async (page) => {
        const file = size ? { ...picture, buffer: Buffer.alloc(size, "a") } : picture;
        const [answer, key] = await Promise.all([
          page.waitForResponse((response) => response.request().method() === "POST"),
          submit(page, { file, ...fields }),
        ]);
        assert.equal(answer.status(), 400);
        await page.waitForURL(`${ready.store}/${ready.bucket}`);
        // The browser shows it as a tree.
        const shown = await page.locator("body").innerText();
        assert.ok(shown.includes(`<Code>${code}</Code>`), shown);
        assert.match(shown, message);
        await screenshot(page, `form-upload-refused-${what}`);
        await nothingAt(key);
        // The way back is the browser's own.
        await page.goBack();
        assert.equal(await text(page, "h1"), "Upload an image");
        await upload(page);
      });
    });
  }

  test("a form whose hidden fields were changed", async () => {
    await open({ failures }, async (page) => {
      const key = await page.locator("[name=key]").inputValue();
      await page.locator("[name=key]").evaluate((input) => (input.value += "-other"));
      await submit(page);
      await page.waitForURL(`${ready.store}/**`);
      assert.match(await page.locator("body").innerText(), /<Code>InvalidPolicyDocument<\/Code>/);
      await nothingAt(key);
      await nothingAt(`${key}-other`);
    });
  });
});

test("what is too small ends on the application's own page, and is thrown away", async () => {
  for (const size of [0, 999]) {
    await open({ failures: ["status of 422"] }, async (page) => {
      const file = { ...picture, buffer: Buffer.alloc(size, "a") };
      const key = await submit(page, { file });
      await page.waitForURL(`${application.url}/uploaded?**`);
      assert.equal(await text(page, "h1"), "Too small");
      assert.match(await text(page, ".card"), new RegExp(`It has ${size} bytes`));
      await nothingAt(key);
      await screenshot(page, "form-upload-too-small");
    });
  }
});

describe("where scripts run", () => {
  const scripted = { javaScriptEnabled: true };
  const why = (page) => page.locator("#file").evaluate((input) => input.validationMessage);

  test("the type follows the file", async () => {
    await open(scripted, async (page) => {
      const webp = { ...picture, name: "a.webp", mimeType: "image/webp" };
      await page.setInputFiles("#file", webp);
      assert.equal(await page.inputValue("#type"), "image/webp");
      await page.setInputFiles("#file", picture);
      assert.equal(await page.inputValue("#type"), "image/jpeg");
      await page.fill("#name", "Lake");
      await page.click("button");
      await page.waitForURL(`${application.url}/uploaded?**`);
      assert.equal(await text(page, "h1"), "Stored");
    });
  });

  for (const [what, { size, type = "image/jpeg" }, said] of [
    ["too small", { size: 999 }, /too small: it has 999 bytes/],
    ["too large", { size: 1_000_001 }, /too large: it has 1,000,001 bytes/],
    ["of another type", { size: 2000, type: "text/plain" }, /type that isn't taken: text\/plain/],
  ]) {
    test(`a file that is ${what} isn't sent`, async () => {
      await open(scripted, async (page) => {
        const posts = [];
        page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
        const file = { name: "a", mimeType: type, buffer: Buffer.alloc(size, "a") };
        await page.fill("#name", "Lake");
        await page.setInputFiles("#file", file);
        assert.match(await why(page), said);
        await page.click("button");
        assert.equal(page.url(), `${application.url}/`);
        assert.deepEqual(posts, []);
        // Another file mends it.
        await page.setInputFiles("#file", picture);
        assert.equal(await why(page), "");
      });
    });
  }
});

describe("the confirm page", () => {
  const failures = ["status of 404", "status of 502"];

  test("is for the visitor alone who has uploaded", async () => {
    await open({}, async (page) => {
      const { key } = await upload(page, { name: "secret" });
      const address = page.url();
      const isNothing = async (other) => {
        assert.equal(await text(other, "h1"), "Nothing here");
        const content = await other.content();
        assert.ok(!content.includes("secret") && !content.includes(key));
      };
      // Another visitor, who has a form already; and one who comes for the first time.
      await open({ failures }, async (other) => {
        await other.goto(address);
        await isNothing(other);
      });
      await withExamplePage(browser, address, { failures }, isNothing);
      // For the first one it is still there.
      await page.reload();
      assert.equal(await text(page, "h1"), "Stored");
    });
  });

  test("says so where there is nothing", async () => {
    await open({ failures }, async (page) => {
      const key = await page.locator("[name=key]").inputValue();
      for (const query of [
        "",
        `?key=${encodeURIComponent(key)}`,
        `?key=${encodeURIComponent(`${key}/../other`)}`,
        "?key=photos%2Falice%2F1",
      ]) {
        const response = await page.goto(`${application.url}/uploaded${query}`);
        assert.equal(response.status(), 404, query);
        assert.equal(await text(page, "h1"), "Nothing here");
      }
    });
  });

  test("and the form say so where the signer is gone", async () => {
    const gone = await start({ ready: { ...ready, edge: "http://127.0.0.1:9" }, log });
    try {
      await withExamplePage(browser, `${gone.url}/`, { failures }, async (page) => {
        assert.equal(await text(page, "h1"), "Not now");
      });
      assert.match(logged.at(-1), /fetch failed/);
    } finally {
      gone.stop();
    }
  });
});

test("the application goes on after a request for no page", async () => {
  for (const target of ["//", "//a.example.com:x/", "/uploaded/", "/toString", "/?a?b"]) {
    assert.equal(await rawRequest(application.url, target), target === "/?a?b" ? 200 : 404, target);
  }
});

describe("the pages", () => {
  test("have no script but the form's, which is the application's own", async () => {
    await open({}, async (page) => {
      const own = `<script type="module" src="/form.js"></script>`;
      const form = await page.content();
      assert.ok(form.includes(own));
      await upload(page);
      for (const content of [form.replace(own, ""), await page.content()]) {
        assert.doesNotMatch(content, /<script|\son\w+=|javascript:/i);
      }
      const { headers } = await fetch(`${application.url}/`);
      const policy = headers.get("content-security-policy");
      assert.match(policy, /^default-src 'none';/);
      assert.match(policy, /; script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.match(headers.get("set-cookie"), /; HttpOnly; SameSite=Lax$/);
    });
  });

  test("work with the keyboard alone", async () => {
    await open({}, async (page) => {
      await tabTo(page, "#name");
      await page.keyboard.type("Lake");
      await tabTo(page, "#type");
      await page.keyboard.type("JPEG");
      const chooser = page.waitForEvent("filechooser");
      await tabTo(page, "#file");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles(picture);
      await tabTo(page, "button");
      await page.keyboard.press("Enter");
      await page.waitForURL(`${application.url}/uploaded?**`);
      const download = page.waitForEvent("download");
      await tabTo(page, "#download");
      await page.keyboard.press("Enter");
      assert.equal((await download).suggestedFilename(), "Lake.jpg");
    });
  });

  for (const { name, ...options } of LOOKS) {
    test(`are accessible and nowhere too wide: ${name}`, async () => {
      // With scripts, because axe is one; the pages have none to run.
      await open({ ...options, javaScriptEnabled: true, failures: ["404"] }, async (page) => {
        await look(page, `form-upload-form-${name}`);
        await upload(page, { name: `A lake with a ${"long ".repeat(15)}name` });
        await page.locator("img").evaluate((image) => image.decode());
        // Its letters are as wide as they happen to be, and so its lines.
        await page
          .locator("dd")
          .last()
          .evaluate((key) => (key.textContent = "uploads/a/b"));
        await look(page, `form-upload-stored-${name}`);
        await page.goto(`${application.url}/uploaded`);
        await look(page, `form-upload-nothing-${name}`);
      });
    });
  }
});

test("starts by itself, and the page at the edge leads to it", async () => {
  const server = await startServerOf("form-upload", edge.url);
  try {
    assert.match(await (await fetch(server.url)).text(), /<h1>Upload an image<\/h1>/);
  } finally {
    await server.stop();
  }
  const address = await defaultAddress("form-upload");
  const page = await (await fetch(`${edge.url}/`)).text();
  assert.ok(page.includes(`url=${address}"`) && page.includes(`href="${address}"`), page);
});
