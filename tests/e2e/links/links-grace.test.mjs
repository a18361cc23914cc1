// Links with a grace in a real browser: the browser that opened one may come again for a while, so that players and
// viewers, which send several requests, get everything.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { startEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { withPage } from "../support/page.mjs";
import { put } from "../support/s3.mjs";
import { freshKey } from "../support/stack.mjs";

const { isRefused, open, told, until } = links;
const SECONDS = 120;

/** A sound of so many seconds (RFC 2361, WAVE_FORMAT_PCM): too large to be read at once. */
function wave(seconds, rate = 44_100) {
  const size = 2 * seconds * rate;
  const wave = Buffer.alloc(44 + size);
  wave.write("RIFF\0\0\0\0WAVEfmt ");
  wave.writeUInt32LE(36 + size, 4);
  // Format: 16 bytes, PCM, one channel, 16 bits a sample.
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(1, 22);
  wave.writeUInt32LE(rate, 24);
  wave.writeUInt32LE(2 * rate, 28);
  wave.writeUInt16LE(2, 32);
  wave.writeUInt16LE(16, 34);
  wave.write("data", 36);
  wave.writeUInt32LE(size, 40);
  for (let at = 44; at < wave.length; at += 2) wave.writeInt16LE(1000 * Math.sin(at / 40), at);
  return wave;
}

let browser, worker, sound;
before(async () => {
  browser = await launchBrowser();
  worker = await startEdge(withLinks({ ledger: "layered" }), linkSecrets);
  sound = freshKey("sound.wav");
  await put(sound, wave(SECONDS), { content_type: "audio/wav" });
});
after(async () => {
  await browser?.close();
  await worker?.stop();
});

const reading = (key, fields) =>
  links.reading(key, { url_expires_in: 60, ...fields }, { edge: worker.url });
const used = async (link) => (await told(link, { edge: worker.url })).used;
const heading = (page) => page.locator("h1").textContent();
const browserTest = (name, body) => test(name, () => withPage(browser, body));

/** Another browser finds that the link is spent. */
async function isSpentElsewhere(link) {
  await withPage(browser, async (page) => {
    assert.equal((await page.goto(link.url)).status(), 410);
    assert.equal(await heading(page), "This link doesn't work any more");
  });
  await isRefused(link, 410, "link_spent");
}

/** Goes to the end of what a player plays, which asks for another range; how long it is. */
async function seek(page) {
  const ranges = [];
  page.on("request", async (request) => ranges.push((await request.allHeaders()).range));
  const player = page.locator("audio, video").first();
  const duration = await player.evaluate(async (player) => {
    const once = (name) =>
      new Promise((resolve, reject) => {
        player.addEventListener(name, resolve, { once: true });
        player.addEventListener("error", () => reject(player.error ?? name), { once: true });
        setTimeout(() => reject(new Error(`there was no ${name}`)), 10_000);
      });
    player.pause();
    if (player.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) await once("loadeddata");
    const seeked = once("seeked");
    player.currentTime = player.duration - 5;
    await seeked;
    return player.duration;
  });
  const isLate = (range) => Number(/^bytes=(\d+)-/.exec(range)?.[1]) > 1_000_000;
  assert.ok(ranges.some(isLate), `nothing was asked for but ${ranges.join(", ")}`);
  return duration;
}

browserTest("a sound opened in the browser plays and can be wound on", async (page) => {
  const link = await reading(sound, { delivery: "stream", grace: 600 });
  await page.goto(link.url);
  assert.equal(await seek(page), SECONDS);
  assert.equal(await used(link), 1);
  await isSpentElsewhere(link);
});

browserTest("a sound on a page plays and can be wound on", async (page) => {
  const link = await reading(sound, { delivery: "stream", grace: 600 });
  await page.goto(`${worker.url}/healthz`);
  await page.evaluate((src) => {
    document.body.append(Object.assign(document.createElement("audio"), { src }));
  }, link.url);
  assert.equal(await seek(page), SECONDS);
  assert.equal(await used(link), 1);
  await isSpentElsewhere(link);
});

browserTest("without a grace the player's second question is refused", async (page) => {
  const link = await reading(sound, { delivery: "stream", grace: 0 });
  const answers = [];
  page.on("response", (response) => answers.push(response.status()));
  await page.goto(link.url);
  await until(() => answers.includes(410), "the player to ask for more");
  assert.equal(await used(link), 1);
});

browserTest("a sound behind the page that asks plays and can be wound on", async (page) => {
  const link = await reading(sound, { delivery: "stream", grace: 600, confirm: true });
  await page.goto(link.url);
  await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
  assert.equal(await seek(page), SECONDS);
  assert.equal(await used(link), 1);
});

for (const delivery of ["redirect", "stream"]) {
  browserTest(
    `within the grace the file opens again, and then no more: ${delivery}`,
    async (page) => {
      const key = freshKey("file.txt");
      await put(key, "opened", { content_type: "text/plain" });
      const link = await reading(key, { delivery, grace: 12 });
      for (let time = 0; time < 3; time++) {
        await page.goto(link.url);
        assert.equal(await page.locator("body").textContent(), "opened");
      }
      assert.equal(await used(link), 1);
      await isSpentElsewhere(link);
      const status = async () => (await page.goto(link.url)).status();
      await until(async () => (await status()) === 410, "the end of the grace");
      assert.equal(await used(link), 1);
    },
  );
}

test("the cookie is for one link alone, and for its browser alone", async () => {
  const [link, other] = [
    await reading("users/e2e/file", { grace: 600 }),
    await reading("users/e2e/file", { grace: 600 }),
  ];
  const first = await open(link);
  assert.equal(first.status, 302);
  const set = first.headers.get("set-cookie");
  const [, name, value] =
    /^(__Host-link-[\w-]+)=([\w-]{22,}); Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$/.exec(
      set,
    );
  const again = (cookie, of = link) => open(of, { headers: { cookie } });
  assert.equal((await again(`a=b; ${name}=${value}; c=d`)).status, 302);
  for (const cookie of ["", `${name}=`, `${name}=${value.slice(1)}`, `${name}=${value}A`]) {
    assert.equal((await again(cookie)).status, 410, cookie);
  }
  assert.equal((await again(`${name.toLowerCase()}x=${value}`)).status, 410);
  // For another link the cookie is a stranger's.
  await open(other);
  const ofOther = (await open(other)).status;
  assert.equal(ofOther, 410);
  assert.equal((await again(`${name}=${value}`, other)).status, 410);
  assert.equal(await used(link), 1);
  // A revoked link has no grace.
  await links.revoke(link, { edge: worker.url });
  await isRefused(link, 410, "link_revoked", { headers: { cookie: `${name}=${value}` } });
});
