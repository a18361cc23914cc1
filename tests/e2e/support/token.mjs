// Session tokens, good ones and all kinds of bad ones.

import { createHmac } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An HS256 token, unless `header` or `signature` say otherwise. */
export function issueToken(claims, { secret, header = { alg: "HS256", typ: "JWT" }, signature }) {
  const signed = `${encode(header)}.${encode(claims)}`;
  const tag = signature ?? createHmac("sha256", secret).update(signed).digest("base64url");
  return `${signed}.${tag}`;
}
