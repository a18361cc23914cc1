// Multipart uploads: the edge begins, lists, completes and aborts; the parts go to the store.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { postJson, postedJson } from "../e2e/support/api.mjs";
import { get, head, isMissing, sha256, texts } from "../e2e/support/s3.mjs";
import { follow, freshKey, presign, presigned, storeCode } from "../e2e/support/stack.mjs";
import { answered, bound, refusedByStore, storeCase, taken } from "./support/case.mjs";

const MIB = 1024 * 1024;
const PART = bound("UploadPart");
const step = (name, request) => postedJson(`/v1/multipart/${name}`, request);

/** Begins an upload, which the edge itself does. */
async function begin(request = {}) {
  const key = freshKey("ä b");
  const { upload_id } = await postedJson("/v1/multipart", { key, ...request });
  return { key, upload_id };
}

/** Writes the parts that were signed: what completes the upload. */
async function write(answer, bodies) {
  const written = [];
  for (const signed of taken(answer).parts) {
    const response = await follow(signed, { body: bodies[signed.part_number - 1] });
    await answered(response, 200);
    const etag = response.headers.get("etag");
    written.push({ part_number: signed.part_number, etag });
  }
  return written;
}

/** A case about the URLs of an upload's parts. */
function partsCase(name, { needs = [], request, parts = { part_numbers: [1] }, holds }) {
  let upload;
  storeCase(name, {
    needs: [PART, ...needs],
    ask: async () => {
      upload = await begin(request);
      const answer = await postJson("/v1/multipart/parts", { ...upload, ...parts });
      // No other step follows.
      if (answer.status !== 200) await postJson("/v1/multipart/abort", upload);
      return answer;
    },
    holds: (answer) => holds(answer, upload),
  });
}

partsCase("two parts are listed and become an object", {
  request: { content_type: "video/x-test", metadata: { title: "a" } },
  parts: { part_numbers: [1, 2] },
  holds: async (answer, upload) => {
    const bodies = [randomBytes(5 * MIB), Buffer.from("the end")];
    const parts = await write(answer, bodies);
    const { parts: listed } = await step("list", upload);
    assert.deepEqual(
      listed.map(({ part_number, size }) => [part_number, size]),
      [
        [1, 5 * MIB],
        [2, 7],
      ],
    );
    const { etag } = await step("complete", { ...upload, parts });
    assert.match(etag, /-2"?$/);
    assert.ok(Buffer.concat(bodies).equals(await get(upload.key)));
    const headers = await head(upload.key);
    assert.equal(headers.get("content-type"), "video/x-test");
    assert.equal(headers.get("x-amz-meta-title"), "a");
  },
});

partsCase("completing twice says the same", {
  holds: async (answer, upload) => {
    const parts = await write(answer, ["once"]);
    const first = await step("complete", { ...upload, parts });
    assert.deepEqual(await step("complete", { ...upload, parts }), first);
    assert.equal(String(await get(upload.key)), "once");
  },
});

partsCase("an upload that is aborted is gone", {
  holds: async (answer, upload) => {
    const [signed] = taken(answer).parts;
    await answered(await follow(signed, { body: "part" }), 200);
    const aborted = await postJson("/v1/multipart/abort", upload);
    assert.equal(aborted.status, 204, aborted.text);
    assert.equal(await storeCode(await follow(signed, { body: "part" })), "NoSuchUpload");
    await isMissing(upload.key);
  },
});

partsCase("the size of a part is bound", {
  needs: ["content_length:UploadPart"],
  parts: { parts: [{ part_number: 1, content_length: 5 }] },
  holds: async (answer, upload) => {
    const [signed] = taken(answer).parts;
    for (const body of ["1234", "123456"]) await refusedByStore(await follow(signed, { body }));
    const parts = await write(answer, ["12345"]);
    await step("complete", { ...upload, parts });
    assert.equal(String(await get(upload.key)), "12345");
  },
});

partsCase("a part is held to its SHA-256", {
  needs: ["checksum_sha:UploadPart"],
  parts: { parts: [{ part_number: 1, checksum: { sha256: sha256("right") } }] },
  holds: async (answer, upload) => {
    const [signed] = taken(answer).parts;
    await refusedByStore(await follow(signed, { body: "wrong" }));
    const parts = await write(answer, ["right"]);
    await step("complete", { ...upload, parts });
    assert.equal(String(await get(upload.key)), "right");
  },
});

{
  let upload;
  storeCase("create_only: an upload is completed only where nothing is", {
    needs: ["create_only_complete"],
    ask: async () => {
      upload = await begin();
      // The edge checks whether this completion is allowed before it looks at the parts.
      const parts = [{ part_number: 1, etag: '"00000000000000000000000000000000"' }];
      const answer = await postJson("/v1/multipart/complete", {
        ...upload,
        parts,
        create_only: true,
      });
      await postJson("/v1/multipart/abort", upload);
      return answer;
    },
    holds: ({ status, json }) => {
      assert.ok(status >= 400 && json.code !== "unsupported_by_store", JSON.stringify(json));
    },
  });
}

{
  const key = freshKey();
  storeCase("a client begins and ends an upload by presigned POST", {
    needs: [bound("CreateMultipartUpload"), "presigned_post"],
    ask: () => presign({ operation: "CreateMultipartUpload", key }),
    holds: async (answer) => {
      const text = await answered(await follow(taken(answer)), 200);
      const [upload_id] = texts(text, "UploadId");
      const abort = await presigned({ operation: "AbortMultipartUpload", key, upload_id });
      await answered(await follow(abort), 204);
    },
  });
}
