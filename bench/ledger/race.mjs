// Redemptions that are raced while the ledger's object is killed and started again: how many passed, of how many that may.
// Arguments: redemptions, links, kills, and the minutes after which it ends with what it has. Nothing of it is in the suite. What
// the Worker keeps lies in $TMPDIR: a million take an hour on a disk, and half of that in memory (TMPDIR=/dev/shm).

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CountingWorker, memory } from "./worker.mjs";

const [redemptions = 1_000_000, count = 100_000, kills = 200, most = Infinity] = process.argv
  .slice(2)
  .map(Number);
const LANES = 64;
/** The link of so many, one after the other, is for more than one use. */
const USES = [1, 1, 1, 3];

const state = mkdtempSync(join(tmpdir(), "race-"));
const options = { lanes: LANES, state, main: "quiet", shards: 16 };

const last = Math.floor(Date.now() / 1000) + 29 * 86_400;
const begun = performance.now();
const minutes = () => ((performance.now() - begun) / 60_000).toFixed(1);

let worker = await CountingWorker.start("layered", options);
const links = [];
for (const uses of USES) {
  const paths = await worker.links(Math.round(count / USES.length), last, { uses });
  links.push(...paths.map((path) => ({ path, uses, passed: 0 })));
}
console.log(`${links.length} links after ${minutes()} minutes`);

const may = links.reduce((sum, { uses }) => sum + uses, 0);
const told = { passed: 0, refused: 0, unavailable: 0, lost: 0 };
let asked = 0;
let killed = 0;
const eachKill = redemptions / (kills + 1);
let isDown = false;

async function redeem(link) {
  try {
    const { status } = await worker.redeem(link.path);
    if (status === 302) {
      link.passed += 1;
      told.passed += 1;
    } else if (status === 410) told.refused += 1;
    else if (status === 503) told.unavailable += 1;
    else throw new Error(`status ${status}`);
  } catch (error) {
    if (!isDown && !/ECONN|socket|EPIPE/.test(String(error.code ?? error))) throw error;
    told.lost += 1;
  }
}

const goesOn = () => asked < redemptions && Number(minutes()) < most;

async function lane() {
  while (goesOn()) {
    if (isDown) {
      await sleep(20);
      continue;
    }
    asked += 1;
    // Two at once for the same.
    const link = links[Math.floor(Math.random() * links.length)];
    await Promise.all(
      asked < redemptions ? [redeem(link), (asked++, redeem(link))] : [redeem(link)],
    );
  }
}

async function killer() {
  while (killed < kills && goesOn()) {
    await sleep(10);
    if (asked < (killed + 1) * eachKill) continue;
    const megabytes = memory();
    isDown = true;
    killed += 1;
    await worker.stop();
    worker = await CountingWorker.start("layered", options);
    isDown = false;
    if (killed % Math.ceil(kills / 20) === 0) {
      console.log(
        `${asked} asked, ${killed} kills, ${minutes()} minutes, workerd had ${megabytes} MB`,
      );
    }
  }
}

await Promise.all([killer(), ...Array.from({ length: LANES / 2 }, lane)]);
await worker.stop();
rmSync(state, { recursive: true, force: true });
const over = links.filter(({ passed, uses }) => passed > uses);
console.log(
  JSON.stringify({
    redemptions: asked,
    links: links.length,
    may,
    kills: killed,
    ...told,
    spentTooOften: over.length,
    minutes: Number(minutes()),
  }),
);
if (over.length > 0) process.exit(1);
