// Opaque sessions: tokens without content, and their entries in the Worker's KV.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { secrets, startEdge, vars, withEdge } from "../support/edge.mjs";
import { Entries, entryName, kv_namespaces, wranglerEnvironment } from "../support/kv.mjs";
import { lift, revoke } from "../support/operator.mjs";
import { reasonOf } from "../support/log.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

const ISSUER = "https://sessions.example.com";
const now = () => Math.floor(Date.now() / 1000);
const makeToken = () => `es_${randomBytes(32).toString("base64url")}`;
/** A member's claims; `change` replaces or, where undefined, removes them. */
const claims = (change = {}) => ({
  sub: "alice",
  role: "member",
  iat: now(),
  exp: now() + 600,
  ...change,
});
const read = (key) => ({ operation: "GetObject", key });
const own = "users/alice/file";

const rule = (name, when, keys, more) => ({
  name,
  when,
  keys,
  allow: ["GetObject", "HeadObject", "PutObject", "CreateMultipartUpload"],
  stores: [ready.store_name],
  ...more,
});
const configuration = {
  kv_namespaces,
  vars: {
    ...vars,
    // The issuer of signed tokens comes first; an opaque token still belongs to the other issuer.
    ISSUERS: [vars.ISSUERS[0], { issuer: ISSUER, opaque: true }],
    REVOCATION: { admin_secret: "ADMIN_SECRET" },
    RULES: [
      rule("members", { role: "member" }, ["users/{sub}/**", "teams/{org.team}/**"]),
      rule("signed", { iss: ready.issuer }, ["signed/**"]),
      rule("opaque", { iss: ISSUER }, ["opaque/**"]),
      rule("once", { role: "once" }, ["once/**"], { one_time: "required" }),
    ],
  },
};

const all = { ...secrets, ADMIN_SECRET: ready.admin_secret };

const entries = await Entries.make();

// Every session of this file with its entry in KV, all put by one call of wrangler.
const stored = {};
/** A token whose entry is this text, or these claims. */
function storedToken(value, token = makeToken()) {
  stored[entryName(token)] = typeof value === "string" ? value : JSON.stringify(value);
  return token;
}

const good = storedToken(claims());
const other = storedToken(claims({ sub: "bob", org: { team: 7 } }));
const plain = storedToken({ sub: "carol", role: "member", exp: now() + 600 });
const foreign = storedToken(claims({ iss: ready.issuer, role: "none" }));
const brief = storedToken(claims({ exp: now() + 60 }));
const once = storedToken(claims({ role: "once", jti: crypto.randomUUID() }));
const revocable = storedToken(claims({ sub: "dave", jti: "dave's" }));
const ended = [storedToken(claims()), storedToken(claims({ sub: "erin" }))];
const longest = storedToken(claims(), `es_${"a".repeat(8189)}`);

const json = JSON.stringify(claims());
const claim = (name) => `Claim("${name}")`;
/** Entries that stand for no session, and why they don't. */
const damaged = [
  ["that isn't JSON", "not JSON", "Malformed"],
  ["that is empty", "", "Malformed"],
  ["that is a list", `[${json}]`, "Malformed"],
  ["that is a text", JSON.stringify(json), "Malformed"],
  ["that is null", "null", "Malformed"],
  ["that has something behind it", `${json}x`, "Malformed"],
  ["that is cut off", json.slice(0, -1), "Malformed"],
  ["with a name twice", json.replace("{", '{"sub":"bob",'), "Malformed"],
  ["with a nested name twice", json.replace("{", '{"org":{"a":1,"a":2},'), "Malformed"],
  ["without exp", claims({ exp: undefined }), claim("exp")],
  ["whose exp is a text", claims({ exp: String(now() + 600) }), claim("exp")],
  ["whose exp is null", claims({ exp: null }), claim("exp")],
  ["without sub", claims({ sub: undefined }), claim("sub")],
  ["whose sub is empty", claims({ sub: "" }), claim("sub")],
  ["whose sub is a number", claims({ sub: 7 }), claim("sub")],
  ["whose jti is a number", claims({ jti: 7 }), claim("jti")],
  ["whose iat is a text", claims({ iat: "0" }), claim("iat")],
  ["that has expired", claims({ exp: now() - 31 }), "Expired"],
  ["that expired long ago", claims({ exp: 0 }), "Expired"],
  ["that isn't good yet", claims({ nbf: now() + 600 }), "NotYetValid"],
  ["that is issued ahead", claims({ iat: now() + 600 }), "NotYetValid"],
].map(([what, value, reason]) => ({ what, bearer: storedToken(value), reason }));

/** Tokens of other forms, each with an entry that would do. */
const otherForms = {
  "in upper case": `ES_${randomBytes(32).toString("base64url")}`,
  "with another prefix": `et_${randomBytes(32).toString("base64url")}`,
  "without a prefix": randomBytes(32).toString("base64url"),
  "with a blank before its prefix": `x ${makeToken()}`,
  "with a dot": `${makeToken()}.a`,
  "with dots like a signed one's": `${makeToken()}.e30.e30`,
  "with a dot behind its prefix": makeToken().replace("_", "_."),
};
const tooLong = `es_${"a".repeat(8190)}`;
for (const form of [tooLong, ...Object.values(otherForms)]) storedToken(claims(), form);

/** Good claims that don't stand under the token's own name. */
const misplaced = {};
for (const [what, name] of Object.entries({
  "its hash alone": (made) => entryName(made).slice("session/".length),
  "its hash in upper case": (made) => `session/${entryName(made).slice(8).toUpperCase()}`,
  "the hash of what follows its prefix": (made) => entryName(made.slice(3)),
  "the hash of its bytes": (made) => entryName(Buffer.from(made.slice(3), "base64url")),
  "the token itself": (made) => `session/${made}`,
  "another folder": (made) => entryName(made).replace("session", "sessions"),
})) {
  const made = makeToken();
  stored[name(made)] = json;
  misplaced[what] = made;
}

let edge, worker;
before(async () => {
  await entries.putAll(stored);
  worker = await startEdge(configuration, all, { state: entries.state });
  edge = worker.url;
});
after(async () => {
  await worker?.stop();
  await entries.remove();
});

const ask = (bearer, key = own, more = {}) => presign({ ...read(key), ...more }, { edge, bearer });

async function isAccepted(bearer, key) {
  const answer = await ask(bearer, key);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const withoutId = ({ text }) => text.replace(/"request_id":"[^"]*"/, "");

/** Fails unless it is refused, with the same words as every wrong token; the log alone has the reason. */
async function isRefused(bearer, reason) {
  const answer = await ask(bearer);
  const problem = isProblem(answer, 401, "session_invalid");
  assert.equal(withoutId(answer), withoutId(await ask("x")));
  assert.equal(await reasonOf(problem, worker.output), reason);
}

describe("an opaque session", () => {
  test("is accepted as a bearer token", async () => {
    await isAccepted(good);
    await isAccepted(plain, "users/carol/file");
    await isAccepted(longest);
  });

  test("is accepted in the cookie", async () => {
    const headers = { cookie: `__Host-session=${good}` };
    const file = await callEdge(`/f/${ready.store_name}/${own}`, { headers }, edge);
    assert.equal(file.status, 302, file.text);
    const url = await callEdge(`/v1/presign?${new URLSearchParams(read(own))}`, { headers }, edge);
    assert.equal(url.status, 200, url.text);
  });

  test("is held to the rules by its claims", async () => {
    await isAccepted(other, "users/bob/file");
    await isAccepted(other, "teams/7/file");
    for (const [bearer, key] of [
      [good, "users/bob/file"],
      [good, "teams/7/file"],
      [other, own],
    ]) {
      const problem = isProblem(await ask(bearer, key), 403, "not_allowed");
      assert.equal(problem.dimension, "key");
    }
  });

  test("is its own issuer's, whatever its entry says", async () => {
    await isAccepted(good, "opaque/file");
    await isAccepted(foreign, "opaque/file");
    isProblem(await ask(foreign, "signed/file"), 403, "not_allowed");
    // With a signed token it is the other way round.
    const signed = token({ sub: "alice" });
    await isAccepted(signed, "signed/file");
    isProblem(await ask(signed, "opaque/file"), 403, "not_allowed");
  });

  test("doesn't share one-time keys with a signed one of the same subject", async () => {
    const one_time_key = crypto.randomUUID();
    for (const bearer of [good, token({ sub: "alice" })]) {
      assert.equal((await ask(bearer, own, { one_time_key })).status, 200);
      isProblem(await ask(bearer, own, { one_time_key }), 409, "one_time_key_used");
    }
  });

  test("is spent by its jti where the rule says so", async () => {
    await isAccepted(once, "once/file");
    isProblem(await ask(once, "once/file"), 409, "one_time_key_used");
    // One without jti has nothing to spend.
    assert.equal((await ask(good, "once/file")).status, 403);
  });

  test("bounds its URLs", async () => {
    const { expires_at } = (await ask(brief, own, { expires_in: 3600 })).json;
    const { exp } = JSON.parse(stored[entryName(brief)]);
    assert.ok(Date.parse(expires_at) / 1000 <= exp, expires_at);
    assert.ok(Date.parse(expires_at) / 1000 > now(), expires_at);
  });

  test("can be revoked by id and by subject", async () => {
    for (const revocation of [{ token_id: "dave's" }, { subject: "dave" }]) {
      await isAccepted(revocable, "users/dave/file");
      await revoke({ issuer: ISSUER, ...revocation }, edge);
      await isRefused(revocable, "Revoked");
      await lift({ issuer: ISSUER, ...revocation }, edge);
    }
    await isAccepted(revocable, "users/dave/file");
    await revoke({ issuer: ready.issuer, subject: "dave" }, edge);
    await isAccepted(revocable, "users/dave/file");
  });

  test("is over when its entry is removed", async () => {
    const [first, second] = ended;
    await entries.delete(entryName(first));
    await isRefused(first, "UnknownSession");
    await isAccepted(second, "users/erin/file");
  });
});

describe("a token is refused", () => {
  test("that stands for no session", async () => {
    for (const unknown of [makeToken(), "es_"]) await isRefused(unknown, "UnknownSession");
    for (const changed of [good.slice(0, -1), `${good}A`, good.toLowerCase()]) {
      assert.notEqual(changed, good);
      await isRefused(changed, "UnknownSession");
    }
  });
  for (const { what, bearer, reason } of damaged) {
    test(`with an entry ${what}`, () => isRefused(bearer, reason));
  }
  for (const [what, bearer] of Object.entries(otherForms)) {
    test(what, () => isRefused(bearer, "Malformed"));
  }
  test("longer than 8 KiB", () => isRefused(tooLong, "TooLong"));
  for (const [what, bearer] of Object.entries(misplaced)) {
    test(`whose claims stand under ${what}`, () => isRefused(bearer, "UnknownSession"));
  }

  test("in the cookie too", async () => {
    for (const bearer of [makeToken(), damaged[0].bearer]) {
      const headers = { cookie: `__Host-session=${bearer}` };
      const answer = await callEdge(`/f/${ready.store_name}/${own}`, { headers }, edge);
      isProblem(answer, 401, "session_invalid");
    }
  });

  test("where no issuer's sessions are opaque", async () => {
    // The shared Worker has such an issuer, and not this entry.
    isProblem(await presign(read(own), { bearer: good }), 401, "session_invalid");
    const signed = { ...configuration.vars, ISSUERS: [vars.ISSUERS[0]] };
    const use = async (other) => {
      isProblem(await presign(read(own), { edge: other, bearer: good }), 401, "session_invalid");
      const answer = await presign(read(own), { edge: other, bearer: token({ sub: "alice" }) });
      assert.equal(answer.status, 200, answer.text);
    };
    const { state } = entries;
    // The same entries in another Worker: only the configuration differs.
    await withEdge({ ...configuration, vars: signed }, all, use, { state });
  });
});

/** Runs what the command line prints in a shell, in which `npx wrangler … --remote` means these entries. */
async function runPrinted(command) {
  const folder = await mkdtemp(join(tmpdir(), "npx-"));
  try {
    const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
    const script = [
      "#!/bin/sh",
      '[ "$1" = wrangler ] || exit 64',
      "shift",
      'case " $* " in *" --remote "*) ;; *) exit 65 ;; esac',
      'for given; do shift; [ "$given" = --remote ] || set -- "$@" "$given"; done',
      'exec "$NODE" "$WRANGLER" "$@" --local --persist-to "$STATE" --config "$CONFIG"',
    ];
    await writeFile(join(folder, "npx"), `${script.join("\n")}\n`);
    await chmod(join(folder, "npx"), 0o755);
    const env = {
      ...wranglerEnvironment,
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      NODE: process.execPath,
      WRANGLER: wrangler,
      STATE: entries.state,
      CONFIG: entries.configuration,
    };
    await run("sh", ["-c", command], { cwd: folder, env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const commandLine = (args, env = {}) => run(join(root, "target/debug/edge-signer"), args, { env });

test("the command line makes sessions and ends them", async () => {
  const make = ["session", "make", "--sub", "alice", "--claim", "role=member", "--ttl", "600"];
  const { stdout } = await commandLine([...make, "--claim", `name=O'Brien "$HOME" \`id\``]);
  const [made, command, ...rest] = stdout.split("\n");
  assert.deepEqual(rest, [""]);
  assert.match(made, /^es_[A-Za-z0-9_-]{43}$/);
  assert.ok(command.startsWith("npx wrangler kv key put --binding SESSIONS --remote "), command);
  assert.ok(!command.includes(made.slice(3)), "the command holds the token");
  await isRefused(made, "UnknownSession");

  await runPrinted(command);
  const before = Date.now() / 1000;
  const { expires_at } = (await ask(made, own, { expires_in: 3600 })).json;
  assert.ok(Math.abs(Date.parse(expires_at) / 1000 - (before + 600)) < 60, expires_at);
  isProblem(await ask(made, "users/bob/file"), 403, "not_allowed");
  const entry = (await entries.list()).find(({ name }) => name === entryName(made));
  assert.ok(Math.abs(entry.expiration - (before + 600)) < 60, entry.expiration);
  assert.equal((await entries.get(entryName(made))).name, `O'Brien "$HOME" \`id\``);

  const second = (await commandLine(make)).stdout.split("\n");
  assert.notEqual(second[0], made);
  await runPrinted(second[1]);
  const { stdout: end } = await commandLine(["session", "end", "--token-env", "TOKEN"], {
    TOKEN: second[0],
  });
  assert.ok(end.startsWith("npx wrangler kv key delete --binding SESSIONS --remote "), end);
  await runPrinted(end.trim());
  await isRefused(second[0], "UnknownSession");
});

test("no token was printed", async () => {
  const shown = [good, other, once, longest, ...damaged.map(({ bearer }) => bearer)];
  const printed = worker.output();
  assert.ok(printed.includes('"outcome":"allowed"'), "there are no decisions in the output");
  for (const secret of shown) assert.ok(!printed.includes(secret), secret.slice(0, 60));
});
