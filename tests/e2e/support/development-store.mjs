// The development store, as a process of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const BUCKET = "dev-photos";
/** Bytes: a file in many parts needn't be a large one. S3's own number is held in `devstack/`. */
const SMALLEST_PART = 64 * 1024;

export class DevelopmentStore {
  bucket = BUCKET;
  #child;

  /**
   * Starts the program on a free port; it keeps objects below `folder`. The file `accessLog` gets a line for each
   * request, as S3 writes it.
   */
  static async start(program, folder, { access_key_id, secret_access_key }, { accessLog } = {}) {
    const store = new DevelopmentStore();
    const keys = { AWS_ACCESS_KEY_ID: access_key_id, AWS_SECRET_ACCESS_KEY: secret_access_key };
    store.#child = spawn(
      program,
      [
        ...["store", "--folder", folder, "--bucket", BUCKET, "--smallest-part", SMALLEST_PART],
        ...(accessLog === undefined ? [] : ["--access-log", accessLog]),
      ],
      {
        env: { ...process.env, ...keys },
        // It ends when its input ends, whatever happens here.
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    const lines = createInterface(store.#child.stdout)[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw new Error(`${program} ended before it listened`);
    store.url = JSON.parse(first.value).url;
    return store;
  }

  async stop() {
    const closed = once(this.#child, "close");
    this.#child.stdin.end();
    await closed;
  }
}
