// `cargo xtask setup`, as tests run it: without a terminal, in a folder of its own, against a stand-in for Cloudflare's
// API.

import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Cloudflare } from "./cloudflare.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The program behind `cargo xtask`. */
export const program = join(root, "xtask/target/debug/xtask");

/** The credentials of AWS's documentation. */
export const credentials = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/** What is asked of a run, where a test says nothing else. */
export const questions = [
  ["--provider", "aws"],
  ["--region", "eu-west-1"],
  ["--bucket", "holiday"],
  ["--issuer", "https://app.example.org"],
  ["--recipe", "own-files"],
  ["--recipe", "links"],
  ["--origin", "https://app.example.org"],
].flat();

/** Folders that are there too. */
const beside = ["assets", "node_modules"];

/** The folder of a deployment that isn't there yet, and the account that it is to be in. */
export class Clone {
  static async make() {
    const clone = new Clone();
    clone.api = await Cloudflare.start();
    clone.folder = await mkdtemp(join(tmpdir(), "setup-"));
    await copyFile(join(root, "wrangler.toml"), join(clone.folder, "wrangler.toml"));
    return clone;
  }

  async remove() {
    this.api.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts it: the process, and a promise of its exit status and all that it printed. */
  start(more = [], { given = credentials, asked = questions, programs } = {}) {
    const env = { ...process.env, ...this.api.environment, ...given };
    for (const name of Object.keys(credentials)) if (!(name in given)) delete env[name];
    if (programs !== undefined) env.PATH = `${programs}${delimiter}${env.PATH}`;
    const arguments_ = ["setup", "--folder", this.folder, ...asked, ...more];
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(program, arguments_, { env, cwd: root, stdio });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    const ended = new Promise((resolve) => {
      child.once("close", (status) => resolve({ status, output }));
    });
    return { child, ended };
  }

  /** Runs it to its end. */
  setup(more, options) {
    return this.start(more, options).ended;
  }

  /** Every file of the folder, and its text; not those of folders in it. */
  async contents() {
    const names = (await readdir(this.folder)).filter((name) => !beside.includes(name)).sort();
    const own = names.filter((name) => !name.startsWith(".wrangler") || name.endsWith(".part"));
    const texts = own.map(async (name) => [name, await readFile(join(this.folder, name), "utf8")]);
    return Object.fromEntries(await Promise.all(texts));
  }
}
