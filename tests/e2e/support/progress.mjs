// The output while the files run, and the report at the end.

import { existsSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

/** Lines of a Worker's log that are shown where a test fails. */
const LOG_LINES = 25;

const indent = (text) => text.trimEnd().replaceAll(/^/gm, "    ");

/** Those of a file that took longest, for whoever wants it shorter. */
function slowest(tests) {
  const longest = tests.toSorted((one, other) => other.seconds - one.seconds).slice(0, 5);
  return longest.map(({ path, seconds }) => ({ test: path.join(" › "), seconds }));
}

export class Progress {
  #logs;
  #all;
  #folder;
  #files = [];
  #passed = 0;
  #failures = [];

  /** Of so many files of a folder; `logs` is the folder of what their Workers print. */
  constructor(all, logs, folder = "tests/e2e") {
    this.#all = all;
    this.#folder = folder;
    this.#logs = logs;
  }

  /** A file has ended. */
  take({ file, seconds, tests, printed }) {
    const failed = tests.filter(({ passed }) => !passed);
    this.#passed += tests.length - failed.length;
    this.#files.push({ file, seconds, tests: tests.length, slowest: slowest(tests) });
    const count = `${String(this.#files.length).padStart(3)}/${this.#all}`;
    const verdict = `${tests.length - failed.length} passed${failed.length > 0 ? `, ${failed.length} FAILED` : ""}`;
    console.log(`${count} ${seconds.toFixed(1).padStart(7)} s  ${file}: ${verdict}`);
    // Figures that tests measured are printed even if all tests pass.
    for (const [line] of printed.matchAll(/^measured: .*$/gm))
      console.log(`${" ".repeat(19)}${line}`);
    if (failed.length === 0) return;
    for (const { path, error } of failed) {
      const name = `${this.#folder}/${file} › ${path.join(" › ")}`;
      this.#failures.push(name);
      console.log(`\nFAILED ${name}\n${indent(error)}`);
    }
    if (printed !== "") console.log(`\n  it printed:\n${indent(printed)}`);
    console.log(`${this.#log(file)}\n`);
  }

  #log(file) {
    const path = join(this.#logs, `${basename(file, ".mjs")}.log`);
    if (!existsSync(path)) return "";
    const lines = readFileSync(path, "utf8").trimEnd().split("\n").slice(-LOG_LINES);
    const from = relative(process.cwd(), path);
    return `\n  the last lines of its own Workers (${from}):\n${indent(lines.join("\n"))}`;
  }

  /** What failed, and the report. */
  end() {
    const failed = this.#failures.length;
    if (failed > 0) console.log(`\nfailed:\n${indent(this.#failures.join("\n"))}`);
    return { tests: this.#passed + failed, failed, files: this.#files };
  }
}
