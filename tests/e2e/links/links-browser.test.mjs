// Links in a real browser: the page that asks, the pages that say why not, and what a browser does by itself.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { startEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { linesOf } from "../support/log.mjs";
import { isAccessible, look, LOOKS } from "../support/looks.mjs";
import { withPage } from "../support/page.mjs";
import { put } from "../support/s3.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const { redirected, revoke, told, until } = links;
const LONG = `${"a_name_that_a_camera_made_up_".repeat(3)}20260101.txt`;

let browser, worker, site;
before(async () => {
  browser = await launchBrowser();
  site = await StandInStore.start();
  const configuration = withLinks({ ledger: "layered" });
  const { STORES, RULES } = configuration.vars;
  const theirs = { ...STORES[ready.store_name], endpoint: site.url };
  configuration.vars = {
    ...configuration.vars,
    STORES: { ...STORES, "stand-in": theirs },
    SESSION: { sign_in_url: "https://app.example.com/login" },
    RULES: RULES.map((rule) => ({ ...rule, stores: [...rule.stores, "stand-in"] })),
  };
  worker = await startEdge(configuration, linkSecrets);
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  site?.stop();
});

beforeEach(() => {
  site.says(200, { "content-type": "text/html" }, "<!doctype html><title>a site</title><p>a page");
});

const reading = (key, fields) =>
  links.reading(key, { url_expires_in: 60, ...fields }, { edge: worker.url });
const used = async (link) => (await told(link, { edge: worker.url })).used;

/** A link to a text. */
async function linkTo(text, fields, name = "file.txt") {
  const key = freshKey(name);
  await put(key, text, { content_type: "text/plain; charset=utf-8" });
  return reading(key, fields);
}

const browserTest = (name, body, options) => test(name, () => withPage(browser, body, options));
const text = async (page) => (await page.locator("body").textContent()).trim();
const heading = (page) => page.locator("h1").textContent();

/** Presses the button, and waits for what it leads to. */
async function press(page) {
  await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
}

browserTest("a link opens the file once", async (page) => {
  const link = await linkTo("grüße");
  await page.goto(link.url);
  assert.equal(await text(page), "grüße");
  assert.ok(page.url().startsWith(`${ready.store}/`));
  const { origin } = new URL(page.url());
  assert.notEqual(origin, worker.url);
  const refused = await page.goto(link.url);
  assert.equal(refused.status(), 410);
  assert.equal(await heading(page), "This link doesn't work any more");
  assert.match(await text(page), /link_spent/);
});

browserTest("a link that downloads leaves a file of that name", async (page) => {
  for (const delivery of ["redirect", "stream"]) {
    const link = await linkTo("grüße", { delivery, download_as: "Grüße + 1.txt" });
    const begun = page.waitForEvent("download");
    // The browser stays where it is.
    await page.goto(link.url).catch(() => {});
    const download = await begun;
    assert.equal(download.suggestedFilename(), "Grüße + 1.txt");
    const stream = await download.createReadStream();
    assert.equal(Buffer.concat(await stream.toArray()).toString(), "grüße");
    assert.equal(await used(link), 1);
  }
});

browserTest("the page that asks is worked with the keyboard alone", async (page) => {
  const link = await linkTo("opened", { confirm: true }, "Rechnung März.txt");
  await page.goto(link.url);
  assert.equal(await heading(page), "Rechnung März.txt");
  await page.keyboard.press("Tab");
  const focused = page.locator("button:focus-visible");
  assert.equal(await focused.count(), 1, "Tab does not lead to the button");
  assert.notEqual(await focused.evaluate((it) => getComputedStyle(it).outlineStyle), "none");
  assert.equal(await used(link), 0);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  assert.equal(await text(page), "opened");
  assert.equal(await used(link), 1);
});

for (const delivery of ["redirect", "stream"]) {
  browserTest(
    `the button opens the file once, looking costs nothing: ${delivery}`,
    async (page) => {
      const link = await linkTo("opened", { confirm: true, delivery });
      await page.goto(link.url);
      for (let time = 0; time < 3; time++) await page.reload();
      assert.equal(await used(link), 0);
      await press(page);
      assert.equal(await text(page), "opened");
      // A person who comes back is told before they press a button.
      await page.goBack();
      await page.getByRole("heading", { name: "This link doesn't work any more" }).waitFor();
      assert.equal(await used(link), 1);
    },
  );
}

browserTest("back and forth again costs nothing more", async (page) => {
  const link = await linkTo("opened", { uses: 5 });
  await page.goto(site.url);
  await page.evaluate((url) => {
    const anchor = Object.assign(document.createElement("a"), { href: url, textContent: "open" });
    document.body.append(anchor);
  }, link.url);
  await Promise.all([page.waitForNavigation(), page.getByRole("link").click()]);
  assert.equal(await text(page), "opened");
  await page.goBack();
  assert.equal(await page.title(), "a site");
  // The browser goes on to the store's URL, not to the link.
  await page.goForward();
  assert.equal(await text(page), "opened");
  assert.equal(await used(link), 1);
});

browserTest("the store isn't told which page the link was on, nor the link", async (page) => {
  for (const confirm of [false, true]) {
    const link = await reading("users/e2e/file", { store: "stand-in", confirm });
    await page.goto(site.url);
    const before = site.requests.length;
    await page.evaluate((url) => {
      const anchor = document.createElement("a");
      Object.assign(anchor, { href: url, textContent: "open", referrerPolicy: "unsafe-url" });
      document.body.append(anchor);
    }, link.url);
    const asked = page.waitForRequest(link.url);
    await Promise.all([page.waitForNavigation(), page.getByRole("link").click()]);
    assert.equal((await (await asked).allHeaders()).referer, `${site.url}/`);
    if (confirm) await press(page);
    // The edge itself asks for size and type.
    const isSigned = ({ url, method }) => method === "GET" && url.includes("X-Amz-Signature");
    const arrived = site.requests.slice(before).filter(isSigned);
    assert.equal(arrived.length, 1);
    const { referer, origin } = arrived[0].headers;
    // When a form's request goes on from here to another origin, the browser may send an Origin header, but only
    // `null`.
    assert.ok(
      referer === undefined && [undefined, "null"].includes(origin),
      `${referer} ${origin}`,
    );
  }
});

const waysToSpeculate = {
  "rel=prefetch": (url) => {
    const link = Object.assign(document.createElement("link"), { rel: "prefetch", href: url });
    document.head.append(link);
  },
  "speculation rules that prefetch": (url) => {
    const rules = { prefetch: [{ source: "list", urls: [url] }] };
    const script = document.createElement("script");
    Object.assign(script, { type: "speculationrules", textContent: JSON.stringify(rules) });
    document.head.append(script);
  },
  "speculation rules that prerender": (url) => {
    const rules = { prerender: [{ source: "list", urls: [url] }] };
    const script = document.createElement("script");
    Object.assign(script, { type: "speculationrules", textContent: JSON.stringify(rules) });
    document.head.append(script);
  },
};
for (const [how, speculate] of Object.entries(waysToSpeculate)) {
  for (const [where, origin] of [
    ["the edge's origin", () => `${worker.url}/healthz`],
    ["another origin", () => site.url],
  ]) {
    browserTest(`a link isn't spent by ${how} on a page of ${where}`, async (page) => {
      const link = await linkTo("opened");
      const isRefused = ({ code }) => code === "prefetch_refused";
      const refusals = () => linesOf(worker.output(), "problem").filter(isRefused).length;
      const before = refusals();
      await page.goto(origin());
      await page.evaluate((url) => {
        const anchor = document.createElement("a");
        Object.assign(anchor, { href: url, textContent: "open", rel: "prefetch" });
        document.body.append(anchor);
      }, link.url);
      await page.evaluate(speculate, link.url);
      await until(() => refusals() > before, "the browser to ask in advance");
      assert.equal(await used(link), 0);
      // Then a person who wants it gets it.
      await Promise.all([page.waitForNavigation(), page.getByRole("link").click()]);
      assert.equal(await text(page), "opened");
      assert.equal(await used(link), 1);
    });
  }
}

const sessionCookie = (claims) => {
  const cookie = { name: "__Host-session", value: token(claims), domain: "127.0.0.1", path: "/" };
  return { ...cookie, secure: true, httpOnly: true, sameSite: "Lax" };
};

browserTest(
  "a link for its maker opens in the browser that has the session",
  async (page, context) => {
    const link = await linkTo("opened", { bind: "subject" });
    assert.equal((await page.goto(link.url)).status(), 401);
    assert.equal(await heading(page), "This link needs you to sign in");
    assert.doesNotMatch(await text(page), /Bearer|authorization/i);
    await context.addCookies([sessionCookie({ sub: "other" })]);
    assert.equal((await page.goto(link.url)).status(), 403);
    assert.equal(await heading(page), "This link is not for you");
    await context.addCookies([sessionCookie()]);
    // Any page can make a browser send a GET with its cookies: the page asks.
    await page.goto(link.url);
    assert.equal(await used(link), 0);
    await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
    assert.equal(await text(page), "opened");
  },
);

browserTest("the button says when the file was saved, and is no trap", async (page) => {
  await page.clock.install();
  const link = await linkTo("saved", { confirm: true, download_as: "a name.txt" });
  await page.goto(link.url);
  assert.match(await text(page), /a name\.txt.*Size5 bytesTypetext\/plain.*works once/s);
  const begun = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the file" }).click();
  assert.equal((await begun).suggestedFilename(), "a name.txt");
  await page.clock.runFor(4_000);
  assert.match(await page.getByRole("status").textContent(), /used up/);
  // For ten seconds a second press is the same use; then none is left.
  await page.clock.runFor(7_000);
  const button = page.getByRole("button", { name: "Used" });
  assert.equal(await button.getAttribute("aria-disabled"), "true");
  await button.click({ force: true });
  assert.equal(page.url(), link.url);
  assert.equal(await used(link), 1);
});

browserTest("a double click on the button opens the file, for one use", async (page) => {
  const link = await linkTo("opened", { confirm: true });
  await page.goto(link.url);
  await page.getByRole("button").dblclick();
  await page.waitForFunction(() => document.body.textContent === "opened");
  assert.equal(await used(link), 1);
});

browserTest("a link for its maker that asks opens there too", async (page, context) => {
  const link = await linkTo("opened", { bind: "subject", confirm: true });
  await context.addCookies([sessionCookie()]);
  await page.goto(link.url);
  const pressed = page.waitForRequest((request) => request.method() === "POST");
  await press(page);
  assert.equal(await text(page), "opened");
  const headers = await (await pressed).allHeaders();
  assert.equal(headers.origin, worker.url);
});

const script = `document.title = "ran"; fetch("/v1/presign", { method: "POST" })`;
const documents = [
  ["text/html", `<body><p>shown</p><script>${script}</script><img src="/healthz">`],
  ["image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`],
  [
    "application/xhtml+xml",
    `<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script>${script}</script></head></html>`,
  ],
];
const disguises = [
  ["image/png, text/html", documents[0][1]],
  ["image/svg+xml,image/svg+xml", documents[1][1]],
];
const byBlanks = [["image/svg+xml x", documents[1][1]]];

/** Opens what a member stored under this type: whether it ran, and the origin that it has. */
async function shown(page, type, body) {
  site.says(200, { "content-type": type }, body);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const link = await reading("users/e2e/file", { store: "stand-in", delivery: "stream" });
  await page.goto(link.url);
  const [title, origin] = await page.evaluate(() => [document.title, origin]);
  page.removeAllListeners("request");
  return { ran: title === "ran" || asked.includes("/v1/presign"), origin };
}

/** Fails unless none of these documents runs anything. */
async function areInert(documents) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    for (const [type, body] of documents) {
      assert.deepEqual(await shown(page, type, body), { ran: false, origin: "null" }, type);
      // The same script does run if the type is served plainly and nothing restricts it.
      const [plain] = documentsOf(body);
      site.says(200, { "content-type": plain }, body);
      await page.goto(site.url);
      await page.waitForFunction(() => document.title === "ran");
    }
  } finally {
    await context.close();
  }
}

const documentsOf = (body) => documents.find(([, known]) => known === body);

for (const document of documents) {
  test(`${document[0]} that the edge passes on runs nothing and has no origin`, () =>
    areInert([document]));
}

test("what passes for a picture runs nothing and has no origin", () => areInert(disguises));

test("a picture with something behind its type runs nothing and has no origin", () =>
  areInert(byBlanks));

const pages = [
  ["asks", "file.txt", 200, () => linkTo("a", { confirm: true }), "asks"],
  ["asks for a long name", LONG, 200, () => linkTo("a", { confirm: true }, LONG), "long"],
  ["says that it is spent", "This link doesn't work any more", 410, spent, "spent"],
  ["says that it is withdrawn", "This link doesn't work any more", 410, withdrawn],
  ["says that there is none", "There is no such link", 404, () => ({ url: `${worker.url}/l/x` })],
  ["says that it is somebody else's", "This link is not for you", 403, elsewhere],
  [
    "says where to sign in",
    "This link needs you to sign in",
    401,
    () => linkTo("a", { bind: "subject" }),
    "sign-in",
  ],
  [
    "says that a file wants a session",
    "Sign in to open this",
    401,
    () => ({ url: `${worker.url}/f/photos/a` }),
  ],
  ["says that nothing is there", "There is nothing here", 404, () => ({ url: `${worker.url}/x` })],
];

async function spent() {
  const link = await linkTo("a");
  await redirected(link);
  return link;
}

async function withdrawn() {
  const link = await linkTo("a");
  await revoke(link, { edge: worker.url });
  return link;
}

function elsewhere() {
  return reading("users/e2e/file", { bind: "192.0.2.0/24" });
}

for (const { name, ...options } of LOOKS) {
  test(`${name}: every page is accessible, looks as it did and fits`, async (t) => {
    for (const [what, expected, status, make, picture] of pages) {
      await t.test(`the one that ${what}`, () =>
        withPage(
          browser,
          async (page) => {
            const answer = await page.goto((await make()).url);
            assert.equal(answer.status(), status);
            assert.equal(await heading(page), expected);
            const dark = await page.evaluate(() => {
              const [red] = getComputedStyle(document.body).backgroundColor.match(/\d+/);
              return Number(red) < 128;
            });
            assert.equal(dark, name === "dark");
            if (picture) await look(page, `link-${picture}-${name}`);
            else await isAccessible(page);
          },
          options,
        ),
      );
    }
  });
}
