// Good and bad requests that Schemathesis makes from openapi.json: the Worker accepts what the document allows, refuses
// the rest, and answers as documented. schemathesis_checks.py has what the document says in words.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ready, token } from "../support/stack.mjs";

const program = process.env.EDGE_SIGNER_SCHEMATHESIS;
const checks = fileURLToPath(new URL("../support", import.meta.url));

/** Its exit status and what it has printed. */
async function run(...options) {
  // Schemathesis keeps a folder of what it has tried.
  const cwd = await mkdtemp(join(tmpdir(), "schemathesis-"));
  try {
    const env = {
      ...process.env,
      SCHEMATHESIS_HOOKS: "schemathesis_checks",
      PYTHONPATH: checks,
      PYTHONDONTWRITEBYTECODE: "1",
    };
    const authorization = `Authorization: Bearer ${token()}`;
    const location = `${ready.edge}/openapi.json`;
    const child = spawn(program, ["run", location, "-H", authorization, ...options], { cwd, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    const [status] = await once(child, "close");
    return { status, output };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("what the document says and what the Worker does are the same", async () => {
  const { status, output } = await run(
    ...["--phases", "examples,fuzzing", "--max-examples", "15", "--seed", "1"],
    // Our checks replace them: they know what is said in words, and that each entry of a batch is refused by itself.
    ...["--exclude-checks", "positive_data_acceptance,negative_data_rejection"],
    ...["--max-redirects", "0", "--continue-on-failure", "--no-color", "--no-shrink"],
    ...["--request-timeout", "20", "--warnings", "off"],
  );
  assert.equal(status, 0, output);
  assert.match(output, /\b\d{3,} generated, /);
});
