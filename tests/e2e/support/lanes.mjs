// Runs each file of tests in a process, several at a time. Each has a temporary folder, which is removed afterwards. A
// file fails if it leaves anything there or leaves a process running.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** A file that takes longer is broken, unless more was asked of it. */
const TIMEOUT_MS = 1000 * Number(process.env.EDGE_SIGNER_FILE_SECONDS ?? 300);
const reporter = fileURLToPath(new URL("reporter.mjs", import.meta.url));

/** What is temporary, in the folder of a file. */
const TEMPORARY = "tmp";
/** How long what a file started has for ending after it. */
const GRACE_MS = 5000;

/** What wrangler leaves there for its next start. */
const CACHES = ["update-check"];

/** Processes that run, and their folders; the run may be broken off. */
const running = new Map();
export function endAll() {
  for (const [child, folder] of running) {
    killAll(child, join(folder, TEMPORARY));
    remove(folder);
  }
}

const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });

/** Kills its group, and what is in none of it, such as a browser. */
function killAll(child, folder) {
  for (const pid of [-child.pid, ...processesOf(folder)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

/** Processes that were told to keep what is temporary in this folder: all that its file started. Linux can say it. */
function processesOf(folder) {
  if (process.platform !== "linux") return [];
  const all = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return all.filter((pid) => {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
      return variables.includes(`TMPDIR=${folder}`);
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  });
}

/** What a file that has ended left running, or in its folder. */
async function leftOf(folder) {
  const until = Date.now() + GRACE_MS;
  for (;;) {
    const processes = processesOf(folder).map((pid) => {
      try {
        return `process ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200)}`;
      } catch {
        return `process ${pid}`;
      }
    });
    const files = readdirSync(folder).filter((name) => !CACHES.includes(name));
    const left = [...processes, ...files];
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(100);
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
  const [told, temporary] = [join(folder, "told.jsonl"), join(folder, TEMPORARY)];
  mkdirSync(temporary);
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
    // In a process group of its own, so that everything that it started ends with it.
    {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // When browsers play sound, the sound library keeps a folder longer than they run.
      env: { ...process.env, TMPDIR: temporary, PULSE_RUNTIME_PATH: join(folder, "pulse") },
    },
  );
  running.set(child, folder);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (printed += text));
  }
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    killAll(child, temporary);
  }, TIMEOUT_MS);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(late);
  const tests = outcomes(told);
  const left = isLate ? [] : await leftOf(temporary);
  running.delete(child);
  killAll(child, temporary);
  remove(folder);
  if (isLate || (code !== 0 && tests.every(({ passed }) => passed))) {
    const error = isLate ? `it didn't end within ${TIMEOUT_MS / 1000} s` : `it ended with ${code}`;
    tests.push({ path: ["the file itself"], passed: false, error });
  }
  if (left.length > 0) {
    const error = `it left ${left.join(", ")}`;
    tests.push({ path: ["the file itself leaves nothing behind"], passed: false, error });
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
