// What a store does with a presigned URL.

import { createHash, createHmac } from "node:crypto";

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** Throws where the URL isn't one for the key of this index, signed when and with what was wanted. */
export function verify(name, text, { bucket, region, keys, expires, signedAt, secret }, index) {
  const url = new URL(text);
  const { "X-Amz-Signature": signature, ...signed } = Object.fromEntries(url.searchParams);
  const encode = (part) =>
    encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const query = Object.keys(signed)
    .sort()
    .map((parameter) => `${encode(parameter)}=${encode(signed[parameter])}`)
    .join("&");
  const { "X-Amz-Date": time, "X-Amz-SignedHeaders": names } = signed;
  const canonical = `GET\n${url.pathname}\n${query}\nhost:${url.host}\n\n${names}\nUNSIGNED-PAYLOAD`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = scope.split("/").reduce(hmac, `AWS4${secret}`);
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`).toString("hex");

  const isRight =
    signature === expected &&
    url.host === `${bucket}.s3.${region}.amazonaws.com` &&
    url.pathname === `/${keys[index]}` &&
    Number(signed["X-Amz-Expires"]) === expires &&
    time === new Date(signedAt * 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");
  if (!isRight) throw new Error(`${name}: this URL is not what was to be signed: ${text}`);
}
