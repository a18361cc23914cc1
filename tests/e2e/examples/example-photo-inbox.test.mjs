// The example of a photo inbox: what is looked at before anybody sees it, what is refused and in which words, and what
// the operator is shown of a photo.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { runCommand } from "../support/command-line.mjs";
import { vars } from "../support/edge.mjs";
import { defaultAddress, startServerOf } from "../support/example.mjs";
import { tabTo, withExamplePage } from "../support/example-page.mjs";
import { page as webPage } from "../support/inbox.mjs";
import { look, LOOKS } from "../support/looks.mjs";
import { picture, PhotoInbox, readFrom } from "../support/photo-inbox.mjs";
import { rawRequest } from "../support/raw-request.mjs";
import { isProblem } from "../support/refusal.mjs";
import { presign, ready, token } from "../support/stack.mjs";

const LAKE = await picture("lake.jpg");

let browser, inbox;
before(async () => {
  [browser, inbox] = await Promise.all([launchBrowser(), PhotoInbox.start()]);
});
after(async () => {
  await browser?.close();
  await inbox?.stop();
});

const text = (page, selector) => page.locator(selector).textContent();

/** Opens the album as somebody, and waits for what they see. */
const album = (user, options, use, at = inbox) =>
  withExamplePage(browser, `${at.url}/`, options, async (page) => {
    if (user !== null) await signIn(page, user);
    await use(page);
  });

const SEES = { alice: /photo/, bob: /photo/, operator: /The operator sees no photos here/ };

async function signIn(page, user) {
  await page.check(`[name=user][value=${user}]`);
  await page.locator("#count", { hasText: SEES[user] }).waitFor();
  await page.locator(`[name=user][value=${user}]:enabled`).waitFor();
}

/** Picks a file and presses the button. */
async function send(page, file) {
  await page.setInputFiles("#file", file);
  await page.click("#upload");
}

/** The end of an upload: what the page says of it. */
async function outcome(page, region = "#result") {
  await page.locator(`${region} .outcome`).waitFor();
  await page.locator("#file:enabled").waitFor();
  return text(page, region);
}

/** The keys of the photos that the application lists. */
async function listed(at = inbox) {
  const { headers } = await signInAt(at, "alice");
  const { photos } = await (await fetch(`${at.url}/photos`, { headers })).json();
  return photos.map(({ key }) => key);
}

/** Signs in without a browser: the headers of whoever is signed in. */
async function signInAt({ url }, user) {
  const response = await fetch(`${url}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  const [cookie] = (response.headers.get("set-cookie") ?? "").split(";");
  return { status: response.status, headers: { cookie } };
}

/** Uploads a photo, which has to be accepted: its key. */
async function uploaded(page, file) {
  await send(page, file);
  assert.equal(await outcome(page), `${file.name} is in the album.`);
  const [key] = (await listed()).filter((key) => key.endsWith(file.name));
  return key;
}

/** Waits until the photos of the page are there: how wide each is. */
const widths = (page) =>
  page
    .locator("#album img")
    .evaluateAll((images) =>
      Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))),
    );

const wish = (key) => ({ operation: "GetObject", key });

describe("an upload", () => {
  test("is being checked, while nobody can see it, and then is in the album", async () => {
    await album("alice", {}, async (page) => {
      let goOn;
      const held = new Promise((resolve) => (goOn = resolve));
      await page.route("**/v1/uploads/*/accept", async (route) => {
        await held;
        await route.continue();
      });
      const signed = page.waitForResponse("**/v1/presign");
      await send(page, await picture("lake.jpg", "Ä lake +100%.jpg"));
      const { upload } = await (await signed).json();
      await page.locator("#status.checking").waitFor();
      assert.match(await text(page, "#status"), /^Checking Ä lake \+100%\.jpg…/);
      assert.equal(await text(page, "#percent"), "100%");
      for (const sub of ["alice", "bob"]) {
        const { url } = await inbox.sign(sub, wish(upload.key));
        assert.equal((await fetch(url)).status, 404, "nothing is at its key");
        const inside = await presign(wish(`inbox/${upload.id}`), {
          bearer: token({ sub }),
          edge: inbox.edge.url,
        });
        isProblem(inside, 403, "not_allowed");
      }
      assert.deepEqual(await listed(), []);
      goOn();
      assert.equal(await outcome(page), "Ä lake +100%.jpg is in the album.");
      assert.equal(await text(page, "#status"), "");
      assert.deepEqual(await widths(page), [600]);
      assert.deepEqual(await listed(), [upload.key]);
      assert.equal(await text(page, "#album h3"), "Ä lake +100%.jpg");
      const stored = await fetch((await inbox.sign("bob", wish(upload.key))).url);
      assert.equal(stored.headers.get("content-type"), "image/jpeg");
      const { buffer } = await picture("lake.jpg");
      assert.ok(Buffer.from(await stored.arrayBuffer()).equals(buffer));
    });
    await album("bob", {}, async (page) => {
      assert.deepEqual(await widths(page), [600]);
      assert.equal(await text(page, "#album .note"), "From Alice");
    });
  });

  test("of a web page that is called .png is refused, and says why", async () => {
    const before = await listed();
    await album("alice", {}, async (page) => {
      const file = { name: "cat.png", mimeType: "image/png", buffer: webPage() };
      await send(page, file);
      const said = await outcome(page);
      assert.match(said, /^cat\.png was not kept\.It is no photo: .* as a web page does\.$/);
      await page.click("#try");
      assert.match(
        await outcome(page, "#try-result"),
        /^holiday\.png was not kept\.It is no photo/,
      );
      assert.equal(await text(page, "#alert"), "");
    });
    assert.deepEqual(await listed(), before);
  });

  const png = (bytes) => ({ name: "a.png", mimeType: "image/png", buffer: Buffer.from(bytes) });
  for (const [what, file, why] of [
    ["a program", png(`MZ${"\0".repeat(200)}`), /no photo but a program/],
    ["nothing", png(""), /The file is empty/],
    [
      "noise",
      png("\u0001\u0002\u0003\u0004 noise"),
      /no photo of a kind that is known|kind that its/,
    ],
    [
      "a JPEG that is called .png",
      { ...png(""), buffer: LAKE.buffer },
      /no photo of the kind that its name says/,
    ],
    [
      "a PDF",
      { name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4") },
      /only pictures are taken here/,
    ],
    ["too large a one", { ...png(""), buffer: Buffer.alloc(10_485_761) }, /too large: .* 10 MB/],
  ]) {
    test(`of ${what} is refused in words`, async () => {
      await album("bob", { failures: ["403"] }, async (page) => {
        await send(page, file);
        const said = await outcome(page);
        assert.match(said, why);
        assert.ok(said.startsWith(`${file.name} was not kept.`), said);
        // Codes and numbers are for programs.
        assert.doesNotMatch(said, /_|\d{3}|HTTP/);
      });
    });
  }

  test("that fails is explained, and the page goes on", async () => {
    const failures = ["ERR_FAILED", "503"];
    await album("alice", { failures }, async (page) => {
      const file = await picture("harbour.jpg");
      const problem = { code: "inbox_unavailable", detail: "Try again.", request_id: "0a1b2c3d" };
      const headers = { "access-control-allow-origin": inbox.url };
      const unavailable = { status: 503, headers, json: problem };
      for (const [url, answer, why] of [
        [`${inbox.edge.url}/v1/presign`, null, /The signer did not answer/],
        [`${inbox.store}/**`, null, /The store did not answer/],
        ["**/v1/uploads/*/accept", unavailable, /The signer refused: 503 inbox_unavailable/],
      ]) {
        await page.route(url, (route) => (answer === null ? route.abort() : route.fulfill(answer)));
        await send(page, file);
        assert.match(await outcome(page), why);
        await page.unroute(url);
      }
      await uploaded(page, file);
    });
  });

  test("is for those who are signed in, into their own folder", async () => {
    await album(null, {}, async (page) => {
      assert.equal(await text(page, "#upload-hint"), "Say first that you are Alice or Bob.");
      await page.locator("#try").press("Enter");
      assert.equal(await text(page, "#try-result"), "");
    });
    const put = { operation: "PutObject", content_type: "image/png", content_length: 9 };
    const at = { edge: inbox.edge.url };
    for (const [sub, key] of [
      ["bob", "album/alice/a.png"],
      ["alice", "album/alice/a/b.png"],
      ["alice", "inbox/a.png"],
    ]) {
      const asked = await presign({ ...put, key }, { ...at, bearer: token({ sub }) });
      isProblem(asked, 403, "not_allowed");
    }
  });
});

describe("the operator", () => {
  /** The operator's page of a photo, once the Worker's lines say that it was asked for. */
  async function open(page, key) {
    await inbox.tell(JSON.stringify(key).slice(1, -1));
    await page.goto(`${inbox.url}/operator?key=${encodeURIComponent(key)}`);
  }

  test("sees for a photo who was given a URL and who used it", async () => {
    let key;
    await album("alice", {}, async (page) => {
      key = await uploaded(page, await picture("meadow.jpg", "who saw it.jpg"));
      await widths(page);
    });
    await album("bob", {}, async (page) => {
      await widths(page);
    });
    const unused = await inbox.sign("bob", wish(key));
    await album("operator", {}, async (page) => {
      await open(page, key);
      assert.equal(await text(page, "#title"), "who saw it.jpg");
      assert.match(await text(page, ".photo > .card > dl"), /It was looked at and accepted\./);
      const cards = await page.locator(".urls > li").allInnerTexts();
      const bytes = (await picture("meadow.jpg")).buffer.length.toLocaleString("en");
      const [put, ...seen] = cards;
      assert.match(put, /^alice, to upload it/);
      const used = `Used once:\\s+\\d\\d:\\d\\d:\\d\\d UTC from 127\\.0\\.0\\.1: status 200, ${bytes} bytes`;
      assert.match(put, new RegExp(used));
      assert.match(put, /to 127\.0\.0\.0\/24/);
      // Alice's album after the upload, Bob's, and what Bob was given for nothing.
      assert.deepEqual(
        seen.map((card) => card.split("\n")[0]),
        ["alice, to see it", "bob, to see it", "bob, to see it"],
      );
      for (const card of seen.slice(0, 2)) assert.match(card, new RegExp(used));
      assert.match(seen[2], /Not seen in the store's log so far\./);
      assert.doesNotMatch(seen[2], /not used/i);
      assert.equal(await text(page, ".outcome"), "Nothing stands out.");
      // No page of the operator's can be used by whoever reads it.
      assert.ok(!(await page.content()).includes("X-Amz-"));
    });
    assert.ok(unused.url.includes("x-edge="));
  });

  test("is told of a URL that was used again or from elsewhere, and of a stolen key", async () => {
    let key;
    await album("bob", {}, async (page) => {
      key = await uploaded(page, await picture("desert.jpg", `"><b id=bold>'&lt;.jpg`));
    });
    const [again, passedOn] = [
      await inbox.sign("alice", wish(key)),
      await inbox.sign("alice", wish(key)),
    ];
    for (let times = 0; times < 2; times++) assert.equal((await fetch(again.url)).status, 200);
    assert.equal(await readFrom(passedOn.url, "127.9.0.1"), 200);
    const path = key.split("/").map(encodeURIComponent).join("/");
    const { region } = vars.STORES[ready.store_name];
    const forged = await runCommand(
      [
        ...["presign", "--method", "GET", "--url", `${inbox.store}/${ready.bucket}/${path}`],
        ...["--region", region, "--expires", "60"],
      ],
      { AWS_ACCESS_KEY_ID: ready.access_key_id, AWS_SECRET_ACCESS_KEY: ready.secret_access_key },
    );
    assert.equal(await readFrom(forged.stdout.trim(), "127.0.0.1"), 200);
    const vain = await presign(
      { operation: "PutObject", key, content_type: "image/png", content_length: 9 },
      { bearer: token({ sub: "alice" }), edge: inbox.edge.url },
    );
    isProblem(vain, 403, "not_allowed");
    await inbox.tell(vain.json.request_id);
    await album("operator", {}, async (page) => {
      await open(page, key);
      assert.equal(await page.locator("#bold").count(), 0);
      assert.equal(await text(page, "#title"), `"><b id=bold>'&lt;.jpg`);
      const found = await page.locator(".outcome li").allTextContents();
      assert.deepEqual(found.sort(), [
        "A URL that alice was given was used again.",
        "A URL that alice was given was used from another network than it was given to.",
        "Somebody reached it by a URL that this edge didn't give out: whoever has the store's key.",
      ]);
      const card = page.locator(".urls > li", { hasText: "Used 2 times" });
      assert.equal(await text(card, ".remark"), "It was used again.");
      assert.match(await text(page, "section.card"), /alice, to upload it \(not_allowed\)/);
    });
  });

  test("sees what was refused, and who sent it", async () => {
    let signed;
    await album("alice", {}, async (page) => {
      const asked = page.waitForResponse("**/v1/presign");
      await page.click("#try");
      signed = await (await asked).json();
      await outcome(page, "#try-result");
    });
    const { key } = signed.upload;
    await inbox.tell(`"upload":"${signed.upload.id}","issuer"`);
    await album("operator", {}, async (page) => {
      await page.goto(`${inbox.url}/operator`);
      await page.selectOption("#key", key);
      await page.click("button");
      assert.equal(await text(page, "#title"), "holiday.png");
      assert.match(await text(page, ".photo > .card > dl"), /looked at and refused: active\./);
      assert.match(
        await page.locator(".urls > li").innerText(),
        /alice, to upload it[^]*Used once/,
      );
    });
  });

  test("has all of it on one page", async () => {
    await album("operator", {}, async (page) => {
      await page.goto(`${inbox.url}/operator`);
      await page.click("text=All of it, on one page");
      await page.locator("h1").waitFor();
      assert.match(await text(page, "body"), /members see the photos of all members/);
    });
  });

  test("is nobody else, and there is no photo that isn't there", async () => {
    for (const path of ["/operator", "/operator?key=album/alice/a.png", "/operator/report"]) {
      assert.equal((await fetch(inbox.url + path)).status, 403, path);
      const { headers } = await signInAt(inbox, "alice");
      assert.equal((await fetch(inbox.url + path, { headers })).status, 403, path);
    }
    const { headers } = await signInAt(inbox, "operator");
    const missing = await fetch(`${inbox.url}/operator?key=album/alice/a.png`, { headers });
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /There is no such photo\./);
    // The operator is no member, and gets no session of one.
    assert.equal((await fetch(`${inbox.url}/token`, { headers })).status, 403);
    assert.equal((await signInAt(inbox, "carol")).status, 400);
  });
});

test("the application goes on after a request for no page", async () => {
  for (const target of ["//", "//a.example.com:x/", "/toString", "/?a?b"]) {
    assert.equal(await rawRequest(inbox.url, target), target === "/?a?b" ? 200 : 404, target);
  }
  for (const [headers, body] of [
    [{ "content-type": "text/plain" }, `{"user":"alice"}`],
    [{ "content-type": "application/json" }, "{"],
    [{ "content-type": "application/json" }, "null"],
    [{ "content-type": "application/json" }, JSON.stringify({ user: "a".repeat(2000) })],
  ]) {
    const response = await fetch(`${inbox.url}/session`, { method: "POST", headers, body });
    assert.equal(response.status, 400);
    assert.equal(response.headers.get("set-cookie"), null);
  }
  assert.deepEqual(inbox.logged, []);
});

test("starts by itself, and the page at the edge leads to it", async () => {
  const server = await startServerOf("photo-inbox", inbox.edge.url);
  try {
    assert.match(await (await fetch(server.url)).text(), /<h1>A photo inbox<\/h1>/);
  } finally {
    await server.stop();
  }
  const address = await defaultAddress("photo-inbox");
  const page = await (await fetch(`${inbox.edge.url}/`)).text();
  assert.ok(page.includes(`url=${address}"`) && page.includes(`href="${address}"`), page);
});

describe("the pages", () => {
  test("work with the keyboard alone", async () => {
    await album(null, {}, async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      await page.locator("#count", { hasText: SEES.alice }).waitFor();
      await page.locator("[name=user][value=alice]:focus").waitFor();
      const chooser = page.waitForEvent("filechooser");
      await tabTo(page, "#file");
      await page.keyboard.press("Enter");
      await (await chooser).setFiles(await picture("lighthouse.jpg", "by keys.jpg"));
      await tabTo(page, "#upload");
      await page.keyboard.press("Enter");
      assert.equal(await outcome(page), "by keys.jpg is in the album.");
      await tabTo(page, "#page-text");
      await tabTo(page, "#try");
      await page.keyboard.press("Space");
      assert.match(await outcome(page, "#try-result"), /was not kept/);
      await tabTo(page, "#album li:first-child summary");
      await page.keyboard.press("Enter");
      await tabTo(page, "#album li:first-child a");
    });
    await inbox.tell("by keys.jpg");
    await album("operator", {}, async (page) => {
      await page.goto(`${inbox.url}/operator`);
      await tabTo(page, "#key");
      await page.keyboard.type("by keys");
      await tabTo(page, "button");
      await page.keyboard.press("Enter");
      await page.locator("#title", { hasText: "by keys.jpg" }).waitFor();
    });
  });

  test("have the application's own scripts alone", async () => {
    for (const path of ["/", "/operator"]) {
      const { headers } = await fetch(inbox.url + path);
      const policy = headers.get("content-security-policy");
      assert.match(policy, /^default-src 'none'; script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(headers.get("cache-control"), "no-store");
    }
  });

  describe("look as they did", () => {
    let quiet;
    before(async () => {
      quiet = await PhotoInbox.start();
    });
    after(() => quiet?.stop());

    for (const { name, ...options } of LOOKS) {
      test(`and are accessible, and nowhere too wide: ${name}`, async () => {
        await album(
          "alice",
          { ...options, failures: ["404"] },
          async (page) => {
            if (name === "light") {
              for (const file of ["harbour.jpg", "meadow.jpg"]) {
                await send(page, await picture(file, `${file.slice(0, -4)} in the evening.jpg`));
                await outcome(page);
                // The store's dates have seconds, by which the album is in order.
                await page.waitForTimeout(1100);
              }
              await page.reload();
              await page.locator("#count", { hasText: "2 photos" }).waitFor();
            }
            await widths(page);
            await look(page, `photo-inbox-album-${name}`);

            await page.route("**/v1/uploads/*/accept", () => {});
            await send(page, await picture("lake.jpg", `${"long ".repeat(12)}name.jpg`));
            await page.locator("#status.checking").waitFor();
            await look(page, `photo-inbox-checking-${name}`);
            // What is held is left, and never asked.
            await page.reload();
            await page.unroute("**/v1/uploads/*/accept");
            await page.locator("#count", { hasText: "2 photos" }).waitFor();

            await page.click("#try");
            await outcome(page, "#try-result");
            await page.setInputFiles("#file", []);
            await widths(page);
            await look(page, `photo-inbox-refused-${name}`);
          },
          quiet,
        );
        await operatorLooks(name, options);
      });
    }

    /** A photo that one person has seen, and of which another has passed a URL on. */
    async function operatorLooks(name, options) {
      const [key] = (await listed(quiet)).filter((key) => key.includes("meadow"));
      if (name === "light") {
        const { url } = await quiet.sign("bob", wish(key));
        for (let times = 0; times < 2; times++) await fetch(url);
      }
      await quiet.tell(key);
      await album(
        "operator",
        options,
        async (page) => {
          await page.goto(`${quiet.url}/operator?key=${encodeURIComponent(key)}`);
          // What was asked for in the meantime is beside the point, and of another number each time.
          await page
            .locator(".urls > li:not(:has(.remark)):nth-child(n + 3)")
            .evaluateAll((all) => all.forEach((card) => card.remove()));
          await look(page, `photo-inbox-operator-${name}`);
        },
        quiet,
      );
    }
  });
});
