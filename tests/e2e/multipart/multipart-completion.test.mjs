// Completing an upload at a store as strict as AWS: checksums, and answers that come late, broken, or not at all.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { MultipartStore, refusal } from "../support/multipart-store.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, follow, freshKey, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const MIB = 1024 * 1024;

let store, edge;
before(async () => {
  store = await MultipartStore.start();
  const own = { ...vars.STORES[ready.store_name], endpoint: store.url, provider: "aws" };
  const allow = ["CreateMultipartUpload", "UploadPart", "ListParts", "CompleteMultipartUpload"];
  const rule = { when: { role: "member" }, stores: [ready.store_name], allow };
  const rules = [
    { ...rule, name: "members", keys: ["users/{sub}/**"] },
    { ...rule, name: "small", keys: ["small/**"], max_bytes: 1000 },
  ];
  const changed = { STORES: { [ready.store_name]: own }, RULES: rules };
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  edge = await startEdge({ vars: { ...vars, ...changed }, kv_namespaces }, secrets);
});
after(async () => {
  await edge?.stop();
  store?.stop();
});

function ask(step, request, bearer = token()) {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(request) };
  return callEdge(`/v1/multipart${step && `/${step}`}`, init, edge.url);
}

async function take(step, request, bearer) {
  const answer = await ask(step, request, bearer);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Begins an upload and writes its parts: what a completion says. */
async function written(bodies, { key = freshKey(), checksumOf, ...fields } = {}) {
  const { upload_id } = await take("", { key, ...fields });
  const wanted = bodies.map((body, index) => ({
    part_number: index + 1,
    content_length: body.length,
    ...(checksumOf && { checksum: checksumOf(body) }),
  }));
  const { parts: signed } = await take("parts", { key, upload_id, parts: wanted });
  const parts = [];
  for (const [index, body] of bodies.entries()) {
    const response = await follow(signed[index], { body });
    assert.equal(response.status, 200, await response.text());
    const { part_number, checksum } = wanted[index];
    parts.push({ part_number, etag: response.headers.get("etag"), ...(checksum && { checksum }) });
  }
  return { key, upload_id, parts };
}

const FIRST = Buffer.alloc(5 * MIB, "x");
const sha256 = (body) => ({ sha256: createHash("sha256").update(body).digest("base64") });
function crc(body) {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(crc32(body));
  return { crc32: number.toString("base64") };
}

/** What a completion says, with another answer of the store's than its own. */
async function completed(request, completing) {
  store.completing.set(request.key, completing);
  try {
    return await ask("complete", request);
  } finally {
    store.completing.delete(request.key);
  }
}

describe("parts with checksums", { concurrency }, () => {
  test("make an object, as the documentation's example does", async () => {
    const text = readFileSync(new URL("../../../docs/api.md", import.meta.url), "utf8");
    const section = text.split("\n## An upload in parts\n")[1].split("\n## ")[0];
    const example = (step) => {
      const call = section.split(`/v1/multipart${step} -H`)[1].split("--json '")[1].split("'\n")[0];
      return JSON.parse(call);
    };
    const bearer = token({ sub: "alice" });
    const { upload_id } = await take("", example(""), bearer);
    const { parts } = await take("parts", { ...example("/parts"), upload_id }, bearer);
    for (const [index, body] of [FIRST, "tail"].entries()) {
      const response = await follow(parts[index], { body });
      assert.equal(response.status, 200, await response.text());
    }
    const request = { ...example("/complete"), upload_id };
    const { etag } = await take("complete", request, bearer);
    assert.ok(section.includes(JSON.stringify(etag)), etag);
    assert.equal(store.objects.get(request.key).bytes.length, 5 * MIB + 4);
  });

  for (const [checksum_algorithm, checksumOf, checksum_type] of [
    ["SHA256", sha256, undefined],
    ["SHA256", sha256, "COMPOSITE"],
    ["CRC32", crc, "COMPOSITE"],
    ["CRC32", crc, "FULL_OBJECT"],
  ]) {
    test(`of ${checksum_algorithm}, ${checksum_type}, make an object, after a list too`, async () => {
      const fields = { checksum_algorithm, checksum_type, checksumOf };
      const upload = await written([FIRST, Buffer.from("tail")], fields);
      const listed = await take("list", { key: upload.key, upload_id: upload.upload_id });
      const known = listed.parts.map(({ size: _, ...part }) => part);
      assert.deepEqual(known, upload.parts);
      await take("complete", { ...upload, parts: known, checksum_type });
    });
  }

  test("make none without them, or with others", async () => {
    const fields = { checksum_algorithm: "SHA256", checksumOf: sha256 };
    const upload = await written([Buffer.from("hello")], fields);
    const [{ checksum: _, ...bare }] = upload.parts;
    for (const [parts, code] of [
      [[bare], "InvalidRequest"],
      [[{ ...bare, checksum: sha256("other") }], "InvalidPart"],
    ]) {
      const problem = isProblem(await ask("complete", { ...upload, parts }), 400, "store_refused");
      assert.equal(problem.store_code, code);
    }
    const other = await ask("complete", { ...upload, checksum_type: "FULL_OBJECT" });
    assert.equal(isProblem(other, 400, "store_refused").store_code, "BadDigest");
    await take("complete", upload);
  });

  for (const checksum of [{ sha256: "YQ==" }, { md5: "YQ==" }, { ...sha256("a"), ...crc("a") }]) {
    test(`make none with ${JSON.stringify(checksum)}`, async () => {
      const parts = [{ part_number: 1, etag: "a", checksum }];
      const answer = await ask("complete", { key: freshKey(), upload_id: "a", parts });
      isProblem(answer, 400, "invalid_field");
    });
  }
});

describe("a completion", { concurrency }, () => {
  test("may take its time, in blanks", { timeout: 60_000 }, async () => {
    const upload = await written([Buffer.from("hello")]);
    const answer = await completed(upload, async (complete, response) => {
      response.writeHead(200, { "content-type": "application/xml" });
      for (let second = 0; second < 22; second++) {
        response.write(second === 0 ? '<?xml version="1.0"?>\n' : " ");
        await sleep(1000);
      }
      response.end(complete().split("\n")[1]);
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.etag, store.objects.get(upload.key).etag);
  });

  const hangUp = (complete, response) => {
    complete();
    response.destroy();
  };
  const cutOff = (complete, response) => {
    complete();
    response.writeHead(200).write("  ");
    setTimeout(() => response.destroy(), 200);
  };
  const endEarly = (complete, response) => {
    complete();
    response.writeHead(200).end("  ");
  };
  const failLate = (complete, response) => {
    complete();
    response.writeHead(200).end(refusal("InternalError"));
  };
  const gateway = (complete, response) => {
    complete();
    response.writeHead(504).end("<html>");
  };
  for (const completing of [hangUp, cutOff, endEarly, failLate, gateway]) {
    test(`whose answer is lost is found to have gone through: ${completing.name}`, async () => {
      const upload = await written([FIRST, Buffer.from("tail")]);
      const answer = await completed(upload, completing);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.etag, store.objects.get(upload.key).etag);
      // The same once more: the store knows the upload no longer.
      assert.deepEqual((await ask("complete", upload)).json, answer.json);
    });
  }

  test("that hasn't gone through is to be tried again", async () => {
    const upload = await written([Buffer.from("hello")]);
    for (const completing of [
      (_, response) => response.destroy(),
      (_, response) => response.writeHead(200).end(` ${refusal("InternalError")}`),
    ]) {
      const answer = await completed(upload, completing);
      isProblem(answer, 503, "store_unavailable");
      assert.equal(answer.headers.get("retry-after"), "5");
    }
    await take("complete", upload);
  });

  test("isn't believed by the size of what is there", async () => {
    const upload = await written([Buffer.from("hello")]);
    for (const etag of ['"00000000000000000000000000000000-1"', '"of its own kind"']) {
      store.objects.set(upload.key, { bytes: Buffer.from("hello"), etag, headers: {} });
      const lost = await completed(upload, (_, response) => response.destroy());
      isProblem(lost, 503, "store_unavailable");
    }
    await take("complete", upload);
    // An encrypted object has another ETag than its parts make, so nobody can tell.
    const object = store.objects.get(upload.key);
    const headers = { "x-amz-server-side-encryption": "aws:kms" };
    const etag = '"00000000000000000000000000000000-1"';
    store.objects.set(upload.key, { ...object, etag, headers });
    isProblem(await ask("complete", upload), 503, "store_unavailable");
    // An object that isn't this upload's.
    store.objects.set(upload.key, { ...object, etag });
    const gone = isProblem(await ask("complete", upload), 404, "store_refused");
    assert.equal(gone.store_code, "NoSuchUpload");
  });

  test("twice answers the same, also where it is bound", async () => {
    for (const [fields, more] of [
      [{}, { create_only: true }],
      [{ key: `small/${crypto.randomUUID()}` }, {}],
    ]) {
      const upload = await written([Buffer.from("hello")], fields);
      const first = await take("complete", { ...upload, ...more });
      assert.deepEqual(await take("complete", { ...upload, ...more }), first);
    }
    // The second of two different uploads is told so, even with the same bytes.
    const key = freshKey();
    const [one, other] = [
      await written([Buffer.from("hello")], { key }),
      await written([Buffer.from("hello")], { key }),
    ];
    await take("complete", { ...one, create_only: true });
    const taken = await ask("complete", { ...other, create_only: true });
    assert.equal(isProblem(taken, 412, "store_refused").store_code, "PreconditionFailed");
  });

  test("sends nothing that wasn't signed, nor does any step before it", async () => {
    await take("complete", await written([Buffer.from("hello")], { content_type: "a/b" }));
    const seen = (method, query) =>
      store.requests.filter((asked) => asked.method === method && asked.query.includes(query));
    assert.deepEqual(
      store.requests.filter(({ unsigned }) => unsigned.length > 0),
      [],
    );
    const completions = seen("POST", "uploadId=");
    assert.ok(completions.length > 0);
    for (const { type } of completions) assert.equal(type, "application/xml");
    assert.ok(seen("POST", "uploads=").some(({ type }) => type === "a/b"));
    assert.ok(seen("HEAD", "").every(({ type }) => type === undefined));
  });
});
