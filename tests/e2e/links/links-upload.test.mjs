// Links that take a file: through the edge, or straight to the store for a client that sends `If-None-Match: *`.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { withEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, head, isMissing, put as store } from "../support/s3.mjs";
import { freshKey, ready, storeCode } from "../support/stack.mjs";

const { mint, open, told, writing } = links;
const concurrency = 8;
const run = promisify(execFile);
const onlyNew = { "if-none-match": "*" };

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "uploads-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A file of random bytes; its path and bytes. */
async function file(size) {
  const path = join(folder, crypto.randomUUID());
  const bytes = randomBytes(size);
  await writeFile(path, bytes);
  return { path, bytes };
}

/** `curl -L -T`: the last status, how many redirects there were, and where it ended. */
async function curl(path, { url }, headers = []) {
  const shown = [
    "-o",
    join(folder, "answer"),
    "-w",
    "%{http_code} %{num_redirects} %{url_effective}",
  ];
  const given = headers.flatMap((header) => ["-H", header]);
  const { stdout } = await run("curl", ["-sS", "-L", "-T", path, ...given, ...shown, url]);
  const [status, redirects, end] = stdout.split(" ");
  const isAtStore = end.startsWith(`${ready.store}/`);
  return { status: Number(status), redirects: Number(redirects), isAtStore };
}

const put = (link, body, headers = {}) => open(link, { method: "PUT", body, headers });

/** Where a link sends on who says `If-None-Match: *`. */
async function sentOn(link, body, headers = {}) {
  const answer = await put(link, body, { ...onlyNew, ...headers });
  assert.deepEqual([answer.status, answer.text], [307, ""]);
  return answer.headers.get("location");
}

const putToStore = (url, body, headers = {}) => fetch(url, { method: "PUT", body, headers });

async function isStored(key, bytes, type) {
  assert.ok((await get(key)).equals(Buffer.from(bytes)));
  if (type !== undefined) assert.equal((await head(key)).get("content-type"), type);
}

describe("curl uploads a file", { concurrency }, () => {
  for (const size of [0, 10, 3_000_000]) {
    test(`of ${size} bytes through the edge`, async () => {
      const key = freshKey();
      const { path, bytes } = await file(size);
      const link = await writing(key);
      const expected = { status: 200, redirects: 0, isAtStore: false };
      assert.deepEqual(await curl(path, link), expected);
      await isStored(key, bytes);
      assert.equal((await curl(path, link)).status, 410);
    });

    test(`of ${size} bytes straight to the store`, async () => {
      const key = freshKey();
      const { path, bytes } = await file(size);
      const link = await writing(key);
      const expected = { status: 200, redirects: 1, isAtStore: true };
      assert.deepEqual(await curl(path, link, ["if-none-match: *"]), expected);
      await isStored(key, bytes);
      const again = { status: 410, redirects: 0, isAtStore: false };
      assert.deepEqual(await curl(path, link, ["if-none-match: *"]), again);
    });
  }

  test("and not one whose size it doesn't say", async () => {
    const key = freshKey();
    const link = await writing(key);
    const { path } = await file(10);
    const chunked = ["transfer-encoding: chunked"];
    assert.equal((await curl(path, link, chunked)).status, 411);
    assert.equal((await curl(path, link, [...chunked, "if-none-match: *"])).status, 411);
    assert.equal((await told(link)).used, 0);
    await isMissing(key);
    assert.equal((await curl(path, link)).status, 200);
  });
});

describe("an upload never replaces anything", { concurrency }, () => {
  const ways = [
    ["through the edge", {}, (link, body) => put(link, body)],
    ["through the edge alone", { delivery: "stream" }, (link, body) => put(link, body, onlyNew)],
    [
      "straight to the store",
      {},
      async (link, body) => putToStore(await sentOn(link, body), body, onlyNew),
    ],
  ];
  for (const [how, fields, upload] of ways) {
    test(`${how}: an object that was there stays`, async () => {
      const key = freshKey();
      await store(key, "first", { content_type: "text/plain" });
      const link = await writing(key, fields);
      assert.equal((await upload(link, "second")).status, 412);
      await isStored(key, "first", "text/plain");
      // The store was asked, and that was the use.
      isProblem(await put(link, "third"), 410, "link_spent");
    });

    test(`${how}: not even what the same link stored`, async () => {
      const key = freshKey();
      const link = await writing(key, { ...fields, uses: 3 });
      assert.equal((await upload(link, "first")).status, 200);
      assert.equal((await upload(link, "second")).status, 412);
      await isStored(key, "first");
      assert.equal((await told(link)).left, 1);
    });
  }

  test("whatever whoever makes or opens the link says", async () => {
    const key = freshKey();
    await store(key, "first");
    for (const create_only of [false, null, true]) {
      const link = await writing(key, { create_only });
      assert.equal(link.headers["if-none-match"], "*");
      assert.equal((await put(link, "second", { "if-match": "*" })).status, 412);
    }
    // Without the condition, or with another, the store's URL doesn't work.
    const url = await sentOn(await writing(key, { url_expires_in: 60 }), "second");
    for (const headers of [{}, { "if-none-match": '"x"' }, { "if-match": "*" }]) {
      assert.equal((await putToStore(url, "second", headers)).status, 403);
    }
    await isStored(key, "first");
  });
});

describe("an upload is held to its type", { concurrency }, () => {
  test("where the link names one", async () => {
    const key = freshKey();
    const link = await writing(key, { content_type: "image/png" });
    for (const type of [
      undefined,
      "image/jpeg",
      "text/html",
      "image/png; charset=utf-8",
      "image/*",
    ]) {
      for (const headers of [{}, onlyNew]) {
        const typed = { ...headers, ...(type && { "content-type": type }) };
        // A body of bytes has no type of its own.
        const answer = await put(link, Buffer.from("a"), typed);
        const { detail } = isProblem(answer, 415, "upload_type");
        assert.match(detail, /image\/png/);
      }
    }
    assert.equal((await told(link)).used, 0);
    await isMissing(key);
    assert.equal((await put(link, "a", { "content-type": "image/png" })).status, 200);
    await isStored(key, "a", "image/png");
  });

  for (const type of ["image/png", "text/plain; charset=utf-8"]) {
    test(`and else stored as what it says it is: ${type}`, async () => {
      const headers = { "content-type": type };
      const key = freshKey();
      assert.equal((await put(await writing(key), "a", headers)).status, 200);
      await isStored(key, "a", type);
      const other = freshKey();
      const url = await sentOn(await writing(other, { url_expires_in: 60 }), "a", headers);
      // The store's URL is only for that type.
      const html = await putToStore(url, "a", { ...onlyNew, "content-type": "text/html" });
      assert.equal(await storeCode(html), "SignatureDoesNotMatch");
      assert.equal((await putToStore(url, "a", { ...onlyNew, ...headers })).status, 200);
      await isStored(other, "a", type);
    });
  }

  test("and not stored as one that has no name in ASCII", async () => {
    const link = await writing(freshKey());
    const type = Buffer.from("text/ü").toString("latin1");
    isProblem(await put(link, "a", { "content-type": type }), 400, "invalid_field");
    await links.isUnspent(link, { init: { method: "PUT", body: "a" } });
  });
});

describe("an upload is held to its size", { concurrency }, () => {
  test("where the link names one", async () => {
    const key = freshKey();
    const link = await writing(key, { content_length: 3 });
    for (const body of ["", "ab", "abcd", "a".repeat(100_000)]) {
      for (const headers of [{}, onlyNew]) {
        const { detail } = isProblem(await put(link, body, headers), 413, "upload_size");
        assert.match(detail, /\b3 bytes, no more and no less/);
        assert.match(detail, new RegExp(`content-length says ${body.length}\\.`));
      }
    }
    assert.equal((await told(link)).used, 0);
    assert.equal((await put(link, "abc")).status, 200);
    await isStored(key, "abc");
  });

  test("where it names the most", async () => {
    for (const [max_bytes, bodies] of [
      [3, ["", "ab", "abc"]],
      [0, [""]],
    ]) {
      for (const body of bodies) {
        const key = freshKey();
        const link = await writing(key, { max_bytes });
        isProblem(await put(link, "a".repeat(max_bytes + 1)), 413, "upload_size");
        isProblem(await put(link, "a".repeat(100_000), onlyNew), 413, "upload_size");
        assert.equal((await put(link, body)).status, 200);
        await isStored(key, body);
      }
    }
  });

  test("and to what it said, where it goes straight to the store", async () => {
    const key = freshKey();
    const link = await writing(key, { max_bytes: 10, url_expires_in: 60 });
    const url = await sentOn(link, "abc");
    for (const body of ["ab", "abcd", "a".repeat(10), "a".repeat(100_000)]) {
      const response = await putToStore(url, body, onlyNew);
      assert.equal(await storeCode(response), "SignatureDoesNotMatch");
    }
    assert.equal((await putToStore(url, "abc", onlyNew)).status, 200);
    await isStored(key, "abc");
  });
});

describe("an upload keeps what the link binds", { concurrency }, () => {
  const metadata = { album: "cats", title: "A+B" };

  test("metadata, which the edge adds", async () => {
    const key = freshKey();
    const link = await writing(key, { metadata });
    assert.equal((await put(link, "a", { "x-amz-meta-album": "dogs" })).status, 200);
    const stored = await head(key);
    assert.equal(stored.get("x-amz-meta-album"), "cats");
    assert.equal(stored.get("x-amz-meta-title"), "A+B");
  });

  test("metadata, which who goes to the store has to send", async () => {
    const key = freshKey();
    const link = await writing(key, { metadata, url_expires_in: 60 });
    const url = await sentOn(link, "a");
    const dogs = { ...link.headers, "x-amz-meta-album": "dogs" };
    for (const headers of [onlyNew, dogs]) {
      assert.equal((await putToStore(url, "a", headers)).status, 403);
    }
    assert.equal((await putToStore(url, "a", link.headers)).status, 200);
    assert.equal((await head(key)).get("x-amz-meta-album"), "cats");
  });

  test("the checksum of what is to be stored", async () => {
    const sha256 = createHash("sha256").update("right").digest("base64");
    for (const [body, status] of [
      ["wrong", 400],
      ["right", 200],
    ]) {
      const key = freshKey();
      const link = await writing(key, { checksum: { sha256 } });
      assert.equal(link.headers["x-amz-checksum-sha256"], sha256);
      assert.equal((await put(link, body)).status, status);
    }
  });
});

test("a rule's bounds are the link's", async () => {
  const configuration = withLinks({ ledger: "layered" });
  const [rule] = configuration.vars.RULES;
  const held = { ...rule, max_bytes: 5, content_types: ["image/*"] };
  configuration.vars = { ...configuration.vars, RULES: [held] };
  await withEdge(configuration, linkSecrets, async (edge) => {
    const ask = (fields) => mint({ operation: "PutObject", key: freshKey(), ...fields }, { edge });
    const image = { content_type: "image/png" };
    for (const [fields, dimension] of [
      [{ max_bytes: 5 }, "type"],
      [{ max_bytes: 5, content_type: "text/html" }, "type"],
      [image, "size"],
      [{ ...image, max_bytes: 6 }, "size"],
      [{ ...image, content_length: 6 }, "size"],
    ]) {
      const problem = isProblem(await ask(fields), 403, "not_allowed");
      assert.equal(problem.dimension, dimension);
    }
    const headers = { "content-type": "image/png" };
    for (const size of [{ max_bytes: 5 }, { content_length: 5 }]) {
      const { status, json: link } = await ask({ ...image, ...size });
      assert.equal(status, 200);
      isProblem(await put(link, "abcdef", headers), 413, "upload_size");
      assert.equal((await put(link, "abcde", headers)).status, 200);
    }
  });
});
