// The Worker, with parts that fail as `PUT /faults` says:
//
// - `object`: how the ledger's object fails, one of `objectFaults`, with what that needs;
// - `get`, `put`: how KV's methods fail, `"throws"` or `"hangs"`; `{ "says": … }` is what a read finds.
//
// The answer to a request with the header `x-hold` is never sent, though all of it has been done.

import Edge, { LedgerObject as Ledger } from "../../../build/index.js";

export * from "../../../build/index.js";

let faults = {};

const forLong = () => scheduler.wait(3_600_000);

const objectFaults = {
  throws: () => {
    throw new Error("the object is broken");
  },
  async throwsWhenItHasSpent(object, request) {
    const answer = await object.fetch(request);
    if (new URL(request.url).pathname.startsWith("/spend/"))
      throw new Error("the object is broken");
    return answer;
  },
  hangs: forLong,
  isForgotten: () => new Promise(() => {}),
  async isLate(object, request, { milliseconds }) {
    await scheduler.wait(milliseconds);
    return object.fetch(request);
  },
  stalls: () => new Response(new ReadableStream({ pull: forLong })),
  answers: (object, request, { status = 200, text, headers }) =>
    new Response(text, { status, headers }),
};

export class LedgerObject {
  #object;

  constructor(state, env) {
    this.#object = new Ledger(state, env);
  }

  async fetch(request) {
    const fault = faults.object;
    if (fault === undefined) return this.#object.fetch(request);
    return objectFaults[fault.how](this.#object, request, fault);
  }

  alarm() {
    return this.#object.alarm();
  }
}

/** A method of KV that fails while `name` says so. */
const failing =
  (name, method) =>
  async (...values) => {
    const fault = faults[name];
    if (fault === "throws") throw new Error("KV is broken");
    if (fault === "hangs") await forLong();
    return fault?.says ?? method(...values);
  };

function withFaults(env) {
  const real = env.ONE_TIME_KV;
  if (real === undefined) return env;
  const ONE_TIME_KV = {
    get: failing("get", (...values) => real.get(...values)),
    put: failing("put", (...values) => real.put(...values)),
  };
  return { ...env, ONE_TIME_KV };
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === "/faults") {
      faults = await request.json();
      return new Response();
    }
    const answer = await Edge.fetch(request, withFaults(env), context);
    if (request.headers.has("x-hold")) await forLong();
    return answer;
  },
};
