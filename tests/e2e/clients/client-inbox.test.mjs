// The browser client, where uploads go through an inbox: a page shows that a file is being looked at, then that it is
// there, or why not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../support/browser.mjs";
import { installedClient, startEdgeWithClient, stored, withPage } from "../support/client.mjs";
import {
  IN_PARTS,
  freshName,
  inboxSecrets,
  page as html,
  png,
  withInbox,
} from "../support/inbox.mjs";
import { isMissing } from "../support/s3.mjs";
import { token } from "../support/stack.mjs";

let client, browser, worker;
before(async () => {
  [client, browser] = [await installedClient(), await launchBrowser()];
  const { vars, durable_objects } = withInbox({
    accept: { types: ["image/*"] },
    rule: { allow: IN_PARTS },
  });
  const { STORES, RULES, ONE_TIME } = vars;
  const more = { durable_objects, migrations: undefined, secrets: inboxSecrets };
  worker = await startEdgeWithClient(client, { STORES, RULES, ONE_TIME }, more);
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  await client?.remove();
});

/** Uploads in a page: what came of it, and what the page was told meanwhile. */
async function uploadInPage(bytes, key, more = {}) {
  let told;
  await withPage(browser, worker.url, async (page) => {
    told = await page.evaluate(
      async ([token, key, bytes, more]) => {
        const { createClient, outcome } = window.harness;
        const file = new File([new Uint8Array(bytes)], "a.png", { type: "image/png" });
        const shown = [];
        const onChecking = () => shown.push("checking…");
        const client = createClient({ token });
        return { ...(await outcome(client.upload(file, { key, onChecking, ...more }))), shown };
      },
      [token(), key, [...bytes], more],
    );
  });
  return told;
}

test("a photo is being looked at, and then it is there", async () => {
  const [bytes, key] = [png(), `users/e2e/${freshName()}`];
  const { value, shown } = await uploadInPage(bytes, key);
  assert.deepEqual(shown, ["checking…"]);
  assert.equal(value.key, key);
  const { bytes: there, type } = await stored(key);
  assert.ok(there.equals(bytes));
  assert.equal(type, "image/png");
});

test("a page named .png is refused, and says why", async () => {
  const key = `users/e2e/${freshName()}`;
  const { error, shown } = await uploadInPage(html(), key);
  assert.deepEqual(shown, ["checking…"]);
  assert.deepEqual([error.from, error.status, error.code], ["edge", 200, "active"]);
  assert.match(error.detail, /runs where it is shown/);
  await isMissing(key);
});

test("a photo in parts is being looked at, and then it is there; a page in parts is refused", async () => {
  const more = { threshold: 100, partSize: 5 * 1024 * 1024 };
  const [bytes, key] = [png(6_000_000), `users/e2e/${freshName()}`];
  const { value, shown } = await uploadInPage(bytes, key, more);
  assert.deepEqual(shown, ["checking…"]);
  assert.equal(value.key, key);
  assert.ok((await stored(key)).bytes.equals(bytes));
  const other = `users/e2e/${freshName()}`;
  const { error } = await uploadInPage(Buffer.concat([html(), Buffer.alloc(200)]), other, more);
  assert.deepEqual([error.from, error.status, error.code], ["edge", 200, "active"]);
  await isMissing(other);
});
