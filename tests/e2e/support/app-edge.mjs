// A Worker for an example, with what `cargo xtask dev --example` gives it: the page, a session for it, the
// example's variables, links and a ledger; and the example's own server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { secrets, startEdge, vars } from "./edge.mjs";
import { ready, token } from "./stack.mjs";

const LINK_KEY = "0123456789abcdef0123456789abcdef";

/**
 * Starts one: as `startEdge` does, and `session`, which is what the page finds. Its objects are in the store
 * at `storeUrl`.
 */
export async function startAppEdge(name, { storeUrl = ready.store } = {}) {
  const example = fileURLToPath(new URL(`../../../examples/${name}/`, import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), "example-"));
  const clean = () => rm(directory, { recursive: true, force: true });
  try {
    await cp(join(example, "public"), directory, { recursive: true });
    // A subject that no other test has.
    const subject = `example-${crypto.randomUUID()}`;
    const session = { token: token({ sub: subject }), store: ready.store_name, subject };
    await writeFile(join(directory, "dev-session.json"), JSON.stringify(session));
    const own = JSON.parse(await readFile(join(example, "vars.json"), "utf8"));
    const store = { ...vars.STORES[ready.store_name], endpoint: storeUrl };
    const configuration = {
      vars: {
        ...vars,
        STORES: { [ready.store_name]: store },
        ONE_TIME: { ledger: "layered" },
        LINKS: { keys: ["LINK_KEY"] },
        ...own,
      },
      kv_namespaces: [{ binding: "ONE_TIME_KV", id: "test" }],
      durable_objects: { bindings: [{ name: "LEDGER", class_name: "LedgerObject" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["LedgerObject"] }],
      assets: { directory },
    };
    const worker = await startEdge(configuration, { ...secrets, LINK_KEY });
    return { ...worker, session, stop: () => worker.stop().finally(clean) };
  } catch (error) {
    await clean();
    throw error;
  }
}

/**
 * Starts an example's own server as `cargo xtask dev` does, beside the signer at `edge`: its URL, and a function
 * that ends it.
 */
export async function startAppServer(name, edge) {
  const folder = await mkdtemp(join(tmpdir(), "example-"));
  const file = join(folder, "ready.json");
  await writeFile(file, JSON.stringify({ ...ready, edge }));
  const script = fileURLToPath(new URL(`../../../examples/${name}/server.mjs`, import.meta.url));
  const child = spawn(process.execPath, [script], {
    env: { ...process.env, EDGE_SIGNER_READY_FILE: file, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const stop = async () => {
    child.kill();
    await closed;
    await rm(folder, { recursive: true });
  };
  // The first line, or the end without one.
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
  const script = new URL(`../../../examples/${name}/server.mjs`, import.meta.url);
  const [, port] = /process\.env\.PORT \?\? (\d+)/.exec(await readFile(script, "utf8"));
  return `http://127.0.0.1:${port}/`;
}
