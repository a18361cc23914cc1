// The Worker's modules, as the runtime wants them, around the Wasm.

import { DurableObject } from "cloudflare:workers";
import module from "./index_bg.wasm";
import * as wasm from "#bindgen";

wasm.initSync({ module });

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
};

export class LedgerObject extends DurableObject {
  #object;
  #generation;
  #make;

  constructor(state, env) {
    super(state, env);
    this.#make = () => new wasm.LedgerObject(state, env);
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
}
