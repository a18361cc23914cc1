// What the object keeps: a million rows cost a redemption no more than a thousand, and rows that have
// expired, and no others, are swept away. The rows are written into its SQLite file directly.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { startEdge, vars } from "../support/edge.mjs";
import { Client, linkSecrets, tally, withLinks, worker } from "../support/ledger.mjs";
import { token } from "../support/stack.mjs";
import { StandInStore } from "../support/stand-in-store.mjs";

const REDEMPTIONS = 200;
const WARM_UP = 50;
const MAX_RATIO = 1.5;
const SWEEP_ROWS = 10_000;

const now = () => Math.floor(Date.now() / 1000);

/** A Worker whose ledger is one object, and that object's file. */
class OneShard {
  constructor(t, ONE_TIME, change = (configuration) => configuration) {
    const configuration = withLinks({ ledger: "durable", shards: 1, ...ONE_TIME });
    // Without leeway, a session's end is its key's.
    const ISSUERS = [{ ...vars.ISSUERS[0], leeway: 0 }];
    const whole = { ...configuration.vars, ISSUERS };
    this.configuration = change({ ...configuration, vars: whole, main: worker("quiet") });
    this.state = mkdtempSync(join(tmpdir(), "state-"));
    t.after(async () => {
      await this.stop();
      rmSync(this.state, { recursive: true, force: true });
    });
  }

  async start() {
    this.edge = await startEdge(this.configuration, linkSecrets, { state: this.state });
    this.client = new Client(this.edge.url, 2);
    return this.client;
  }

  async stop() {
    this.client?.close();
    await this.edge?.stop();
    this.edge = undefined;
  }

  /** Calls `use` with the database of each object: links have one, one-time keys another. */
  #withDatabases(options, use) {
    const folder = join(this.state, "v3/do/edge-signer-test-LedgerObject");
    const files = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
    return files.map((file) => {
      const database = new DatabaseSync(join(folder, file), { timeout: 5_000, ...options });
      try {
        return use(database);
      } finally {
        database.close();
      }
    });
  }

  /** How many rows meet a condition, also while the Worker runs. */
  count(condition) {
    const count = (table) => {
      const query = `SELECT COUNT(*) AS n FROM ${table} WHERE ${condition}`;
      const ofEach = (database) => database.prepare(query).get().n;
      return this.#withDatabases({ readOnly: true }, ofEach).reduce((sum, n) => sum + n, 0);
    };
    return { spends: count("spends"), redemptions: count("redemptions") };
  }

  /** Adds links that were each used so often, and whose records are kept until a moment. */
  fill(links, uses, until) {
    const filled = this.#withDatabases({}, (database) => {
      database.exec("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF; BEGIN");
      database.exec(
        `INSERT INTO spends (id, n, until, revoked) SELECT id, ${uses}, ${until} + i % 86400, 0 FROM (` +
          "WITH RECURSIVE count (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i < " +
          `${links - 1}) SELECT i, lower(hex(randomblob(32))) AS id FROM count) ORDER BY id`,
      );
      database.exec(
        "INSERT INTO redemptions (id, n, at, until, holder) " +
          `WITH RECURSIVE count (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count WHERE i < ${uses}) ` +
          `SELECT id, i, ${until} - 10, until, NULL FROM spends CROSS JOIN count WHERE n = ${uses} ` +
          "AND NOT EXISTS (SELECT 1 FROM redemptions WHERE redemptions.id = spends.id) ORDER BY id, i",
      );
      database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    });
    assert.equal(filled.length, 1);
  }

  /** Makes the links' object, with one that is used. */
  async begin(fields) {
    const client = await this.start();
    assert.equal((await client.redeem(await client.link(fields))).status, 302);
    await this.stop();
  }
}

/** Waits until `isSo` says so; fails after so many seconds. */
async function until(isSo, seconds, what) {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `waited in vain: ${what()}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

test("a redemption takes as long with 1,000,000 spent rows as with 1,000", async (t) => {
  const sizes = [1_000, 1_000_000];
  const shards = sizes.map(() => new OneShard(t, {}));
  await Promise.all(shards.map((shard) => shard.begin()));
  for (const [n, shard] of shards.entries()) shard.fill(sizes[n], 1, now() + 3600);
  await Promise.all(shards.map((shard) => shard.start()));
  for (const [n, shard] of shards.entries()) {
    assert.deepEqual(shard.count("1"), { spends: sizes[n] + 1, redemptions: sizes[n] + 1 });
  }

  const links = [];
  for (const { client } of shards) links.push(await client.links(WARM_UP + REDEMPTIONS));
  const times = sizes.map(() => []);
  for (let round = 0; round < WARM_UP + REDEMPTIONS; round++) {
    for (const [n, { client }] of shards.entries()) {
      const since = performance.now();
      const { status } = await client.redeem(links[n][round]);
      if (round >= WARM_UP) times[n].push(performance.now() - since);
      assert.equal(status, 302);
    }
  }
  const medians = times.map(median);
  for (const [n, size] of sizes.entries()) {
    console.log(`${size} rows: ${medians[n].toFixed(2)} ms, the median of ${times[n].length}`);
  }
  const ratio = Math.max(...medians) / Math.min(...medians);
  assert.ok(ratio <= MAX_RATIO, `${medians} ms, a ratio of ${ratio}`);
});

test("a sweep takes all that has expired, more than one takes at a time, and nothing else", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  await shard.begin();
  const [expired, kept] = [2.5 * SWEEP_ROWS, SWEEP_ROWS / 2];
  shard.fill(expired, 1, now() - 90_000);
  shard.fill(kept, 1, now() + 3600);
  const past = () => shard.count(`until <= ${now()}`);
  assert.deepEqual(past(), { spends: expired, redemptions: expired });

  const client = await shard.start();
  const link = await client.link({ uses: 2 });
  assert.equal((await client.redeem(link)).status, 302);
  const isSwept = () => Object.values(past()).every((count) => count === 0);
  await until(isSwept, 20, () => JSON.stringify(past()));
  // The one that made the file, and this.
  const left = { spends: kept + 2, redemptions: kept + 2 };
  assert.deepEqual(shard.count("1"), left);
  assert.equal((await client.status(link)).used, 1);
  const rest = [await client.redeem(link), await client.redeem(link)];
  assert.deepEqual(tally(rest), { 302: 1, "410 link_spent": 1 });
});

test("a sweep takes all moments of links that were used often", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  await shard.begin({ expires_in: 2 });
  const [links, uses] = [80, 1000];
  shard.fill(links, uses, now() - 90_000);
  const count = () => shard.count("1");
  assert.equal(count().redemptions, links * uses + 1);

  // Nothing is left in the object that would make it sweep again later.
  const client = await shard.start();
  assert.equal((await client.redeem(await client.link({ expires_in: 2 }))).status, 302);
  const isSwept = () => Object.values(count()).every((count) => count === 0);
  await until(isSwept, 15, () => JSON.stringify(count()));
});

test("rows go when they have expired, and their keys are fresh again then", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  const client = await shard.start();
  const exp = now() + 6;
  const [key, untouched] = [crypto.randomUUID(), crypto.randomUUID()];
  const sign = (one_time_key, claims) =>
    client.post(
      "/v1/presign",
      { operation: "GetObject", key: "users/e2e/file", one_time_key },
      { bearer: token(claims) },
    );
  for (const one of [key, untouched]) {
    assert.deepEqual(tally([await sign(one, { exp })]), { 200: 1 });
  }
  const [used, revoked] = await client.links(2, () => ({ expires_in: exp - now() }));
  assert.equal((await client.redeem(used)).status, 302);
  const headers = { authorization: `Bearer ${token()}` };
  assert.equal((await client.send("DELETE", `/v1/links/${revoked.id}`, { headers })).status, 204);
  const ofThese = () => shard.count(`until BETWEEN ${exp - 1} AND ${exp + 1}`);
  const all = { spends: 4, redemptions: 1 };

  // Another session of the same subject.
  let answers = 0;
  const isFresh = async () => {
    const counted = ofThese();
    const { status } = await sign(key);
    if (now() < exp - 1) assert.deepEqual([counted, status], [all, 409]);
    answers += 1;
    return status === 200;
  };
  await until(isFresh, 20, () => "the key is fresh again");
  assert.ok(now() >= exp);
  assert.ok(answers > 5, `${answers} answers`);
  assert.deepEqual(tally([await sign(key)]), { "409 one_time_key_used": 1 });

  await until(
    () => Object.values(ofThese()).every((count) => count === 0),
    10,
    () => JSON.stringify(ofThese()),
  );
  // What was begun anew with a session that goes on.
  assert.deepEqual(shard.count("1"), { spends: 1, redemptions: 0 });
  assert.deepEqual(tally([await sign(untouched)]), { 200: 1 });
});

test("a request that began before a sweep finds no use again that it took", async (t) => {
  const store = await StandInStore.start();
  t.after(() => store.stop());
  const shard = new OneShard(t, { sweep_every: 1 }, (whole) => store.asStoreOf(whole));
  const client = await shard.start();
  const expires = now() + 8;
  const link = await client.link({ delivery: "stream", expires_in: expires - now() });
  let release;
  const released = new Promise((resolve) => (release = resolve));
  store.answer = async (_, response) => {
    if (store.requests.length === 1) await released;
    response.end("the file");
  };
  const slow = client.redeem(link);
  await until(
    () => store.requests.length === 1,
    4,
    () => "the store was asked",
  );
  assert.deepEqual(tally([await client.redeem(link)]), { 200: 1 });
  assert.ok(now() < expires);
  await until(
    () => now() >= expires + 3,
    20,
    () => "three sweeps",
  );
  release();
  assert.equal((await slow).status, 410);
});
