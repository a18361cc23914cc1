// A Worker some of whose bindings are stand-ins, put into its environment by a module around the bundle.

import { withEdge } from "./edge.mjs";

/** As `withEdge`; `bindings` has the JavaScript of each stand-in, by its name. */
export function withStandIns(bindings, configuration, secrets, use) {
  const members = Object.entries(bindings).map(([name, script]) => `${name}: ${script}`);
  const contents = `import Edge from "./build/index.js";
    const standIns = { ${members.join(", ")} };
    export * from "./build/index.js";
    export default {
      fetch: (request, env, context) => Edge.fetch(request, { ...env, ...standIns }, context),
    };`;
  const main = { path: "stand-ins.mjs", contents };
  return withEdge({ ...configuration, main }, secrets, use);
}
