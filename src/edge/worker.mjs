// The Worker's modules, as the runtime wants them, around the Wasm.

import { DurableObject } from "cloudflare:workers";
import module from "./index_bg.wasm";
import * as wasm from "#bindgen";
import files from "#files";

// policy.toml and its like, as they were when the Worker was built. JavaScript's numbers are those of variables.
const bundled = JSON.stringify(files);

wasm.initSync({ module });
wasm.useFiles(bundled);

// After a trap the instance may be in the middle of anything. The next request begins with a fresh one.
let isBroken = false;
let generation = 0;

function note(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  console.error("the Wasm instance has trapped", error);
  isBroken = true;
}

// What traps while nobody calls it: a promise that goes on.
addEventListener("error", ({ error }) => note(error));

function guard(call) {
  if (isBroken) {
    wasm.__wbg_reset_state();
    wasm.useFiles(bundled);
    isBroken = false;
    generation += 1;
  }
  try {
    return call();
  } catch (error) {
    note(error);
    throw error;
  }
}

export default {
  fetch: (request, env, context) => guard(() => wasm.fetch(request, env, context)),
  queue: (batch, env) => guard(() => wasm.takeEvents(batch, env)),
};

/** A class of objects that are in the Wasm. */
const objects = (make) =>
  class extends DurableObject {
    #object;
    #generation;
    #make;

    constructor(state, env) {
      super(state, env);
      this.#make = () => make(state, env);
    }

    /** The object in the instance of today. */
    #current() {
      if (this.#object === undefined || this.#generation !== generation) {
        this.#object = this.#make();
        this.#generation = generation;
      }
      return this.#object;
    }

    ask(letter) {
      return guard(() => this.#current().ask(letter));
    }

    alarm() {
      return guard(() => this.#current().alarm());
    }
  };

export class LedgerObject extends objects((state, env) => new wasm.LedgerObject(state, env)) {}
export class QuotaObject extends objects((state, env) => new wasm.QuotaObject(state, env)) {}
/** One upload that nobody can read before it was looked at. */
export class Inbox extends objects((state, env) => new wasm.Inbox(state, env)) {}
