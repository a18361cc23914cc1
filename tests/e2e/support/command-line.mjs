// The command line, built for the tests.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export const binary = fileURLToPath(new URL("../../../target/debug/edge-signer", import.meta.url));

/** What it prints, and its exit status; `variables` are put into its environment, `input` is what it reads. */
export function runCommand(parameters, variables = {}, input = "") {
  const env = { ...process.env, ...variables };
  return new Promise((resolve) => {
    const child = execFile(
      binary,
      parameters,
      { env, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
    // A command that rejects its arguments reads nothing.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
