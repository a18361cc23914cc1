// The demo page, used as by a person: with a mouse or a keyboard, in a real browser.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { page as webPage } from "../support/inbox.mjs";
import { look, LOOKS } from "../support/looks.mjs";
import { isMissing } from "../support/s3.mjs";
import { follow, presigned, ready, token } from "../support/stack.mjs";

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/**
 * A test with a browser profile of its own, in which the page is open. It fails where the browser's
 * console shows an error or a warning, but for failed loads that hold one of the texts of `failures`.
 */
function demo(name, { failures = [], ...options }, body) {
  test(name, async (t) => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        const text = `${message.text()} (${message.location().url})`;
        const expected =
          text.startsWith("Failed to load resource") &&
          failures.some((failure) => text.includes(failure));
        if (["error", "warning"].includes(message.type()) && !expected) complaints.push(text);
      });
      const session = page.waitForResponse(`${ready.edge}/dev-session.json`);
      await page.goto(`${ready.edge}/`);
      await (await session).finished();
      await body(page, t);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  });
}

/** A real picture, drawn by the browser. */
async function picture(page, name = "picture.png", width = 96, height = 64) {
  const url = await page.evaluate(
    ([width, height]) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const pen = canvas.getContext("2d");
      const colors = pen.createLinearGradient(0, 0, width, height);
      colors.addColorStop(0, "navy");
      colors.addColorStop(1, "orange");
      pen.fillStyle = colors;
      pen.fillRect(0, 0, width, height);
      return canvas.toDataURL("image/png");
    },
    [width, height],
  );
  return { name, mimeType: "image/png", buffer: Buffer.from(url.split(",")[1], "base64") };
}

const text = (page, selector) => page.locator(selector).textContent();
const alertOf = (page) => text(page, "#alert");

/** Waits for an upload's end: whether the file was stored. */
async function uploaded(page) {
  const end = page.locator("#status", { hasText: /^Stored\.|was not stored\.$/ });
  await end.waitFor();
  await page.locator("#file:enabled").waitFor();
  return (await end.textContent()).startsWith("Stored.");
}

/** Picks a file and uploads it, which has to succeed; its key. */
async function upload(page, file) {
  await page.setInputFiles("#file", file);
  await page.click("#upload");
  assert.ok(await uploaded(page), await alertOf(page));
  return text(page, "#object-key");
}

/** What the store holds. */
async function stored(key) {
  const bearer = token({ sub: "dev" });
  const response = await follow(await presigned({ operation: "GetObject", key }, { bearer }));
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { type: response.headers.get("content-type"), bytes };
}

/** What the page's own link leads to, fetched by the page. */
async function linked(page) {
  const base64 = await page.locator("#preview-link").evaluate(async ({ href }) => {
    const response = await fetch(href);
    if (response.status !== 200) return `status ${response.status}`;
    return btoa(String.fromCharCode(...new Uint8Array(await response.arrayBuffer())));
  });
  return Buffer.from(base64, "base64");
}

/** Waits until the preview is decoded; its width and height. */
function previewSize(page) {
  return page.locator("#preview-image").evaluate(async (image) => {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
}

async function assertRefusedReuse(page) {
  const result = page.locator("#reuse-result .outcome");
  await result.waitFor();
  assert.match(await result.textContent(), /^Refused.*Status409/);
  assert.match(await result.textContent(), /one_time_key_used/);
  assert.doesNotMatch(await result.getAttribute("class"), /failed/);
}

demo("a picture goes to the store and comes back into the page", {}, async (page) => {
  const file = await picture(page);
  const redirect = page.waitForResponse((response) => response.url().includes("/f/"));
  const key = await upload(page, file);
  assert.match(key, /^users\/dev\/\d+\/picture\.png$/);
  assert.equal(await alertOf(page), "");
  assert.equal(await page.locator("#progress").evaluate(({ value, max }) => value / max), 1);
  assert.equal(await text(page, "#percent"), "100%");

  const object = await stored(key);
  assert.ok(object.bytes.equals(file.buffer));
  assert.equal(object.type, "image/png");

  const source = await page.locator("#preview-image").getAttribute("src");
  assert.equal(source, `/f/${ready.store_name}/${key}`);
  assert.deepEqual(await previewSize(page), [96, 64]);
  assert.equal((await redirect).status(), 302);
  assert.match((await (await redirect).request().allHeaders()).cookie, /__Host-session=/);
});

demo("the preview takes the session's cookie", { failures: ["401"] }, async (page) => {
  await upload(page, await picture(page));
  await previewSize(page);
  const status = () =>
    page.locator("#preview-link").evaluate(async ({ href }) => (await fetch(href)).status);
  assert.equal(await status(), 200);
  await page.context().clearCookies();
  assert.equal(await status(), 401);
});

demo("a second upload under the same name shows the second picture", {}, async (page) => {
  const first = await upload(page, await picture(page, "same.png", 96, 64));
  assert.deepEqual(await previewSize(page), [96, 64]);
  const second = await upload(page, await picture(page, "same.png", 50, 70));
  assert.deepEqual(await previewSize(page), [50, 70]);
  assert.notEqual(first, second);
});

demo("a one-time key is refused the second time", { failures: ["409"] }, async (page) => {
  // A click on what is not enabled yet.
  await page.click("#reuse", { force: true });
  assert.equal(await text(page, "#reuse-result"), "");
  await upload(page, await picture(page));
  for (const _ of ["second", "third"]) {
    await page.click("#reuse");
    await assertRefusedReuse(page);
  }
  assert.equal(await alertOf(page), "");
});

const FILES = [
  ["two  blanks and a+plus.txt", "text/plain", "blanks"],
  ["100%.txt", "text/plain", "percent"],
  ["%2F%41.txt", "text/plain", "encoded twice"],
  ["Übersicht.pdf", "application/pdf", "%PDF-1.4"],
  ["crab 🦀 & family 👩‍👩‍👧.zip", "application/zip", "\u0000\u0001"],
  ["<b>'#?&;=\".html", "text/html", "<p>page</p>"],
  ["empty.txt", "text/plain", ""],
  ["empty without a type", "", ""],
];

/** Presses a button of the share card: what the card says then. */
async function shareStep(page, button, expected) {
  await page.click(button);
  await page.locator("#share-result", { hasText: expected }).waitFor();
  return text(page, "#share-result");
}

demo(
  "a shared link opens once, and not after it was revoked",
  { failures: ["410"] },
  async (page) => {
    const file = await picture(page);
    await upload(page, file);
    await shareStep(page, "#share", /Made\./);
    const bytes = file.buffer.length.toLocaleString("en");
    assert.ok((await shareStep(page, "#open", /Opened:/)).includes(bytes));
    assert.match(await shareStep(page, "#open", /Refused,/), /link_spent/);
    assert.match(await shareStep(page, "#revoke", /Revoked\./), /Openedonce/);
    assert.match(await shareStep(page, "#open", /Refused,/), /link_revoked/);
    // It is on one line and can be copied.
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await shareStep(page, "#copy", /Copied\./);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await page.inputValue("#link"));
    assert.ok(copied.startsWith(`${ready.edge}/l/`), copied);
    // A new link, revoked before anybody opened it.
    await shareStep(page, "#share", /Made\./);
    assert.match(await shareStep(page, "#revoke", /Revoked\./), /Opened0 times/);
    assert.match(await shareStep(page, "#open", /Refused,/), /link_revoked/);
  },
);

/** Uploads a file into the inbox: what the card says in the end. */
async function check(page, file) {
  await page.setInputFiles("#inbox-file", file);
  await page.click("#inbox-upload");
  await page.locator("#inbox-result .outcome").waitFor();
  await page.locator("#inbox-file:enabled").waitFor();
  return text(page, "#inbox-result");
}

demo("a picture is being checked, and then it is there", {}, async (page) => {
  let goOn;
  const held = new Promise((resolve) => (goOn = resolve));
  await page.route("**/v1/uploads/*/accept", async (route) => {
    await held;
    await route.continue();
  });
  const file = await picture(page, "Ä +100% 🦀.png");
  const signed = page.waitForResponse("**/v1/presign");
  const said = check(page, file);
  const { upload, url } = await (await signed).json();
  await page.locator("#inbox-status", { hasText: /^Checking Ä \+100% 🦀\.png…/ }).waitFor();
  assert.match(new URL(url).pathname, /\/inbox\//);
  await isMissing(upload.key, { bearer: token({ sub: "dev" }) });
  goOn();
  assert.match(await said, /^Accepted: /);
  const key = await text(page, "#inbox-result dd");
  assert.equal(key, upload.key);
  assert.match(key, /^album\/dev\/pictures\/\d+-Ä \+100% 🦀\.png$/);
  const object = await stored(key);
  assert.ok(object.bytes.equals(file.buffer));
  assert.equal(object.type, "image/png");
  const size = await page.locator("#inbox-preview-image").evaluate(async (image) => {
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  });
  assert.deepEqual(size, [96, 64]);
});

demo("a web page that is called .png is refused, and says why", {}, async (page) => {
  const signed = page.waitForResponse("**/v1/presign");
  const said = check(page, { name: "cat.png", mimeType: "image/png", buffer: webPage() });
  const { upload } = await (await signed).json();
  assert.match(await said, /^Refused\. .*Reasonactive.*runs where it is shown/);
  assert.equal(await text(page, "#inbox-status"), "Checked. cat.png was not kept.");
  assert.equal(await page.locator("#inbox-preview-image").count(), 0);
  assert.equal(await alertOf(page), "");
  await isMissing(upload.key, { bearer: token({ sub: "dev" }) });
  // The next one has nothing of it left.
  assert.match(await check(page, await picture(page)), /^Accepted: /);
});

demo(
  "what fails on the way into the inbox is explained",
  { failures: ["ERR_FAILED", "403", "503"] },
  async (page) => {
    const file = await picture(page);
    const alert = page.locator("#inbox-card > [role=alert]");
    const unavailable = problem(503, "inbox_unavailable", "Try again.");
    for (const [url, answer, help] of [
      [`${ready.edge}/v1/presign`, null, /The edge did not answer/],
      [`${ready.store}/**`, null, /The file did not reach the store/],
      [
        `${ready.store}/**`,
        storeError(403, "AccessDenied", "Request has expired"),
        /refused the file/,
      ],
      ["**/v1/uploads/*/accept", unavailable, /The edge did not take it: 503 inbox_unavailable/],
    ]) {
      await page.route(url, (route) => (answer === null ? route.abort() : route.fulfill(answer)));
      await page.setInputFiles("#inbox-file", file);
      await page.click("#inbox-upload");
      await alert.filter({ hasText: help }).waitFor();
      await page.locator("#inbox-file:enabled").waitFor();
      assert.equal(await text(page, "#inbox-status"), "picture.png was not stored.");
      await page.unroute(url);
    }
    const pdf = { name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") };
    await page.setInputFiles("#inbox-file", pdf);
    await page.click("#inbox-upload");
    await alert.filter({ hasText: /403 not_allowed/ }).waitFor();
    assert.match(await check(page, file), /^Accepted: /);
    assert.equal(await alertOf(page), "");
  },
);

demo("a file of any name and size arrives, and its link works", {}, async (page, t) => {
  for (const [name, mimeType, content] of FILES) {
    await t.test(name, async () => {
      const buffer = Buffer.from(content);
      const key = await upload(page, { name, mimeType, buffer });
      assert.ok(key.endsWith(`/${name}`), key);
      assert.ok((await stored(key)).bytes.equals(buffer));
      assert.ok((await linked(page)).equals(buffer));
      assert.equal(await text(page, "#preview-link"), `Open ${name}`);
      assert.equal(await text(page, "#percent"), "100%");
    });
  }
});

demo("a picture with an awkward name is shown", {}, async (page) => {
  await upload(page, await picture(page, "Ä +100% 🦀.png"));
  assert.deepEqual(await previewSize(page), [96, 64]);
});

demo("the link opens the file in a new tab", {}, async (page) => {
  await upload(page, { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("opened") });
  const opened = page.context().waitForEvent("page");
  await page.click("#preview-link");
  const tab = await opened;
  await tab.waitForLoadState();
  assert.ok(tab.url().startsWith(`${ready.store}/`), tab.url());
  assert.equal(await text(tab, "body"), "opened");
});

demo("a file can be dropped on the card", {}, async (page) => {
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  try {
    const path = join(folder, "dropped ü.unknown");
    await writeFile(path, "dropped");
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    const drag = async (selector, types) => {
      const { x, y, width, height } = await page.locator(selector).boundingBox();
      const point = { x: x + width / 2, y: y + height / 2 };
      for (const type of types)
        await session.send("Input.dispatchDragEvent", { type, ...point, data });
    };
    const isHighlighted = () => page.locator("#upload-card.dragging").isVisible();

    await drag("h1", ["dragEnter", "dragOver", "drop"]);
    assert.equal(await isHighlighted(), false);
    assert.equal(await text(page, "#status"), "");

    await drag("#upload-card", ["dragEnter", "dragOver"]);
    assert.equal(await isHighlighted(), true);
    await drag("#upload-card", ["drop"]);
    assert.equal(await isHighlighted(), false);
    assert.match(await text(page, "#status"), /dropped ü\.unknown \(7 bytes\)/);

    await page.click("#upload");
    assert.ok(await uploaded(page), await alertOf(page));
    const object = await stored(await text(page, "#object-key"));
    assert.equal(object.bytes.toString(), "dropped");
    assert.equal(object.type, "application/octet-stream");
  } finally {
    await rm(folder, { recursive: true });
  }
});

demo("the keyboard alone is enough", { failures: ["409"] }, async (page) => {
  const tabTo = async (selector) => {
    await page.keyboard.press("Tab");
    const focused = page.locator(`${selector}:focus-visible`);
    assert.equal(await focused.count(), 1, `Tab does not lead to ${selector}`);
    assert.notEqual(await focused.evaluate((it) => getComputedStyle(it).outlineStyle), "none");
  };
  const file = await picture(page);

  const chooser = page.waitForEvent("filechooser");
  await tabTo("#file");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(file);
  await tabTo("#upload");
  await page.keyboard.press("Enter");
  assert.ok(await uploaded(page), await alertOf(page));

  await tabTo("summary");
  await page.keyboard.press("Space");
  await tabTo("#signed-url");
  assert.ok((await text(page, "#signed-url")).startsWith(`${ready.store}/`));
  await tabTo("#preview-link");
  await tabTo("#reuse");
  await page.keyboard.press("Space");
  await assertRefusedReuse(page);
  await tabTo("#share");
  await page.keyboard.press("Enter");
  await page.locator("#share-result", { hasText: /Made\./ }).waitFor();
  for (const control of ["#link", "#copy", "#open", "#revoke"]) await tabTo(control);
  await page.keyboard.press("Enter");
  await page.locator("#share-result", { hasText: /Revoked\./ }).waitFor();

  const other = page.waitForEvent("filechooser");
  await tabTo("#inbox-file");
  await page.keyboard.press("Enter");
  await (await other).setFiles(file);
  await tabTo("#inbox-upload");
  await page.keyboard.press("Enter");
  await page.locator("#inbox-result .outcome").waitFor();
  await tabTo("#inbox-preview-link");
});

demo("what is not enabled yet says why, and does nothing", {}, async (page) => {
  const calls = [];
  page.on("request", (request) => calls.push(request.url()));
  for (const [button, hint] of [
    ["#upload", /Choose a file first/],
    ["#reuse", /Upload a file in step 1 first/],
    ["#share", /Upload a file in step 1 first/],
    ["#inbox-upload", /Choose a picture first/],
  ]) {
    assert.match(await text(page, `${button}-hint`), hint);
    await page.locator(button).press("Enter");
  }
  assert.deepEqual(
    calls.filter((url) => url.includes("/v1/")),
    [],
  );
});

const problem = (status, code, detail) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ status, code, detail, title: code, request_id: "0a1b2c3d" }),
});

const storeError = (status, code, message) => ({
  status,
  headers: { "access-control-allow-origin": "*" },
  contentType: "application/xml",
  body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

const FAILURES = [
  [
    "a refusal of the edge",
    `${ready.edge}/v1/presign`,
    problem(403, "not_allowed", "No rule allows this session to use this key."),
    [
      /did not sign: 403 not_allowed\./,
      /No rule allows this session to use this key\./,
      /0a1b2c3d/,
    ],
  ],
  [
    "too many requests",
    `${ready.edge}/v1/presign`,
    problem(429, "rate_limited", "Too many requests."),
    [/429 rate_limited/, /try again/],
  ],
  [
    "a failure without a problem document",
    `${ready.edge}/v1/presign`,
    { status: 500, contentType: "text/html", body: "<h1>oops</h1>" },
    [/did not sign: 500\./, /output of cargo xtask dev/],
  ],
  ["an edge that is gone", `${ready.edge}/v1/presign`, null, [/edge did not answer/, /xtask dev/]],
  [
    "a missing session",
    `${ready.edge}/dev-session.json`,
    { status: 404, body: "" },
    [/\/dev-session\.json gave no session \(status 404\)/, /Restart cargo xtask dev/],
  ],
  [
    "a store that is gone",
    `${ready.store}/**`,
    null,
    [/did not reach the store at http/, /CORS rules/, /upload again/],
  ],
  [
    "a refusal of the store",
    `${ready.store}/**`,
    storeError(403, "AccessDenied", "Request has expired"),
    [/The store refused the file: 403 AccessDenied\. Request has expired\./, /Upload again/],
  ],
  [
    "a failure of the store",
    `${ready.store}/**`,
    storeError(500, "InternalError", ""),
    [/The store failed: 500 InternalError\./, /shorter name/],
  ],
];

const failures = ["ERR_FAILED", "status of 4", "status of 5"];
demo("what fails is explained, and the page goes on", { failures }, async (page, t) => {
  const file = await picture(page);
  const alert = page.getByRole("alert");
  for (const [name, url, answer, help] of FAILURES) {
    await t.test(name, async () => {
      await page.route(url, (route) => (answer === null ? route.abort() : route.fulfill(answer)));
      await page.setInputFiles("#file", file);
      await page.click("#upload");
      assert.equal(await uploaded(page), false);
      for (const part of help) assert.match(await alert.textContent(), part);
      // The error is shown where it happened, with one thing to do.
      assert.equal(await page.locator("#upload-card > [role=alert]").count(), 1);
      assert.ok((await alert.locator("strong").count()) <= 1);
      assert.ok(await alert.evaluate((it) => it.getBoundingClientRect().top >= 0));

      await page.unroute(url);
      await page.click("#upload");
      assert.ok(await uploaded(page), await alertOf(page));
      assert.equal(await alert.textContent(), "");
      assert.ok((await stored(await text(page, "#object-key"))).bytes.equals(file.buffer));
      assert.deepEqual(await previewSize(page), [96, 64]);
    });
  }
});

demo("a browser that keeps no cookie is told what is missing", {}, async (page) => {
  // As WebKit does with a Secure cookie over http.
  await page.addInitScript(() =>
    Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} }),
  );
  await page.reload();
  const alert = page.getByRole("alert").filter({ hasText: "cargo xtask dev --https" });
  await alert.waitFor();
  assert.doesNotMatch(await alert.textContent(), /[Rr]eload/);
});

demo("a picture that is none is explained, and can be opened", {}, async (page) => {
  const buffer = Buffer.from("no picture");
  await upload(page, { name: "broken.png", mimeType: "image/png", buffer });
  const alert = page.getByRole("alert").filter({ hasText: "could not show an image" });
  await alert.waitFor();
  assert.equal(await page.locator("#preview-image").count(), 0);
  assert.ok((await linked(page)).equals(buffer));
});

demo("a picture that the edge refuses is explained", { failures: ["403"] }, async (page) => {
  const refusal = problem(403, "not_allowed", "No rule allows this session to use this key.");
  await page.route(`${ready.edge}/f/**`, (route) => route.fulfill(refusal));
  await page.setInputFiles("#file", await picture(page));
  await page.click("#upload");
  const alert = page.getByRole("alert").filter({ hasText: "did not redirect to the file" });
  await alert.waitFor();
  assert.match(await alert.textContent(), /403 not_allowed\. No rule allows/);
});

for (const { name, ...looks } of LOOKS) {
  const options = { ...looks, failures: ["409", "ERR_FAILED"] };
  demo(`${name}: accessible, looks as it did, nothing too wide`, options, async (page) => {
    await look(page, `demo-begin-${name}`);

    await page.route(`${ready.store}/**`, (route) => route.abort());
    await page.setInputFiles("#file", await picture(page));
    await page.click("#upload");
    assert.equal(await uploaded(page), false);
    await look(page, `demo-failed-${name}`);
    await page.unroute(`${ready.store}/**`);

    await upload(page, await picture(page, `${"long".repeat(25)} name.png`, 1600, 900));
    await previewSize(page);
    await page.click("summary");
    await page.click("#reuse");
    await assertRefusedReuse(page);
    await shareStep(page, "#share", /Made\./);
    await page.setInputFiles("#inbox-file", []);
    assert.match(await check(page, await picture(page, "picture.png", 480, 270)), /^Accepted/);
    await page.setInputFiles("#inbox-file", []);
    await look(page, `demo-done-${name}`);

    const refused = { name: "cat.png", mimeType: "image/png", buffer: webPage() };
    assert.match(await check(page, refused), /^Refused/);
    await look(page, `demo-refused-${name}`);
  });
}
