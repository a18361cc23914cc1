// How much faster the Workers of `fast-time.mjs` are, for the tests that wait for them.

import { readFileSync } from "node:fs";

// The module itself would make this process faster too.
const text = readFileSync(new URL("fast-time.mjs", import.meta.url), "utf8");
export const FASTER = Number(/FASTER = (\d+)/.exec(text)[1]);
