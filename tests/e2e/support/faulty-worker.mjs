// The Worker, with parts that fail as `PUT /faults` says:
//
// - `object`: how the ledger's object fails, one of `objectFaults`, with what that needs;
// - `way`: what happens between the Worker and the object, one of `wayFaults`, to so many questions, `times`;
// - `get`, `put`: how KV's methods fail, `"throws"` or `"hangs"`; `{ "says": … }` is what a read finds.
//
// `GET /faults` says how often an object was asked since, and in which jurisdictions. The answer to a request with the header `x-hold` is never sent,
// though all of it has been done.

import { DurableObject } from "cloudflare:workers";
import Edge, { LedgerObject as Ledger } from "../../../build/index.js";

export * from "../../../build/index.js";

let faults = {};
let asked = 0;
let jurisdictions = [];

const forLong = () => scheduler.wait(3_600_000);

const objectFaults = {
  throws: () => {
    throw new Error("the object is broken");
  },
  async throwsWhenItHasSpent(object, letter) {
    const answer = await object.ask(letter);
    if (JSON.parse(letter).question.spend) throw new Error("the object is broken");
    return answer;
  },
  hangs: forLong,
  isForgotten: () => new Promise(() => {}),
  async isLate(object, letter, { milliseconds }) {
    await scheduler.wait(milliseconds);
    return object.ask(letter);
  },
  /** It is gone before it has answered, with what it had in memory; and comes back with the next question. */
  async restarts(object, letter, _, state) {
    const answer = await object.ask(letter);
    if (!JSON.parse(letter).question.spend) return answer;
    await state.storage.sync();
    faults = {};
    state.abort("the object is started again");
    return answer;
  },
  answers: (object, letter, { says }) => says,
};

export class LedgerObject extends DurableObject {
  #object;

  constructor(state, env) {
    super(state, env);
    this.#object = new Ledger(state, env);
  }

  async ask(letter) {
    asked += 1;
    const fault = faults.object;
    if (fault === undefined) return this.#object.ask(letter);
    return objectFaults[fault.how](this.#object, letter, fault, this.ctx);
  }

  alarm() {
    return this.#object.alarm();
  }
}

const thrown = (text, marks) => Object.assign(new Error(text), marks);

const wayFaults = {
  /** The question doesn't arrive. */
  loses: () => {
    throw thrown("Network connection lost.", { retryable: true });
  },
  /** Its answer doesn't. */
  async losesTheAnswer(ask) {
    await ask();
    throw thrown("Network connection lost.", { retryable: true });
  },
  /** It arrives twice. */
  async repeats(ask) {
    await ask();
    return ask();
  },
  overloads: () => {
    throw thrown("Durable Object is overloaded.", { overloaded: true, retryable: true });
  },
};

/** The objects, on a way that is broken as often as `times` says. */
const brokenWay = (objects) => ({
  /** Workerd has none; that of a name are the same objects here. */
  jurisdiction(name) {
    jurisdictions.push(name);
    return this;
  },
  getByName(...names) {
    const stub = objects.getByName(...names);
    return {
      async ask(letter) {
        const fault = faults.way;
        if (!(fault?.times > 0)) return stub.ask(letter);
        fault.times -= 1;
        return wayFaults[fault.how](() => stub.ask(letter));
      },
    };
  },
});

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
  const { ONE_TIME_KV: kv, LEDGER: objects } = env;
  const broken = { ...env };
  if (kv !== undefined) {
    broken.ONE_TIME_KV = {
      get: failing("get", (...values) => kv.get(...values)),
      put: failing("put", (...values) => kv.put(...values)),
    };
  }
  if (objects !== undefined) broken.LEDGER = brokenWay(objects);
  return broken;
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === "/faults") {
      if (request.method === "GET") return Response.json({ asked, jurisdictions });
      faults = await request.json();
      asked = 0;
      jurisdictions = [];
      return new Response();
    }
    const answer = await Edge.fetch(request, withFaults(env), context);
    if (request.headers.has("x-hold")) await forLong();
    return answer;
  },
};
