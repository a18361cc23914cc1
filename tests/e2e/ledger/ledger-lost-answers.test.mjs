// An answer that is lost by a kill counts as a use; within the grace, the browser that asked can have it again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tally } from "../support/ledger.mjs";
import { until } from "../support/links.mjs";
import { Browser, Mortal } from "../support/mortal.mjs";
import { follow, freshKey, presigned } from "../support/stack.mjs";

const GRACE = 3600;

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
