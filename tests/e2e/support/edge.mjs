// A further Worker with a configuration of its own, beside the one that all tests share.

import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ready } from "./stack.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Secrets as they ought to be. */
export const secrets = {
  PHOTOS_ACCESS_KEY_ID: ready.access_key_id,
  PHOTOS_SECRET_ACCESS_KEY: ready.secret_access_key,
  SESSION_SECRET: ready.session_secret,
};

/** Variables as they ought to be. */
export const vars = {
  STORES: {
    [ready.store_name]: {
      endpoint: ready.store,
      region: "us-east-1",
      bucket: ready.bucket,
      style: "path",
      provider: "minio",
      credentials: "PHOTOS",
    },
  },
  ISSUERS: [
    {
      issuer: ready.issuer,
      audience: ready.audience,
      algorithms: ["HS256"],
      secret: "SESSION_SECRET",
    },
  ],
  RULES: [
    {
      name: "members",
      when: { role: "member" },
      allow: ["GetObject", "PutObject"],
      stores: [ready.store_name],
      keys: ["users/{sub}/**"],
    },
  ],
  ONE_TIME: { ledger: "kv" },
};

/** Workers that run. The runner ends a file that takes too long with this signal: none may stay behind. */
const running = new Set();
process.once("SIGTERM", () => {
  for (const pid of running) process.kill(-pid, "SIGKILL");
  process.exit(1);
});

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a Worker: its URL, a function that returns what it has printed so far, and two that take it down:
 * `stop`, and `kill`, which leaves it no time to finish anything. `configuration` is wrangler's. `state` is
 * a folder that holds what is in its KV and its objects, where that has to be there before or stay behind.
 */
export async function startEdge(configuration, secrets, { state } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "edge-"));
  const [port, inspectorPort] = [await freePort(), await freePort()];
  const whole = {
    name: "edge-signer-test",
    main: join(root, "build/index.js"),
    compatibility_date: "2026-10-01",
    ...configuration,
  };
  writeFileSync(join(folder, "wrangler.json"), JSON.stringify(whole));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, ".dev.vars"), lines.join(""));
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  const config = ["--config", join(folder, "wrangler.json")];
  const network = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", inspectorPort];
  const persistence = state === undefined ? [] : ["--persist-to", state];
  const child = spawn(process.execPath, [wrangler, "dev", ...config, ...network, ...persistence], {
    cwd: folder,
    // In a group of its own, so that workerd ends with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
  });
  running.add(child.pid);
  child.once("exit", () => running.delete(child.pid));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  // Not before the last of its output is read.
  const ended = new Promise((resolve) => child.once("close", resolve));
  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
    await ended;
    // The runner looks through what all Workers have printed for secrets.
    const log = process.env.EDGE_SIGNER_WORKER_LOG;
    if (log !== undefined && log !== "") appendFileSync(log, output);
    rmSync(folder, { recursive: true, force: true });
  };
  const [stop, kill] = [() => end("SIGTERM"), () => end("SIGKILL")];
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilItAnswers(url, child, () => output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, output: () => output, stop, kill };
}

/** Starts a Worker for `use`, which gets its URL and output; it is taken down, whatever happened. */
export async function withEdge(configuration, secrets, use, options) {
  const { url, output, stop } = await startEdge(configuration, secrets, options);
  try {
    return await use(url, output);
  } finally {
    await stop();
  }
}

async function untilItAnswers(url, child, output) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      await (await fetch(`${url}/healthz`)).arrayBuffer();
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  throw new Error(`the Worker did not start:\n${output()}`);
}
