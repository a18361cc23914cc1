// A Worker some of whose bindings are stand-ins, put into its environment by a module around the bundle.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withEdge } from "./edge.mjs";

const bundle = fileURLToPath(new URL("../../../build/index.js", import.meta.url));

/** As `withEdge`; `bindings` has the JavaScript of each stand-in, by its name. */
export async function withStandIns(bindings, configuration, secrets, use) {
  const folder = await mkdtemp(join(tmpdir(), "stand-in-"));
  try {
    const main = join(folder, "main.mjs");
    const members = Object.entries(bindings).map(([name, script]) => `${name}: ${script}`);
    const script = `import Edge from ${JSON.stringify(bundle)};
      const standIns = { ${members.join(", ")} };
      export * from ${JSON.stringify(bundle)};
      export default {
        fetch: (request, env, context) => Edge.fetch(request, { ...env, ...standIns }, context),
      };`;
    await writeFile(main, script);
    return await withEdge({ ...configuration, main }, secrets, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
