// Workers that are killed while many redeem links, and go on with what they had written. What was answered
// is recorded, and what was recorded is not given out again; an answer that was lost may be had again by
// the browser that asked, within the grace.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge } from "./support/edge.mjs";
import { Client, hasUrl, linkSecrets, quieten } from "./support/ledger.mjs";
import { tally, withLinks, worker } from "./support/ledger.mjs";
import { until } from "./support/links.mjs";
import { follow, freshKey, presigned } from "./support/stack.mjs";

quieten();

const ROUNDS = 8;
const LINKS_A_ROUND = 80;
const BROWSERS_A_ROUND = 12;
const LANES = 30;
/** A kill comes after at most so many answers of a round. */
const MAX_ANSWERS = 300;
const GRACE = 3600;

const seed = Number(process.env.LEDGER_CRASH_SEED ?? Math.floor(Math.random() * 2 ** 32));
console.log(`seed ${seed}; the same again: LEDGER_CRASH_SEED=${seed}`);

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A Worker that is killed and started again, with the state that it left. */
class Mortal {
  constructor(ledger, script) {
    this.configuration = { ...withLinks({ ledger }), main: worker(script) };
    this.state = mkdtempSync(join(tmpdir(), "state-"));
  }

  async start() {
    this.edge = await startEdge(this.configuration, linkSecrets, { state: this.state });
    this.client = new Client(this.edge.url);
    return this.client;
  }

  /** It can't be called any more afterwards. */
  async kill() {
    await this.edge.kill();
    this.client.close();
    await assert.rejects(fetch(this.edge.url));
  }

  async end() {
    this.client?.close();
    await this.edge?.stop();
    rmSync(this.state, { recursive: true, force: true });
  }
}

/** A browser that shows pages and keeps one link's cookie. */
class Browser {
  cookie;

  constructor(link) {
    this.link = link;
  }

  /** Its answer, after it was sent back to bring its cookie. `more` are headers of the second request. */
  async open(client, more) {
    const navigating = { "sec-fetch-mode": "navigate" };
    if (this.cookie === undefined) {
      const first = await client.redeem(this.link, navigating);
      assert.equal(first.status, 303, first.text);
      assert.equal(hasUrl(first), false);
      assert.equal(first.headers.location, `${this.link.path}?again`);
      this.cookie = first.headers["set-cookie"][0].split(";")[0];
    }
    const headers = { ...navigating, cookie: this.cookie, ...more };
    return client.redeem({ path: `${this.link.path}?again` }, headers);
  }
}

/** Many that open links at random until there are no answers any more; `enough` of them and some more. */
class Storm {
  given = 0;
  refused = 0;
  lost = 0;

  constructor(client, links, browsers, random, enough) {
    Object.assign(this, { client, links, random, enough });
    const lanes = Array.from({ length: LANES }, () => this.#lane());
    this.over = Promise.all([...lanes, ...browsers.map((browser) => this.#browse(browser))]);
  }

  /** Waits until there were so many answers, or the storm is over. */
  async reached(answers) {
    while (this.given + this.refused < answers && this.lost === 0) await sleep(5);
  }

  #count(answer) {
    if (answer.status === 302) this.given += 1;
    else assert.deepEqual(tally([answer]), { "410 link_spent": 1 });
    this.refused += answer.status === 302 ? 0 : 1;
    assert.equal(hasUrl(answer), answer.status === 302);
    return answer.status === 302;
  }

  async #redeem(link) {
    if (this.#count(await this.client.redeem(link))) link.urls += 1;
    else link.isRefused = true;
  }

  /** Whether it was answered; an assertion that fails is no lost answer. */
  async #wasAnswered(answer) {
    try {
      await answer;
      return true;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      this.lost += 1;
      return false;
    }
  }

  async #lane() {
    for (;;) {
      const live = this.links.filter(({ isRefused }) => !isRefused);
      const link = live[Math.floor(this.random() * live.length)];
      // Two at once for the same.
      const both = [this.#wasAnswered(this.#redeem(link)), this.#wasAnswered(this.#redeem(link))];
      if ((await Promise.all(both)).includes(false)) return;
    }
  }

  async #browse(browser) {
    await this.reached(this.random() * this.enough);
    browser.hasAsked = true;
    const opened = async () => {
      browser.hasUrl = this.#count(await browser.open(this.client));
      assert.ok(browser.hasUrl);
    };
    await this.#wasAnswered(opened());
  }
}

/** Fails unless all that was given of a link is recorded, and what is left of it can be had, and no more. */
async function settle(client, link) {
  const { used, left } = await client.status(link);
  assert.ok(used >= link.urls, `${link.urls} URLs, ${used} recorded`);
  assert.equal(left, link.uses - used);
  const answers = await Promise.all(Array.from({ length: left + 2 }, () => client.redeem(link)));
  const expected = { ...(left > 0 ? { 302: left } : {}), "410 link_spent": 2 };
  assert.deepEqual(tally(answers), expected);
  const urls = link.urls + left;
  assert.ok(urls <= link.uses, `${urls} URLs of a link for ${link.uses} uses`);
  return used - link.urls;
}

/** Fails unless its browser has a link again, nobody else has it, and it is used once. */
async function settleBrowser(client, browser) {
  const { used } = await client.status(browser.link);
  if (browser.hasUrl) assert.equal(used, 1);
  const other = new Browser(browser.link);
  if (used === 1) assert.deepEqual(tally([await other.open(client)]), { "410 link_spent": 1 });
  const again = await browser.open(client);
  assert.equal(again.status, 302, again.text);
  assert.ok(hasUrl(again));
  assert.deepEqual(tally([await other.open(client)]), { "410 link_spent": 1 });
  assert.equal((await client.status(browser.link)).used, 1);
  return used === 1 && !browser.hasUrl;
}

for (const [index, ledger] of ["durable", "layered"].entries()) {
  test(`${ledger}: no kill makes a link good for more than its uses`, async (t) => {
    const random = randomOf(seed + index);
    const mortal = new Mortal(ledger, "quiet");
    t.after(() => mortal.end());
    const [links, browsers] = [[], []];
    const sums = { given: 0, refused: 0, lost: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const client = await mortal.start();
      const fresh = await client.links(LINKS_A_ROUND, (n) => ({ uses: 1 + (n % 5) }));
      links.push(...fresh.map((link) => ({ ...link, urls: 0, isRefused: false })));
      const graced = await client.links(BROWSERS_A_ROUND, () => ({ grace: GRACE }));
      const arrived = graced.map((link) => new Browser(link));
      browsers.push(...arrived);
      const enough = 1 + random() * MAX_ANSWERS;
      const storm = new Storm(client, links, arrived, random, enough);
      await Promise.race([storm.reached(enough), storm.over]);
      await sleep(random() * 50);
      await mortal.kill();
      await storm.over;
      for (const what of Object.keys(sums)) sums[what] += storm[what];
    }
    const client = await mortal.start();
    const unseen = await Promise.all(links.map((link) => settle(client, link)));
    const again = await Promise.all(browsers.map((browser) => settleBrowser(client, browser)));
    const spentInVain = unseen.reduce((sum, count) => sum + count, 0);
    const asked = browsers.filter(({ hasAsked }) => hasAsked);
    console.log(
      `${ledger}: ${ROUNDS} kills, ${links.length} links: ${sums.given} URLs, ${sums.refused} refusals, ` +
        `${sums.lost} answers lost, of which ${spentInVain} were recorded; ${asked.length} browsers, ` +
        `of which ${asked.filter(({ hasUrl }) => !hasUrl).length} lost theirs, and ` +
        `${again.filter(Boolean).length} of these were recorded`,
    );
    // Otherwise nothing was interrupted.
    assert.ok(sums.given > 0 && sums.refused > 0 && sums.lost >= ROUNDS, JSON.stringify(sums));
  });
}

for (const ledger of ["durable", "layered", "kv"]) {
  test(`${ledger}: an answer that a kill took can be had again by the browser that asked`, async (t) => {
    const mortal = new Mortal(ledger, "faulty");
    t.after(() => mortal.end());
    let client = await mortal.start();
    const key = freshKey("file");
    const object = await presigned({ operation: "PutObject", key }, { edge: mortal.edge.url });
    assert.equal((await follow(object, { body: "the file" })).status, 200);
    const link = await client.link({ key, grace: GRACE });
    const [browser, other] = [new Browser(link), new Browser(link)];
    const lost = assert.rejects(browser.open(client, { "x-hold": "1" }));
    await until(async () => (await client.status(link)).used === 1, "a use was recorded");
    await mortal.kill();
    await lost;

    client = await mortal.start();
    const { used, left } = await client.status(link);
    assert.deepEqual({ used, left }, { used: 1, left: 0 });
    for (let time = 0; time < 3; time++) {
      const refused = [await other.open(client), await client.redeem(link)];
      assert.deepEqual(tally(refused), { "410 link_spent": 2 });
      const again = await browser.open(client);
      assert.equal(again.status, 302, again.text);
      assert.equal(await (await fetch(again.headers.location)).text(), "the file");
      assert.equal((await client.status(link)).used, 1);
    }

    // With another grace it would have been too late.
    const short = new Browser(await client.link({ key, grace: 2 }));
    assert.equal((await short.open(client)).status, 302);
    await until(async () => (await short.open(client)).status === 410, "the grace was over");
    assert.equal((await client.status(short.link)).used, 1);
  });
}
