// Links whose bytes go through the edge: what the store says about the object arrives, and nothing about the store
// itself.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { withEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { head, put } from "../support/s3.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const { isRefused, isUnspent, open, reading, told, until } = links;
const concurrency = 8;
const CSP = "content-security-policy";
const stream = (key, fields, options) => reading(key, { delivery: "stream", ...fields }, options);

/** Fails where an answer shows anything of the store. */
function isWithoutStore({ headers, text }, store = ready.store) {
  assert.equal(headers.get("location"), null);
  for (const [name] of headers) assert.doesNotMatch(name, /^x-amz|^set-cookie|^server$/);
  const all = `${JSON.stringify([...headers])}\n${text}`;
  for (const part of [store, new URL(store).host, ready.bucket, ready.access_key_id]) {
    assert.ok(!all.includes(part), `it shows ${part}: ${all}`);
  }
  assert.doesNotMatch(all, /x-amz|signature/i);
}

describe("an object that the edge passes on", { concurrency }, () => {
  test("is the one in the store, with what the store says of it", async () => {
    const key = freshKey("picture.png");
    const bytes = randomBytes(100_000);
    await put(key, bytes, { content_type: "image/png" });
    const stored = await head(key);
    const link = await stream(key, { download_as: "a.png" });
    const answer = await open(link);
    assert.equal(answer.status, 200);
    assert.ok(answer.bytes.equals(bytes));
    for (const name of ["content-type", "content-length", "etag", "last-modified"]) {
      assert.ok(answer.headers.get(name), name);
      assert.equal(answer.headers.get(name), stored.get(name), name);
    }
    assert.match(answer.headers.get("content-disposition"), /^attachment; filename="?a\.png/);
    assert.equal(answer.headers.get("cache-control"), "no-store, no-transform");
    isWithoutStore({ ...answer, text: "" });
    await isRefused(link, 410, "link_spent");
  });

  test("is told of by HEAD, which spends nothing", async () => {
    const key = freshKey("picture.png");
    await put(key, randomBytes(100_000), { content_type: "image/png" });
    const stored = await head(key);
    const link = await stream(key);
    const answer = await open(link, { method: "HEAD" });
    assert.deepEqual([answer.status, answer.text], [200, ""]);
    for (const name of ["content-type", "content-length", "etag", "last-modified"]) {
      assert.equal(answer.headers.get(name), stored.get(name), name);
    }
    await isUnspent(link);
    const spent = await open(link, { method: "HEAD" });
    assert.deepEqual([spent.status, spent.text], [410, ""]);
    const missing = await stream(freshKey());
    assert.equal((await open(missing, { method: "HEAD" })).status, 404);
    assert.equal((await told(missing)).used, 0);
  });

  for (const [range, contentRange, from, to] of [
    ["bytes=0-4", "bytes 0-4/20", 0, 5],
    ["bytes=5-", "bytes 5-19/20", 5, 20],
    ["bytes=-5", "bytes 15-19/20", 15, 20],
    ["bytes=19-19", "bytes 19-19/20", 19, 20],
    ["bytes=10-999", "bytes 10-19/20", 10, 20],
  ]) {
    test(`comes in part where ${range} is asked for`, async () => {
      const key = freshKey();
      const bytes = randomBytes(20);
      await put(key, bytes);
      const answer = await open(await stream(key), { headers: { range } });
      assert.equal(answer.status, 206);
      assert.ok(answer.bytes.equals(bytes.subarray(from, to)));
      assert.equal(answer.headers.get("content-range"), contentRange);
      assert.equal(answer.headers.get("content-length"), String(to - from));
    });
  }

  test("has no part behind its end, which is said before anything is spent", async () => {
    const key = freshKey();
    await put(key, "a");
    const link = await stream(key);
    const init = { headers: { range: "bytes=1-" } };
    const answer = await open(link, init);
    isProblem(answer, 416, "store_refused");
    isWithoutStore(answer);
    await isUnspent(link);
  });

  test("may be empty", async () => {
    const key = freshKey();
    await put(key, "");
    const answer = await open(await stream(key));
    assert.deepEqual([answer.status, answer.text], [200, ""]);
  });

  test("costs no use while it isn't there", async () => {
    const key = freshKey();
    const link = await stream(key);
    for (let time = 0; time < 3; time++) {
      const answer = await open(link);
      isProblem(answer, 404, "store_refused");
      isWithoutStore(answer);
    }
    assert.equal((await told(link)).used, 0);
    await put(key, "here");
    assert.equal((await open(link)).text, "here");
    await isRefused(link, 410, "link_spent");
  });
});

const page = "<script>fetch('/v1/presign')</script>";

const types = [
  ["text/html", true],
  ["text/html; charset=utf-8", true],
  ["TEXT/HTML", true],
  ["application/xhtml+xml", true],
  ["image/svg+xml", true],
  ["image/SVG+xml ; charset=utf-8", true],
  ["text/xml", true],
  ["application/xml", true],
  ["multipart/x-mixed-replace; boundary=a", true],
  ["text/javascript", true],
  ["", true],
  [undefined, true],
  ["nonsense", true],
  ["image/png", false],
  ["IMAGE/JPEG", false],
  ["video/mp4", false],
  ["audio/mpeg; codecs=mp3", false],
  ["font/woff2", false],
  ["application/pdf", false],
  ["text/plain; charset=utf-8", false],
  ["application/octet-stream", false],
];

/** Types that browsers take for one that runs scripts, though they begin with one that doesn't. */
const disguised = [
  "image/png, text/html",
  "image/png,text/html",
  "video/mp4, text/html; charset=utf-8",
  "image/*, text/html",
  "image/svg+xml,",
  "image/svg+xml,image/svg+xml",
];
const disguisedByBlanks = ["image/svg+xml x", "image/svg+xml (x)", "image/x+xml", "audio/x+xml"];

test("what the store says and does", async (context) => {
  const store = await StandInStore.start();
  const configuration = store.asStoreOf(withLinks({ ledger: "layered" }));
  for (const rule of configuration.vars.RULES) rule.versions = true;
  try {
    await withEdge(configuration, linkSecrets, async (edge) => {
      const options = { edge };
      const key = "users/e2e/file";
      const link = (fields) => stream(key, fields, options);

      await context.test("is asked for as whoever opens the link asks", async () => {
        const asked = {
          range: "bytes=0-4",
          "if-range": '"x"',
          "if-match": '"a"',
          "if-none-match": '"b"',
          "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT",
          "if-unmodified-since": "Fri, 02 Jan 2026 00:00:00 GMT",
        };
        const own = {
          authorization: `Bearer ${token()}`,
          cookie: "a=b",
          referer: "https://app.example.com/",
          origin: "https://app.example.com",
          "x-amz-meta-a": "b",
          "x-amz-acl": "public-read",
          "x-forwarded-for": "192.0.2.1",
          "user-agent": "a browser",
        };
        store.says(206, { "content-range": "bytes 0-4/10", "content-length": 5 }, "hello");
        const { status } = await open(await link(), { headers: { ...asked, ...own } });
        assert.equal(status, 206);
        const { method, url, headers } = store.requests.at(-1);
        assert.equal(method, "GET");
        assert.ok(url.startsWith(`/${ready.bucket}/${key}?X-Amz-Algorithm=`), url);
        for (const [name, value] of Object.entries(asked)) assert.equal(headers[name], value);
        for (const [name, value] of Object.entries(own)) assert.notEqual(headers[name], value);
      });

      await context.test("is asked for the version and the headers of the link", async () => {
        store.says(200, {}, "old");
        const version_id = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY";
        await open(await link({ version_id, response: { content_type: "text/css" } }));
        const { searchParams } = new URL(store.requests.at(-1).url, store.url);
        assert.equal(searchParams.get("versionId"), version_id);
        assert.equal(searchParams.get("response-content-type"), "text/css");
      });

      await context.test("comes through where it is about the object, and else not", async () => {
        const passed = {
          "accept-ranges": "bytes",
          "content-disposition": 'inline; filename="a.txt"',
          "content-language": "de",
          "content-type": "text/plain",
          etag: '"0123"',
          expires: "Thu, 01 Jan 2026 00:00:00 GMT",
          "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        };
        const kept = {
          "set-cookie": ["a=b; Path=/", "__Host-session=x"],
          location: `${store.url}/elsewhere`,
          server: "AmazonS3",
          "x-amz-request-id": "4442587FB7D0A2F9",
          "x-amz-id-2": "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ",
          "x-amz-version-id": "3",
          "x-amz-meta-owner": "alice",
          "access-control-allow-origin": "*",
          "clear-site-data": '"*"',
          "content-location": `${store.url}/elsewhere`,
          link: `<${store.url}>; rel=preload`,
          refresh: `0; url=${store.url}`,
          "service-worker-allowed": "/",
          "www-authenticate": "Basic",
          "cache-control": "public, max-age=31536000",
          "referrer-policy": "unsafe-url",
          "x-robots-tag": "all",
          "x-content-type-options": "sniff",
        };
        store.says(200, { ...passed, ...kept }, "text");
        const answer = await open(await link());
        assert.equal(answer.text, "text");
        const { headers } = answer;
        for (const [name, value] of Object.entries(passed)) assert.equal(headers.get(name), value);
        for (const [name, value] of Object.entries(kept)) assert.notEqual(headers.get(name), value);
        isWithoutStore(answer, store.url);
      });

      await context.test("may be that nothing has changed", async () => {
        store.answer = ({ headers }, response) => {
          const isFresh = headers["if-none-match"] === '"a"' || headers["if-modified-since"];
          const status = isFresh ? 304 : 200;
          response.writeHead(status, { etag: '"a"' }).end(isFresh ? undefined : "text");
        };
        for (const headers of [
          { "if-none-match": '"a"' },
          { "if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT" },
        ]) {
          const answer = await open(await link(), { headers });
          assert.deepEqual([answer.status, answer.text], [304, ""]);
          assert.equal(answer.headers.get("etag"), '"a"');
          isWithoutStore(answer, store.url);
        }
        const answer = await open(await link(), { headers: { "if-none-match": '"b"' } });
        assert.deepEqual([answer.status, answer.text], [200, "text"]);
      });

      await context.test("may be compressed already, and stays so", async () => {
        const text = "a text that was stored compressed ".repeat(100);
        const bytes = gzipSync(text);
        const headers = { "content-type": "text/plain", "content-length": bytes.length };
        store.says(200, { ...headers, "content-encoding": "gzip" }, bytes);
        const { url } = await link();
        const response = await fetch(url, { headers: { "accept-encoding": "gzip" } });
        assert.equal(response.headers.get("content-encoding"), "gzip");
        assert.equal(response.headers.get("content-length"), String(bytes.length));
        // Fetch undoes the encoding.
        assert.equal(await response.text(), text);
      });

      await context.test("is held to a sandbox where a browser might run it", async (t) => {
        for (const [type, isHeld] of types) {
          await t.test(String(type), async () => {
            store.says(200, type === undefined ? {} : { "content-type": type }, page);
            const answer = await open(await link());
            assert.equal(answer.text, page);
            assert.equal(answer.headers.get("content-type") ?? "", type ?? "");
            const policy = answer.headers.get(CSP);
            if (isHeld) assert.match(policy, /^sandbox; default-src 'none'/);
            else assert.equal(policy, null);
          });
        }
      });

      /** Fails unless all of these types are held to it. */
      async function areHeld(types) {
        const free = [];
        for (const type of types) {
          store.says(200, { "content-type": type }, page);
          const policy = (await open(await link())).headers.get(CSP);
          if (!policy?.startsWith("sandbox;")) free.push(type);
        }
        assert.deepEqual(free, []);
      }

      await context.test("is held to it whatever it calls itself besides", () =>
        areHeld(disguised),
      );

      await context.test("is held to it whatever stands behind its type", () =>
        areHeld(disguisedByBlanks),
      );

      for (const [says, expected] of [
        [400, 400],
        [404, 404],
        [409, 409],
        [412, 412],
        [416, 416],
        [401, 502],
        [403, 502],
        [429, 502],
        [500, 502],
        [503, 502],
      ]) {
        await context.test(`costs nothing where it is ${says}`, async () => {
          const body = `<Error><BucketName>${ready.bucket}</BucketName></Error>`;
          store.says(says, { "content-type": "application/xml", "x-amz-id-2": "x" }, body);
          const one = await link();
          const answer = await open(one);
          isProblem(answer, expected, "store_refused");
          isWithoutStore(answer, store.url);
          store.says(200, {}, "text");
          await isUnspent(one, options);
        });
      }

      for (const status of [301, 302, 307, 308]) {
        await context.test(`costs nothing where it is ${status}`, async () => {
          const body = `<Error><Endpoint>${store.url}</Endpoint></Error>`;
          store.says(status, { location: `${store.url}/x`, "content-type": "text/xml" }, body);
          const one = await link();
          const answer = await open(one);
          isProblem(answer, 502, "store_refused");
          isWithoutStore(answer, store.url);
          store.says(200, {}, "text");
          await isUnspent(one, options);
        });
      }

      await context.test("costs nothing where it hangs up or never comes", async () => {
        for (const answer of [({ socket }) => socket.destroy(), () => {}]) {
          store.answer = answer;
          const one = await link();
          const refused = await open(one);
          isProblem(refused, 503, "store_unavailable");
          isWithoutStore(refused, store.url);
          assert.match(refused.headers.get("retry-after"), /^\d+$/);
          store.says(200, {}, "text");
          await isUnspent(one, options);
        }
      });

      await context.test("isn't asked for again where the link is spent or withdrawn", async () => {
        store.says(200, {}, "text");
        const [spent, withdrawn] = [await link(), await link()];
        assert.equal((await open(spent)).text, "text");
        await links.revoke(withdrawn, options);
        const asked = store.requests.length;
        await isRefused(spent, 410, "link_spent");
        await isRefused(withdrawn, 410, "link_revoked");
        assert.equal(store.requests.length, asked);
      });

      await context.test("may end too early, which isn't taken for all of it", async () => {
        store.answer = (_, response) => {
          response.writeHead(200, { "content-length": 1000 }).write("half");
          setTimeout(() => response.destroy(), 50);
        };
        const { url } = await link();
        const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
        assert.equal(response.headers.get("content-length"), "1000");
        await assert.rejects(response.text());
        store.says(200, {}, "text");
        assert.equal((await open(await link())).text, "text");
      });

      await context.test("isn't waited for by nobody", async () => {
        let isOver = false;
        store.answer = (_, response) => {
          response.on("close", () => (isOver = true));
          response.writeHead(200, { "content-type": "application/octet-stream" });
          const more = () => response.write(randomBytes(65_536)) || response.once("drain", more);
          const timer = setInterval(() => response.writableNeedDrain || more(), 5);
          response.on("close", () => clearInterval(timer));
        };
        const abort = new AbortController();
        const { url } = await link();
        const response = await fetch(url, { signal: abort.signal });
        const reader = response.body.getReader();
        assert.ok((await reader.read()).value.length > 0);
        assert.equal(isOver, false);
        abort.abort();
        await until(() => isOver, "the store's connection to be closed");
        store.says(200, {}, "text");
        assert.equal((await open(await link())).text, "text");
      });
    });
  } finally {
    store.stop();
  }
});
