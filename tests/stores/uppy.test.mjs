// What Uppy's AWS S3 plugin asks for: `signRequest`, and Companion's routes.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { completion, get, isMissing, submit, texts } from "../e2e/support/s3.mjs";
import { freshKey } from "../e2e/support/stack.mjs";
import { companion, sign, signed } from "../e2e/support/uppy.mjs";
import { answered, bound, storeCase, taken } from "./support/case.mjs";

const PUT = bound("PutObject");
const UPLOAD = [bound("CreateMultipartUpload"), "presigned_post"];

/** Sends a request of Uppy's as it was signed. */
async function send(request, body) {
  const { url, headers } = await signed(request);
  return fetch(url, { method: request.method, headers, body });
}

{
  const request = { method: "PUT", key: freshKey("a + ü.png"), contentType: "image/png" };
  storeCase("signRequest: a file in one piece", {
    needs: [PUT],
    ask: () => sign(request),
    holds: async (answer) => {
      const { url, headers } = taken(answer);
      const body = randomBytes(1024);
      await answered(await fetch(url, { method: "PUT", headers, body }), 200);
      assert.ok(body.equals(await get(request.key)));
      await answered(await send({ method: "DELETE", key: request.key }), 204);
      await isMissing(request.key);
    },
  });
}

{
  const key = freshKey("a + ü.bin");
  storeCase("signRequest: a file in parts", {
    needs: UPLOAD,
    ask: () => sign({ method: "POST", key }),
    holds: async (answer) => {
      const { url, headers } = taken(answer);
      const created = await answered(await fetch(url, { method: "POST", headers }), 200);
      const [uploadId] = texts(created, "UploadId");
      const body = randomBytes(1024);
      const part = await send({ method: "PUT", key, uploadId, partNumber: 1 }, body);
      await answered(part, 200);
      const parts = [{ part_number: 1, etag: part.headers.get("etag") }];
      const listed = await answered(await send({ method: "GET", key, uploadId }), 200);
      assert.deepEqual(texts(listed, "PartNumber"), ["1"]);
      await answered(await send({ method: "POST", key, uploadId }, completion(parts)), 200);
      assert.ok(body.equals(await get(key)));
    },
  });
}

storeCase("Companion: a file in one piece", {
  needs: ["post_form"],
  ask: () => companion("GET", "params", { query: { filename: "a + ü.png", type: "image/png" } }),
  holds: async (answer) => {
    const form = taken(answer);
    assert.equal(form.method.toUpperCase(), "POST");
    const body = randomBytes(1024);
    await answered(await submit(form, { body }), 200, 201, 204);
    assert.ok(body.equals(await get(form.fields.key)));
  },
});

{
  let upload;
  const query = () => ({ key: upload.key });
  const path = (name) => `multipart/${encodeURIComponent(upload.uploadId)}/${name}`;
  storeCase("Companion: a file in parts", {
    needs: [bound("UploadPart")],
    ask: async () => {
      const filename = "a + ü.bin";
      const metadata = { name: filename, type: "image/png", relativePath: null };
      const body = { filename, type: "image/png", metadata };
      upload = taken(await companion("POST", "multipart", { body }));
      return companion("GET", path(1), { query: query() });
    },
    holds: async (answer) => {
      const body = randomBytes(1024);
      const response = await fetch(taken(answer).url, { method: "PUT", body });
      await answered(response, 200);
      const parts = [{ PartNumber: 1, ETag: response.headers.get("etag") }];
      taken(await companion("POST", path("complete"), { query: query(), body: { parts } }));
      assert.ok(body.equals(await get(upload.key)));
    },
  });
}
