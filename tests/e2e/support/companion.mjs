// Multipart uploads through Companion's routes, as Uppy makes them.

import assert from "node:assert/strict";
import { ready } from "./stack.mjs";
import { companion, companionAnswer } from "./uppy.mjs";

/** Begins an upload as Uppy does: its key, and where its steps are. */
export async function begin(filename = "file", more = {}) {
  // Uppy's Dashboard sends a null there.
  const metadata = { name: filename, type: "image/png", relativePath: null };
  const body = { filename, type: "image/png", metadata };
  const answer = await companionAnswer("POST", "multipart", { body, ...more });
  assert.deepEqual(Object.keys(answer).sort(), ["bucket", "key", "uploadId"]);
  const { key, uploadId, bucket } = answer;
  assert.equal(bucket, ready.bucket);
  return { key, uploadId, path: `multipart/${encodeURIComponent(uploadId)}`, query: { key } };
}

/** Uploads a part as Uppy does: its tag. */
export async function uploadPart({ path, query }, number, body, more) {
  const { url, expires } = await companionAnswer("GET", `${path}/${number}`, { query, ...more });
  assert.ok(Number.isFinite(Date.parse(expires)) || Number.isInteger(expires), expires);
  const response = await fetch(url, { method: "PUT", body });
  assert.equal(response.status, 200);
  return response.headers.get("etag");
}

/** Ends one. */
export const finish = ({ path, query }, parts, more) =>
  companion("POST", `${path}/complete`, { query, body: { parts }, ...more });
