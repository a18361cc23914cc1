// /companion/s3/…: the routes that Uppy's `companionEndpoint` asks. Uppy itself is in example-uppy.test.mjs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, head, isMissing, isRefused, submit } from "../support/s3.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";
import { begin, finish, uploadPart } from "../support/companion.mjs";
import { companion, companionAnswer, sign, signed } from "../support/uppy.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

const ownKey = (name) => new RegExp(`^users/e2e/[0-9a-f]{32}-${name}$`);
const NAMES = ["a.bin", "a+b  c ü🦀 \"q\" 'x' 100% #1 ?&=;,~.bin"];

describe("a whole file", () => {
  for (const filename of NAMES) {
    test(`is posted by the form that there is for it: ${filename}`, async () => {
      const query = {
        filename,
        type: "image/png",
        "metadata[name]": filename,
        "metadata[type]": "x",
      };
      const { method, url, fields, ...rest } = await companionAnswer("GET", "params", { query });
      assert.equal(method, "POST");
      assert.ok(Object.keys(rest).every((name) => name === "expires"));
      assert.match(fields.key, ownKey(".*"));
      assert.ok(fields.key.endsWith(`-${filename}`));
      const body = randomBytes(1024);
      const stored = await submit({ url, fields }, { body, fileName: "blob" });
      assert.ok([201, 204].includes(stored.status), stored.status);
      assert.ok(body.equals(await get(fields.key)));
      assert.equal((await head(fields.key)).get("content-type"), "image/png");
    });
  }

  test("may hold what could begin a boundary, anywhere", async () => {
    const { url, fields } = await companionAnswer("GET", "params", { query: { filename: "a" } });
    const body = Buffer.alloc(4_000_000, "\r\n-\r");
    const stored = await submit({ url, fields }, { body, fileName: "blob" });
    assert.equal(stored.status, 204, await stored.text());
    assert.ok(body.equals(await get(fields.key)));
  });

  test("two of one name have two keys", async () => {
    const ask = () => companionAnswer("GET", "params", { query: { filename: "same" } });
    const [first, second] = [await ask(), await ask()];
    assert.notEqual(first.fields.key, second.fields.key);
  });

  test("its form is good for its own key and type alone", async () => {
    const query = { filename: "a", type: "image/png" };
    const form = await companionAnswer("GET", "params", { query });
    for (const change of [{ key: freshKey() }, { "content-type": "text/html" }]) {
      const response = await submit(form, { body: "x", change });
      await isRefused(response, 400, "InvalidPolicyDocument");
    }
    await isMissing(form.fields.key);
  });

  test("folders in a name are left out", async () => {
    for (const [filename, name] of [
      ["../../bob/a b.png", "a b.png"],
      ["C:\\files\\c.png", "c.png"],
      ["folder/", ""],
      ["..", "\\.\\."],
    ]) {
      const { fields } = await companionAnswer("GET", "params", { query: { filename } });
      assert.match(fields.key, ownKey(name), filename);
    }
  });
});

describe("an upload in parts", () => {
  for (const filename of NAMES) {
    test(`is made of its parts: ${filename}`, async () => {
      const upload = await begin(filename);
      assert.ok(upload.key.endsWith(`-${filename}`));
      const [first, second] = [randomBytes(5 * 1024 * 1024), randomBytes(1024)];
      const etags = [await uploadPart(upload, 1, first), await uploadPart(upload, 2, second)];
      assert.deepEqual(await companionAnswer("GET", upload.path, { query: upload.query }), [
        { PartNumber: 1, ETag: etags[0], Size: first.length },
        { PartNumber: 2, ETag: etags[1], Size: second.length },
      ]);
      const parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
      const { json, status } = await finish(upload, parts);
      assert.equal(status, 200);
      const { location, ...rest } = json;
      assert.deepEqual(rest, { bucket: ready.bucket, key: upload.key });
      const at = decodeURIComponent(new URL(location).pathname);
      assert.equal(at, `/${ready.bucket}/${upload.key}`);
      assert.ok(Buffer.concat([first, second]).equals(await get(upload.key)));
      assert.equal((await head(upload.key)).get("content-type"), "image/png");
    });
  }

  test("is completed with the tags that the list has", async () => {
    const upload = await begin();
    const ETag = await uploadPart(upload, 1, "part");
    const listed = await companionAnswer("GET", upload.path, { query: upload.query });
    assert.deepEqual(listed, [{ PartNumber: 1, ETag, Size: 4 }]);
    assert.equal((await finish(upload, listed)).status, 200);
    assert.equal(String(await get(upload.key)), "part");
  });

  // For a part without an ETag Uppy would send back "null"; a part that isn't listed is uploaded again.
  test("has no part in its list that the store lists without a tag", async () => {
    const store = await WatchedStore.start({ listsTags: false });
    const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
    const allow = ["CreateMultipartUpload", "UploadPart", "ListParts"];
    const RULES = [{ ...vars.RULES[0], allow }];
    try {
      await withEdge(
        { vars: { ...vars, ...store.vars, RULES }, kv_namespaces },
        secrets,
        async (edge) => {
          const upload = await begin("file", { edge });
          await uploadPart(upload, 1, "part", { edge });
          const { path, query } = upload;
          assert.deepEqual(await companionAnswer("GET", path, { query, edge }), []);
          const asked = { method: "GET", upload: upload.path.slice("multipart/".length) };
          assert.equal(store.asked({ ...asked, status: 200 }).length, 1);
        },
      );
    } finally {
      store.stop();
    }
  });

  test("many parts are signed at once", async () => {
    const upload = await begin();
    const query = { ...upload.query, partNumbers: "1,3,10000" };
    const answer = await companionAnswer("GET", `${upload.path}/batch`, { query });
    assert.deepEqual(Object.keys(answer), ["presignedUrls"]);
    assert.deepEqual(Object.keys(answer.presignedUrls), ["1", "3", "10000"]);
    for (const [number, url] of Object.entries(answer.presignedUrls)) {
      assert.equal(new URL(url).searchParams.get("partNumber"), number);
      assert.equal((await fetch(url, { method: "PUT", body: "part" })).status, 200);
    }
  });

  test("is aborted, and then is no more", async () => {
    const upload = await begin();
    await uploadPart(upload, 1, "part");
    assert.deepEqual(await companionAnswer("DELETE", upload.path, { query: upload.query }), {});
    const { url } = await companionAnswer("GET", `${upload.path}/1`, { query: upload.query });
    assert.ok((await fetch(url, { method: "PUT", body: "part" })).status >= 400);
    await isMissing(upload.key);
  });
});

test("keys and the store are the configuration's choice", async () => {
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const allow = ["PutObject", "CreateMultipartUpload", "UploadPart"];
  const rule = { ...vars.RULES[0], allow, stores: ["other"], keys: ["in/{sub}/**"], max_bytes: 10 };
  const STORES = { ...vars.STORES, other: vars.STORES[ready.store_name] };
  const changed = { ...vars, STORES, RULES: [rule] };
  const COMPANION = { store: "other", key: "in/{sub}/{id}/{filename}" };
  await withEdge({ vars: { ...changed, COMPANION }, kv_namespaces }, secrets, async (edge) => {
    const query = { filename: "a b.png" };
    const form = await companionAnswer("GET", "params", { query, edge });
    assert.match(form.fields.key, /^in\/e2e\/[0-9a-f]{32}\/a b\.png$/);
    // The form has the rule's limit.
    await isRefused(await submit(form, { body: "x".repeat(11) }), 400, "EntityTooLarge");
    assert.equal((await submit(form, { body: "x".repeat(10) })).status, 204);
    // A subject that would make more than one folder gets none.
    const headers = { authorization: `Bearer ${token({ sub: "a/b" })}` };
    const refused = await companion("GET", "params", { query, headers, edge });
    assert.equal(isProblem(refused, 403, "not_allowed").dimension, "key");
    // Uppy doesn't tell the size of a part.
    const { path, query: ofUpload } = await begin("a", { edge });
    const part = await companion("GET", `${path}/1`, { query: ofUpload, edge });
    assert.equal(isProblem(part, 403, "not_allowed").dimension, "size");
  });
  await withEdge({ vars: changed, kv_namespaces }, secrets, async (edge) => {
    const answer = await companion("GET", "params", { query: { filename: "a" }, edge });
    isProblem(answer, 403, "not_allowed");
  });
});

test("where a provider has no forms and no URLs for POST, the edge still puts parts together", async () => {
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  const claimed = { provider: "r2", uploads: "bound", features: {} };
  const STORES = { [ready.store_name]: { ...vars.STORES[ready.store_name], ...claimed } };
  const allow = ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"];
  const RULES = [{ ...vars.RULES[0], allow }];
  await withEdge({ vars: { ...vars, STORES, RULES }, kv_namespaces }, secrets, async (edge) => {
    const whole = await companion("GET", "params", { query: { filename: "a" }, edge });
    isProblem(whole, 422, "unsupported_by_store");
    const key = freshKey();
    isProblem(await sign({ method: "POST", key }, { edge }), 422, "unsupported_by_store");
    await signed({ method: "PUT", key }, { edge });

    const upload = await begin("a", { edge });
    const ETag = await uploadPart(upload, 1, "part", { edge });
    const completed = await finish(upload, [{ PartNumber: 1, ETag }], { edge });
    assert.equal(completed.status, 200, completed.text);
    assert.equal(String(await get(upload.key)), "part");
  });
});
