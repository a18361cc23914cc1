// The Worker, which also consumes a queue: `GET /taken` lists what it took.

import Edge from "../../../build/index.js";

export * from "../../../build/index.js";

const taken = [];

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/taken") return Response.json(taken);
    return Edge.fetch(request, env, context);
  },

  queue({ messages }) {
    taken.push(...messages.map(({ body }) => body));
  },
};
