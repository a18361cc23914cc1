// What the application says to the signer: sessions, and the list of the photos.

import { createHmac } from "node:crypto";

const PREFIX = "album/";
/** Before a photo's own name its key has a random one. */
const ID_LENGTH = "00000000-0000-0000-0000-000000000000-".length;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A session at the signer. It lasts longer than the URLs, whose life it would else shorten. */
export function signerSession({ issuer, audience, session_secret }, claims) {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, aud: audience, iat: now, exp: now + 900, ...claims };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(all)}`;
  return `${signed}.${createHmac("sha256", session_secret).update(signed).digest("base64url")}`;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const decoded = (text) =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) =>
    name ? ENTITIES[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );

/** A photo by its key: whose it is, and its own name. */
export function photoOf(key) {
  const [, owner, name] = /^album\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  return owner === undefined ? undefined : { key, owner, name: name.slice(ID_LENGTH) || name };
}

/** The photos that are stored, the newest first; of more than a thousand, those that the store lists first. */
export async function listPhotos(ready) {
  const session = signerSession(ready, { sub: "photo-inbox", role: "application" });
  const asked = await fetch(`${ready.edge}/v1/presign`, {
    method: "POST",
    headers: { authorization: `Bearer ${session}`, "content-type": "application/json" },
    body: JSON.stringify({ operation: "ListObjectsV2", prefix: PREFIX }),
  });
  if (!asked.ok) throw new Error(`the signer refused a list: ${await asked.text()}`);
  const listed = await fetch((await asked.json()).url);
  const xml = await listed.text();
  if (!listed.ok) throw new Error(`the store refused a list: ${xml}`);
  const photos = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, entry]) => {
    const of = (element) => decoded(new RegExp(`<${element}>(.*?)</`, "s").exec(entry)[1]);
    const photo = photoOf(of("Key"));
    return photo ? [{ ...photo, bytes: Number(of("Size")), stored: of("LastModified") }] : [];
  });
  return photos.sort((a, b) => (a.stored < b.stored ? 1 : -1));
}
