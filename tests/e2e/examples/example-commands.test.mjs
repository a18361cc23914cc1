// The one command that each example's README names: it starts everything, serves the page, and leaves nothing
// behind.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A server on a free port of the loopback, which keeps it. */
async function listener() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: server.address().port, close: () => server.close() };
}

async function freePort() {
  const { port, close } = await listener();
  close();
  return port;
}

/** Asks, trusting the authority `ca` where there is one: status, headers and text. */
async function ask(url, { ca, body, ...options } = {}) {
  const request = (url.startsWith("https:") ? overHttps : overHttp)(url, {
    ...options,
    ca: ca && (await readFile(ca)),
  });
  request.end(body);
  const [response] = await once(request, "response");
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

const answers = (url, options) =>
  ask(url, options).then(
    ({ text }) => text,
    () => null,
  );

/** Asks the edge as a session, which has to succeed. */
async function postTo(edge, token, path, fields, ca) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify(fields);
  const answer = await ask(edge + path, { ca, method: "POST", headers, body });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

/** Writes an object, and has the Worker itself ask the store: both are trusted by the authority. */
async function isUsable({ edge, token, ca }) {
  const post = (path, fields) => postTo(edge, token, path, fields, ca);
  const key = "users/dev/a.txt";
  const { url } = await post("/v1/presign", { operation: "PutObject", key });
  assert.equal((await ask(url, { ca, method: "PUT", body: "written" })).status, 200);
  const upload = await post("/v1/multipart", { key });
  assert.ok(upload.upload_id, JSON.stringify(upload));
}

/** Both logs are kept where an example's URLs have tags, and the command line that was built for it joins them. */
async function isJoined({ edge, token, decisions, access_log, tag_key, command }) {
  const wish = { operation: "GetObject", key: "album/dev/none.png" };
  const signed = await postTo(edge, token, "/v1/presign", wish);
  assert.equal((await ask(signed.url)).status, 404);
  const tag = new URL(signed.url).searchParams.get("x-edge");
  const until = Date.now() + 10_000;
  while (!(await readFile(decisions, "utf8")).includes(tag)) {
    assert.ok(Date.now() < until, "the Worker's lines aren't kept");
    await new Promise((done) => setTimeout(done, 100));
  }
  const files = ["--decisions", decisions, "--access-log", access_log];
  const options = { env: { ...process.env, TAG_KEY: tag_key } };
  const join = ["audit", "join", ...files, "--tag-key-env", "TAG_KEY", "--json"];
  const { stdout } = await promisify(execFile)(command, join, options).catch((error) => error);
  const url = JSON.parse(stdout).urls.find((url) => url.tag === tag);
  assert.deepEqual([url.subject, url.uses.map(({ status }) => status)], ["dev", [404]]);
}

/**
 * Starts an example on free ports: its page's address, and what it printed so far; `ended` is its exit status,
 * once it has one. `appPort` is what its own server is told.
 */
async function start(name, { appPort = "0", flags = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "xtask-dev-"));
  const readyFile = join(folder, "ready.json");
  const [port, storePort] = [await freePort(), await freePort()];
  const ports = ["--port", port, "--store-port", storePort, "--ready-file", readyFile];
  // In a group of its own, as a shell starts it; and Ctrl-C goes to the group.
  const child = spawn("cargo", ["xtask", "dev", "--example", name, ...flags, ...ports], {
    cwd: root,
    detached: true,
    env: { ...process.env, PORT: appPort },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  const ended = once(child, "close").then(([status]) => status);
  const isThere = () =>
    access(readyFile).then(
      () => true,
      () => false,
    );
  const untilReady = async () => {
    const gone = ended.then(() => "gone");
    while (!(await isThere())) {
      const pause = new Promise((done) => setTimeout(done, 200));
      assert.notEqual(await Promise.race([pause, gone]), "gone", output);
    }
    return JSON.parse(await readFile(readyFile, "utf8"));
  };
  const interrupt = () => process.kill(-child.pid, "SIGINT");
  const clean = async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { port, storePort, ended, interrupt, isThere, untilReady, clean, output: () => output };
}

const examples = await readdir(join(root, "examples"));
/** Its page lives by a cookie, which some browsers keep over https alone. */
const OVER_HTTPS = "uppy";
/** It shows what became of URLs. */
const WITH_TAGS = "photo-inbox";

describe("cargo xtask dev --example", () => {
  for (const name of examples) {
    test(name, async () => {
      const readme = await readFile(join(root, "examples", name, "README.md"), "utf8");
      assert.ok(readme.includes(`\ncargo xtask dev --example ${name}\n`), "the README's command");
      const own = await readFile(join(root, "examples", name, "public/index.html"), "utf8");
      const isOverHttps = name === OVER_HTTPS;
      const scheme = isOverHttps ? "https" : "http";
      const running = await start(name, { flags: isOverHttps ? ["--https"] : [] });
      try {
        const ready = await running.untilReady();
        const { edge, store, token, ca } = ready;
        assert.equal(edge, `${scheme}://127.0.0.1:${running.port}`);
        assert.equal(store, `${scheme}://127.0.0.1:${running.storePort}`);
        assert.equal(await answers(`${edge}/`, { ca }), own);
        if (isOverHttps) {
          assert.ok(running.output().includes(ca), "it says what to trust");
          assert.equal((await stat(ca.replace(/pem$/, "key"))).mode & 0o777, 0o600);
          assert.equal(await answers(`${edge}/`), null, "nobody else vouches for it");
          await isUsable(ready);
        }
        assert.equal("tag_key" in ready, name === WITH_TAGS);
        if (name === WITH_TAGS) await isJoined(ready);
        for (const [, file] of own.matchAll(/(?:src|href)="([^":]+\.(?:js|css))"/g)) {
          assert.equal((await ask(new URL(file, edge).href, { ca })).status, 200, file);
        }
        const session = JSON.parse(await answers(`${edge}/dev-session.json`, { ca }));
        assert.equal(session.token, token);
        assert.equal(JSON.parse(await answers(`${edge}/healthz`, { ca })).status, "ok");
        // What is printed names each address, also of the example's own server.
        const addresses = running.output().match(/https?:\/\/127\.0\.0\.1:\d+\/(?=\s)/g);
        const server = addresses.find((url) => url !== `${edge}/`);
        const hasServer = (await readdir(join(root, "examples", name))).includes("server.mjs");
        assert.equal(server !== undefined, hasServer, running.output());
        if (hasServer) assert.match(await answers(server), /<h1>/);

        running.interrupt();
        assert.equal(await running.ended, 0, running.output());
        assert.equal(await running.isThere(), false, "the ready file says that it runs");
        for (const url of [`${edge}/`, `${store}/`, server]) {
          if (url) assert.equal(await answers(url, { ca }), null, `${url} still answers`);
        }
      } finally {
        await running.clean();
      }
    });
  }

  test("says so where the port of the example's own server is taken", async () => {
    const { port, close } = await listener();
    const running = await start("form-upload", { appPort: String(port) });
    try {
      assert.equal(await running.ended, 1);
      assert.match(running.output(), /server has ended.*port is taken, choose another.*PORT/);
      assert.equal(await running.isThere(), false);
      assert.equal(await answers(`http://127.0.0.1:${running.port}/`), null);
    } finally {
      close();
      await running.clean();
    }
  });

  test("names the examples where there is none of a name", async () => {
    const running = await start("nothing");
    try {
      assert.equal(await running.ended, 1);
      for (const name of examples) assert.ok(running.output().includes(name), running.output());
    } finally {
      await running.clean();
    }
  });
});
