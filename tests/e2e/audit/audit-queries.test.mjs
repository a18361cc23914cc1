// The alerts of docs/operate.md and the dashboard's queries, run in ClickHouse over data points that the Worker wrote.
// Analytics Engine's SQL is a subset of ClickHouse's; tests/operate.rs checks that they use nothing else.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import { open, reading } from "../support/links.mjs";
import { DECISION, linesOf, until } from "../support/log.mjs";
import { withStandIns } from "../support/stand-in.mjs";
import { presign, token } from "../support/stack.mjs";

const file = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const script = fileURLToPath(new URL("../support/analytics.py", import.meta.url));

/** What the queries find of each table of points: a list of rows each. */
async function run(asked) {
  const child = spawn(process.env.EDGE_SIGNER_CLICKHOUSE, [script]);
  let [output, trouble] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (trouble += text));
  child.stdin.end(JSON.stringify(asked));
  const [status] = await once(child, "close");
  assert.equal(status, 0, trouble);
  return JSON.parse(output);
}

/** Each alert of the document: the sentence before it, and its query. */
function alerts() {
  const section = file("docs/operate.md").split("\n## Alerts")[1];
  const found = [...section.matchAll(/\n([^\n]+(?:\n[^\n]+)*)\n\n```sql\n([^`]+)```/g)];
  return found.map(([, sentence, query]) => ({ sentence: sentence.replaceAll("\n", " "), query }));
}

/** The dashboard's queries by their panels' titles, as the data source's plugin fills them in. */
function panels() {
  const all = JSON.parse(file("docs/grafana/dashboard.json")).panels;
  const filled = (query) =>
    query
      .replaceAll("$timeFilter", "timestamp >= now() - INTERVAL '1' DAY AND timestamp <= now()")
      .replaceAll("$timeSeries", "(intDiv(toUInt32(timestamp), 60) * 60) * 1000");
  return new Map(all.map(({ title, targets }) => [title, filled(targets[0].query)]));
}

const blob = (point, name) => point.blobs[DECISION.indexOf(name)];

describe("queries over what the Worker wrote", () => {
  /** One point of each kind, of now. */
  let points;
  const one = (outcome, via = "") => {
    const is = (point) => blob(point, "outcome") === outcome && blob(point, "via") === via;
    const found = points.find(is);
    assert.ok(found, `no decision is ${outcome} ${via}`);
    return found;
  };
  /** The same, that stands for so many, and is so many seconds old. */
  const many = (point, interval, ago = 60) => ({ ...point, interval, ago });
  /** One with another outcome, which can't be brought about here. */
  const as = (point, outcome) => ({
    ...point,
    blobs: point.blobs.with(DECISION.indexOf("outcome"), outcome),
  });

  before(async () => {
    const configuration = withLinks({ ledger: "durable" });
    const printing = `{ writeDataPoint: (point) => console.log(JSON.stringify({ event: "point", ...point })) }`;
    configuration.vars.AUDIT = { networks: true };
    await withStandIns(
      { DECISIONS: printing },
      configuration,
      linkSecrets,
      async (edge, output) => {
        const wish = { operation: "GetObject", key: "users/e2e/a" };
        assert.equal((await presign(wish, { edge })).status, 200);
        for (const status of [200, 409]) {
          assert.equal((await presign({ ...wish, one_time_key: "k" }, { edge })).status, status);
        }
        assert.equal((await presign({ ...wish, key: "users/other/a" }, { edge })).status, 403);
        assert.equal((await presign(wish, { edge, bearer: token({ exp: 0 }) })).status, 401);
        const link = await reading("users/e2e/a", {}, { edge });
        for (const status of [302, 410]) assert.equal((await open(link)).status, status);
        points = await until(() => {
          const found = linesOf(output(), "point");
          return found.length >= 8 && found;
        });
        points = points.map(({ blobs, doubles, indexes }) => ({ blobs, doubles, indexes }));
      },
    );
  });

  test("an alert gives rows where something is wrong, and none where all is well", async () => {
    const well = () => [many(one("allowed"), 900), many(one("not_allowed"), 15, 30)];
    // In the order of the document: the beginning of the alert's sentence, and what causes the alert.
    const wrong = [
      ["Something fails", [...well(), many(as(one("allowed"), "ledger_unavailable"), 1)]],
      [
        "Many requests are refused",
        [many(one("allowed"), 79), many(one("session_invalid"), 22, 800)],
      ],
      ["One subject is refused", [...well(), many(one("not_allowed"), 21)]],
      ["One-time keys or links", [...well(), many(one("link_spent", "link"), 21)]],
      ["Sessions are refused", [...well(), many(one("session_invalid"), 51)]],
      ["One subject asks", [many(one("allowed"), 1001)]],
      ["Nothing was decided", []],
    ];
    const documented = alerts();
    assert.equal(documented.length, wrong.length);
    const queries = documented.map(({ query }) => query);
    // Faults of an hour ago, before what is well now.
    const over = wrong.flatMap(([, points]) => points.map((point) => ({ ...point, ago: 3600 })));
    const tables = [[...well(), ...over], ...wrong.map(([, points]) => points)];
    const found = await run(tables.map((points) => ({ points, queries })));
    assert.deepEqual(
      found[0].map((rows) => rows.length),
      wrong.map(() => 0),
      "something is told where all is well",
    );
    for (const [n, [beginning]] of wrong.entries()) {
      assert.ok(documented[n].sentence.startsWith(beginning), documented[n].sentence);
      assert.ok(found[n + 1][n].length > 0, `${beginning}: nothing is told`);
    }
    const subject = blob(one("not_allowed"), "subject");
    assert.equal(found[3][2][0].subject, subject);
    assert.equal(found[1][0][0].outcome, "ledger_unavailable");
    assert.equal(found[4][3][0].outcome, "link_spent");
    assert.match(found[5][4][0].network, /^127\.0\.0\.0\/24$|^$/);
    assert.equal(Number(found[6][5][0].decisions), 1001);
  });

  test("the dashboard's panels show what was decided", async () => {
    const all = [
      ...points.map((point) => many(point, 1)),
      many(one("allowed"), 10, 7200),
      // Data of a day that isn't asked for.
      many(one("allowed"), 1000, 200_000),
    ];
    const titles = [...panels().keys()];
    const [found] = await run([{ points: all, queries: [...panels().values()] }]);
    const rows = (title) => found[titles.indexOf(title)];
    const number = (title) => Number(rows(title)[0].decisions);
    const of = (...outcomes) =>
      points.filter((point) => outcomes.includes(blob(point, "outcome"))).length;
    const allowed = of("allowed") + 10;
    assert.deepEqual(
      ["Decisions", "Allowed", "Refused", "Spends", "Replays refused", "Edge or store failed"].map(
        number,
      ),
      [points.length + 10, allowed, points.length - of("allowed"), 2, 2, 0],
    );
    const sum = (title, of = "decisions") =>
      rows(title).reduce((sum, row) => sum + Number(row[of]), 0);
    assert.equal(sum("Allowed, by rule"), allowed);
    assert.equal(new Set(rows("Allowed, by rule").map(({ t }) => t)).size, 2, "two moments");
    assert.equal(sum("Refused, by reason"), points.length - of("allowed"));
    assert.deepEqual(
      [sum("Spends and replays", "spent"), sum("Spends and replays", "replayed")],
      [2, 2],
    );
    const [age] = rows("Links by age, when last opened");
    assert.deepEqual([age.link_age, Number(age.links)], ["1: up to a minute", 1]);
    const [most] = rows("Subjects that ask most");
    assert.equal(most.subject, "e2e");
    assert.equal(Number(most.refused), of("one_time_key_used", "not_allowed", "link_spent"));
    assert.equal(sum("What stopped a rule"), of("not_allowed"));
    assert.equal(rows("The last refusals").length, points.length - of("allowed"));
    for (const [n, title] of titles.entries()) {
      assert.ok(found[n].length > 0 || title === "Networks that ask most", `${title} is empty`);
    }
  });
});
