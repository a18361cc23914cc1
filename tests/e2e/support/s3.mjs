// The tests' requests to the store, and how they read its answers.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { follow, presigned, storeCode } from "./stack.mjs";

/** SHA-256 in base64, as S3 writes it. */
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("base64");

/** Stores an object. */
export async function put(key, body, request = {}) {
  const response = await follow(await presigned({ operation: "PutObject", key, ...request }), {
    body,
  });
  assert.equal(response.status, 200, await response.text());
  return response.headers;
}

/** An object's bytes. */
export async function get(key, options) {
  const response = await follow(await presigned({ operation: "GetObject", key }, options));
  assert.equal(response.status, 200, key);
  return Buffer.from(await response.arrayBuffer());
}

/** An object's headers. */
export async function head(key) {
  const response = await follow(await presigned({ operation: "HeadObject", key }));
  assert.equal(response.status, 200, key);
  return response.headers;
}

/** Fails where there is an object. */
export async function isMissing(key, options) {
  const response = await follow(await presigned({ operation: "HeadObject", key }, options));
  assert.equal(response.status, 404, key);
}

/** A URL with another signature, which is its last parameter. */
export function withChangedSignature(url) {
  assert.match(url, /&X-Amz-Signature=[0-9a-f]{64}$/);
  return url.slice(0, -1) + (url.at(-1) === "0" ? "1" : "0");
}

/** The headers that a URL's signature is about. */
export const signedHeaders = (url) =>
  new URL(url).searchParams.get("X-Amz-SignedHeaders").split(";");

/** Fails unless the store refused with that status and `<Code>`. */
export async function isRefused(response, status, code) {
  assert.equal(await storeCode(response), code);
  assert.equal(response.status, status);
}

const entities = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The texts of all elements of a name, in order. */
export function texts(xml, name) {
  const found = xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return Array.from(found, ([, text]) => text.replace(/&(\w+);/g, (_, entity) => entities[entity]));
}

/** The body of `CompleteMultipartUpload`. */
export function completion(parts) {
  const elements = parts.map(
    ({ part_number, etag }) =>
      `<Part><PartNumber>${part_number}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
  return `<CompleteMultipartUpload xmlns="${namespace}">${elements.join("")}</CompleteMultipartUpload>`;
}

/**
 * Posts a form of `/v1/forms` as a browser does. `change` sets fields; those that are undefined are left
 * out.
 */
export async function submit(form, { body = "", fileName = "file", change = {} } = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, ...change })) {
    if (value !== undefined) data.append(name, value);
  }
  // S3 ignores fields after the file.
  data.append("file", new Blob([body]), fileName);
  // In one piece: the store may refuse and hang up before it has read a stream to its end.
  const encoded = new Response(data);
  const headers = { "content-type": encoded.headers.get("content-type") };
  const bytes = await encoded.arrayBuffer();
  return fetch(form.url, { method: "POST", headers, body: bytes, redirect: "manual" });
}
