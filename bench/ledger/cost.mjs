// What a million uses cost, for each ledger and each kind: operations that are counted in workerd, times the prices of
// prices.json. Writes the table of docs/one-time.md and the line of README.md; its argument is a file for the rows as JSON.

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CountingWorker } from "./worker.mjs";

const root = new URL("../../", import.meta.url);
const prices = JSON.parse(readFileSync(new URL("prices.json", import.meta.url), "utf8"));
const USES = 1_000;
/** Of the slice whose end is waited for, in seconds. */
const SLICE = 20;

const CEILINGS = { "layered: link": 2.5, "layered: one-time key": 2.2 };

const seconds = () => Math.floor(Date.now() / 1000);

/** Each kind: what is prepared of what ends with a slice, and what is asked then. */
const kinds = [
  {
    name: "one-time key",
    prepare: (worker, count) => worker.keys(count),
    ask: (worker, last) => (key) => worker.sign(key, last),
    expected: 200,
  },
  {
    name: "link",
    prepare: (worker, count, last) => worker.links(count, last, {}),
    ask: (worker) => (link) => worker.redeem(link),
    expected: 302,
  },
  {
    name: "link, `stream`",
    prepare: (worker, count, last) => worker.links(count, last, { delivery: "stream" }),
    ask: (worker) => (link) => worker.redeem(link),
    expected: 200,
  },
];

const sum = (counts, more) => {
  for (const name of Object.keys(more)) counts[name] = (counts[name] ?? 0) + more[name];
  return counts;
};

async function checked(worker, items, ask, expected) {
  const statuses = await worker.each(items, ask);
  if (statuses[expected] !== items.length) throw new Error(JSON.stringify(statuses));
}

/** The last second of an hour that isn't about to end. */
const lastOfAnHour = () => (Math.floor((seconds() + 1800) / 3600) + 1) * 3600 - 1;

async function withWorker(ledger, more, use) {
  const worker = await CountingWorker.start(ledger, more);
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}

/** What dropping a slice costs, with its alarm. */
const drop = (ledger, kind) =>
  withWorker(ledger, { sweep_every: SLICE }, async (worker) => {
    const last = (Math.floor(seconds() / SLICE) + 2) * SLICE - 1;
    const items = await kind.prepare(worker, 1, last);
    await checked(worker, items, kind.ask(worker, last), kind.expected);
    await worker.counts();
    const deadline = Date.now() + 10 * SLICE * 1000;
    const counts = {};
    while (!(counts.alarms > 0)) {
      if (Date.now() > deadline) throw new Error("no alarm came");
      await sleep(500);
      sum(counts, await worker.counts());
    }
    return counts;
  });

/** Counts of one kind: of first uses, with what drops them, of their first replay, and of further ones. */
const measure = (ledger, kind) =>
  withWorker(ledger, {}, async (worker) => {
    const last = lastOfAnHour();
    const items = await kind.prepare(worker, USES, last);
    const ask = kind.ask(worker, last);
    await worker.counts();
    await checked(worker, items, ask, kind.expected);
    const first = await worker.counts();
    const refusal = kind.name === "one-time key" ? 409 : 410;
    await checked(worker, items, ask, refusal);
    const refused = await worker.counts();
    await checked(worker, items, ask, refusal);
    const again = await worker.counts();
    if (ledger !== "kv") sum(first, await drop(ledger, kind));
    return { first, refused, again };
  });

const dollars = (counts) =>
  Object.entries(counts).reduce(
    (all, [name, count]) => all + (count / USES) * prices.dollars_a_million[name].price,
    0,
  );
const each = (count) => String(Number((count / USES).toFixed(3)));

const rows = [];
for (const ledger of ["layered", "durable", "kv"]) {
  for (const kind of kinds) {
    const { first, refused, again } = await measure(ledger, kind);
    const add = (name, counts) => rows.push({ ledger, name, counts, dollars: dollars(counts) });
    add(kind.name, first);
    if (kind.name === "link, `stream`") continue;
    add(`${kind.name}: its first replay`, refused);
    add(`${kind.name}: further replays, same isolate`, again);
  }
}

const head = [
  "ledger",
  "kind",
  "KV reads",
  "KV writes",
  "object calls",
  "rows written",
  "rows read",
  "$ a million",
];
const lines = rows.map(({ ledger, name, counts, dollars }) => [
  `\`${ledger}\``,
  name,
  each(counts.kvReads),
  each(counts.kvWrites),
  each(counts.questions + counts.alarms),
  each(counts.rowsWritten),
  each(counts.rowsRead),
  dollars.toFixed(2),
]);
const line = (cells) => `| ${cells.join(" | ")} |`;
const table = [head, head.map(() => "---"), ...lines].map(line).join("\n");
const sources = Object.values(prices.dollars_a_million)
  .map(({ price, what, source }) => `- $${price}: [${what}](${source})`)
  .join("\n");
const text = `Each with one request to the Worker. A million of these cost, by Cloudflare's prices of ${prices.read} above ${prices.above}:\n\n${sources}\n\n${table}`;

function between(file, name, text) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const url = new URL(file, root);
  const whole = readFileSync(url, "utf8");
  const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no ${begin}`);
  writeFileSync(url, `${whole.slice(0, from + begin.length)}\n\n${text}\n\n${whole.slice(to)}`);
}

between("docs/one-time.md", "costs of a million uses", text);
const of = (kind) => rows.find(({ ledger, name }) => ledger === "layered" && name === kind).dollars;
const readme = new URL("README.md", root);
const quoted =
  /A million links that are redeemed once cost .*? at Cloudflare, a million one-time keys .*?:/;
const whole = readFileSync(readme, "utf8");
if (!quoted.test(whole)) throw new Error("README.md has no line to replace");
const cost = (kind) => `$${of(kind).toFixed(2)}`;
const sentence = `A million links that are redeemed once cost ${cost("link")} at Cloudflare, a million one-time keys ${cost("one-time key")}:`;
writeFileSync(
  readme,
  whole.replace(quoted, () => sentence),
);
console.log(table);

const out = rows.map(({ ledger, name, dollars }) => {
  const target = CEILINGS[`${ledger}: ${name}`] ?? null;
  return {
    name: `${ledger}: ${name}`,
    ratio: dollars,
    target,
    holds: target === null || dollars <= target,
  };
});
if (process.argv[2]) writeFileSync(process.argv[2], JSON.stringify({ rows: out }));
if (!out.every(({ holds }) => holds)) process.exit(1);
