// The product's core in Wasm, without wasm-bindgen's JavaScript.

import { readFile } from "node:fs/promises";

export async function load(file) {
  const module = await WebAssembly.compile(await readFile(file));
  // The Worker's entry is part of the crate and wants the runtime. Nothing that is called here does.
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`the core called ${name}`);
    };
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  const decoder = new TextDecoder();
  return {
    presigns: exports.presigns,
    floors: exports.floors,
    urlOf(index) {
      const length = exports.keep_url(index);
      return decoder.decode(new Uint8Array(exports.memory.buffer, exports.url(), length));
    },
  };
}
