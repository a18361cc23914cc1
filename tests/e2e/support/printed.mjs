// The output of a test file's Workers: shown if a test fails, and searched for secrets by the runner.

import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Keeps a line. */
export function keep(line) {
  const folder = process.env.EDGE_SIGNER_LOGS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${basename(process.argv[1], ".mjs")}.log`), `${line}\n`);
}

/** Whether no file of a folder of logs holds one of these texts. */
export function keptSecrets(logs, secrets) {
  for (const name of existsSync(logs) ? readdirSync(logs) : []) {
    const printed = readFileSync(join(logs, name), "utf8");
    if (!secrets.some((secret) => printed.includes(secret))) continue;
    console.error(`${join(logs, name)} holds a secret of the tests' stack`);
    return false;
  }
  return true;
}
