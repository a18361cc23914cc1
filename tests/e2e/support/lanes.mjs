// Files of tests, a process each, so many at a time.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that takes longer is broken. */
const TIMEOUT_MS = 300_000;
const reporter = fileURLToPath(new URL("reporter.mjs", import.meta.url));

/** Processes that run; the run may be broken off. */
const running = new Set();
export function endAll() {
  for (const child of running) killGroup(child);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/**
 * Runs files in their order, `width` at a time, and tells `done` of each when it has ended: its path in `folder`,
 * seconds, the outcome of each of its tests, and what it printed.
 */
export async function runFiles(files, { folder, width, name, done }) {
  const queue = [...files];
  const lane = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      done({ file: relative(folder, file), ...(await runFile(file, name)) });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

async function runFile(file, name) {
  const folder = mkdtempSync(join(tmpdir(), "edge-signer-file-"));
  const told = join(folder, "told.jsonl");
  const began = Date.now();
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--test-reporter=${reporter}`,
      `--test-reporter-destination=${told}`,
      ...(name === undefined ? [] : [`--test-name-pattern=${name}`]),
      file,
    ],
    // In a group of its own, so that what it started ends with it.
    { detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  running.add(child);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (printed += text));
  }
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    killGroup(child);
  }, TIMEOUT_MS);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(late);
  running.delete(child);
  killGroup(child);
  const tests = outcomes(told);
  rmSync(folder, { recursive: true });
  if (isLate || (code !== 0 && tests.every(({ passed }) => passed))) {
    const error = isLate ? `it didn't end within ${TIMEOUT_MS / 1000} s` : `it ended with ${code}`;
    tests.push({ path: ["the file itself"], passed: false, error });
  }
  return { seconds: (Date.now() - began) / 1000, tests, printed };
}

/** Suites and what only holds others are no tests, and what is skipped isn't run. */
function outcomes(told) {
  let text = "";
  try {
    text = readFileSync(told, "utf8");
  } catch {
    // It ended before it began.
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ kind, skipped, isOfOthers }) => kind !== "suite" && !skipped && !isOfOthers);
}
