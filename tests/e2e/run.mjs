// Runs the end-to-end tests that `cargo xtask test` names. All files share one store and one Worker; each file is a
// process, the slowest of the last run first.

import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { issueToken } from "./support/token.mjs";
import { DevelopmentStore } from "./support/development-store.mjs";
import { endAll, runFiles } from "./support/lanes.mjs";
import { keptSecrets } from "./support/printed.mjs";
import { Progress } from "./support/progress.mjs";

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    /** The binary of `devstack/`. */
    devstack: { type: "string" },
    /** Where the report is written. */
    report: { type: "string" },
    /** A folder for what the Workers print. */
    logs: { type: "string" },
    /** Only tests whose name holds this text. */
    name: { type: "string" },
    /** So many files at a time. */
    width: { type: "string", default: "4" },
  },
});

const ISSUER = "http://localhost/edge-signer-dev";
const AUDIENCE = "edge-signer";
const SUBJECT = "dev";

const random = (bytes) => randomBytes(bytes).toString("hex");

const folder = mkdtempSync(join(tmpdir(), "edge-signer-tests-"));
const opened = [];
/** Ends all that was started, the last first. */
async function end() {
  endAll();
  try {
    for (const close of opened.splice(0).reverse()) await close();
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
// Another listener for signals may be faster: Miniflare ends the process.
process.once("exit", () => {
  endAll();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => end().then(() => process.exit(1)));

/** The store, and a Worker configured as in development, in front of it: what `--ready-file` would hold. */
async function startStack() {
  const keys = { access_key_id: `DEV${random(8).toUpperCase()}`, secret_access_key: random(20) };
  const access_log = join(folder, "access.log");
  const log = { accessLog: access_log };
  const store = await DevelopmentStore.start(options.devstack, join(folder, "store"), keys, log);
  opened.push(() => store.stop());
  const ready = {
    store: store.url,
    store_name: "photos",
    bucket: store.bucket,
    session_secret: random(32),
    issuer: ISSUER,
    audience: AUDIENCE,
    admin_secret: random(32),
    link_key: random(32),
    tag_key: random(32),
    access_log,
    ...keys,
  };
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: SUBJECT,
    role: "member",
    iat: now,
    exp: now + 86_400,
  };
  ready.token = issueToken(claims, { secret: ready.session_secret });

  mkdirSync(options.logs, { recursive: true });
  process.env.EDGE_SIGNER_LOGS = options.logs;
  process.env.EDGE_SIGNER_DEVSTACK = options.devstack;
  // Only once the store is ready, because it reads the store's address.
  const { startDevelopmentWorker } = await import("./support/development-worker.mjs");
  const worker = await startDevelopmentWorker(ready, join(folder, "assets"));
  opened.push(() => worker.stop());
  const file = join(folder, "ready.json");
  writeFileSync(file, JSON.stringify({ ...ready, edge: worker.url }));
  process.env.EDGE_SIGNER_READY_FILE = file;
  return ready;
}

/** No Worker has printed what this stack is opened with. */
function keptSecret(ready) {
  const { session_secret, secret_access_key, admin_secret, link_key, tag_key, token } = ready;
  const secrets = [session_secret, secret_access_key, admin_secret, link_key, tag_key, token];
  return keptSecrets(options.logs, secrets);
}

/** Runs them; whether all passed. */
async function test() {
  const progress = new Progress(files.length, options.logs);
  const done = (outcome) => progress.take(outcome);
  const { dirname } = import.meta;
  const wish = { folder: dirname, width: Number(options.width), name: options.name };
  await runFiles(files, { ...wish, done });
  const report = progress.end();
  writeFileSync(options.report, JSON.stringify(report));
  return report.failed === 0;
}

try {
  const ready = await startStack();
  process.exitCode = (await test()) && keptSecret(ready) ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await end();
}
