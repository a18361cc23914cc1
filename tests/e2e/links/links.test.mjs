// Links as people use them: one person makes a link, another opens it, and it has a number of uses.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { withEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, put } from "../support/s3.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const { isRefused, open, reading, redirected, told, until, writing } = links;
const run = promisify(execFile);
const concurrency = 8;
const seconds = (time) => Date.parse(time) / 1000;
const DAY = 24 * 3600;

/** curl, which exits with 22 where the answer is a refusal. */
async function curl(...options) {
  const { stdout } = await run("curl", ["-sS", "-f", ...options], { encoding: "buffer" });
  return stdout;
}

/** Time to follow a redirect on a busy machine. */
const enough = { url_expires_in: 60 };

/** An object of random bytes. */
async function stored(key = freshKey("file.bin")) {
  const bytes = randomBytes(5000);
  await put(key, bytes, { content_type: "application/octet-stream" });
  return { key, bytes };
}

/** What a store's URL leads to. */
async function fetched(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return Buffer.from(await response.arrayBuffer());
}

/** Does something so many times, `width` at a time. */
async function inParallel(count, width, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const at = next++;
      results[at] = await work(at);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

describe("a link", { concurrency }, () => {
  test("gives the file once to whoever holds it", async () => {
    const { key, bytes } = await stored();
    const link = await reading(key, enough);
    assert.ok((await fetched(await redirected(link))).equals(bytes));
    await isRefused(link, 410, "link_spent");
    await isRefused(link, 410, "link_spent");
  });

  test("gives the file once to curl", async () => {
    const { key, bytes } = await stored();
    const link = await reading(key, enough);
    assert.ok((await curl("-L", link.url)).equals(bytes));
    await assert.rejects(curl("-L", link.url), { code: 22 });
    // The refusal is in the answer for anybody who looks.
    const shown = await run("curl", ["-sS", "-L", "-w", "%{http_code}", link.url]);
    assert.match(shown.stdout, /"code":"link_spent".*410$/);
  });

  test("gives the file once where the edge passes it on", async () => {
    const { key, bytes } = await stored();
    const link = await reading(key, { delivery: "stream" });
    assert.ok((await curl(link.url)).equals(bytes));
    await isRefused(link, 410, "link_spent");
  });

  test("takes a file once", async () => {
    const key = freshKey();
    const link = await writing(key);
    const put = (body) => open(link, { method: "PUT", body });
    assert.equal((await put("first")).status, 200);
    isProblem(await put("second"), 410, "link_spent");
    assert.equal(String(await get(key)), "first");
  });

  test("has as many uses as it was made with", async () => {
    const { key } = await stored();
    const link = await reading(key, { uses: 2 });
    for (const left of [1, 0]) {
      await redirected(link);
      assert.equal((await told(link)).left, left);
    }
    await isRefused(link, 410, "link_spent");
  });

  test("has a thousand uses and no more", async () => {
    const link = await reading("users/e2e/file", { uses: 1000 });
    const answers = await inParallel(1005, 25, () => open(link));
    const refused = answers.filter(({ status }) => status !== 302);
    assert.equal(refused.length, 5);
    for (const answer of refused) isProblem(answer, 410, "link_spent");
    const { used, left, spends } = await told(link);
    assert.deepEqual([used, left, spends.length], [1000, 0, 1000]);
  });

  test("without a limit goes on until it is withdrawn", async () => {
    const link = await reading("users/e2e/file", { uses: "unlimited" });
    await inParallel(20, 4, () => redirected(link));
    const { uses, used, left, spends } = await told(link);
    assert.deepEqual([uses, used, left, spends.length], [null, 20, null, 20]);
    await links.revoke(link);
    await isRefused(link, 410, "link_revoked");
  });

  test("works with a query that a mailing or a chat added", async () => {
    const { key, bytes } = await stored();
    const { url } = await reading(key, enough);
    const tracked = { url: `${url}?utm_source=mail&fbclid=a%20b` };
    assert.ok((await fetched(await redirected(tracked))).equals(bytes));
    await isRefused({ url }, 410, "link_spent");
  });

  test("is answered with what makes it, and shows neither store nor key", async () => {
    const key = freshKey("secret name.pdf");
    const before = Math.floor(Date.now() / 1000);
    const link = await reading(key, { download_as: "Invoice 7.pdf" });
    const after = Math.ceil(Date.now() / 1000);
    assert.deepEqual(Object.keys(link).sort(), ["expires_at", "headers", "id", "method", "url"]);
    assert.deepEqual([link.method, link.headers], ["GET", {}]);
    assert.match(link.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const expiry = seconds(link.expires_at) - DAY;
    assert.ok(before <= expiry && expiry <= after, link.expires_at);
    const sealed = /^(.*)\/l\/([A-Za-z0-9_-]+)$/.exec(link.url);
    assert.equal(sealed[1], ready.edge);
    assert.match(link.id, /^[A-Za-z0-9_-]+$/);
    assert.notEqual(link.id, sealed[2]);
    const { bucket, store, store_name, access_key_id, issuer } = ready;
    const told = [bucket, store, store_name, access_key_id, issuer, key, "secret name", "Invoice"];
    for (const text of [sealed[2], link.id]) {
      const bytes = Buffer.from(text, "base64url");
      for (const part of [...told, "e2e", "GetObject"]) {
        assert.ok(!bytes.includes(part) && !text.includes(part), part);
      }
    }
  });

  test("is another one each time, and has uses of its own", async () => {
    const { key, bytes } = await stored();
    const bearer = token();
    const [first, second] = [
      await reading(key, enough, { bearer }),
      await reading(key, enough, { bearer }),
    ];
    assert.notEqual(first.url, second.url);
    assert.notEqual(first.id, second.id);
    await redirected(first);
    assert.equal((await told(second)).used, 0);
    assert.ok((await fetched(await redirected(second))).equals(bytes));
  });

  test("for an upload says what has to be sent", async () => {
    const link = await writing(freshKey(), {
      content_type: "image/png",
      content_length: 3,
      metadata: { album: "cats" },
    });
    assert.equal(link.method, "PUT");
    assert.deepEqual(link.headers, {
      "content-type": "image/png",
      "if-none-match": "*",
      "x-amz-meta-album": "cats",
    });
  });
});

describe("a link's life", { concurrency }, () => {
  test("is as long as was asked for", async () => {
    for (const expires_in of [1, 60, 30 * DAY]) {
      const before = Math.floor(Date.now() / 1000);
      const { expires_at } = await reading("users/e2e/file", { expires_in });
      const after = Math.ceil(Date.now() / 1000);
      const made = seconds(expires_at) - expires_in;
      assert.ok(before <= made && made <= after, expires_at);
    }
  });

  test("ends", async () => {
    const { key } = await stored();
    const link = await reading(key, { uses: 2, expires_in: 5 });
    await redirected(link);
    const head = () => open(link, { method: "HEAD" });
    await until(async () => (await head()).status === 410, "the link's end");
    assert.ok(Date.now() / 1000 >= seconds(link.expires_at));
    await isRefused(link, 410, "link_expired");
    isProblem(await links.lookAfter(link), 410, "link_expired");
  });

  test("and uses are held to the rule, and a URL's life too", async () => {
    const configuration = withLinks({ ledger: "layered" });
    const [rule] = configuration.vars.RULES;
    const { unlimited_uses: _, ...bounded } = rule;
    const held = { ...bounded, max_uses: 3, max_link_expires: 100, max_expires: 2 };
    configuration.vars.RULES = [held];
    await withEdge(configuration, linkSecrets, async (edge) => {
      const key = "users/e2e/file";
      for (const [expires_in, expected] of [
        [99, 99],
        [101, 100],
        [30 * DAY, 100],
        [undefined, 100],
      ]) {
        const before = Math.floor(Date.now() / 1000);
        const { expires_at } = await reading(key, { expires_in }, { edge });
        const made = seconds(expires_at) - expected;
        assert.ok(before <= made && made <= Date.now() / 1000, `${expires_in}: ${expires_at}`);
      }
      const link = await reading(key, { uses: 3, url_expires_in: 300 }, { edge });
      assert.match(await redirected(link), /[?&]X-Amz-Expires=2&/);
      for (const uses of [4, "unlimited"]) {
        const answer = await links.mint({ operation: "GetObject", key, uses }, { edge });
        assert.equal(isProblem(answer, 403, "not_allowed").dimension, "uses");
      }
    });
  });

  for (const [url_expires_in, expected] of [
    [undefined, 5],
    [2, 2],
  ]) {
    test(`is no longer than ${expected} s for the store's URL behind it`, async () => {
      const { key, bytes } = await stored();
      let location, redeemed, response;
      do {
        location = await redirected(await reading(key, { url_expires_in }));
        redeemed = Date.now();
        response = await fetch(location);
        // On a busy machine it may have ended before it was followed.
      } while (response.status === 403 && Date.now() - redeemed > (expected - 1) * 1000);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
      assert.equal(new URL(location).searchParams.get("X-Amz-Expires"), String(expected));
      const status = async () => (await fetch(location)).status;
      await until(async () => (await status()) === 403, "the end of the store's URL");
      const lived = (Date.now() - redeemed) / 1000;
      assert.ok(lived > expected - 1.5, `it lived ${lived} s`);
    });
  }
});

describe("whoever made a link", { concurrency }, () => {
  test("sees when it was used", async () => {
    const link = await reading("users/e2e/file", { uses: 3 });
    const { id, expires_at } = link;
    const untouched = { id, uses: 3, used: 0, left: 3, spends: [], revoked: false, expires_at };
    assert.deepEqual(await told(link), untouched);
    const moments = [];
    for (const used of [1, 2]) {
      const before = Math.floor(Date.now() / 1000);
      await redirected(link);
      const status = await told(link);
      const at = seconds(status.spends.at(-1));
      assert.ok(before <= at && at <= Date.now() / 1000, status.spends.at(-1));
      moments.push(status.spends.at(-1));
      assert.deepEqual(status, { ...untouched, used, left: 3 - used, spends: moments });
    }
  });

  test("withdraws it at once", async () => {
    const { key } = await stored();
    for (const fields of [{ uses: 5 }, { uses: "unlimited" }, { uses: 5, delivery: "stream" }]) {
      const link = await reading(key, fields);
      assert.ok((await open(link)).status < 400);
      await links.revoke(link);
      await isRefused(link, 410, "link_revoked");
      // Revoking again is no error and changes nothing.
      await links.revoke(link);
      const { used, revoked, spends } = await told(link);
      assert.deepEqual([used, revoked, spends.length], [1, true, 1]);
    }
  });

  test("withdraws one that was never opened, and no other", async () => {
    const [link, other] = [await reading("users/e2e/file"), await reading("users/e2e/file")];
    await links.revoke(link);
    await isRefused(link, 410, "link_revoked");
    assert.deepEqual((await told(link)).revoked, true);
    await redirected(other);
  });

  test("is the only one who can do either", async () => {
    const link = await reading("users/e2e/file");
    for (const claims of [{ sub: "other" }, { sub: "e2e2" }, { sub: "E2E" }]) {
      for (const method of ["GET", "DELETE"]) {
        const answer = await links.lookAfter(link, { method, bearer: token(claims) });
        isProblem(answer, 404, "no_such_link");
      }
    }
    // Another session of the same subject is the same maker.
    const bearer = token({ jti: crypto.randomUUID() });
    assert.equal((await told(link, { bearer })).revoked, false);
    await links.isUnspent(link);
  });

  test("needs the link's id: any other is none", async () => {
    const { id } = await reading("users/e2e/file");
    const [token] = /[^/]+$/.exec((await reading("users/e2e/file")).url);
    for (const other of [id.slice(0, -1), `${id}A`, `${id}/`, id.toLowerCase(), token, "x", ""]) {
      const answer = await links.lookAfter({ id: other });
      isProblem(answer, 404, "no_such_link");
    }
    assert.equal((await links.lookAfter({ id })).status, 200);
  });
});
