// What a link leads to, whatever its object's name, and everything that looks at a link without using it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import * as links from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, put } from "../support/s3.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const { isRefused, isUnspent, open, reading, redirected, told, writing } = links;
const concurrency = 8;
/** Time to follow a redirect on a busy machine. */
const enough = { url_expires_in: 60 };
const own = "users/e2e/file";

const names = [
  "a+b c  d.txt",
  " blanks around ",
  "100% %41%2F%zz.txt",
  "a#b?c=d&e.txt",
  "a;b=c,d@e:f!$'()*.txt",
  '<b>"quoted"</b>.html',
  "back\\slash",
  "Übersicht – 日本語 🦀 👩‍👩‍👧.pdf",
  "e\u0301 is not \u00e9",
  "a//b/.c/...",
  "~tilde_-.~",
  "[brackets]{braces}|^`",
  "again",
  // The embedded store adds to a key to make a file name, so a longer key doesn't fit.
  `${"long".repeat(12)}/${"é".repeat(20)}`,
];

describe("the object behind a link may be called", { concurrency }, () => {
  for (const name of names) {
    test(name.slice(0, 40), async () => {
      const key = freshKey(name);
      const text = `the text of ${name}`;
      const link = await writing(key);
      assert.equal((await open(link, { method: "PUT", body: text })).status, 200);
      assert.equal(String(await get(key)), text);
      const response = await fetch(await redirected(await reading(key, enough)));
      assert.equal(await response.text(), text);
      assert.equal((await open(await reading(key, { delivery: "stream" }))).text, text);
    });
  }
});

test("a key as long as S3 takes fits in a link", async () => {
  const folder = "users/e2e/";
  const key = folder + "é".repeat((1024 - folder.length) / 2);
  const link = await reading(key, { download_as: "ü".repeat(100) });
  assert.ok(link.url.length < 8000, `${link.url.length} characters`);
  const { pathname } = new URL(await redirected(link));
  assert.ok(decodeURIComponent(pathname).endsWith(`/${key}`));
});

describe("what a link was made with stays with it", { concurrency }, () => {
  const wanted = {
    content_type: "text/csv; charset=utf-8",
    content_language: "de",
    content_encoding: "identity",
    cache_control: "max-age=7",
    expires: "Thu, 01 Jan 2026 00:00:00 GMT",
  };

  test("where it redirects", async () => {
    const key = freshKey();
    await put(key, "a,b", { content_type: "text/plain" });
    const plain = await fetch(await redirected(await reading(key, enough)));
    assert.equal(plain.headers.get("content-type"), "text/plain");
    const link = await reading(key, { response: wanted, download_as: "Ü 1+1.csv", ...enough });
    const response = await fetch(await redirected(link));
    assert.equal(await response.text(), "a,b");
    for (const [name, value] of Object.entries(wanted)) {
      assert.equal(response.headers.get(name.replace("_", "-")), value);
    }
    isDownload(response.headers, "Ü 1+1.csv");
  });

  test("where the edge passes it on", async () => {
    const key = freshKey();
    await put(key, "a,b", { content_type: "text/plain" });
    const more = { delivery: "stream" };
    const plain = await open(await reading(key, more));
    assert.equal(plain.headers.get("content-type"), "text/plain");
    // Without a name a browser would save it by the last part of the link, its token.
    const name = key.split("/").at(-1);
    assert.equal(plain.headers.get("content-disposition"), `inline; filename="${name}"`);
    const link = await reading(key, { response: wanted, download_as: "Ü 1+1.csv", ...more });
    const answer = await open(link);
    assert.equal(answer.text, "a,b");
    const { cache_control: _, ...passed } = wanted;
    for (const [name, value] of Object.entries(passed)) {
      assert.equal(answer.headers.get(name.replace("_", "-")), value);
    }
    isDownload(answer.headers, "Ü 1+1.csv");
  });

  function isDownload(headers, name) {
    const disposition = headers.get("content-disposition");
    assert.match(disposition, /^attachment;/);
    const encoded = /filename\*=UTF-8''(\S+)$/.exec(disposition)[1];
    assert.equal(decodeURIComponent(encoded), name);
  }

  test("with the version that it names", async () => {
    const version_id = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo";
    const location = await redirected(await reading(own, { version_id }));
    assert.equal(new URL(location).searchParams.get("versionId"), version_id);
    const unnamed = await redirected(await reading(own));
    assert.equal(new URL(unnamed).searchParams.get("versionId"), null);
  });
});

const speculative = [
  { "sec-purpose": "prefetch" },
  { "sec-purpose": "prefetch;prerender" },
  { "sec-purpose": "prefetch;anonymous-client-ip" },
  { "Sec-Purpose": "Prefetch" },
  { purpose: "prefetch" },
  { purpose: "preview" },
  { "x-purpose": "preview" },
  { "x-moz": "prefetch" },
];

const kinds = [
  ["redirects", {}, "GET"],
  ["passes on", { delivery: "stream" }, "GET"],
  ["asks", { confirm: true }, "POST"],
  ["lets the same browser come again", { grace: 60 }, "GET"],
];

describe("nothing is spent", { concurrency }, () => {
  for (const [what, fields, method] of kinds) {
    test(`by looking at a link that ${what}, or opening it in advance`, async () => {
      const key = freshKey();
      await put(key, "a");
      const link = await reading(key, fields);
      const head = await open(link, { method: "HEAD" });
      assert.deepEqual([head.status, head.text], [200, ""]);
      const options = await open(link, { method: "OPTIONS" });
      assert.deepEqual([options.status, options.text], [204, ""]);
      assert.match(options.headers.get("allow"), /GET/);
      for (const headers of speculative) {
        const [name] = Object.keys(headers);
        for (const asked of new Set(["GET", method])) {
          const answer = await open(link, { method: asked, headers });
          isProblem(answer, 503, "prefetch_refused");
          assert.match(answer.headers.get("retry-after"), /^\d+$/, name);
        }
      }
      await isUnspent(link, { init: { method } });
    });
  }

  test("by looking at a link for an upload, or by what is no upload", async () => {
    const key = freshKey();
    const link = await writing(key);
    assert.equal((await open(link, { method: "OPTIONS" })).status, 204);
    for (const method of ["GET", "HEAD", "DELETE", "PATCH"]) {
      const answer = await open(link, { method });
      assert.equal(answer.status, 405);
    }
    isProblem(await open(link, { method: "POST" }), 415, "unsupported_media_type");
    for (const headers of speculative) {
      const answer = await open(link, { method: "PUT", body: "no", headers });
      isProblem(answer, 503, "prefetch_refused");
    }
    await isUnspent(link, { init: { method: "PUT", body: "yes" } });
    assert.equal(String(await get(key)), "yes");
  });

  test("by a header that only sounds like it", async () => {
    const key = freshKey();
    await put(key, "a");
    for (const headers of [
      { purpose: "shopping" },
      { "sec-purpose": "something-else" },
      { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
      { "x-moz": "1" },
    ]) {
      await redirected(await reading(key), { headers });
    }
  });
});

const asPage = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (character) => escapes[character]);

/** Fails unless an answer is a page that loads and runs nothing; its text. */
function isPage(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
  const policy = answer.headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(part), policy);
  }
  // The CSP names the only script by its hash.
  const [own, script] = /<script>([^<]*)<\/script>\n/.exec(answer.text) ?? ["", ""];
  const hash = createHash("sha256").update(script).digest("base64");
  if (script) assert.ok(policy.includes(`script-src 'sha256-${hash}'`), policy);
  assert.doesNotMatch(policy, /unsafe|\*/);
  const rest = answer.text.replace(own, "");
  assert.doesNotMatch(rest, /<script|<[^>]*\b(src|href|on\w+)=|http:|https:|url\(/i);
  return answer.text;
}

describe("a browser is shown a page", { concurrency }, () => {
  test("that asks, with the name of the file and nothing else of it", async () => {
    const name = `<img src=x onerror=alert(1)> & "it's".png`;
    const key = freshKey(name);
    await put(key, "a");
    const link = await reading(key, { confirm: true });
    for (const headers of [asPage, {}]) {
      const text = isPage(await open(link, { headers }), 200);
      assert.ok(text.includes(`<h1><bdi>${escaped(name)}</bdi></h1>`), text);
      assert.doesNotMatch(text, /users\/|e2e/);
    }
    const location = await redirected(link, { method: "POST", headers: asPage });
    assert.equal((await fetch(location)).status, 200);
    isPage(await open(link, { method: "POST", headers: asPage }), 410);
    assert.equal((await told(link)).used, 1);
  });

  for (const [what, make, status, code, init] of [
    ["spent", spent, 410, "link_spent"],
    ["withdrawn", withdrawn, 410, "link_revoked"],
    ["no link at all", () => ({ url: new URL("/l/x", ready.edge).href }), 404, "no_such_link"],
    ["somebody else's", () => reading(own, { bind: "subject" }), 403, "link_bound", asOther()],
    ["somebody's", () => reading(own, { bind: "subject" }), 401, "session_missing"],
    ["for another network", () => reading(own, { bind: "192.0.2.0/24" }), 403, "link_bound"],
    ["opened in advance", () => reading(own), 503, "prefetch_refused", prefetching()],
    ["for an upload", () => writing(own), 405, "method_not_allowed"],
    ["for a file that is gone", gone, 404, "store_refused"],
  ]) {
    test(`that says why not, where a link is ${what}`, async () => {
      const link = await make();
      const answer = await open(link, { headers: { ...init, ...asPage } });
      const text = isPage(answer, status);
      assert.ok(text.includes(`<code>${code}</code>`), text);
      // The same for a program.
      const problem = await isRefused(link, status, code, { headers: init });
      const forPrograms = ["session_missing", "store_refused"].includes(code);
      assert.equal(text.includes(`<p>${escaped(problem.detail)}</p>`), !forPrograms, text);
      for (const header of ["retry-after", "allow", "www-authenticate"]) {
        const plain = await open(link, { headers: init });
        assert.equal(answer.headers.get(header), plain.headers.get(header));
      }
    });
  }

  async function spent() {
    const link = await reading(own);
    await redirected(link);
    return link;
  }

  async function withdrawn() {
    const link = await reading(own);
    await links.revoke(link);
    return link;
  }

  function gone() {
    return reading(freshKey("gone"), { delivery: "stream" });
  }

  function asOther() {
    return { authorization: `Bearer ${token({ sub: "other" })}` };
  }

  function prefetching() {
    return { "sec-purpose": "prefetch" };
  }
});
