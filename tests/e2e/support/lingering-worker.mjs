// The Worker with some work behind each answer, so that the runtime doesn't end a request when its client hangs up.

import Edge from "../../../build/index.js";

export * from "../../../build/index.js";
export default {
  fetch(request, env, context) {
    context.waitUntil(new Promise((done) => setTimeout(done, 4000)));
    return Edge.fetch(request, env, context);
  },
};
