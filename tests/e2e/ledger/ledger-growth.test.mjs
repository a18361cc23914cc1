// What the object keeps: with a million rows a redemption costs no more than with a thousand, and exactly the expired
// rows are swept. The test writes the rows directly into the SQLite file.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
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
const root = new URL("../../../", import.meta.url);

const now = () => Math.floor(Date.now() / 1000);

/** A Worker whose ledger is one object, and that object's file. */
class OneShard {
  constructor(t, ONE_TIME, change = (configuration) => configuration) {
    const configuration = withLinks({ ledger: "durable", shards: 1, ...ONE_TIME });
    // Without leeway, a key ends with its session.
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

  /** How many rows its slices have, also while the Worker runs. */
  count() {
    const counts = { keys: 0, links: 0, slices: 0 };
    this.#withDatabases({ readOnly: true }, (database) => {
      // Read at one moment, because a sweep may drop a table in between.
      database.exec("BEGIN");
      for (const name of slicesOf(database)) {
        counts[name.split("_")[0]] += database.prepare(`SELECT COUNT(*) AS n FROM ${name}`).get().n;
        counts.slices += 1;
      }
    });
    return counts;
  }

  /** Adds links that were each used once, and whose records are kept until a moment. */
  fill(links, until) {
    const filled = this.#withDatabases({}, (database) => {
      const slice = slicesOf(database).find((name) => name.startsWith("links_"));
      database.exec("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF; BEGIN");
      database.exec(
        `INSERT INTO ${slice} (id, n, until, revoked, told, moments, holders) SELECT id, 1, ${until}, 0, 0, ` +
          `'00${until - 10}/0123456789abcdef0000;', '' FROM (` +
          "WITH RECURSIVE count (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i < " +
          `${links - 1}) SELECT lower(hex(randomblob(32))) AS id FROM count) ORDER BY id`,
      );
      database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    });
    assert.equal(filled.length, 1);
  }

  /** Writes the tables of earlier versions into its database, with these rows. */
  fillTablesBefore(spends) {
    this.#withDatabases({}, (database) => {
      const statements = readFileSync(new URL("fixtures/ledger/two-tables.sql", root), "utf8");
      database.exec(
        statements
          .split("\n")
          .filter((one) => one.startsWith("CREATE"))
          .join("\n"),
      );
      for (const { id, n, until, revoked = 0 } of spends) {
        database
          .prepare("INSERT INTO spends (id, n, until, revoked) VALUES (?, ?, ?, ?)")
          .run(id, n, until, revoked);
        for (let use = 1; use <= n; use++)
          database
            .prepare("INSERT INTO redemptions (id, n, at, until, holder) VALUES (?, ?, ?, ?, NULL)")
            .run(id, use, until - 3600, until);
      }
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    });
  }

  hasTablesBefore() {
    const find = "SELECT COUNT(*) AS n FROM sqlite_schema WHERE name IN ('spends', 'redemptions')";
    const found = this.#withDatabases(
      { readOnly: true },
      (database) => database.prepare(find).get().n,
    );
    return found.some((n) => n > 0);
  }

  /** Makes the links' object, with one that is used. */
  async begin(fields) {
    const client = await this.start();
    assert.equal((await client.redeem(await client.link(fields))).status, 302);
    await this.stop();
  }
}

/** The names of a database's slices. */
function slicesOf(database) {
  const find =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '*_[0-9]*_[0-9]*'";
  return database
    .prepare(find)
    .all()
    .map(({ name }) => name);
}

/** The id that the ledger has of a link. */
function idOf({ id }) {
  const hash = createHash("sha256");
  for (const part of ["link", id]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return hash.digest("hex");
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

test("a redemption takes as long with 1,000,000 live rows as with 1,000", async (t) => {
  const sizes = [1_000, 1_000_000];
  const shards = sizes.map(() => new OneShard(t, { sweep_every: 86_400 }));
  await Promise.all(shards.map((shard) => shard.begin()));
  for (const [n, shard] of shards.entries()) shard.fill(sizes[n], now() + 3600);
  await Promise.all(shards.map((shard) => shard.start()));
  for (const [n, shard] of shards.entries()) assert.equal(shard.count().links, sizes[n] + 1);

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

test("a sweep drops what is over, however many rows it has, and nothing else", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  await shard.begin({ expires_in: 20 });
  shard.fill(50_000, now() + 20);
  const client = await shard.start();
  const link = await client.link({ uses: 2 });
  assert.equal((await client.redeem(link)).status, 302);
  assert.deepEqual(shard.count(), { keys: 0, links: 50_002, slices: 2 });
  await until(
    () => shard.count().links === 1,
    60,
    () => JSON.stringify(shard.count()),
  );
  assert.equal(shard.count().slices, 1);
  assert.equal((await client.status(link)).used, 1);
  const rest = [await client.redeem(link), await client.redeem(link)];
  assert.deepEqual(tally(rest), { 302: 1, "410 link_spent": 1 });
});

test("tables of earlier versions are asked until their last row has expired, and dropped", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  await shard.begin();
  let client = await shard.start();
  const over = now() + 20;
  const links = await client.links(4, (n) => ({ expires_in: over - now(), uses: n === 1 ? 3 : 1 }));
  const [spent, used, revoked, fresh] = links;
  await shard.stop();
  shard.fillTablesBefore([
    { id: idOf(spent), n: 1, until: over },
    { id: idOf(used), n: 2, until: over },
    { id: idOf(revoked), n: 0, until: over, revoked: 1 },
  ]);
  client = await shard.start();
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(tally([await client.redeem(spent)]), { "410 link_spent": 1 });
    assert.deepEqual(tally([await client.redeem(revoked)]), { "410 link_revoked": 1 });
  }
  assert.equal((await client.status(used)).used, 2);
  assert.deepEqual(tally([await client.redeem(used), await client.redeem(used)]), {
    302: 1,
    "410 link_spent": 1,
  });
  const { used: count, spends } = await client.status(used);
  assert.deepEqual([count, spends.length], [3, 3]);
  assert.deepEqual(tally([await client.redeem(fresh), await client.redeem(fresh)]), {
    302: 1,
    "410 link_spent": 1,
  });
  assert.ok(now() < over && shard.hasTablesBefore());
  await until(
    () => !shard.hasTablesBefore(),
    60,
    () => "they are dropped",
  );
  assert.ok(now() >= over);
  for (const link of links) assert.equal((await client.redeem(link)).status, 410);
});

test("rows go when they have expired, and their keys are fresh again then", async (t) => {
  const shard = new OneShard(t, { sweep_every: 1 });
  const client = await shard.start();
  const exp = now() + 10;
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
  assert.deepEqual([shard.count().keys, shard.count().links], [2, 2]);

  // Another session of the same subject, whose end is in one slice whenever it asks.
  const goesOn = { exp: exp + 3600 };
  let answers = 0;
  const isFresh = async () => {
    const { status } = await sign(key, goesOn);
    if (now() < exp - 1) assert.equal(status, 409);
    answers += 1;
    return status === 200;
  };
  await until(isFresh, 30, () => "the key is fresh again");
  assert.ok(now() >= exp);
  assert.ok(answers > 5, `${answers} answers`);
  assert.deepEqual(tally([await sign(key, goesOn)]), { "409 one_time_key_used": 1 });

  // A key that was renewed by a session that goes on is left.
  const isLeft = () => JSON.stringify(shard.count()) === '{"keys":1,"links":0,"slices":1}';
  await until(isLeft, 20, () => JSON.stringify(shard.count()));
  assert.deepEqual(tally([await sign(untouched, goesOn)]), { 200: 1 });
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
