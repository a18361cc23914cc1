// The Worker, counting what Cloudflare bills for its ledger: `GET /counts` gives the counts and resets them. An
// object's rows are counted by its cursors, and setting an alarm counts as a row.

import Edge, { LedgerObject as Ledger } from "../../../build/index.js";

export * from "../../../build/index.js";

const nothing = () => ({
  requests: 0,
  kvReads: 0,
  kvWrites: 0,
  sessionReads: 0,
  questions: 0,
  alarms: 0,
  rowsWritten: 0,
  rowsRead: 0,
});
let counts = nothing();
let cursors = [];

function settle() {
  for (const cursor of cursors) {
    counts.rowsWritten += cursor.rowsWritten;
    counts.rowsRead += cursor.rowsRead;
  }
  cursors = [];
}

/** Has `method` of `owner` call `before` first. */
function watch(owner, method, before, after = () => {}) {
  const own = owner[method].bind(owner);
  const watched = (...values) => {
    before(...values);
    const result = own(...values);
    after(result);
    return result;
  };
  Object.defineProperty(owner, method, { value: watched, configurable: true });
}

export class LedgerObject extends Ledger {
  constructor(state, env) {
    const { storage } = state;
    watch(
      storage.sql,
      "exec",
      () => {},
      (cursor) => cursors.push(cursor),
    );
    watch(storage, "setAlarm", () => (counts.rowsWritten += 1));
    super(state, env);
  }

  ask(letter) {
    counts.questions += 1;
    return super.ask(letter);
  }

  alarm() {
    counts.alarms += 1;
    return super.alarm();
  }
}

const counted = (kv, reads) => ({
  get(names, ...more) {
    counts[reads] += Array.isArray(names) ? names.length : 1;
    return kv.get(names, ...more);
  },
  put(...values) {
    counts.kvWrites += 1;
    return kv.put(...values);
  },
});

console.log = () => {};

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/counts") {
      settle();
      const answer = Response.json(counts);
      counts = nothing();
      return answer;
    }
    counts.requests += 1;
    const watched = { ...env };
    for (const [name, reads] of [
      ["ONE_TIME_KV", "kvReads"],
      ["SESSIONS", "sessionReads"],
    ]) {
      if (env[name] !== undefined) watched[name] = counted(env[name], reads);
    }
    return Edge.fetch(request, watched, context);
  },
};
