// One presigned GET in V8: the product's core and the floor in Wasm, aws4fetch and the AWS SDK in JavaScript,
// a slice of each in every round. Prints what each took in each round, in microseconds.
//
//   node v8/compare.mjs <file.wasm> <rounds> <settings as JSON>

import { performance } from "node:perf_hooks";

import * as peers from "./peers.mjs";
import { verify } from "./verify.mjs";
import { load } from "./wasm.mjs";

const [file, rounds, settings] = process.argv.slice(2);
const SLICE_MS = 60;

const request = JSON.parse(settings);
const wasm = await load(file);
const contenders = {
  floor: (n) => wasm.floors(n),
  "edge-signer": (n) => wasm.presigns(n),
};
const urlOf = { "edge-signer": (index) => wasm.urlOf(index) };
for (const [name, make] of Object.entries(peers)) {
  const presign = make(request);
  urlOf[name] = presign;
  contenders[name] = async (n) => {
    for (let index = 0; index < n; index++) await presign(index % request.keys.length);
  };
}

// Each URL's signature is the one that the URL itself asks for. The SDK adds parameters of its own, so its
// signatures are others; aws4fetch's are the product's.
for (let index = 0; index < request.keys.length; index++) {
  for (const [name, presign] of Object.entries(urlOf)) {
    verify(name, await presign(index), request, index);
  }
}
const signature = async (name) => new URL(await urlOf[name](0)).searchParams.get("X-Amz-Signature");
if ((await signature("edge-signer")) !== (await signature("aws4fetch"))) {
  throw new Error("aws4fetch's signature is another");
}

// Processor time of the whole process: unlike the time of day it stands still while another program has the
// processor.
const cpuMicroseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const slices = {};
for (const [name, run] of Object.entries(contenders)) {
  // It grows until it fills a slice; by then V8 has optimised it.
  let [n, took] = [request.keys.length, 0];
  while (took < SLICE_MS) {
    n *= 2;
    const started = performance.now();
    await run(n);
    took = performance.now() - started;
  }
  slices[name] = { n, run, microseconds: [] };
}
for (let round = 1; round <= Number(rounds); round++) {
  for (const slice of Object.values(slices)) {
    const before = cpuMicroseconds();
    await slice.run(slice.n);
    slice.microseconds.push((cpuMicroseconds() - before) / slice.n);
  }
}
const measured = Object.entries(slices).map(([name, { microseconds }]) => [name, microseconds]);
console.log(JSON.stringify(Object.fromEntries(measured)));
