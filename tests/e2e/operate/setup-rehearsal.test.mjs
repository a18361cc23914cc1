// A newcomer's way from the shipped wrangler.toml to a first signed upload, with `cargo xtask setup` alone and
// `wrangler dev` instead of Cloudflare, and how long it takes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Clone, program } from "../support/setup.mjs";
import { callEdge, presign, ready } from "../support/stack.mjs";
import { issueToken } from "../support/token.mjs";
import { wranglerDev } from "../support/wrangler.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const TEN_MINUTES = 600;
const issuer = "https://app.example.org";
const origin = "https://pages.example.org";

/** The bundle is made beside this wrangler.toml; which Wasm is in it stays the one that all tests have. */
async function buildHere(folder) {
  const file = join(folder, "wrangler.toml");
  const text = await readFile(file, "utf8");
  const command = `${program} build --folder ${folder}`;
  const own = text.replace('command = "cargo xtask build"', `command = ${JSON.stringify(command)}`);
  assert.notEqual(own, text, "wrangler.toml has another form");
  await writeFile(file, own);
}

test("from a clone to the first upload, within ten minutes", async () => {
  const clone = await Clone.make();
  let dev;
  try {
    await buildHere(clone.folder);
    const began = Date.now();
    const asked = [
      ["--provider", "generic"],
      ["--uploads", "bound"],
      ["--endpoint", ready.store],
      ["--region", "us-east-1"],
      ["--bucket", ready.bucket],
      ["--issuer", issuer],
      ["--recipe", "own-files"],
      ["--recipe", "links"],
      ["--origin", origin],
    ].flat();
    const given = {
      AWS_ACCESS_KEY_ID: ready.access_key_id,
      AWS_SECRET_ACCESS_KEY: ready.secret_access_key,
    };
    const done = await clone.setup(["--yes", "--probe"], { asked, given });
    assert.equal(done.status, 0, done.output);
    assert.match(done.output, /measuring the bucket/);

    dev = await wranglerDev(clone.folder, "wrangler.toml");
    const health = await callEdge("/healthz", {}, dev.url);
    assert.deepEqual([health.status, health.json.status], [200, "ok"], health.text);
    const vars = await readFile(join(clone.folder, ".dev.vars"), "utf8");
    const secret = /^SESSION_SECRET=(.+)$/m.exec(vars)[1];
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: "edge-signer", sub: "newcomer", iat: now, exp: now + 600 };
    const bearer = issueToken(claims, { secret });
    const asks = (request) => presign(request, { edge: dev.url, bearer });

    const body = "the first one";
    const key = "users/newcomer/first.txt";
    const wanted = { operation: "PutObject", key, content_type: "text/plain" };
    const upload = await asks({ ...wanted, content_length: body.length });
    assert.equal(upload.status, 200, upload.text);
    const { url, method, headers } = upload.json;
    const stored = await fetch(url, { method, headers, body });
    assert.equal(stored.status, 200, await stored.text());
    const seconds = (Date.now() - began) / 1000;
    console.log(`measured: from setup to the first upload: ${seconds.toFixed(1)} s`);
    assert.ok(seconds < TEN_MINUTES, `it took ${seconds} s`);

    const download = await asks({ operation: "GetObject", key });
    assert.equal(await (await fetch(download.json.url)).text(), body);
    const others = await asks({ operation: "GetObject", key: "users/somebody/a" });
    assert.equal(others.status, 403, others.text);

    // The same from outside, with a link and a one-time key.
    const doctor = ["doctor", "--edge", dev.url, "--token-env", "TOKEN"];
    const { stdout } = await promisify(execFile)(
      join(root, "target/debug/edge-signer"),
      [...doctor, "--prefix", "users/newcomer/"],
      { env: { TOKEN: bearer } },
    );
    assert.match(stdout, /^ok +link/m);
    assert.doesNotMatch(stdout, /^wrong/m);
  } finally {
    await dev?.stop();
    await clone.remove();
  }
});
