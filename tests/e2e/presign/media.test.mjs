// <img>, <video>, <audio> and <a download> in a page on the edge's origin. The session is a cookie that scripts can't
// read; the address is /f/….

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build } from "../../../clients/js/build.mjs";
import { bytesOf, launchBrowser } from "../support/browser.mjs";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { SECONDS, film, secondOf, sound } from "../support/film.mjs";
import { put } from "../support/s3.mjs";
import { freshKey, presigned, ready, token } from "../support/stack.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

let store, worker, browser, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "media-"));
  const html = '<!doctype html><title>A page</title><link rel="icon" href="data:," />';
  await writeFile(join(folder, "index.html"), html);
  await build(join(folder, "edge-signer"));
  store = await WatchedStore.start();
  const configuration = {
    vars: { ...vars, ...store.vars },
    kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
    assets: { directory: folder },
  };
  [worker, browser] = [await startEdge(configuration, secrets), await launchBrowser()];
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  store?.stop();
  await rm(folder, { recursive: true });
});

const encode = (key) => key.split("/").map(encodeURIComponent).join("/");
const address = (key, query = "") => `/f/${ready.store_name}/${encode(key)}${query}`;

/** A test with a page of the edge's origin, in a browser that is signed in. */
function media(name, use, options) {
  test(name, options, async () => {
    const context = await browser.newContext();
    try {
      const cookie = { name: "__Host-session", value: token(), domain: "127.0.0.1", path: "/" };
      await context.addCookies([{ ...cookie, secure: true, httpOnly: true, sameSite: "Strict" }]);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(`${worker.url}/`);
      assert.equal(await page.evaluate(() => document.cookie), "");
      await use(page);
    } finally {
      await context.close();
    }
  });
}

/** Puts an element into the page and waits for one of two events: which it was. */
const show = (page, tag, attributes, good) =>
  page.evaluate(
    ([tag, attributes, good]) =>
      new Promise((resolve) => {
        const element = document.createElement(tag);
        element.id = "shown";
        for (const event of [good, "error"]) {
          element.addEventListener(event, () => resolve(event), { once: true });
        }
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        document.body.replaceChildren(element);
      }),
    [tag, attributes, good],
  );

/** The colour that the element shows, which takes that the page may read it. */
const colour = (page) =>
  page.evaluate(() => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    pen.drawImage(document.getElementById("shown"), 0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  });

/** The statuses of what the page asks /f for from now on. */
function watch(page) {
  const seen = [];
  page.on("response", (response) => {
    if (response.url().startsWith(`${worker.url}/f/`)) seen.push(response.status());
  });
  return seen;
}

/** Where the ranges begin that the store was asked for with a key. */
const ranges = (key) =>
  store.asked({ key, status: 206 }).map(({ range }) => Number(/^bytes=(\d+)-/.exec(range)[1]));

async function until(isSo) {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, "waited in vain");
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** A picture of one colour. */
async function picture(page) {
  const base64 = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "rgb(10 200 30)";
    pen.fillRect(0, 0, 40, 30);
    return canvas.toDataURL("image/png").split(",")[1];
  });
  return Buffer.from(base64, "base64");
}

describe("<img>", () => {
  for (const name of ["a.png", "Ü a+b  100% #1 'q' \"x\" ?&=; 🦀.png"]) {
    media(`shows ${name}`, async (page) => {
      const key = freshKey(name);
      await put(key, await picture(page), { content_type: "image/png" });
      assert.equal(await show(page, "img", { src: address(key) }, "load"), "load");
      const shown = page.locator("#shown");
      assert.deepEqual(await shown.evaluate((it) => [it.naturalWidth, it.naturalHeight]), [40, 30]);
    });
  }

  media("can be read by the page where it says crossorigin", async (page) => {
    const key = freshKey("a.png");
    await put(key, await picture(page), { content_type: "image/png" });
    const src = address(key);
    assert.equal(await show(page, "img", { crossorigin: "anonymous", src }, "load"), "load");
    assert.deepEqual(await colour(page), [10, 200, 30]);
    // Without it, people see the picture but scripts can't read it.
    assert.equal(await show(page, "img", { src }, "load"), "load");
    await assert.rejects(colour(page), /tainted|SecurityError/);
  });

  media("shows nothing without the cookie", async (page) => {
    const key = freshKey("a.png");
    await put(key, await picture(page), { content_type: "image/png" });
    await page.context().clearCookies();
    const seen = watch(page);
    assert.equal(await show(page, "img", { src: address(key) }, "load"), "error");
    assert.deepEqual([seen, store.asked({ key })], [[401], []]);
  });
});

/** Moves the player to a time; once it is there, the event that says so, or that it can't. */
const seek = (page, time) =>
  page.evaluate(
    (time) =>
      new Promise((resolve) => {
        const player = document.getElementById("shown");
        for (const event of ["seeked", "error"]) {
          player.addEventListener(event, () => resolve(event), { once: true });
        }
        player.currentTime = time;
      }),
    time,
  );

describe("<video> and <audio>", () => {
  media("a film is shown, and can be seeked", async (page) => {
    const key = freshKey("film ü+1.webm");
    const bytes = film();
    await put(key, bytes, { content_type: "video/webm" });
    const seen = watch(page);
    // `crossorigin` is for this test, which reads the pictures.
    const attributes = { crossorigin: "anonymous", preload: "metadata", src: address(key) };
    assert.equal(await show(page, "video", attributes, "loadeddata"), "loadeddata");
    assert.equal(await page.locator("#shown").evaluate(({ duration }) => duration), SECONDS);
    for (const second of [50, 7, 31, 58, 0]) {
      assert.equal(await seek(page, second + 0.5), "seeked");
      assert.equal(await secondOf(page.locator("#shown")), second);
    }
    // The browser asked the edge once, and then the store for the parts of the film that it needed.
    assert.deepEqual(seen, [302]);
    const half = bytes.length / 2;
    assert.ok(
      ranges(key).some((from) => from > half),
      `no range of the second half: ${ranges(key)}`,
    );
  });

  media("a sound can be seeked", async (page) => {
    const key = freshKey("sound.wav");
    const bytes = sound();
    await put(key, bytes, { content_type: "audio/wav" });
    const seen = watch(page);
    const attributes = { preload: "metadata", src: address(key) };
    assert.equal(await show(page, "audio", attributes, "loadedmetadata"), "loadedmetadata");
    for (const time of [110, 30]) {
      assert.equal(await seek(page, time), "seeked");
      const from = ranges(key).at(-1);
      assert.ok(from > 0 && from < bytes.length, `${time}: ${from}`);
    }
    assert.deepEqual(seen, [302]);
  });

  media("a film is not shown without the cookie", async (page) => {
    await page.context().clearCookies();
    const seen = watch(page);
    const key = freshKey("film.webm");
    const attributes = { src: address(key) };
    assert.equal(await show(page, "video", attributes, "loadeddata"), "error");
    assert.deepEqual([seen, store.asked({ key })], [[401], []]);
  });

  // Browsers follow the redirect once, and later request everything from the URL that it led to.
  media(
    "a film can be seeked while its URL lives; then its address has to be loaded anew",
    async (page) => {
      const key = freshKey("film.webm");
      await put(key, film(), { content_type: "video/webm" });
      const play = (page, seconds) => {
        const src = address(key, `?expires_in=${seconds}`);
        return show(page, "video", { preload: "metadata", src }, "loadeddata");
      };
      const longer = await page.context().newPage();
      await longer.goto(`${worker.url}/`);
      assert.equal(await play(longer, 600), "loadeddata");
      const seen = watch(page);
      assert.equal(await play(page, 2), "loadeddata");
      // The URL lives for two windows of 2 seconds at the most.
      await new Promise((done) => setTimeout(done, 5000));

      assert.equal(await seek(longer, 50.5), "seeked");
      assert.deepEqual(store.asked({ key, status: 403 }), []);
      await page.locator("#shown").evaluate((it) => void (it.currentTime = 50.5));
      await until(() => store.asked({ key, status: 403 }).length > 0);

      assert.equal(await play(page, 2), "loadeddata");
      assert.equal(await seek(page, 50.5), "seeked");
      assert.deepEqual(seen, [302, 302]);
    },
  );

  media("with mediaSource a film goes on where its URL has expired", async (page) => {
    const key = freshKey("film.webm");
    await put(key, film(), { content_type: "video/webm" });
    const seen = watch(page);
    const watched = address(key, "?expires_in=2");
    await page.evaluate(async (address) => {
      const { mediaSource } = await import("/edge-signer/index.js");
      const player = Object.assign(document.createElement("video"), { id: "shown" });
      Object.assign(player, { crossOrigin: "anonymous", preload: "metadata" });
      document.body.replaceChildren(player);
      const loaded = new Promise((resolve) => (player.onloadeddata = resolve));
      mediaSource(player, address, { stall: 1 });
      await loaded;
    }, watched);
    // The URL lives for two windows of 2 seconds at the most.
    await new Promise((done) => setTimeout(done, 5000));
    await page.locator("#shown").evaluate((it) => void (it.currentTime = 50.5));
    await until(async () => {
      const isThere = ({ seeking, readyState }) => !seeking && readyState >= 2;
      return (
        (await page.locator("#shown").evaluate(isThere)) &&
        (await secondOf(page.locator("#shown"))) === 50
      );
    });
    assert.deepEqual(seen, [302, 302]);
  });

  media("with mediaSource an address that fails is asked for once", async (page) => {
    const seen = watch(page);
    const failed = await page.evaluate(async (address) => {
      const { mediaSource } = await import("/edge-signer/index.js");
      const player = document.createElement("video");
      const error = new Promise((resolve) => (player.onerror = () => resolve(player.error.code)));
      mediaSource(player, address, { stall: 1 });
      return error;
    }, "/f/no-such-store/film.webm");
    assert.equal(failed, 4);
    await new Promise((done) => setTimeout(done, 2500));
    assert.deepEqual(seen, [404]);
  });
});

const NAMES = [
  ["plain.bin", "plain.bin"],
  ["Übersicht a+b  100% 🦀 #1 &=;,'~.bin", "Übersicht a+b  100% 🦀 #1 &=;,'~.bin"],
  ["%2F%41.bin", "%2F%41.bin"],
  // Not every system allows these characters in file names.
  ['"a"<b>?*|\\.bin', "_a__b_____.bin"],
];

/** Clicks a link of the page: the file that the browser then has, or where it has gone. */
async function follow(page, attributes) {
  const downloaded = page.waitForEvent("download").then(async (download) => {
    assert.equal(await download.failure(), null);
    return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
  });
  const isStores = (frame) => frame.url().startsWith(store.url);
  const gone = page.waitForEvent("framenavigated", isStores).then((frame) => ({ at: frame.url() }));
  // The other one fails when the page is closed.
  for (const end of [downloaded, gone]) end.catch(() => {});
  await page.evaluate((attributes) => {
    const link = document.createElement("a");
    for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value);
    link.textContent = "a link";
    document.body.replaceChildren(link);
    link.click();
  }, attributes);
  return Promise.race([downloaded, gone]);
}

describe("<a download>", () => {
  for (const [name, expected] of NAMES) {
    media(`a file that no browser shows is called ${expected}, as its key`, async (page) => {
      const [key, bytes] = [freshKey(name), randomBytes(1024)];
      await put(key, bytes, { content_type: "application/octet-stream" });
      const file = await follow(page, { href: address(key), download: "" });
      assert.deepEqual(file, { name: expected, bytes });
    });

    media(`a file that was stored to be called ${expected} is`, async (page) => {
      const [key, bytes] = [freshKey("file"), randomBytes(1024)];
      const escaped = encodeURIComponent(name).replaceAll("'", "%27");
      const disposition = `attachment; filename="file"; filename*=UTF-8''${escaped}`;
      const headers = { "content-disposition": disposition };
      await put(key, bytes, { content_type: "text/plain", headers });
      assert.deepEqual(await follow(page, { href: address(key) }), { name: expected, bytes });
    });

    media(
      `a file is called ${expected} where its URL was asked for with download_as`,
      async (page) => {
        const [key, bytes] = [freshKey("file.txt"), randomBytes(1024)];
        await put(key, bytes, { content_type: "text/plain" });
        const wish = { operation: "GetObject", key, download_as: name };
        const { url } = await presigned(wish, { edge: worker.url });
        assert.deepEqual(await follow(page, { href: url }), { name: expected, bytes });
      },
    );
  }

  // Browsers honour the attribute only for the page's origin, and the store has another.
  media("the attribute alone does not keep a browser from showing the file", async (page) => {
    const key = freshKey("shown.txt");
    await put(key, "text", { content_type: "text/plain" });
    const { at } = await follow(page, { href: address(key), download: "named.txt" });
    assert.ok(at.includes("/shown.txt?"), at);
  });

  media(
    "a file that browsers show is downloaded from /f/…?download=true, called as its key",
    async (page) => {
      const [name, bytes] = ["Übersicht a+b 🦀.txt", randomBytes(1024)];
      const key = freshKey(name);
      await put(key, bytes, { content_type: "text/plain" });
      const href = address(key, "?download=true");
      assert.deepEqual(await follow(page, { href, download: "" }), { name, bytes });
    },
  );

  media("nothing is downloaded without the cookie", async (page) => {
    const key = freshKey("a.bin");
    await put(key, "text", { content_type: "application/octet-stream" });
    await page.context().clearCookies();
    const downloaded = page.waitForEvent("download");
    await page.evaluate((href) => {
      const link = Object.assign(document.createElement("a"), { href, download: "" });
      document.body.append(link);
      link.click();
    }, address(key));
    const download = await downloaded;
    assert.notEqual(await download.failure(), null);
    assert.deepEqual(store.asked({ key }), []);
  });
});
