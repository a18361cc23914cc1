// The Worker, which counts what Cloudflare bills of its inbox: `GET /counts` says it, and begins anew. A value that is
// put is a row, and so is an alarm that is set.

import Edge, { Inbox as Own } from "../../../build/index.js";

export * from "../../../build/index.js";

const nothing = () => ({ questions: 0, alarms: 0, rows: 0, forgotten: 0 });
let counts = nothing();

export class Inbox extends Own {
  constructor(state, env) {
    const { storage } = state;
    const { kv } = storage;
    const counted = {
      get: (name) => kv.get(name),
      delete: (name) => kv.delete(name),
      put: (name, value) => {
        counts.rows += 1;
        return kv.put(name, value);
      },
    };
    Object.defineProperty(storage, "kv", { value: counted });
    const setAlarm = storage.setAlarm.bind(storage);
    const count = (at) => {
      counts.rows += 1;
      return setAlarm(at);
    };
    Object.defineProperty(storage, "setAlarm", { value: count });
    super(state, env);
  }

  ask(letter) {
    counts.questions += 1;
    return super.ask(letter);
  }

  async alarm() {
    await super.alarm();
    counts.alarms += 1;
  }
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/counts") {
      const answer = Response.json(counts);
      counts = nothing();
      return answer;
    }
    return Edge.fetch(request, env, context);
  },
  queue: (batch, env, context) => Edge.queue(batch, env, context),
};
