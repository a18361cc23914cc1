// What Cloudflare bills for a use, counted in workerd: the rows of the object's database, as its cursors count them,
// its alarms, and the requests to KV and the objects. docs/one-time.md promises these ceilings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge, vars } from "../support/edge.mjs";
import { Client, linkSecrets, tally, withLinks, worker } from "../support/ledger.mjs";
import { token } from "../support/stack.mjs";

const USES = 1_000;
const MOST_ROWS = 1.05;
/** Long enough for a thousand uses on a machine that does other things too. */
const SLICE = 60;
const LANES = 20;

const seconds = () => Math.floor(Date.now() / 1000);

class Counted {
  constructor(t, ONE_TIME) {
    Object.assign(this, { t, ONE_TIME });
  }

  async start() {
    const configuration = withLinks(this.ONE_TIME);
    const ISSUERS = [{ ...vars.ISSUERS[0], leeway: 0 }];
    const whole = { ...configuration, vars: { ...configuration.vars, ISSUERS } };
    const edge = await startEdge({ ...whole, main: worker("counting") }, linkSecrets);
    this.client = new Client(edge.url, LANES);
    this.t.after(() => {
      this.client.close();
      return edge.stop();
    });
    await this.counts();
    return this;
  }

  async counts() {
    return JSON.parse((await this.client.send("GET", "/counts")).text);
  }

  /** Asks all, so many at a time; what was counted meanwhile, in the Worker that answered. */
  async each(items, ask) {
    const left = [...items];
    const answers = [];
    const lane = async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop())
        answers.push(await ask(item));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return answers;
  }

  sign(one_time_key, exp) {
    const wish = { operation: "GetObject", key: "users/e2e/file", one_time_key };
    return this.client.post("/v1/presign", wish, { bearer: token({ exp }) });
  }
}

/** The last second of a slice that has time for all of it, and when the slice is over. */
async function sliceAhead() {
  const into = seconds() % SLICE;
  if (into > SLICE / 3) await sleep((SLICE - into) * 1000);
  const to = (Math.floor(seconds() / SLICE) + 1) * SLICE;
  return { last: to - 1, to };
}

/** Waits until the alarm has dropped what was over; what was counted since. */
async function swept(counted, sum) {
  const deadline = Date.now() + 3 * SLICE * 1000;
  while (sum.alarms === 0) {
    assert.ok(Date.now() < deadline, "no alarm came");
    await sleep(500);
    const more = await counted.counts();
    for (const name of Object.keys(sum)) sum[name] += more[name];
  }
  return sum;
}

const ONE_TIME = { ledger: "layered", shards: 1, sweep_every: SLICE };

// Each waits for the end of a slice.
describe("a use costs", { concurrency: true }, () => {
  for (const [what, uses] of [
    ["one-time key", USES],
    ["link", USES],
    ["one-time key", 1],
    ["link", 1],
  ]) {
    test(`${uses} uses of a ${what} in one slice`, async (t) => {
      const counted = await new Counted(t, ONE_TIME).start();
      const { client } = counted;
      const { last } = await sliceAhead();
      let answers;
      if (what === "link") {
        const fields = { expires_in: 0 };
        const links = await counted.each(Array(uses).fill(fields), () =>
          client.link({ expires_in: last - seconds() }),
        );
        assert.equal((await counted.counts()).rowsWritten, 0);
        answers = await counted.each(links, (link) => client.redeem(link));
      } else {
        const keys = Array.from({ length: uses }, () => crypto.randomUUID());
        answers = await counted.each(keys, (key) => counted.sign(key, last));
      }
      assert.deepEqual(tally(answers), { [what === "link" ? 302 : 200]: uses });
      const used = await counted.counts();
      assert.equal(used.kvWrites, 0);
      assert.equal(used.kvReads, uses);
      assert.equal(used.questions, uses);
      const { rowsWritten, rowsRead, alarms } = await swept(counted, used);
      const each = rowsWritten / uses;
      console.log(
        `${what}, ${uses} a slice: ${each} rows written, ${rowsRead / uses} read, ${alarms} alarms`,
      );
      if (uses === USES) assert.ok(each <= MOST_ROWS, `${each} rows`);
      else assert.ok(each <= 7, `${each} rows`);
    });
  }
});

test("a replay costs one mark, and nothing more in an isolate that has seen it", async (t) => {
  const counted = await new Counted(t, { ledger: "layered" }).start();
  const { client } = counted;
  const link = await client.link();
  const key = crypto.randomUUID();
  const exp = seconds() + 3600;
  const ask = async () => [await client.redeem(link), await counted.sign(key, exp)];
  assert.deepEqual(tally(await ask()), { 302: 1, 200: 1 });
  assert.equal((await counted.counts()).kvWrites, 0);
  const refused = { "410 link_spent": 1, "409 one_time_key_used": 1 };
  assert.deepEqual(tally(await ask()), refused);
  const first = await counted.counts();
  assert.deepEqual([first.kvWrites, first.questions], [2, 2]);
  for (let time = 0; time < 20; time++) assert.deepEqual(tally(await ask()), refused);
  const { requests, ...others } = await counted.counts();
  assert.equal(requests, 40);
  assert.deepEqual(Object.values(others), Array(Object.keys(others).length).fill(0));
});

test("a batch asks each object once, and KV in bulk", async (t) => {
  const counted = await new Counted(t, { ledger: "layered" }).start();
  const one = () => ({
    operation: "GetObject",
    key: "users/e2e/file",
    one_time_key: crypto.randomUUID(),
  });
  const requests = Array.from({ length: 1000 }, one);
  requests[999] = requests[0];
  const sign = async () => {
    const answer = await counted.client.post("/v1/presign/batch", { requests });
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text).results;
  };
  const results = await sign();
  assert.deepEqual(
    results.map(({ url, code }) => (url ? "signed" : code)),
    [...Array(999).fill("signed"), "one_time_key_used"],
  );
  const { questions, kvReads, kvWrites, rowsWritten } = await counted.counts();
  console.log(`a batch of 1,000 keys: ${questions} questions, ${rowsWritten} rows`);
  assert.ok(questions > 200 && questions <= 256, `${questions} questions`);
  assert.deepEqual([kvReads, kvWrites], [999, 0]);
  const again = await sign();
  assert.ok(again.every(({ code }) => code === "one_time_key_used"));
});
