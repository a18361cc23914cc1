// An example of examples/, served by a Worker of its own as `cargo xtask dev --example` does, and the example's own
// server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serving } from "./client.mjs";
import { startEdge } from "./edge.mjs";
import { linkSecrets } from "./ledger.mjs";
import { ready, token } from "./stack.mjs";

const path = (name) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** An example's own variables. */
export const varsOf = async (name) =>
  JSON.parse(await readFile(path(`examples/${name}/vars.json`), "utf8"));

/** A token that outlives what the examples sign. */
export const pageToken = (sub) => token({ sub, exp: Math.floor(Date.now() / 1000) + 3600 });

/**
 * Starts one: as `startEdge` does, with the session of its page, whose subject no other test has. `changed`
 * replaces variables, `more` what else is in wrangler's configuration.
 */
export async function startExample(name, changed = {}, secrets = linkSecrets, more = {}) {
  const directory = await mkdtemp(join(tmpdir(), "example-"));
  const clean = () => rm(directory, { recursive: true, force: true });
  try {
    // `cargo xtask test` has built the files in there that aren't in git.
    await cp(path(`examples/${name}/public`), directory, { recursive: true });
    await cp(path("style"), join(directory, "style"), { recursive: true });
    await cp(path("clients/js/dist"), join(directory, "edge-signer"), { recursive: true });
    const subject = `dev-${crypto.randomUUID().slice(0, 8)}`;
    const session = { token: pageToken(subject), store: ready.store_name, subject };
    await writeFile(join(directory, "dev-session.json"), JSON.stringify(session));
    const all = { ...(await varsOf(name)), ...changed };
    const worker = await startEdge({ ...serving(directory, all), ...more }, secrets);
    return { ...worker, ...session, stop: () => worker.stop().finally(clean) };
  } catch (error) {
    await clean();
    throw error;
  }
}

/**
 * Starts an example's own server as `cargo xtask dev` does, beside the signer at `edge`: its URL, and a function
 * that ends it.
 */
export async function startServerOf(name, edge) {
  const folder = await mkdtemp(join(tmpdir(), "example-"));
  const file = join(folder, "ready.json");
  await writeFile(file, JSON.stringify({ ...ready, edge }));
  const child = spawn(process.execPath, [path(`examples/${name}/server.mjs`)], {
    env: { ...process.env, EDGE_SIGNER_READY_FILE: file, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const stop = async () => {
    child.kill();
    await closed;
    await rm(folder, { recursive: true });
  };
  // The first line, or the end of the output.
  const first = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const url = /^Application: (http:\/\/127\.0\.0\.1:\d+)\/$/.exec(first.value)?.[1];
  if (url === undefined) {
    await stop();
    throw new Error(`the example's server said ${first.value}`);
  }
  return { url, stop };
}

/** The address of an example's server where nobody says another: to it the page at the edge has to lead. */
export async function defaultAddress(name) {
  const script = await readFile(path(`examples/${name}/server.mjs`), "utf8");
  const [, port] = /process\.env\.PORT \?\? (\d+)/.exec(script);
  return `http://127.0.0.1:${port}/`;
}
