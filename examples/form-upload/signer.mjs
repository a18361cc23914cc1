// What the application asks the signer for, with a session of the visitor for whom it asks.

import { createHmac, randomUUID } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export class Signer {
  #ready;

  /** `ready` is what `cargo xtask dev` tells of the signer. */
  constructor(ready) {
    this.#ready = ready;
  }

  /**
   * A form for one image of so many bytes at the most; `redirect` is where the browser goes once it is stored. It has no
   * least size: the store's refusal would be XML, and the application looks at what was stored anyway.
   */
  form(visitor, redirect, most) {
    return this.#ask(visitor, "/v1/forms", {
      key: `uploads/${visitor}/${randomUUID()}`,
      max_bytes: most,
      content_type_starts_with: "image/",
      // The page has an input for it, so the policy says only that it is there.
      starts_with: { "x-amz-meta-name": "" },
      success_action_redirect: redirect,
      expires_in: 600,
    });
  }

  /** What the store says of an object; null where there is none that this visitor may see. */
  async details(visitor, key) {
    const signed = await this.#ask(visitor, "/v1/presign", { operation: "HeadObject", key });
    if (signed === null) return null;
    const { status, headers } = await fetch(signed.url, { method: signed.method });
    if (status === 404) return null;
    if (status !== 200) throw new Error(`the store answered ${status}`);
    return {
      name: decodeWords(headers.get("x-amz-meta-name") ?? ""),
      type: headers.get("content-type"),
      bytes: Number(headers.get("content-length")),
      stored: new Date(headers.get("last-modified")),
    };
  }

  /** Throws an object of the visitor's away. */
  async remove(visitor, key) {
    const signed = await this.#ask(visitor, "/v1/presign", { operation: "DeleteObject", key });
    const { status } = await fetch(signed.url, { method: signed.method });
    if (status !== 204) throw new Error(`the store answered ${status}`);
  }

  /** A URL of an object for some minutes; with `name`, one that the browser saves under that name. */
  async url(visitor, key, name) {
    const fields = { operation: "GetObject", key, expires_in: 300 };
    if (name !== undefined) fields.download_as = name;
    return (await this.#ask(visitor, "/v1/presign", fields)).url;
  }

  /** The signer's answer; null where no rule allows it, or the key is none. */
  async #ask(visitor, path, fields) {
    const { edge, issuer, audience, session_secret } = this.#ready;
    const now = Math.floor(Date.now() / 1000);
    const who = { iss: issuer, aud: audience, sub: visitor, role: "member" };
    const claims = { ...who, iat: now, exp: now + 900 };
    const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
    const tag = createHmac("sha256", session_secret).update(signed).digest("base64url");
    const response = await fetch(edge + path, {
      method: "POST",
      headers: { authorization: `Bearer ${signed}.${tag}`, "content-type": "application/json" },
      body: JSON.stringify(fields),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    if (["not_allowed", "invalid_key"].includes(answer.code)) return null;
    throw new Error(`the signer answered ${response.status} ${answer.code} (${answer.request_id})`);
  }
}

/** Metadata that isn't ASCII comes as encoded words (RFC 2047). */
function decodeWords(text) {
  return text
    .replaceAll(/(\?=)\s+(=\?)/g, "$1$2")
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, encoded) => {
      if (kind.toLowerCase() === "b") return Buffer.from(encoded, "base64").toString();
      const percent = encoded.replaceAll("%", "%25").replaceAll("_", "%20").replaceAll("=", "%");
      return decodeURIComponent(percent);
    });
}
