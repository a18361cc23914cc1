// TOML as JSON, by Python's own reader.

import { execFileSync } from "node:child_process";

const PROGRAM = "import json, sys, tomllib; json.dump(tomllib.load(sys.stdin.buffer), sys.stdout)";

/** What a document of TOML says. */
export function parseToml(text) {
  return JSON.parse(execFileSync("python3", ["-c", PROGRAM], { input: text, encoding: "utf8" }));
}
