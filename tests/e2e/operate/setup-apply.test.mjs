// `cargo xtask setup --apply` sets the bucket's CORS rules and the key's rights with the store's own command line. R2's
// is the real wrangler; those of AWS and MinIO are stand-ins that keep what they are told.

import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Clone, credentials, questions } from "../support/setup.mjs";

let clone;
beforeEach(async () => {
  clone = await Clone.make();
});
afterEach(() => clone.remove());

/** A folder with a program of this name: it keeps each document that it is given, and notes how it was called. */
async function programs(name) {
  const folder = join(clone.folder, "node_modules/programs");
  await mkdir(folder, { recursive: true });
  const script = `#!${process.execPath}
const fs = require("node:fs");
const state = ${JSON.stringify(join(folder, "state.json"))};
const kept = fs.existsSync(state) ? JSON.parse(fs.readFileSync(state, "utf8")) : { calls: [] };
const words = process.argv.slice(2);
if (words[0] === "--version") process.exit(0);
const isLook = words.some((word) => /^(get-|info$)/.test(word));
const about = words.filter((word) => !/^(json|--.*)$|\\.json$/.test(word));
const key = about.join(" ").replace(/(get|put)-|info|create/g, "");
if (isLook) {
  if (kept[key] === undefined) process.exit(254);
  console.log(kept[key]);
} else {
  kept.calls.push({ words, key: process.env.AWS_ACCESS_KEY_ID ?? null });
  kept[key] = fs.readFileSync(words.find((word) => word.endsWith(".json")).replace("file://", ""), "utf8");
  fs.writeFileSync(state, JSON.stringify(kept));
}
`;
  await writeFile(join(folder, name), script);
  await chmod(join(folder, name), 0o755);
  const kept = async () => JSON.parse(await readFile(join(folder, "state.json"), "utf8"));
  return { folder, kept };
}

test("aws is told rights and CORS rules once, by the profile that may", async () => {
  const { folder, kept } = await programs("aws");
  const more = ["--yes", "--apply", "--aws-profile", "admin"];
  const first = await clone.setup(more, { programs: folder });
  assert.equal(first.status, 0, first.output);
  const { calls, ...documents } = await kept();
  const names = calls.map(({ words }) => words.slice(0, 2).join(" "));
  assert.deepEqual(names, ["iam put-user-policy", "s3api put-bucket-cors"]);
  for (const { words, key } of calls) {
    assert.deepEqual(words.slice(-2), ["--profile", "admin"]);
    assert.equal(key, null, "the store's own key is used");
  }
  const [rights, cors] = Object.values(documents).map((text) => JSON.parse(text));
  assert.equal(rights.Statement[0].Resource, "arn:aws:s3:::holiday/users/*");
  assert.deepEqual(cors.CORSRules[0].AllowedOrigins, ["https://app.example.org"]);

  const second = await clone.setup(more, { programs: folder });
  assert.equal(second.status, 0, second.output);
  assert.match(second.output, /nothing to do/);
  assert.equal((await kept()).calls.length, 2, "it was told twice");
});

test("R2 is told by wrangler, once", async () => {
  const asked = [
    ["--provider", "r2"],
    ["--endpoint", "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"],
    ["--region", "auto"],
    ["--bucket", "holiday"],
    ["--issuer", "https://app.example.org"],
    ["--origin", "https://app.example.org"],
  ].flat();
  const first = await clone.setup(["--yes", "--apply"], { asked });
  assert.equal(first.status, 0, first.output);
  const [rule] = clone.api.cors.get("holiday");
  assert.deepEqual(rule.allowed.methods, ["GET", "HEAD", "PUT", "DELETE"]);
  const changes = clone.api.changes.length;
  const second = await clone.setup(["--yes", "--apply"], { asked });
  assert.equal(second.status, 0, second.output);
  assert.equal(clone.api.changes.length, changes, "it was told twice");
});

test("MinIO is told the rights of both keys", async () => {
  const { folder, kept } = await programs("mc");
  const asked = [
    ["--provider", "minio"],
    ["--endpoint", "https://minio.example.org"],
    ["--region", "us-east-1"],
    ["--bucket", "holiday"],
    ["--issuer", "https://app.example.org"],
    ["--mc-alias", "lab"],
  ].flat();
  const given = { ...credentials };
  given.UPLOADS_ACCESS_KEY_ID = "AKIAI44QH8DHBEXAMPLE";
  given.UPLOADS_SECRET_ACCESS_KEY = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
  for (const _ of [1, 2]) {
    const { status, output } = await clone.setup(["--yes", "--apply"], {
      asked,
      given,
      programs: folder,
    });
    assert.equal(status, 0, output);
  }
  const { calls } = await kept();
  const names = calls.map(({ words }) => words.slice(0, 5).join(" "));
  assert.deepEqual(names, [
    "admin policy create lab edge-signer",
    "admin policy create lab edge-signer-uploads",
  ]);
});

test("where the command line isn't there, nothing at all is done", async () => {
  const before = await clone.contents();
  const given = { ...credentials, PATH: join(clone.folder, "nothing") };
  const { status, output } = await clone.setup(["--yes", "--apply"], { asked: questions, given });
  assert.notEqual(status, 0);
  assert.match(output, /--apply needs aws/);
  assert.deepEqual(await clone.contents(), before);
  assert.deepEqual(clone.api.requests, []);
});
