// How much memory the processes of a Worker take, as Linux counts it.

import { readFileSync, readdirSync } from "node:fs";

const read = (pid, name) => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It has ended since.
    return "";
  }
};

/** The workerd processes that serve a port: the one that listens and the one that runs the Worker. */
export function workerdOf(url) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const isWorkerd = (pid) => /\/workerd\0/.test(read(pid, "cmdline"));
  const parentOf = (pid) => /^PPid:\s+(\d+)$/m.exec(read(pid, "status"))?.[1];
  const { port } = new URL(url);
  const all = pids.filter(isWorkerd);
  const listens = all.find((pid) => read(pid, "cmdline").includes(`=127.0.0.1:${port}\0`));
  return all.filter((pid) => parentOf(pid) === parentOf(listens));
}

/** What these processes hold in memory, in MiB. */
export function residentMiB(pids) {
  const ofOne = (pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(pid, "status"))?.[1] ?? 0);
  return pids.map(ofOne).reduce((sum, size) => sum + size, 0) / 1024;
}
