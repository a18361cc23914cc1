// An example of examples/, served by a Worker of its own as `cargo xtask dev --example` does.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { secrets, startEdge, vars } from "./edge.mjs";
import { ready, token } from "./stack.mjs";

const readJson = (path) => readFile(path, "utf8").then(JSON.parse, () => ({}));

/**
 * Starts one: as `startEdge` does, and the subject of the page's session, which no other test uses. `changed`
 * replaces variables.
 */
export async function startExample(name, changed) {
  const example = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  const directory = await mkdtemp(join(tmpdir(), "example-"));
  const clean = () => rm(directory, { recursive: true, force: true });
  try {
    // `cargo xtask test` has built what is in there and not in git.
    await cp(join(example, "public"), directory, { recursive: true });
    const subject = `dev-${crypto.randomUUID().slice(0, 8)}`;
    const session = { token: token({ sub: subject }), store: ready.store_name, subject };
    await writeFile(join(directory, "dev-session.json"), JSON.stringify(session));
    const all = { ...vars, ...(await readJson(join(example, "vars.json"))), ...changed };
    const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
    const configuration = { vars: all, kv_namespaces, assets: { directory } };
    const worker = await startEdge(configuration, secrets);
    return { ...worker, subject, stop: () => worker.stop().finally(clean) };
  } catch (error) {
    await clean();
    throw error;
  }
}
