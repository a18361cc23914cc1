// Drives the Worker against a store that `cargo xtask stores` has started and measured: the cases of this folder, once for
// each way to configure the store.

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endAll, runFiles } from "../e2e/support/lanes.mjs";
import { keptSecrets } from "../e2e/support/printed.mjs";
import { Progress } from "../e2e/support/progress.mjs";
import { configurations, readyFor } from "./support/configuration.mjs";

const { values: options } = parseArgs({
  options: {
    /** What the store is, and what the probe found. */
    store: { type: "string" },
    /** Where the report is written. */
    report: { type: "string" },
    /** A folder for what the Workers print. */
    logs: { type: "string" },
    /** Only files whose name holds this text. */
    file: { type: "string", default: "" },
    /** Only tests whose name holds this text. */
    name: { type: "string" },
  },
});

const here = dirname(fileURLToPath(import.meta.url));
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs") && name.includes(options.file))
  .sort()
  .map((name) => join(here, name));

const folder = mkdtempSync(join(tmpdir(), "edge-signer-stores-"));
let worker;
/** Ends all that was started. */
async function end() {
  endAll();
  await worker?.stop();
  worker = undefined;
  rmSync(folder, { recursive: true, force: true });
}
// Another listener for signals may be faster: Miniflare ends the process.
process.once("exit", () => {
  endAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => end().then(() => process.exit(1)));

/** Runs all cases with the store configured in one way: what became of each, and whether all is well. */
async function test(store, configuration) {
  const ready = readyFor(store, configuration, join(folder, "told.jsonl"));
  process.env.EDGE_SIGNER_LOGS = join(options.logs, configuration.name.replaceAll(/\W+/g, "-"));
  const { startWorkerd } = await import("../e2e/support/workerd.mjs");
  const secrets = configuration.secrets(ready);
  worker = await startWorkerd(configuration.wrangler, secrets);
  ready.worker = { configuration: configuration.wrangler, secrets };
  const file = join(folder, "ready.json");
  writeFileSync(file, JSON.stringify({ ...ready, edge: worker.url }));
  writeFileSync(ready.told, "");
  process.env.EDGE_SIGNER_READY_FILE = file;
  console.log(`configured ${configuration.name}:`);
  const progress = new Progress(files.length, process.env.EDGE_SIGNER_LOGS, "tests/stores");
  const done = (outcome) => progress.take(outcome);
  await runFiles(files, { folder: import.meta.dirname, width: 2, name: options.name, done });
  const { failed } = progress.end();
  await worker.stop();
  worker = undefined;
  const lines = readFileSync(ready.told, "utf8").trim().split("\n");
  const cases = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  const { session_secret, secret_access_key, link_key } = ready;
  const own = ready.write_keys === null ? [] : [ready.write_keys.secret];
  const hidden = [session_secret, secret_access_key, link_key, ...own];
  const isWell = failed === 0 && keptSecrets(process.env.EDGE_SIGNER_LOGS, hidden);
  return { cases: cases.map((it) => ({ configuration: configuration.name, ...it })), isWell };
}

try {
  const store = JSON.parse(readFileSync(options.store, "utf8"));
  const outcomes = [];
  for (const configuration of configurations(store)) {
    outcomes.push(await test(store, configuration));
  }
  const report = { cases: outcomes.flatMap(({ cases }) => cases) };
  writeFileSync(options.report, JSON.stringify(report));
  process.exitCode = outcomes.every(({ isWell }) => isWell) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await end();
}
