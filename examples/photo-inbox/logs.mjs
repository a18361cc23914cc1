// What became of URLs: the Worker's lines and the store's access log, joined by `edge-signer audit`.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** More than a log of this example comes to. */
const MOST_BYTES = 1 << 28;
/** What the command says where something stands out, or nothing is found: no failure. */
const FOUND = 1;

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

export class Logs {
  #ready;

  /** `ready` is what `cargo xtask dev` tells of both logs, of the secret of their tags, and of the command. */
  constructor(ready) {
    this.#ready = ready;
  }

  #run(...parameters) {
    const { command, tag_key: TAG_KEY } = this.#ready;
    const options = { env: { ...process.env, TAG_KEY }, maxBuffer: MOST_BYTES };
    return new Promise((resolve, reject) => {
      execFile(command, ["audit", ...parameters], options, (error, stdout, stderr) => {
        if (error && error.code !== FOUND) reject(new Error(`${error.message}\n${stderr}`));
        else resolve(stdout);
      });
    });
  }

  #joined(what, ...more) {
    const { decisions, access_log } = this.#ready;
    const files = what === "join" ? ["--decisions", decisions] : [decisions];
    return this.#run(
      what,
      ...files,
      "--access-log",
      access_log,
      "--tag-key-env",
      "TAG_KEY",
      ...more,
    );
  }

  /** Each URL with its uses, and what stands out. */
  async join() {
    return JSON.parse(await this.#joined("join", "--json"));
  }

  /** The page of all of it. */
  report() {
    return this.#joined("report");
  }

  /** What was asked for a key in vain. */
  async refused(key) {
    const options = ["--key", key, "--outcome", "refused", "--json"];
    const lines = (await this.#run("find", this.#ready.decisions, ...options)).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** How uploads ended, by their names: whose, of which key, and why not. */
  async uploads() {
    const uploads = new Map();
    const lines = createInterface({ input: createReadStream(this.#ready.decisions) });
    for await (const line of lines) {
      const start = line.indexOf('{"event":"upload"');
      if (start < 0) continue;
      try {
        const upload = JSON.parse(line.slice(start));
        uploads.set(upload.upload, upload);
      } catch {
        // It is being written.
      }
    }
    return uploads;
  }
}
