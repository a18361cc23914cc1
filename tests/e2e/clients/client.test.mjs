// The browser client: the package as it is published, and its single calls in Chromium.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { launchBrowser } from "../support/browser.mjs";
import {
  hash,
  installedClient,
  startEdgeWithClient,
  stored,
  withPage,
} from "../support/client.mjs";
import { isMissing } from "../support/s3.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const MOST_BYTES = 3450;
const root = fileURLToPath(new URL("../../..", import.meta.url));

let client, browser, worker;
before(async () => {
  client = await installedClient();
  [browser, worker] = [await launchBrowser(), await startEdgeWithClient(client)];
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  await client?.remove();
});

describe("the package", () => {
  const read = (name) => readFile(join(client.installed, name), "utf8");

  test(`has at most ${MOST_BYTES} bytes of script, compressed`, async (t) => {
    const { length } = gzipSync(await read("dist/index.js"), { level: 9 });
    t.diagnostic(`${length} bytes`);
    assert.ok(length <= MOST_BYTES, `${length} bytes`);
    // It is the client that was measured.
    assert.ok(length > 1000, `${length} bytes`);
  });

  test("depends on nothing, and has what its exports name", async () => {
    const manifest = JSON.parse(await read("package.json"));
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      assert.equal(manifest[kind], undefined, kind);
    }
    assert.deepEqual([manifest.type, manifest.sideEffects], ["module", false]);
    const { types, default: script } = manifest.exports["."];
    assert.match(await read(types), /createClient/);
    assert.doesNotMatch(await read(script), /\bimport\b/);
    for (const path of [types, script]) assert.ok(path.startsWith(`./${manifest.files[0]}/`));
  });

  test("has a type for each document of the API", async () => {
    const document = JSON.parse(await readFile(join(root, "assets/openapi.json"), "utf8"));
    const types = await read("dist/openapi.d.ts");
    for (const name of Object.keys(document.components.schemas)) {
      assert.match(types, new RegExp(`^ {8}${name}: `, "m"));
    }
  });

  /** Compiles a program against the package; what the compiler complains of. */
  async function compile(name, text, module, moduleResolution) {
    const path = join(client.folder, name);
    await writeFile(path, text);
    const tsc = join(root, "node_modules/typescript/lib/tsc.js");
    const strict = [
      "--noEmit",
      "--strict",
      "--skipDefaultLibCheck",
      "--exactOptionalPropertyTypes",
      "--target",
      "es2022",
    ];
    const how = [...strict, "--module", module, "--moduleResolution", moduleResolution];
    return new Promise((resolve) =>
      execFile(process.execPath, [tsc, ...how, path], { cwd: client.folder }, (_, output) =>
        resolve(output),
      ),
    );
  }

  test("is typed: right calls compile, wrong ones don't", async () => {
    const usage = await readFile(join(root, "tests/e2e/support/client-usage.ts"), "utf8");
    // Each mistake in the types is marked as expected; without the marks all of them are reported.
    const unmarked = usage.replaceAll(/^.*@ts-expect-error.*$/gm, "");
    const mistakes = usage.match(/@ts-expect-error/g).length;
    const [bundled, native, wrong] = await Promise.all([
      compile("bundled.mts", usage, "esnext", "bundler"),
      compile("native.mts", usage, "nodenext", "nodenext"),
      compile("wrong.mts", unmarked, "nodenext", "nodenext"),
    ]);
    assert.deepEqual([bundled, native], ["", ""]);
    assert.equal(wrong.match(/error TS/g)?.length, mistakes, wrong);
  });
});

/** A test in a page with the client; `bearer` is the session that it has. */
function inPage(name, use) {
  test(name, () => withPage(browser, worker.url, (page) => use(page, token())));
}

describe("a file in one piece", () => {
  inPage("arrives as it is, with its type and progress", async (page, bearer) => {
    const key = freshKey("ä b.bin");
    const size = 3_000_001;
    const { outcome, sent, progress } = await page.evaluate(
      async ([token, key, size]) => {
        const { createClient, file, hash, start } = window.harness;
        const blob = file(size, { type: "image/x-test" });
        const run = start(createClient({ token }), blob, { key });
        return { outcome: await run.done, sent: await hash(blob), progress: run.progress };
      },
      [bearer, key, size],
    );
    const { bytes, type } = await stored(key);
    assert.deepEqual([bytes.length, hash(bytes), type], [size, sent, "image/x-test"]);
    assert.equal(outcome.value.key, key);
    assert.match(outcome.value.etag, /^"[0-9a-f]{32}"$/);
    assert.deepEqual(progress.at(-1), [size, size]);
    assert.ok(progress.every(([, total]) => total === size));
  });

  inPage("may be empty, and have no type", async (page, bearer) => {
    const key = freshKey();
    const { value } = await page.evaluate(
      ([token, key]) =>
        window.harness.start(window.harness.createClient({ token }), new Blob([]), { key }).done,
      [bearer, key],
    );
    assert.equal(value.key, key);
    const { bytes, type } = await stored(key);
    assert.deepEqual([bytes.length, type], [0, "application/octet-stream"]);
  });

  inPage("replaces nothing with createOnly, and says what the store said", async (page, bearer) => {
    const key = freshKey();
    const [first, second, third] = await page.evaluate(
      async ([token, key]) => {
        const { createClient, file, start } = window.harness;
        const put = (seed, createOnly) =>
          start(createClient({ token }), file(9, { seed }), { key, createOnly }).done;
        return [await put(1, true), await put(2, true), await put(3)];
      },
      [bearer, key],
    );
    assert.equal(first.value.key, key);
    const { from, status, code } = second.error;
    assert.deepEqual([from, status, code], ["store", 412, "PreconditionFailed"]);
    assert.equal(third.value.key, key);
  });

  inPage("stops when it is aborted, with the reason", async (page, bearer) => {
    const key = freshKey();
    // Requests that never reach the store.
    await page.route(`${ready.store}/**`, () => {});
    const outcome = await page.evaluate(
      async ([token, key]) => {
        const run = window.harness.start(
          window.harness.createClient({ token }),
          window.harness.file(5),
          { key, onProgress: () => {} },
        );
        setTimeout(run.stop, 300);
        return run.done;
      },
      [bearer, key],
    );
    assert.deepEqual(outcome, { thrown: "Error: the person said stop" });
    await isMissing(key);
  });

  inPage("isn't begun once it is aborted", async (page, bearer) => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const outcome = await page.evaluate((token) => {
      const { createClient, file, outcome } = window.harness;
      const signal = AbortSignal.abort(new Error("before"));
      return outcome(createClient({ token }).upload(file(5), { key: "users/e2e/a", signal }));
    }, bearer);
    assert.deepEqual([outcome, asked], [{ thrown: "Error: before" }, []]);
  });
});

describe("a link", () => {
  inPage("can be made, and an upload through it sent", async (page, bearer) => {
    const key = freshKey();
    const made = await page.evaluate(
      async ([token, key]) => {
        const { createClient, file, outcome, send } = window.harness;
        const client = createClient({ token });
        const wish = { operation: "PutObject", key, content_type: "application/x-test", uses: 2 };
        const link = await client.link(wish);
        const tries = [];
        for (const seed of [1, 2, 3]) tries.push(await outcome(send(link, file(100, { seed }))));
        const reading = await client.link({ operation: "GetObject", key });
        const read = await fetch(reading.url, { credentials: "omit" });
        return { link, tries, size: (await read.blob()).size };
      },
      [bearer, key],
    );
    assert.ok(made.link.url.startsWith(`${worker.url}/l/`));
    assert.match(made.tries[0].value.etag, /^"/);
    // The store refuses a key that is taken; then the edge refuses, when no use is left.
    const short = ({ error: { from, status, code } }) => [from, status, code];
    assert.deepEqual(short(made.tries[1]), ["store", 412, "PreconditionFailed"]);
    assert.deepEqual(short(made.tries[2]), ["edge", 410, "link_spent"]);
    assert.equal(made.size, 100);
  });

  inPage("tells where an upload goes, so that its progress is true", async (page, bearer) => {
    const key = freshKey();
    const size = 3_000_000;
    const asked = page.waitForRequest((request) => request.url().includes("/l/"));
    const made = await page.evaluate(
      async ([token, key, size]) => {
        const { createClient, file, outcome } = window.harness;
        const client = createClient({ token });
        const link = await client.link({ operation: "PutObject", key });
        const progress = [];
        const onProgress = ({ loaded }) => progress.push(loaded);
        const first = await outcome(client.redeem(link, file(size), { onProgress }));
        return { first, progress, second: await outcome(client.redeem(link, file(size))) };
      },
      [bearer, key, size],
    );
    assert.equal((await asked).method(), "POST");
    assert.match(made.first.value.etag, /^"/);
    assert.equal((await stored(key)).bytes.length, size);
    // Progress goes once from nothing to everything, and never back.
    assert.deepEqual(
      made.progress,
      [...new Set(made.progress)].toSorted((a, b) => a - b),
    );
    assert.equal(made.progress.at(-1), size);
    const { from, status, code } = made.second.error;
    assert.deepEqual([from, status, code], ["edge", 410, "link_spent"]);
  });

  inPage("that has a password takes it, and no other", async (page, bearer) => {
    const key = freshKey();
    const { wrong, right } = await page.evaluate(
      async ([token, key]) => {
        const { createClient, file, outcome } = window.harness;
        const client = createClient({ token });
        const password = "three words suffice";
        const link = await client.link({ operation: "PutObject", key, password });
        const send = (password) => outcome(client.redeem(link, file(100), { password }));
        return { wrong: await send("another one"), right: await send(password) };
      },
      [bearer, key],
    );
    assert.deepEqual([wrong.error.status, wrong.error.code], [403, "password_wrong"]);
    assert.match(right.value.etag, /^"/);
    assert.equal((await stored(key)).bytes.length, 100);
  });

  inPage("whose bytes go through the edge is sent to itself", async (page, bearer) => {
    const key = freshKey();
    const { value } = await page.evaluate(
      async ([token, key]) => {
        const { createClient, file, outcome } = window.harness;
        const client = createClient({ token });
        const wish = { operation: "PutObject", key, content_type: "application/x-test" };
        const link = await client.link({ ...wish, delivery: "stream" });
        return outcome(client.redeem(link, file(100)));
      },
      [bearer, key],
    );
    assert.match(value.etag, /^"/);
    assert.equal((await stored(key)).bytes.length, 100);
  });

  inPage("of another edge gets no session", async (page, bearer) => {
    const { error } = await page.evaluate((token) => {
      const { createClient, file, outcome } = window.harness;
      const link = { url: "https://sign.example.com/l/abc", method: "PUT", headers: {} };
      return outcome(createClient({ token }).redeem(link, file(1)));
    }, bearer);
    assert.deepEqual([error.from, error.code], ["client", "other_edge"]);
  });
});

describe("the session", () => {
  inPage("is a token that is asked for with each call", async (page, bearer) => {
    const outcomes = await page.evaluate(async (bearer) => {
      const { createClient, outcome } = window.harness;
      const tokens = [bearer, "expired", bearer];
      const client = createClient({ token: async () => tokens.shift() });
      const wish = { operation: "GetObject", key: "users/e2e/a" };
      const all = [];
      while (tokens.length > 0) all.push(await outcome(client.presign(wish)));
      return all;
    }, bearer);
    assert.deepEqual(
      outcomes.map(({ value, error }) => value?.method ?? error.code),
      ["GET", "session_invalid", "GET"],
    );
  });

  inPage("is the cookie where there is no token, and not where there is one", async (page) => {
    const results = () =>
      page.evaluate(async () => {
        const { createClient, outcome } = window.harness;
        const wish = { operation: "GetObject", key: "users/e2e/a" };
        const ask = (options) => outcome(createClient(options).presign(wish));
        const all = [await ask(undefined), await ask({}), await ask({ token: "" })];
        return all.map(({ value, error }) => value?.method ?? error.code);
      });
    const without = await results();
    assert.deepEqual(without.slice(0, 2), ["session_missing", "session_missing"]);
    const cookie = { name: "__Host-session", value: token(), domain: "127.0.0.1", path: "/" };
    await page.context().addCookies([{ ...cookie, secure: true, httpOnly: true }]);
    const [bare, empty, wrong] = await results();
    assert.deepEqual([bare, empty], ["GET", "GET"]);
    assert.notEqual(wrong, "GET");
  });
});

describe("what fails is an error of a class of its own", () => {
  inPage("the edge's problem, with all that it says", async (page, bearer) => {
    const calls = await page.evaluate(async (token) => {
      const { createClient, file, start, outcome } = window.harness;
      const client = createClient({ token });
      const [key, operation] = ["users/other/a", "GetObject"];
      return [
        await outcome(client.presign({ operation, key })),
        await outcome(client.link({ operation, key })),
        await start(client, file(1), { key }).done,
        await start(client, file(1), { key, threshold: 0 }).done,
        await outcome(client.presign({ operation, key: "users/e2e/../a" })),
      ];
    }, bearer);
    for (const { error } of calls.slice(0, 4)) {
      assert.deepEqual([error.from, error.status, error.code], ["edge", 403, "not_allowed"]);
      assert.equal(error.problem.dimension, "key");
      assert.match(error.detail, /\w/);
      assert.match(error.requestId, /^[A-Za-z0-9-]+$/);
    }
    assert.deepEqual([calls[4].error.status, calls[4].error.code], [400, "invalid_key"]);
  });

  inPage("an answer that isn't the API's", async (page, token) => {
    const ask = async (answer) => {
      await page.route(`${worker.url}/v1/**`, (route) => route.fulfill(answer));
      const { error } = await page.evaluate(
        (token) =>
          window.harness.outcome(
            window.harness.createClient({ token }).presign({ operation: "GetObject", key: "a" }),
          ),
        token,
      );
      await page.unroute(`${worker.url}/v1/**`);
      return [error.from, error.status, error.code];
    };
    const body = "<h1>oops</h1>";
    assert.deepEqual(await ask({ status: 500, body }), ["edge", 500, "unexpected_answer"]);
    assert.deepEqual(await ask({ status: 200, body }), ["edge", 200, "unexpected_answer"]);
    assert.deepEqual(await ask({ status: 500, body: "null" }), ["edge", 500, "unexpected_answer"]);
  });

  inPage("no answer, of either side", async (page, bearer) => {
    const ask = (retries) =>
      page.evaluate(
        async ([token, key, retries]) => {
          const { createClient, file, start } = window.harness;
          const run = start(createClient({ token }), file(5), { key, retries, backoff: 1 });
          return { ...(await run.done), retries: run.retries };
        },
        [bearer, freshKey(), retries],
      );
    for (const [from, url, tried] of [
      ["edge", `${worker.url}/v1/**`, 0],
      ["store", `${ready.store}/**`, 2],
    ]) {
      await page.route(url, (route) => route.abort());
      const { error, retries } = await ask(2);
      assert.deepEqual([error.from, error.status, error.code], [from, 0, "unreachable"]);
      assert.ok(error.detail.includes(new URL(url).origin), error.detail);
      // Scripts can't tell it from a refusal that carries no CORS headers.
      assert.match(error.detail, /refused without CORS headers.*network panel/);
      assert.equal(retries.length, tried);
      await page.unroute(url);
    }
    assert.ok((await ask(0)).value);
  });

  inPage("the store's, in a form that programs can tell from the edge's", async (page, bearer) => {
    const xml =
      "<Error><Code>SlowDown</Code><Message>Less, please</Message><RequestId>7A</RequestId></Error>";
    await page.route(`${ready.store}/**`, (route) =>
      route.fulfill({ status: 403, headers: { "access-control-allow-origin": "*" }, body: xml }),
    );
    const { error } = await page.evaluate(
      ([token, key]) =>
        window.harness.start(window.harness.createClient({ token }), new Blob(["a"]), { key }).done,
      [bearer, freshKey()],
    );
    const { problem, ...rest } = error;
    assert.equal(problem, undefined);
    assert.deepEqual(rest, {
      from: "store",
      status: 403,
      code: "SlowDown",
      detail: "Less, please",
      requestId: "7A",
    });
  });
});
