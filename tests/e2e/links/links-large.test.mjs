// A large file through the edge, which never holds it.

import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { startEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import { isRefused, open, reading, told, writing } from "../support/links.mjs";
import { residentMiB, workerd } from "../support/memory.mjs";
import { isProblem } from "../support/refusal.mjs";
import { head } from "../support/s3.mjs";
import { follow, freshKey, presigned } from "../support/stack.mjs";

const MiB = 1024 * 1024;
const SIZE = 500 * MiB;
/** The most that the Worker's processes may grow by while it passes through. */
const GROWTH_MIB = 100;

/** That many bytes that compress to nothing less, the same every time. */
async function* bytes(size) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(MiB);
  for (let left = size; left > 0; left -= MiB) {
    yield cipher.update(left < MiB ? zeros.subarray(0, left) : zeros);
  }
}

async function digest(stream) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of stream) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, hash: hash.digest("hex") };
}

let worker, key, whole;

before(async () => {
  worker = await startEdge(withLinks({ ledger: "layered" }), linkSecrets);
  key = freshKey("large.bin");
  whole = await digest(bytes(SIZE));
});

after(async () => {
  const remove = { operation: "DeleteObject", key };
  if (key !== undefined) assert.equal((await follow(await presigned(remove))).status, 204);
  await worker?.stop();
});

/** Does something and fails where the Worker's process grows meanwhile by more than they may. */
async function withFlatMemory(work) {
  if (process.platform !== "linux") return work();
  const pid = workerd();
  const start = residentMiB(pid);
  assert.ok(start > 10, `${start} MiB are too little to be true`);
  let most = start;
  const timer = setInterval(() => (most = Math.max(most, residentMiB(pid))), 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  assert.ok(most - start < GROWTH_MIB, `it grew from ${start} to ${most} MiB`);
}

/** A GET of a link, whose body is read as it comes. */
const download = ({ url }, headers = {}, signal) =>
  fetch(url, { signal, headers: { "accept-encoding": "identity", ...headers } });

const stream = (fields) => reading(key, { delivery: "stream", ...fields }, { edge: worker.url });

test("500 MiB pass through on their way to the store", async () => {
  const link = await writing(key, { max_bytes: SIZE }, { edge: worker.url });
  const put = (size) =>
    open(link, {
      method: "PUT",
      duplex: "half",
      body: Readable.from(bytes(size)),
      headers: { "content-length": String(size) },
    });
  await withFlatMemory(async () => assert.equal((await put(SIZE)).status, 200));
  assert.equal((await head(key)).get("content-length"), String(SIZE));
  isProblem(await put(1), 410, "link_spent");
});

test("500 MiB pass through on their way back", async () => {
  const link = await stream();
  await withFlatMemory(async () => {
    const response = await download(link);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-length"), String(SIZE));
    assert.deepEqual(await digest(response.body), whole);
  });
  await isRefused(link, 410, "link_spent");
});

test("three parts pass through at once", async () => {
  const link = await stream({ uses: 3 });
  const third = Math.ceil(SIZE / 3);
  const parts = [0, 1, 2].map((n) => ({ from: n * third, to: Math.min(SIZE, (n + 1) * third) }));
  await withFlatMemory(async () => {
    const part = async ({ from, to }) => {
      const response = await download(link, { range: `bytes=${from}-${to - 1}` });
      assert.equal(response.status, 206);
      assert.deepEqual(await digest(response.body), await digest(slice(from, to)));
    };
    await Promise.all(parts.map(part));
  });
  assert.equal((await told(link, { edge: worker.url })).used, 3);
});

/** A part of the whole. */
async function* slice(from, to) {
  let at = 0;
  for await (const piece of bytes(SIZE)) {
    const [start, end] = [Math.max(from - at, 0), Math.min(to - at, piece.length)];
    if (start < end) yield piece.subarray(start, end);
    at += piece.length;
  }
}

test("readers that go away in the middle leave the others alone", async () => {
  const link = await stream({ uses: 20 });
  await withFlatMemory(async () => {
    const staying = download(link, { range: `bytes=0-${50 * MiB - 1}` });
    for (let gone = 0; gone < 10; gone++) {
      const abort = new AbortController();
      const response = await download(link, {}, abort.signal);
      const reader = response.body.getReader();
      assert.ok((await reader.read()).value.length > 0);
      abort.abort();
      await assert.rejects(async () => {
        while (!(await reader.read()).done);
      });
    }
    const response = await staying;
    assert.deepEqual(await digest(response.body), await digest(slice(0, 50 * MiB)));
  });
  const answer = await open(link, { headers: { range: "bytes=-4" } });
  assert.deepEqual([answer.status, answer.bytes.length], [206, 4]);
  // A client that hung up has used a use all the same.
  assert.equal((await told(link, { edge: worker.url })).used, 12);
});
