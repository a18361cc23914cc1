// `POST /v1/presign`: what is written, read and bound by URLs.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { get, head, isMissing, sha256, texts, withChangedSignature } from "../e2e/support/s3.mjs";
import { follow, freshKey, presign, presigned, ready } from "../e2e/support/stack.mjs";
import { answered, bound, refusedByStore, storeCase, taken } from "./support/case.mjs";
import { seed } from "./support/seed.mjs";

const PUT = bound("PutObject");

/** Asks for an upload's URL. */
const put = (request) => presign({ operation: "PutObject", ...request });

for (const name of ["a.bin", "a+b  c ü 🦀 \"q\" 'x' 100% #1 ?&=;,~.bin"]) {
  const key = freshKey(name);
  storeCase(`an object is written, read and removed: ${name}`, {
    needs: [PUT],
    ask: () => put({ key, content_type: "image/png", metadata: { title: "a b" } }),
    holds: async (answer) => {
      const body = randomBytes(70_000);
      await answered(await follow(taken(answer), { body }), 200);
      assert.ok(body.equals(await get(key)));
      const headers = await head(key);
      assert.equal(headers.get("content-type"), "image/png");
      assert.equal(headers.get("x-amz-meta-title"), "a b");
      const removed = await follow(await presigned({ operation: "DeleteObject", key }));
      await answered(removed, 204);
      await isMissing(key);
    },
  });
}

storeCase("a URL for reading is good for its key, method and time alone", {
  ask: async () => {
    const key = await seed("read me");
    return presign({ operation: "GetObject", key, expires_in: 2 });
  },
  holds: async (answer) => {
    const { url, signed_at } = taken(answer);
    assert.equal(await answered(await fetch(url), 200), "read me");
    await refusedByStore(await fetch(withChangedSignature(url)));
    await refusedByStore(await fetch(url.replace("/users/e2e/", "/users/other/")));
    await refusedByStore(await fetch(url, { method: "DELETE" }));
    const end = Date.parse(signed_at) + 2000;
    await new Promise((done) => setTimeout(done, end - Date.now() + 1500));
    await refusedByStore(await fetch(url));
  },
});

storeCase("a listing shows what is below the prefix", {
  ask: async () => {
    const key = await seed("listed");
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    return presign({ operation: "ListObjectsV2", prefix });
  },
  holds: async (answer) => {
    const text = await answered(await follow(taken(answer)), 200);
    assert.equal(texts(text, "Key").length, 1, text);
  },
});

{
  const key = freshKey();
  storeCase("type and metadata of an upload are bound", {
    needs: [PUT],
    ask: () => put({ key, content_type: "image/png", metadata: { title: "a" } }),
    holds: async (answer) => {
      const url = taken(answer);
      for (const headers of [{ "content-type": "text/html" }, { "x-amz-meta-title": "b" }]) {
        await refusedByStore(await follow(url, { body: "x", headers }));
      }
      await isMissing(key);
      await answered(await follow(url, { body: "x" }), 200);
    },
  });
}

{
  const key = freshKey();
  storeCase("a header that nobody signed is refused", {
    needs: [PUT],
    ask: () => put({ key }),
    holds: async (answer) => {
      const headers = { "x-amz-meta-added": "a" };
      const response = await follow(taken(answer), { body: "x", headers });
      if (ready.writesApart) {
        await answered(response, 200);
        return "the store takes it; what signs can't read";
      }
      await refusedByStore(response);
      await isMissing(key);
    },
  });
}

{
  const key = freshKey();
  storeCase("the size of an upload is bound", {
    needs: [PUT, "content_length:PutObject"],
    ask: () => put({ key, content_length: 5 }),
    holds: async (answer) => {
      const url = taken(answer);
      for (const body of ["1234", "123456"]) await refusedByStore(await follow(url, { body }));
      await isMissing(key);
      await answered(await follow(url, { body: "12345" }), 200);
    },
  });
}

{
  const key = freshKey();
  storeCase("an upload is held to its SHA-256", {
    needs: [PUT, "checksum_sha:PutObject"],
    ask: () => put({ key, checksum: { sha256: sha256("right") } }),
    holds: async (answer) => {
      const url = taken(answer);
      await refusedByStore(await follow(url, { body: "wrong" }));
      await isMissing(key);
      await answered(await follow(url, { body: "right" }), 200);
    },
  });
}

{
  const key = freshKey();
  storeCase("create_only: one of eight at once writes, and nobody after it", {
    needs: [PUT, "create_only:PutObject"],
    ask: () => put({ key, create_only: true }),
    holds: async (answer) => {
      const url = taken(answer);
      const bodies = Array.from({ length: 8 }, (_, index) => `body ${index}`);
      const answers = await Promise.all(bodies.map((body) => follow(url, { body })));
      const won = bodies.filter((_, index) => answers[index].status === 200);
      assert.equal(won.length, 1, String(answers.map(({ status }) => status)));
      await answered(await follow(url, { body: "late" }), 412);
      assert.equal(String(await get(key)), won[0]);
    },
  });
}

{
  const key = freshKey();
  storeCase("an object is copied", {
    needs: [bound("CopyObject")],
    ask: async () => {
      const copy_source = { key: await seed("copied") };
      return presign({ operation: "CopyObject", key, copy_source });
    },
    holds: async (answer) => {
      const response = await follow(taken(answer));
      if (ready.writesApart) {
        await answered(response, 403);
        return "403 of the store: what signs can't read";
      }
      await answered(response, 200);
      assert.equal(String(await get(key)), "copied");
    },
  });
}

{
  const key = freshKey();
  storeCase("an upload's tags are there afterwards", {
    needs: [PUT, "tagging_on_upload:PutObject"],
    ask: () => put({ key, tags: { album: "cats" } }),
    holds: async (answer) => {
      await answered(await follow(taken(answer), { body: "x" }), 200);
      const read = await follow(await presigned({ operation: "GetObjectTagging", key }));
      assert.deepEqual(texts(await answered(read, 200), "Value"), ["cats"]);
    },
  });
}

for (const [name, key] of [
  ["leading_slash", `/${freshKey()}`],
  ["empty_segment", freshKey("a//b")],
  ["key_normalisation", freshKey("u\u0308")],
]) {
  storeCase(`a key is kept as it is: ${name}`, {
    needs: [PUT, name],
    ask: () => put({ key }),
    holds: async (answer) => {
      await answered(await follow(taken(answer), { body: "own" }), 200);
      assert.equal(String(await get(key)), "own");
      const others = { leading_slash: key.slice(1), empty_segment: key.replace("a//b", "a/b") };
      await isMissing(others[name] ?? key.normalize("NFC"));
    },
  });
}

for (const [name, need, request] of [
  ["one part of an object", "part_number:GetObject", { operation: "GetObject", part_number: 1 }],
  ["a version", "versions:GetObject", { operation: "GetObject", version_id: "null" }],
  [
    "an object's attributes",
    "object_attributes",
    { operation: "GetObjectAttributes", object_attributes: "ObjectSize" },
  ],
  ["an object's tags", "tagging:GetObjectTagging", { operation: "GetObjectTagging" }],
]) {
  storeCase(`what is read: ${name}`, {
    needs: [need],
    ask: async () => presign({ ...request, key: await seed("read") }),
    holds: async (answer) => {
      await answered(await follow(taken(answer)), 200, 206);
    },
  });
}
