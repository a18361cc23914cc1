// Workers are killed while many clients redeem links, and go on with what they had written. Every answered use is
// recorded, and no recorded use is given out again. Within the grace, the browser that asked can have a lost answer
// again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hasUrl, tally } from "../support/ledger.mjs";
import { Browser, Mortal } from "../support/mortal.mjs";

const ROUNDS = 8;
const LINKS_A_ROUND = 40;
const BROWSERS_A_ROUND = 8;
const LANES = 30;
/** A kill comes after at most so many answers of a round. */
const MAX_ANSWERS = 150;
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
      assert.ok(live.length > 0, "every link was spent before the kill");
      const link = live[Math.floor(this.random() * live.length)];
      // Two requests at once for the same link.
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
