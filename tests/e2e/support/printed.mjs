// What the Workers of a file of tests print: shown where a test fails, and looked through for secrets by the runner.

import { appendFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";

const folder = process.env.EDGE_SIGNER_LOGS;

/** Keeps a line. */
export function keep(line) {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${basename(process.argv[1], ".mjs")}.log`), `${line}\n`);
}
