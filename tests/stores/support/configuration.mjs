// A Worker's configuration for a measured store, from the lines that the probe prints for pasting.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const read = (name) => JSON.parse(readFileSync(path(name), "utf8"));
const random = (bytes) => randomBytes(bytes).toString("hex");

const NAME = "photos";
/** The guard that a store's other credentials stand in for. */
const GUARD = "unsigned_headers_refused";

/** The table `features` of the probe's lines. */
export function featuresOf(lines) {
  const settings = lines.matchAll(/^"?([\w:]+)"? = (true|false)$/gm);
  return Object.fromEntries(Array.from(settings, ([, name, value]) => [name, value === "true"]));
}

/** The release, where the table of providers knows it. */
function releaseOf({ provider, release }) {
  const { releases } = read("src/s3/providers.json").providers.find(
    ({ name }) => name === provider,
  );
  const known = releases.some(
    (it) => release === it.release || release.startsWith(`${it.release}.`),
  );
  return known ? { release } : {};
}

/** The ways in which the Worker is configured for a store. */
export function configurations(store) {
  const features = featuresOf(store.config);
  const table = {
    endpoint: store.endpoint,
    region: store.region,
    bucket: store.bucket,
    style: "path",
    provider: store.provider,
    ...releaseOf(store),
    versioned: false,
    credentials: "PHOTOS",
    features,
  };
  const ways = [{ name: "as the probe says", table, features }];
  const refuses = Object.keys(features).some((name) => name.startsWith(GUARD) && !features[name]);
  if (refuses && store.write_keys !== null) {
    const own = { ...table, write_credentials: "UPLOADS" };
    ways.push({ name: "with `write_credentials`", table: own, features, writesApart: true });
  }
  return ways.map((way) => ({
    ...way,
    wrangler: wranglerFor(way.table),
    secrets: (ready) => secretsOf(ready, store),
  }));
}

/** The configuration of development, with another store and keys that begin with a slash. */
function wranglerFor(table) {
  const configuration = read("devstack/worker.json");
  const { vars } = configuration;
  vars.STORES = { [NAME]: table };
  // Not every store can have an inbox.
  vars.RULES = vars.RULES.filter((rule) => rule.accept === undefined);
  vars.RULES[0].keys.push("/users/{sub}/**");
  return configuration;
}

function secretsOf(ready, { write_keys }) {
  const own = {
    PHOTOS_ACCESS_KEY_ID: ready.access_key_id,
    PHOTOS_SECRET_ACCESS_KEY: ready.secret_access_key,
    SESSION_SECRET: ready.session_secret,
    ADMIN_SECRET: random(32),
    LINK_KEY: ready.link_key,
  };
  if (write_keys === null) return own;
  const { id, secret } = write_keys;
  return { ...own, UPLOADS_ACCESS_KEY_ID: id, UPLOADS_SECRET_ACCESS_KEY: secret };
}

/** What the tests find in their file: as in `tests/e2e/run.mjs`, and what is known of the store. */
export function readyFor(store, { name, table, features, writesApart = false }, told) {
  const [issuer] = read("devstack/worker.json").vars.ISSUERS;
  return {
    store: store.endpoint,
    store_name: NAME,
    bucket: store.bucket,
    access_key_id: store.keys.id,
    secret_access_key: store.keys.secret,
    session_secret: random(32),
    issuer: issuer.issuer,
    audience: issuer.audience,
    link_key: random(32),
    configuration: name,
    write_keys: store.write_keys,
    table,
    features,
    writesApart,
    told,
  };
}
