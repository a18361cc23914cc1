// examples/put-from-anywhere from a shell: put.sh uploads with curl, who.mjs tells who uploaded what.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hash, stored } from "../support/client.mjs";
import { pageToken, startExample } from "../support/example.mjs";
import { until } from "../support/log.mjs";
import { ready } from "../support/stack.mjs";
import { WatchedStore } from "../support/watched-store.mjs";

const NAME = "put-from-anywhere";
const script = (name) =>
  fileURLToPath(new URL(`../../../examples/${NAME}/${name}`, import.meta.url));
const MIB = 1024 * 1024;
const PART_SIZE = 5 * MIB;

let store, example, folder, proxy;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), `${NAME}-`));
  store = await WatchedStore.start();
  example = await startExample(NAME, store.vars);
  proxy = await Proxy.start(example.url);
});
after(async () => {
  proxy?.stop();
  await example?.stop();
  store?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An edge whose URLs for some parts lead nowhere, so many times. */
class Proxy {
  /** How often each part is still to fail. */
  failures = {};
  asked = [];

  static async start(edge) {
    const proxy = new Proxy();
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const { authorization } = request.headers;
      const headers = { authorization, "content-type": "application/json" };
      const answer = await fetch(edge + request.url, { method: "POST", headers, body });
      proxy.asked.push(request.url);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") });
      response.end(proxy.#spoilt(await answer.text()));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    proxy.url = `http://127.0.0.1:${server.address().port}`;
    proxy.stop = () => server.close();
    return proxy;
  }

  #spoilt(text) {
    const part = /partNumber=(\d+)/.exec(text)?.[1];
    if (!(this.failures[part] > 0)) return text;
    this.failures[part] -= 1;
    // Nothing listens there.
    return text.replaceAll(store.url, "http://127.0.0.1:1");
  }
}

/** A file of random bytes. */
async function file(size, name = `${crypto.randomUUID()}.bin`) {
  const [path, bytes] = [join(folder, name), randomBytes(size)];
  await writeFile(path, bytes);
  return { path, name, bytes };
}

/** Begins put.sh, as a shell does: in a process group of its own. */
function begin(args, env = {}) {
  store.requests = [];
  const prefix = `users/${example.subject}/`;
  const own = { EDGE: example.url, TOKEN: example.token, KEY_PREFIX: prefix };
  const whole = { PATH: process.env.PATH, ...own, ...env };
  const set = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  const options = { env: set, cwd: folder, detached: true };
  const child = spawn("sh", [script("put.sh"), ...args], options);
  const ended = Promise.all([
    once(child, "close").then(([status]) => status),
    ...[child.stdout, child.stderr].map((stream) => stream.toArray()),
  ]).then(([status, out, err]) => ({ status, out: out.join(""), err: err.join("") }));
  return { ended, interrupt: () => process.kill(-child.pid, "SIGINT") };
}

/** Runs it to its end; its status and what it printed. */
const put = (args, env) => begin(args, env).ended;

const small = { THRESHOLD: "5000000", PART_SIZE: String(PART_SIZE) };
const partsSent = () => store.asked({ method: "PUT" }).map(({ part }) => Number(part));

/** Fails unless put.sh says that it stored a file under a key, and it did. */
async function isStored({ status, out, err }, key, { bytes }, type = "application/octet-stream") {
  assert.deepEqual([status, out], [0, `${key}\n`], err);
  const object = await stored(key, example.subject);
  assert.deepEqual([hash(object.bytes), object.type], [hash(bytes), type]);
}

describe("put.sh", () => {
  test("sends a small file in one PUT, whatever its name", async () => {
    const prefix = `users/${example.subject}/`;
    for (const name of ["a.txt", 'a "b" ä\\c&d #1.bin', "-rf", "{a,b}[1-3].bin", "100%.bin"]) {
      const one = await file(1000, name);
      await isStored(await put([one.path]), prefix + name, one);
      assert.deepEqual(
        store.requests.map(({ method, upload }) => [method, upload]),
        [["PUT", null]],
      );
    }
    const empty = await file(0);
    await isStored(await put([empty.path]), prefix + empty.name, empty);
    // A name of a file in the working directory.
    await file(10, "@here");
    assert.equal((await put(["@here", "renamed"])).out, `${prefix}renamed\n`);
  });

  test("sends a large file in parts", async () => {
    const one = await file(11 * MIB);
    const key = `users/${example.subject}/${one.name}`;
    await isStored(await put([one.path], small), key, one);
    assert.deepEqual(partsSent(), [1, 2, 3]);
    // At the threshold a file is still sent whole.
    const other = await file(PART_SIZE + 1);
    const env = { ...small, THRESHOLD: String(PART_SIZE + 1) };
    await isStored(await put([other.path, "b"], env), `users/${example.subject}/b`, other);
    assert.deepEqual(partsSent(), [0]);
  });

  test("sends what is above 100 MB in parts, where nothing else is said", async () => {
    const one = await file(100_000_001);
    await isStored(await put([one.path]), `users/${example.subject}/${one.name}`, one);
    assert.deepEqual(partsSent(), [1, 2, 3, 4, 5, 6]);
    await rm(one.path);
  });

  test("is configured by the environment", async () => {
    const one = await file(100);
    const prefix = `users/${example.subject}/deep/er/`;
    const env = { KEY_PREFIX: prefix, STORE: ready.store_name, CONTENT_TYPE: "image/png" };
    await isStored(await put([one.path, "x.png"], env), `${prefix}x.png`, one, "image/png");
    const large = await file(PART_SIZE + 1);
    const both = { ...env, ...small };
    await isStored(await put([large.path, "y.png"], both), `${prefix}y.png`, large, "image/png");
    const nowhere = await put([one.path], { STORE: "nope" });
    assert.deepEqual([nowhere.status, nowhere.out], [1, ""]);
    assert.match(nowhere.err, /404.*no_such_store/);
  });

  test("says what is missing, and what was refused", async () => {
    const one = await file(100);
    for (const [args, env, said] of [
      [[], {}, /which file\?/],
      [[one.path], { EDGE: undefined }, /EDGE is not set/],
      [[one.path], { TOKEN: undefined }, /TOKEN is not set/],
      [[join(folder, "missing")], {}, /can't be read/],
      [[folder], {}, /can't be read/],
      [[one.path], { TOKEN: "a.b.c" }, /401 .*session_invalid/],
      [[one.path], { KEY_PREFIX: "users/other/" }, /403 .*not_allowed/],
      [[one.path], { KEY_PREFIX: "users/other/", THRESHOLD: "0" }, /403 .*not_allowed/],
      [[one.path], { EDGE: "http://127.0.0.1:1" }, /http:\/\/127\.0\.0\.1:1 didn't answer/],
    ]) {
      const { status, out, err } = await put(args, env);
      assert.deepEqual([status, out], [1, ""]);
      assert.match(err, said);
      assert.deepEqual(store.requests, []);
    }
  });

  test("tries a part again, by a new URL", async () => {
    const one = await file(11 * MIB);
    proxy.failures = { 2: 1 };
    proxy.asked = [];
    const ended = await put([one.path], { ...small, EDGE: proxy.url });
    await isStored(ended, `users/${example.subject}/${one.name}`, one);
    assert.match(ended.err, /part 2 of 3 failed with status 000; again in 1 s/);
    assert.deepEqual(partsSent(), [1, 2, 3]);
    assert.equal(proxy.asked.filter((path) => path === "/v1/multipart/parts").length, 4);
  });

  test("goes on with an upload that failed, and sends nothing twice", async () => {
    const one = await file(11 * MIB);
    proxy.failures = { 3: 2 };
    const env = { ...small, EDGE: proxy.url, RETRIES: "1" };
    const failed = await put([one.path], env);
    assert.deepEqual([failed.status, failed.out], [1, ""]);
    assert.deepEqual(partsSent(), [1, 2]);
    const [, id, size] = /to go on: UPLOAD_ID=(\S+) PART_SIZE=(\d+)/.exec(failed.err);
    assert.equal(size, small.PART_SIZE);
    const ended = await put([one.path], { ...env, UPLOAD_ID: id });
    await isStored(ended, `users/${example.subject}/${one.name}`, one);
    assert.deepEqual(partsSent(), [3]);
    assert.match(ended.err, /part 1 of 3 is there\n.*part 2 of 3 is there/);
  });

  test("says how it goes on when it is interrupted", async () => {
    const one = await file(11 * MIB);
    const { come, gone } = store.keepSilentOn(2);
    const running = begin([one.path], small);
    await come;
    running.interrupt();
    const stopped = await running.ended;
    await gone;
    assert.deepEqual([stopped.status, stopped.out], [130, ""]);
    const [, id] = /to go on: UPLOAD_ID=(\S+) PART_SIZE=5242880\n/.exec(stopped.err);
    const ended = await put([one.path], { ...small, UPLOAD_ID: id });
    await isStored(ended, `users/${example.subject}/${one.name}`, one);
    assert.deepEqual(partsSent(), [2, 3]);
  });

  test("doesn't try again what is refused for good, and shows what the store said", async () => {
    const one = await file(100);
    const unknown = await put([one.path], { UPLOAD_ID: crypto.randomUUID() });
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /the edge said 404 to the list of parts: .*NoSuchUpload/);
    store.spoil(1);
    const { status, err } = await put([one.path], { ...small, THRESHOLD: "1" });
    assert.equal(status, 1);
    assert.match(err, /part 1 of 1 failed with status 403: .*<Code>AccessDenied<\/Code>/);
    assert.doesNotMatch(unknown.err + err, /again in|X-Amz/);
  });

  test("shows neither token nor URL to who may look at arguments", async () => {
    const bin = join(folder, "bin");
    await mkdir(bin);
    const log = join(folder, "arguments");
    const real = process.env.PATH.split(":").map((part) => `${part}/curl`);
    const wrapper = `#!/bin/sh\necho "$@" >>${log}\nfor c in ${real.join(" ")}; do [ -x $c ] && exec $c "$@"; done`;
    await writeFile(join(bin, "curl"), wrapper);
    await chmod(join(bin, "curl"), 0o755);
    const one = await file(PART_SIZE + 1);
    const env = { ...small, PATH: `${bin}:${process.env.PATH}` };
    await isStored(await put([one.path], env), `users/${example.subject}/${one.name}`, one);
    const shown = await readFile(log, "utf8");
    assert.match(shown, /\/v1\/multipart\/parts/);
    assert.doesNotMatch(shown, /eyJ|Bearer|X-Amz/);
  });
});

/** Runs who.mjs; the columns of its lines. */
async function who(args, input) {
  const child = spawn(process.execPath, [script("who.mjs"), ...args]);
  child.stdin.end(input);
  const [out, err] = await Promise.all(
    [child.stdout, child.stderr].map(async (stream) =>
      String(Buffer.concat(await stream.toArray())),
    ),
  );
  assert.equal(err, "");
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
}

describe("who.mjs", () => {
  const [alice, bob] = ["alice", "bob"].map((name) => `${name}-${crypto.randomUUID().slice(0, 8)}`);
  let log;
  before(async () => {
    const [one, large] = [await file(100), await file(PART_SIZE + 1)];
    const as = (sub, env) => ({ TOKEN: pageToken(sub), KEY_PREFIX: `users/${sub}/`, ...env });
    await put([one.path, "one ä.txt"], as(alice));
    await put([large.path, "large.bin"], as(bob, small));
    await put([one.path, "refused"], as(bob, { KEY_PREFIX: `users/${alice}/` }));
    const headers = {
      authorization: `Bearer ${pageToken(alice)}`,
      "content-type": "application/json",
    };
    const makeLink = async (name) => {
      const key = `users/${alice}/inbox/${name}`;
      const wish = { operation: "PutObject", key, max_bytes: 1000, uses: 2 };
      const init = { method: "POST", headers, body: JSON.stringify(wish) };
      return (await fetch(`${example.url}/v1/links`, init)).json();
    };
    await makeLink("unused.pdf");
    const { url } = await makeLink("scan.pdf");
    const used = await fetch(url, {
      method: "PUT",
      headers: { "if-none-match": "*" },
      body: "scanned",
    });
    assert.equal(used.status, 200);
    // The last of the lines.
    await put([one.path, "last"], as(bob));
    log = await until(() => example.output().includes(`users/${bob}/last`) && example.output());
  });

  const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  const short = (lines) =>
    lines.map(([time, subject, store, key, what]) => {
      assert.match(time, DATE);
      assert.equal(store, ready.store_name);
      return [subject, key, what.replace(/until .*$/, "until …")];
    });
  const expected = () => [
    [alice, `users/${alice}/one ä.txt`, "got a URL, until …"],
    [bob, `users/${bob}/large.bin`, "completed, in parts"],
    [alice, `users/${alice}/inbox/unused.pdf`, "made a link, until …"],
    [alice, `users/${alice}/inbox/scan.pdf`, "made a link, until …"],
    [alice, `users/${alice}/inbox/scan.pdf`, "used a link of this session's"],
    [bob, `users/${bob}/last`, "got a URL, until …"],
  ];

  test("tells who uploaded what, without what was refused", async () => {
    const lines = short(await who([], log));
    const own = lines.filter(([subject]) => [alice, bob].includes(subject));
    assert.deepEqual(own, expected());
    assert.match(log, new RegExp(`"subject":"${bob}".*not_allowed`));
  });

  test("can be asked for one person, or for keys", async () => {
    const path = join(folder, "worker.log");
    await writeFile(path, log);
    const of = (wanted) => expected().filter(wanted);
    assert.deepEqual(
      short(await who(["--subject", bob, path])),
      of(([subject]) => subject === bob),
    );
    const prefix = `users/${alice}/inbox/`;
    assert.deepEqual(
      short(await who(["--key", prefix, path])),
      of(([, key]) => key.startsWith(prefix)),
    );
    assert.deepEqual(await who(["--subject", "nobody", path]), []);
  });

  test("reads what wrangler tail and Logpush write", async () => {
    const messages = log.split("\n").filter((line) => line.startsWith('{"event"'));
    const tail = {
      outcome: "ok",
      logs: messages.map((line) => ({ message: [line], level: "log" })),
    };
    const push = messages.map((line) => JSON.stringify({ Logs: [{ Message: [line] }] })).join("\n");
    const plain = await who([], log);
    assert.ok(plain.length >= 5);
    assert.deepEqual(await who([], JSON.stringify(tail, null, 2)), plain);
    assert.deepEqual(await who([], push), plain);
  });

  test("shows the hash where the log has no keys, and no controls", async () => {
    const line = (more) =>
      JSON.stringify({
        event: "decision",
        time: "2026-01-15T12:34:56Z",
        subject: "al\u001b[31mice",
        operation: "PutObject",
        store: "photos",
        key_sha256: "1e15",
        outcome: "allowed",
        expires_at: "2026-01-15T12:39:56Z",
        ...more,
      });
    const [[, subject, , key]] = await who([], line());
    assert.deepEqual([subject, key], ["al�[31mice", "sha256:1e15"]);
    // The decisions of one request are on one line.
    const { event: _, ...own } = JSON.parse(line());
    const many = JSON.stringify({ event: "decisions", subject: "a", decisions: [own, own] });
    assert.equal((await who([], many)).length, 2);
    assert.deepEqual(await who([], line({ operation: "GetObject" })), []);
    assert.deepEqual(await who([], line({ outcome: "not_allowed" })), []);
  });
});
