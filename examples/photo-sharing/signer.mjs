// What the application says to the signer by itself: sessions, and the first photos.

import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A session at the signer. It lasts longer than the URLs, whose life it would else shorten. */
export function signerSession({ issuer, audience, session_secret }, claims) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, aud: audience, iat: now, exp: now + 900, ...claims };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(all)}`;
  return `${signed}.${createHmac("sha256", session_secret).update(signed).digest("base64url")}`;
}

/** Stores a photo as its owner would: the signer binds key, type and size, the store takes the bytes. */
export async function upload(ready, { owner, id }, bytes) {
  const session = signerSession(ready, { sub: owner, role: "member" });
  const asked = await fetch(`${ready.edge}/v1/presign`, {
    method: "POST",
    headers: { authorization: `Bearer ${session}`, "content-type": "application/json" },
    body: JSON.stringify({
      operation: "PutObject",
      key: `photos/${owner}/${id}`,
      content_type: "image/jpeg",
      content_length: bytes.length,
    }),
  });
  if (!asked.ok) throw new Error(`the signer refused an upload: ${await asked.text()}`);
  const { url, method, headers } = await asked.json();
  // Fetch sets the length itself.
  delete headers["content-length"];
  const put = await fetch(url, { method, headers, body: bytes });
  if (!put.ok) throw new Error(`the store refused an upload: ${await put.text()}`);
}
