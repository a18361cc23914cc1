// Workers whose uploads go through an inbox, and what is uploaded.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { postJson } from "./api.mjs";
import { secrets, startEdge, vars } from "./edge.mjs";
import { callEdge, follow, presigned, ready, token } from "./stack.mjs";

/** The store that `INBOX_STORE` names in place of the development one: its settings, and `keys`, an id and a secret. */
const { keys, ...named } = JSON.parse(process.env.INBOX_STORE ?? "{}");
const [id, key] = keys ?? [ready.access_key_id, ready.secret_access_key];
const known = keys === undefined ? vars.STORES[ready.store_name] : named;

export const inboxSecrets = {
  ...secrets,
  ...(keys === undefined ? {} : { PHOTOS_ACCESS_KEY_ID: id, PHOTOS_SECRET_ACCESS_KEY: key }),
  ACCEPT_ACCESS_KEY_ID: id,
  ACCEPT_SECRET_ACCESS_KEY: key,
  LINK_KEY: ready.link_key,
};

/** Wrangler's configuration of a Worker with an inbox, at a store's address. `table` says what the store is. */
export function withInbox(options) {
  const { store, features, accept = {}, rules = [], rule = {}, uploads, queues, main } = options;
  const { table = known } = options;
  const keeps = { ...table.features, ...features };
  const own = {
    ...table,
    features: keeps,
    credentials: "PHOTOS",
    accept_credentials: "ACCEPT",
  };
  const stores = [ready.store_name];
  const when = { role: "member" };
  const reads = ["GetObject", "HeadObject", "DeleteObject"];
  return {
    ...(main === undefined ? {} : { main }),
    ...(queues === undefined ? {} : { queues }),
    kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
    durable_objects: { bindings: [{ name: "INBOX", class_name: "Inbox" }] },
    vars: {
      ...vars,
      STORES: { [ready.store_name]: store === undefined ? own : { ...own, endpoint: store.url } },
      RULES: [
        { name: "members read", when, allow: reads, stores, keys: ["users/{sub}/**"] },
        {
          name: "members upload",
          when,
          allow: ["PutObject"],
          stores,
          keys: ["users/{sub}/**"],
          accept: { into: "users/{sub}/{name}", types: ["*/*"], ...accept },
          ...rule,
        },
        ...rules,
      ],
      ...(uploads === undefined ? {} : { UPLOADS: uploads }),
      LINKS: { keys: ["LINK_KEY"] },
      ONE_TIME: { ledger: "kv" },
    },
  };
}

/** A Worker with an inbox, and what a session does with it. */
export class Inbox {
  static async start(options = {}, { state, secrets = {} } = {}) {
    const edge = await startEdge(withInbox(options), { ...inboxSecrets, ...secrets }, { state });
    return new Inbox(edge);
  }

  constructor(edge) {
    this.edge = edge;
  }

  stop() {
    return this.edge.stop();
  }

  /** Signs an upload of these bytes: the presigned answer. */
  sign(bytes, { name = freshName(), type = "image/png", bearer = token(), ...more } = {}) {
    const wish = { operation: "PutObject", key: `users/e2e/${name}`, content_type: type, ...more };
    const whole = { content_length: bytes.length, ...wish };
    return presigned(whole, { bearer, edge: this.edge.url });
  }

  /** Signs and uploads: the presigned answer. */
  async upload(bytes, options) {
    const signed = await this.sign(bytes, options);
    await put(signed, bytes);
    return signed;
  }

  /** Asks of an upload, or has it looked at. */
  ask(id, { step = "", method = "GET", bearer = token() } = {}) {
    const headers = { authorization: `Bearer ${bearer}` };
    return callEdge(`/v1/uploads/${id}${step}`, { method, headers }, this.edge.url);
  }

  accept(id, options) {
    return this.ask(id, { step: "/accept", method: "POST", ...options });
  }

  /** The answer to an acceptance that comes to an end. */
  async accepted(id, options) {
    const answer = await this.accept(id, options);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  /** What it says of an upload once that is at its end, which `ask` brings about. */
  async ended(id, ask = (id) => this.accept(id)) {
    for (const deadline = Date.now() + 90_000; ; await sleep(250)) {
      const answer = await ask(id);
      assert.equal(answer.status, 200, answer.text);
      if (["accepted", "refused"].includes(answer.json.state)) return answer.json;
      assert.equal(answer.json.state, "checking");
      assert.ok(Date.now() < deadline, answer.text);
    }
  }

  /** What a session reads at a key: the store's answer. */
  async read(key) {
    const signed = await presigned({ operation: "GetObject", key }, { edge: this.edge.url });
    return follow(signed);
  }
}

const MIB = 1024 * 1024;
/** The operations of a rule whose uploads may go in parts. */
export const IN_PARTS = [
  "PutObject",
  "CreateMultipartUpload",
  "UploadPart",
  "ListParts",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
];

/** An upload in parts into an inbox: its steps by the edge, and its parts. */
export class PartsInInbox {
  static async begin(inbox, { name = freshName("film.mp4"), type = "video/mp4", ...more } = {}) {
    const { bearer = token(), key = `users/e2e/${name}`, ...fields } = more;
    const upload = Object.assign(new PartsInInbox(), { inbox, bearer, key });
    const answer = await upload.ask("", { content_type: type, ...fields, upload_id: undefined });
    assert.equal(answer.status, 200, answer.text);
    return Object.assign(upload, { begun: answer.json, id: answer.json.upload.id });
  }

  /** Takes a step: the edge's answer. */
  ask(step, more, { bearer = this.bearer } = {}) {
    const fields = { key: this.key, upload_id: this.begun?.upload_id, ...more };
    const path = `/v1/multipart${step === "" ? "" : `/${step}`}`;
    return postJson(path, fields, { bearer, edge: this.inbox.edge.url });
  }

  /** Signs a part of so many bytes: the presigned answer. */
  async sign(part_number, content_length, more) {
    const answer = await this.ask("parts", { parts: [{ part_number, content_length }], ...more });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.parts[0];
  }

  /** Sends these bytes in parts of 5 MiB: what a completion says of them. */
  async send(bytes) {
    const parts = [];
    for (let start = 0; start < bytes.length; start += 5 * MIB) {
      const body = bytes.subarray(start, start + 5 * MIB);
      const signed = await this.sign(parts.length + 1, body.length);
      const response = await follow(signed, { body });
      assert.equal(response.status, 200, await response.text());
      parts.push({ part_number: parts.length + 1, etag: response.headers.get("etag") });
    }
    return parts;
  }

  /** Sends all of it and has an object made of the parts: the answer. */
  async upload(bytes) {
    const answer = await this.ask("complete", { parts: await this.send(bytes) });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }
}

export const freshName = (name = "photo.png") => `${randomBytes(8).toString("hex")}-${name}`;

/** Sends what was signed, which the store has to take. */
export async function put(signed, body) {
  const response = await follow(signed, { body });
  assert.equal(response.status, 200, await response.text());
}

/** The bytes of a PNG of one pixel; with `more` bytes behind its end. */
export function png(more = 0) {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
  return Buffer.concat([Buffer.from(pixel, "base64"), randomBytes(more)]);
}

/** So many bytes that begin and end as a JPEG does. */
export function jpeg(size) {
  const bytes = randomBytes(size);
  bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0]);
  bytes.set([0xff, 0xd9], size - 2);
  return bytes;
}

export const page = () =>
  Buffer.from(
    `<!doctype html><title>${randomBytes(4).toString("hex")}</title><script>alert(1)</script>`,
  );
