// Wrangler itself, for the few tests about it; all others start the built Worker without it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.mjs";
import { keep } from "./printed.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = join(root, "node_modules/wrangler/bin/wrangler.js");

const environment = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** A running `wrangler …`: what it has printed so far, its exit status once it has one, and a function that ends it. */
function start(cwd, command, more = {}) {
  const child = spawn(process.execPath, [program, ...command], {
    cwd,
    // In a process group of its own, so that workerd ends with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, ...more },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  // Only after the last of its output is read.
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
    keep(output);
  };
  return { output: () => output, ended, stop, child };
}

/** `wrangler …` to its end: its exit status and what it printed. */
export function wrangler(cwd, ...command) {
  return wranglerWith({}, cwd, ...command);
}

/** As `wrangler`, with these variables in its environment too. */
export async function wranglerWith(variables, cwd, ...command) {
  const { ended, output } = start(cwd, command, variables);
  return { status: await ended, output: output() };
}

/** Writes wrangler.toml into a folder, so that it takes the bundle as it is and builds nothing. */
export async function copyConfiguration(folder) {
  const text = await readFile(join(root, "wrangler.toml"), "utf8");
  const built = text
    .replace('main = "build/index.js"', `main = ${JSON.stringify(join(root, "build/index.js"))}`)
    .replace('directory = "assets"', `directory = ${JSON.stringify(join(root, "assets"))}`)
    .replace(/^\[build\]\n(?:.+\n)+/m, "");
  assert.ok(!built.includes("[build]") && built.includes(root), "wrangler.toml has another form");
  await writeFile(join(folder, "wrangler.toml"), built);
}

/** `wrangler dev` with the configuration of a folder, which keeps the state too: where it is, as `start` tells. */
export async function wranglerDev(folder, configuration) {
  const port = await freePort();
  const network = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", await freePort()];
  const state = ["--persist-to", join(folder, "state")];
  const file = join(folder, configuration);
  const dev = start(folder, ["dev", "--config", file, ...network, ...state]);
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && dev.child.exitCode === null) {
    try {
      await (await fetch(`${url}/healthz`)).arrayBuffer();
      return { ...dev, url };
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  await dev.stop();
  throw new Error(`the Worker did not start:\n${dev.output()}`);
}
