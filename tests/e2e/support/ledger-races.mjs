// Many requests at once for a limited number of uses. With the ledger in Durable Objects exactly that number passes. KV
// alone has no compare-and-set and can't promise this.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withEdge } from "./edge.mjs";
import { Client, hasUrl, linkSecrets, shuffled } from "./ledger.mjs";
import { tally, withLinks, worker } from "./ledger.mjs";

const repeated = (count, ask) => Promise.all(Array.from({ length: count }, ask));

/** Fails unless exactly those answers have a URL that are said to; how many. */
function countPassed(answers, status) {
  for (const answer of answers) assert.equal(hasUrl(answer), answer.status === status);
  return answers.filter((answer) => answer.status === status).length;
}

/** Fails unless so many answers have a URL, and all others are the refusal. */
function areExact(answers, uses, status, refusal) {
  assert.deepEqual(tally(answers), { [status]: uses, [refusal]: answers.length - uses });
  assert.equal(countPassed(answers, status), uses);
}

/** The same without an upper bound. */
function areAtLeast(answers, uses, status) {
  assert.ok(countPassed(answers, status) >= uses, JSON.stringify(tally(answers)));
}

/** The tests of one kind of ledger. */
export function races(ledger) {
  const isExact = ledger !== "kv";
  const areRight = isExact ? areExact : areAtLeast;
  const configuration = { ...withLinks({ ledger }), main: worker("quiet") };
  const print = (what, answers, uses, since) => {
    const { 200: signed = 0, 302: redeemed = 0, ...refused } = tally(answers);
    const passed = `${signed + redeemed} passed where ${uses} may`;
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    console.log(`${ledger}: ${what}: ${passed}, ${JSON.stringify(refused)}, ${seconds} s`);
  };

  test(`${ledger}: its uses pass, ${isExact ? "and no more" : "and maybe more"}`, (t) =>
    withEdge(configuration, linkSecrets, async (edge) => {
      const client = new Client(edge);
      t.after(() => client.close());

      for (const [round, uses] of [1, 1, 7].entries()) {
        await t.test(`of 1,000 redemptions of one link, ${uses} (${round})`, async () => {
          const link = await client.link({ uses });
          const since = performance.now();
          const answers = await repeated(1000, () => client.redeem(link));
          print("1,000 redemptions of one link", answers, uses, since);
          areRight(answers, uses, 302, "410 link_spent");
          const { used, left } = await client.status(link);
          if (isExact) assert.deepEqual({ used, left }, { used: uses, left: 0 });
        });
      }

      // KV's behaviour shows with fewer requests.
      const each = isExact ? 50 : 10;
      await t.test(`of ${each} redemptions of each of 64 links, one of each`, async () => {
        const links = await client.links(64);
        const order = shuffled(links.flatMap((link) => Array(each).fill(link)));
        const since = performance.now();
        const answers = await Promise.all(order.map((link) => client.redeem(link)));
        print(`${each} redemptions of each of 64 links`, answers, 64, since);
        for (const link of links) {
          const ofLink = answers.filter((_, n) => order[n] === link);
          assert.equal(ofLink.length, each);
          areRight(ofLink, 1, 302, "410 link_spent");
        }
      });

      await t.test("of 300 requests with one one-time key, one", async () => {
        const one_time_key = crypto.randomUUID();
        const wish = { operation: "GetObject", key: "users/e2e/file", one_time_key };
        const since = performance.now();
        const answers = await repeated(300, () => client.post("/v1/presign", wish));
        print("300 requests with one key", answers, 1, since);
        areRight(answers, 1, 200, "409 one_time_key_used");
      });
    }));
}
