// `cargo xtask setup` against a stand-in of Cloudflare's API: what it shows, what it does, and that it does it once.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Cloudflare } from "../support/cloudflare.mjs";
import { parseToml } from "../support/toml.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = join(root, "xtask/target/debug/xtask");
const shipped = join(root, "wrangler.toml");
const credentials = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const questions = [
  ["--provider", "aws"],
  ["--region", "eu-west-1"],
  ["--bucket", "holiday"],
  ["--issuer", "https://app.example.org"],
  ["--recipe", "own-files"],
  ["--recipe", "links"],
  ["--origin", "https://app.example.org"],
].flat();

let api, folder;
beforeEach(async () => {
  api = await Cloudflare.start();
  folder = await mkdtemp(join(tmpdir(), "setup-"));
  await copyFile(shipped, join(folder, "wrangler.toml"));
});
afterEach(async () => {
  api.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs it without a terminal: its exit status and all that it printed. */
function setup(more = [], { given = credentials, asked = questions } = {}) {
  const env = { ...process.env, ...api.environment, ...given };
  for (const name of Object.keys(credentials)) if (!(name in given)) delete env[name];
  const arguments_ = ["setup", "--folder", folder, ...asked, ...more];
  return new Promise((resolve) => {
    execFile(program, arguments_, { env, cwd: root }, (error, stdout, stderr) => {
      resolve({ status: error?.code ?? 0, output: `${stdout}\n${stderr}` });
    });
  });
}

/** Every file of the folder, and its text. */
async function contents() {
  const names = (await readdir(folder)).filter((name) => name !== "node_modules").sort();
  const own = names.filter((name) => !name.startsWith(".wrangler"));
  return Object.fromEntries(
    await Promise.all(own.map(async (name) => [name, await readFile(join(folder, name), "utf8")])),
  );
}

test("--dry-run shows all of it and changes nothing, here or there", async () => {
  const before = await contents();
  const { status, output } = await setup(["--dry-run"]);
  assert.equal(status, 0, output);
  for (const shown of [
    "make the KV namespace ONE_TIME_KV",
    '+ bucket = "holiday"',
    '- bucket = "my-photos"',
    "write policy.toml",
    "put the secret PHOTOS_SECRET_ACCESS_KEY",
    "put the secret LINK_KEY",
    "arn:aws:s3:::holiday/users/*",
    '"https://app.example.org"',
  ]) {
    assert.ok(output.includes(shown), `${shown} isn't shown:\n${output}`);
  }
  assert.ok(!output.includes(credentials.AWS_SECRET_ACCESS_KEY), "a secret is shown");
  assert.deepEqual(await contents(), before);
  assert.deepEqual(api.changes, []);
});

test("it does all of it, keeps the comments, and a second time changes nothing", async () => {
  const comments = (text) => text.split("\n").filter((line) => line.startsWith("#"));
  const before = comments(await readFile(shipped, "utf8"));
  const first = await setup(["--yes"]);
  assert.equal(first.status, 0, first.output);

  const [[id, title]] = api.namespaces;
  assert.equal(title, "ONE_TIME_KV");
  const files = await contents();
  const { vars, kv_namespaces, secrets } = parseToml(files["wrangler.toml"]);
  assert.deepEqual(kv_namespaces, [{ binding: "ONE_TIME_KV", id }]);
  assert.equal(vars.STORES.photos.bucket, "holiday");
  assert.equal(vars.STORES.photos.endpoint, undefined);
  assert.equal(vars.ISSUERS[0].issuer, "https://app.example.org");
  assert.deepEqual(vars.LINKS, { keys: ["LINK_KEY"] });
  assert.deepEqual(vars.CORS, { allowed_origins: ["https://app.example.org"] });
  assert.equal(vars.RULES, undefined, "rules stand twice");
  const [rule] = parseToml(files["policy.toml"]).RULES;
  assert.deepEqual([rule.keys, rule.max_uses], [["users/{sub}/**"], 10]);
  // Those above the rules went with them.
  const lost = before.filter((line) => !comments(files["wrangler.toml"]).includes(line));
  assert.deepEqual(
    lost.filter((line) => !/policy\.toml/.test(line)),
    [],
  );

  assert.deepEqual([...api.secrets.keys()].sort(), [...secrets.required].sort());
  assert.equal(api.secrets.get("PHOTOS_ACCESS_KEY_ID"), credentials.AWS_ACCESS_KEY_ID);
  assert.match(api.secrets.get("SESSION_SECRET"), /^[0-9a-f]{64}$/);
  assert.notEqual(api.secrets.get("SESSION_SECRET"), api.secrets.get("LINK_KEY"));
  assert.ok(files[".dev.vars"].includes(`SESSION_SECRET=${api.secrets.get("SESSION_SECRET")}\n`));
  assert.equal((await stat(join(folder, ".dev.vars"))).mode & 0o077, 0, "others may read it");
  for (const secret of api.secrets.values()) {
    assert.ok(!first.output.includes(secret), "a secret is shown");
  }

  const changes = api.changes.length;
  const second = await setup(["--yes"]);
  assert.equal(second.status, 0, second.output);
  assert.match(second.output, /nothing to do/);
  assert.deepEqual(await contents(), files);
  assert.equal(api.changes.length, changes);
});

test("a broken run is taken up where it ended", async () => {
  // The API refuses every secret.
  api.refuses = /secrets/;
  const broken = await setup(["--yes"]);
  assert.notEqual(broken.status, 0, broken.output);
  const [[id]] = api.namespaces;
  api.refuses = undefined;
  const again = await setup(["--yes"]);
  assert.equal(again.status, 0, again.output);
  assert.deepEqual([...api.namespaces.keys()], [id], "the namespace was made twice");
  const { kv_namespaces } = parseToml((await contents())["wrangler.toml"]);
  assert.equal(kv_namespaces[0].id, id);
  assert.equal(api.secrets.size, 4);
});

test("what isn't known is asked for by its option, and nothing is done", async () => {
  const before = await contents();
  for (const [asked, given, expected] of [
    [[], credentials, /--provider is missing/],
    [["--provider", "r2"], credentials, /--endpoint is missing/],
    [questions, {}, /PHOTOS_ACCESS_KEY_ID and PHOTOS_SECRET_ACCESS_KEY/],
    [["--provider", "nobody"], credentials, /invalid value 'nobody'/],
  ]) {
    const { status, output } = await setup(["--yes"], { asked, given });
    assert.notEqual(status, 0, output);
    assert.match(output, expected);
  }
  const { status, output } = await setup();
  assert.notEqual(status, 0);
  assert.match(output, /--yes is missing/);
  assert.deepEqual(await contents(), before);
  assert.deepEqual(api.changes, []);
});
