// `cargo xtask setup` against a stand-in for Cloudflare's API: what it shows, what it does, and that it does it only
// once.

import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Clone, credentials, questions } from "../support/setup.mjs";
import { parseToml } from "../support/toml.mjs";

let clone, api, folder;
beforeEach(async () => {
  clone = await Clone.make();
  ({ api, folder } = clone);
});
afterEach(() => clone.remove());

const setup = (more, options) => clone.setup(more, options);
const contents = () => clone.contents();

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
  const before = comments(await readFile(join(folder, "wrangler.toml"), "utf8"));
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
  // The comments above the rules went with them.
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

test("an identity provider and what uploads take are written, and rules that were adapted stay", async () => {
  const asked = [
    ["--provider", "minio"],
    ["--endpoint", "https://minio.example.org"],
    ["--region", "us-east-1"],
    ["--bucket", "holiday"],
    ["--identity", "supabase"],
    ["--identity-name", "abcdefghijklmnopqrst"],
  ].flat();
  const without = await setup(["--yes"], { asked });
  assert.match(without.output, /set UPLOADS_ACCESS_KEY_ID and UPLOADS_SECRET_ACCESS_KEY/);
  assert.deepEqual(api.changes, []);

  const second = { UPLOADS_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE" };
  second.UPLOADS_SECRET_ACCESS_KEY = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
  const given = { ...credentials, ...second };
  const { status, output } = await setup(["--yes"], { asked, given });
  assert.equal(status, 0, output);
  const files = await contents();
  const { vars, secrets } = parseToml(files["wrangler.toml"]);
  assert.deepEqual(vars.ISSUERS, [
    {
      issuer: "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
      audience: "authenticated",
      algorithms: ["ES256"],
      jwks_url: "https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json",
    },
  ]);
  assert.equal(vars.STORES.photos.write_credentials, "UPLOADS");
  assert.deepEqual([...secrets.required].sort(), [...api.secrets.keys()].sort());
  assert.equal(api.secrets.get("UPLOADS_ACCESS_KEY_ID"), "AKIAI44QH8DHBEXAMPLE");
  assert.ok(!api.secrets.has("SESSION_SECRET"), "nobody signs with it");
  const [rule] = parseToml(files["policy.toml"]).RULES;
  assert.deepEqual(rule.when, { role: "authenticated", is_anonymous: false });

  const adapted = files["policy.toml"].replace("max_expires = 300", "max_expires = 60");
  await writeFile(join(folder, "policy.toml"), adapted);
  const again = await setup(["--yes"], { asked, given });
  assert.match(again.output, /nothing to do/);
  assert.equal((await contents())["policy.toml"], adapted);
});
