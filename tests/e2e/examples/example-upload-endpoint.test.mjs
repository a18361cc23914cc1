// examples/upload-endpoint: one GET for a URL that binds a type, a page that uploads with progress, from the edge's
// own origin and from another one.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generateTypes } from "../../../clients/js/build.mjs";
import { start as startServer } from "../../../examples/upload-endpoint/server.mjs";
import { launchBrowser } from "../support/browser.mjs";
import { stored } from "../support/client.mjs";
import { pageToken, startExample, varsOf } from "../support/example.mjs";
import { tabTo, withExamplePage } from "../support/example-page.mjs";
import { isAccessible, look, LOOKS, screenshot } from "../support/looks.mjs";
import { rawRequest } from "../support/raw-request.mjs";
import { follow, presigned, ready, token } from "../support/stack.mjs";

const NAME = "upload-endpoint";
const root = fileURLToPath(new URL("../../..", import.meta.url));

let browser, other, stranger, example;
before(async () => {
  // They learn the edge's address below.
  const [forOther, forStranger] = [{ ...ready }, { ...ready }];
  other = await startServer({ port: 0, ready: forOther });
  stranger = await startServer({ port: 0, ready: forStranger });
  const CORS = { allowed_origins: [other.url] };
  [browser, example] = [await launchBrowser(), await startExample(NAME, { CORS })];
  for (const one of [forOther, forStranger]) {
    Object.assign(one, { edge: example.url, token: pageToken("dev") });
  }
});
after(async () => {
  await browser?.close();
  await example?.stop();
  other?.stop();
  stranger?.stop();
});

/** A test in the page; the last of the origins is where it lies, and the subject is the one of its session. */
function onPage(name, options, use) {
  const { at = () => example, ...rest } = options;
  test(name, () =>
    withExamplePage(browser, `${at().url}/`, rest, (page) => {
      const requests = [];
      page.on("request", (request) => requests.push(request));
      return use(page, { requests, subject: at().subject ?? "dev" });
    }),
  );
}

const picture = { name: "cat ä.png", mimeType: "image/png", buffer: Buffer.from("not looked at") };
const text = (page, selector) => page.locator(selector).textContent();

/** What the last GET for a URL asked. */
function askedOf(requests) {
  const isIt = (request) => request.method() === "GET" && request.url().includes("/v1/presign?");
  const [request] = requests.filter(isIt).slice(-1);
  return Object.fromEntries(new URL(request.url()).searchParams);
}

/** Waits until a step has ended: what the status says. */
async function ended(page) {
  await page.locator("#file:enabled").waitFor();
  return text(page, "#status");
}

async function upload(page, file = picture) {
  await page.setInputFiles("#file", file);
  await page.click("#upload");
  return ended(page);
}

async function sendAs(page, type, file = picture) {
  await page.setInputFiles("#file", file);
  await page.selectOption("#claimed", type);
  await page.click("#mismatch");
  await ended(page);
  return page.locator("#mismatch-result");
}

async function isMissing(key, sub) {
  const bearer = token({ sub });
  const response = await follow(await presigned({ operation: "GetObject", key }, { bearer }));
  assert.equal(response.status, 404);
}

const places = [
  ["at the edge's own origin", () => example, 0],
  ["at another origin", () => other, 1],
];
for (const [where, at, preflights] of places) {
  describe(where, () => {
    onPage(
      "a file is uploaded by one GET and one PUT",
      { at },
      async (page, { requests, subject }) => {
        const edge = example.url;
        const answered = page.waitForResponse((response) =>
          response.url().includes("/v1/presign?"),
        );
        assert.equal(
          await upload(page),
          "Stored cat ä.png as image/png.",
          await text(page, "#alert"),
        );
        const asked = askedOf(requests);
        const { key, ...rest } = asked;
        assert.match(key, new RegExp(`^users/${subject}/uploads/[0-9a-f-]{36}/cat ä\\.png$`));
        const size = String(picture.buffer.length);
        assert.deepEqual(rest, {
          operation: "PutObject",
          content_type: "image/png",
          content_length: size,
          expires_in: "600",
        });
        const answer = await answered;
        const { signed_at, expires_at, headers } = await answer.json();
        assert.equal(Date.parse(expires_at) - Date.parse(signed_at), 600_000);
        assert.deepEqual(headers, { "content-type": "image/png", "content-length": size });

        const puts = requests.filter((request) => request.method() === "PUT");
        assert.deepEqual(
          puts.map((request) => new URL(request.url()).origin),
          [ready.store],
        );
        const { bytes, type } = await stored(key, subject);
        assert.deepEqual([bytes.equals(picture.buffer), type], [true, "image/png"]);
        assert.equal(await text(page, "#percent"), "100%");
        assert.match(await text(page, "#bound"), /content-typeimage\/png/);

        // Each of the other origins allows the page by name.
        const own = new URL(page.url()).origin;
        const allowed = "access-control-allow-origin";
        assert.equal((await answer.allHeaders())[allowed], preflights ? own : undefined);
        assert.equal((await (await puts[0].response()).allHeaders())[allowed], own);
        const origins = await text(page, "#origins");
        assert.equal(origins.includes(`${edge}, which allows it`), preflights === 1, origins);
        assert.ok(origins.includes(`${ready.store}, which allows it`), origins);

        const href = await page.locator("#open").getAttribute("href");
        assert.ok(Buffer.from(await (await fetch(href)).arrayBuffer()).equals(picture.buffer));
      },
    );

    const refused = { at, failures: ["status of 403"] };
    onPage(
      "another type is refused and explained",
      refused,
      async (page, { requests, subject }) => {
        const result = await sendAs(page, "text/html");
        const said = await result.textContent();
        assert.match(said, /^Refused, as it has to be\./);
        assert.match(said, /Signed typeimage\/png/);
        assert.match(said, /Type that was senttext\/html/);
        assert.match(said, /The store said403 SignatureDoesNotMatch/);
        assert.match(said, /Line that was signedcontent-type:image\/png/);
        assert.match(said, /Line that the store sawcontent-type:text\/html/);
        assert.match(said, /one of the signed headers/);
        assert.equal(await text(page, "#alert"), "");
        assert.doesNotMatch(await result.locator(".outcome").getAttribute("class"), /failed/);
        await isMissing(askedOf(requests).key, subject);
      },
    );
  });
}

onPage("the type that was signed is stored", {}, async (page, { requests, subject }) => {
  const file = { name: "a.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") };
  const result = await sendAs(page, "image/svg+xml", file);
  assert.match(await result.textContent(), /^Stored: it is the type that was signed/);
  assert.equal((await stored(askedOf(requests).key, subject)).type, "image/svg+xml");
});

onPage("progress is told on the way", {}, async (page) => {
  await page.evaluate(() => {
    window.seen = [];
    const percent = document.getElementById("percent");
    const watch = () => window.seen.push(parseInt(percent.textContent));
    new MutationObserver(watch).observe(percent, { childList: true });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const uploadThroughput = 8 * 1024 * 1024;
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
  await session.send("Network.emulateNetworkConditions", conditions);
  const large = { name: "large.txt", mimeType: "text/plain", buffer: randomBytes(20 * 1024 ** 2) };
  assert.match(await upload(page, large), /^Stored/);
  const seen = await page.evaluate(() => window.seen);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.deepEqual([seen[0], seen.at(-1)], [0, 100]);
  assert.ok(seen.filter((percent) => percent > 0 && percent < 100).length >= 2, String(seen));
});

const failures = ["status of 403", "ERR_FAILED", "CORS policy"];
onPage("what the rule doesn't allow is explained", { failures }, async (page, { requests }) => {
  const program = { name: "a.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("a") };
  assert.equal(await upload(page, program), "a.exe was not stored.");
  assert.match(
    await text(page, "#alert"),
    /can't be uploaded: a\.exe is application\/x-msdownload\./,
  );
  const large = { ...picture, buffer: Buffer.alloc(25 * 1024 ** 2 + 1) };
  assert.equal(await upload(page, large), "cat ä.png was not stored.");
  assert.match(await text(page, "#alert"), /too large\. Choose a file of up to 25 MiB\./);
  assert.equal(requests.filter((request) => request.method() === "PUT").length, 0);
  // It goes on.
  assert.match(await upload(page), /^Stored/);
  assert.equal(await text(page, "#alert"), "");
});

const atStranger = { failures, at: () => stranger };
onPage(
  "an origin that the edge doesn't name is told so",
  atStranger,
  async (page, { requests }) => {
    assert.equal(await upload(page), "cat ä.png was not stored.");
    const alert = await text(page, "#alert");
    assert.match(alert, /edge at \S+ did not answer this page/);
    assert.ok(alert.includes(`CORS.allowed_origins has ${stranger.url}`), alert);
    assert.equal(requests.filter((request) => request.method() === "PUT").length, 0);
  },
);

onPage("a bucket that doesn't name the origin is told of", { failures }, async (page) => {
  await page.route(`${ready.store}/**`, (route) =>
    route.fulfill({ headers: { "access-control-allow-origin": "https://elsewhere.example" } }),
  );
  await upload(page);
  const alert = await text(page, "#alert");
  assert.ok(alert.includes(ready.store), alert);
  assert.ok(alert.includes(`CORS rules need ${example.url}, PUT and content-type`), alert);
  await sendAs(page, "text/html");
  assert.match(await text(page, "#alert"), /its CORS rules leave this page out/);
});

const inProduction = { failures: ["status of 403", "status of 404"] };
onPage("the explanation stands without the edge's own", inProduction, async (page) => {
  await page.route(`${example.url}/dev/explain`, (route) => route.fulfill({ status: 404 }));
  const said = await (await sendAs(page, "text/html")).textContent();
  assert.match(said, /403 SignatureDoesNotMatch/);
  assert.match(said, /one of the signed headers/);
  assert.doesNotMatch(said, /Line that/);
});

onPage("an upload can be cancelled", {}, async (page, { requests, subject }) => {
  await page.route(`${ready.store}/**`, () => {});
  await page.setInputFiles("#file", picture);
  const sending = page.waitForRequest((request) => request.method() === "PUT");
  await page.click("#upload");
  await sending;
  await page.click("#cancel");
  assert.equal(await ended(page), "Cancelled before the store had answered.");
  assert.equal(await text(page, "#alert"), "");
  await isMissing(askedOf(requests).key, subject);
});

onPage("so can the sending as another type", {}, async (page, { requests, subject }) => {
  await page.route(`${ready.store}/**`, () => {});
  await page.setInputFiles("#file", picture);
  const sending = page.waitForRequest((request) => request.method() === "PUT");
  const gone = page.waitForEvent("requestfailed", (request) => request.method() === "PUT");
  await page.click("#mismatch");
  await sending;
  await page.click("#cancel");
  await ended(page);
  await gone;
  assert.equal(await text(page, "#mismatch-result"), "Cancelled before the store had answered.");
  assert.equal(await text(page, "#alert"), "");
  await isMissing(askedOf(requests).key, subject);
});

const noUrl = { failures: ["ERR_FAILED"] };
onPage("what is stored stays so where no URL to open it comes", noUrl, async (page, of) => {
  await page.route(`${example.url}/v1/presign`, (route) => route.abort());
  assert.equal(await upload(page), "Stored cat ä.png as image/png.");
  assert.equal(await text(page, "#stored"), "There is no URL to open it with.");
  assert.match(await text(page, "#alert"), /edge at \S+ did not answer this page/);
  const { bytes } = await stored(askedOf(of.requests).key, of.subject);
  assert.ok(bytes.equals(picture.buffer));
});

onPage("what is not enabled yet says why, and does nothing", {}, async (page, { requests }) => {
  for (const [button, hint] of [
    ["upload", /Choose a file first/],
    ["mismatch", /Choose a file in step 1 first/],
    ["cancel", /nothing to cancel/],
  ]) {
    assert.match(await text(page, `#${button}-hint`), hint);
    await page.locator(`#${button}`).press("Enter");
  }
  assert.deepEqual(requests, []);
});

onPage("the keyboard alone is enough", { failures: ["403"] }, async (page) => {
  const chooser = page.waitForEvent("filechooser");
  await tabTo(page, "#file");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(picture);
  await tabTo(page, "#upload");
  await page.keyboard.press("Enter");
  assert.match(await ended(page), /^Stored/);
  await tabTo(page, "#cancel");
  await tabTo(page, "#request");
  await tabTo(page, "#open");
  await tabTo(page, "#claimed");
  await tabTo(page, "#mismatch");
  await page.keyboard.press("Space");
  await page.locator("#mismatch-result .outcome").waitFor();
});

for (const { name, ...looks } of LOOKS) {
  onPage(`${name}: accessible, nothing too wide`, { ...looks, failures }, async (page) => {
    await look(page, `upload-endpoint-empty-${name}`);
    assert.match(await upload(page), /^Stored/);
    await sendAs(page, "text/html");
    await page.locator("#mismatch-result .outcome").waitFor();
    await isAccessible(page);
    await screenshot(page, `example-${NAME}-${name}`);
    await page.route(`${ready.store}/**`, (route) => route.abort());
    assert.match(await upload(page), /was not stored/);
    await isAccessible(page);
    await screenshot(page, `example-${NAME}-${name}-failed`);
  });
}

test("the server at the other origin goes on after a request for no file", async () => {
  for (const target of ["//", "//a.example.com:x/", "/..//index.html", "*", "/none.js"]) {
    await rawRequest(other.url, target);
  }
  assert.equal((await fetch(`${other.url}/`)).status, 200);
});

test("the page's script is sound TypeScript", async () => {
  await generateTypes();
  const tsc = `${root}node_modules/typescript/lib/tsc.js`;
  const output = await new Promise((resolve) =>
    execFile(
      process.execPath,
      [tsc, "--skipDefaultLibCheck", "-p", `${root}examples/${NAME}`],
      (_, text) => resolve(text),
    ),
  );
  assert.equal(output, "");
});

test("the variables name the origin that the server has where nothing else is said", async () => {
  const { CORS } = await varsOf(NAME);
  const server = await readFile(`${root}examples/${NAME}/server.mjs`, "utf8");
  const port = /PORT \?\? (\d+)/.exec(server)[1];
  assert.deepEqual(CORS.allowed_origins, [`http://127.0.0.1:${port}`, `http://localhost:${port}`]);
});
