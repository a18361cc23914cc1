// How much memory the process of a Worker takes, as Linux counts it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

const read = (pid, name) => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It has ended since.
    return "";
  }
};

/** The workerd process that this one has started; it fails where there are others. */
export function workerd() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const isOwn = (pid) => /^PPid:\s+(\d+)$/m.exec(read(pid, "status"))?.[1] === String(process.pid);
  const own = pids.filter((pid) => /\/workerd\0/.test(read(pid, "cmdline")) && isOwn(pid));
  assert.equal(own.length, 1);
  return own[0];
}

/** What a process holds in memory, in MiB. */
export function residentMiB(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(pid, "status"))?.[1] ?? 0) / 1024;
}
