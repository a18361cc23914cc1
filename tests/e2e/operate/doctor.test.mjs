// `edge-signer doctor`: what it says about healthy and faulty Workers and stores.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { ready, token } from "../support/stack.mjs";
import { issueToken } from "../support/token.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const binary = join(root, "target/debug/edge-signer");
const page = "https://app.example.com";

/** What it says, line by line, and its exit status. */
function doctor(more = [], { edge = ready.edge, bearer = token() } = {}) {
  const arguments_ = ["doctor", "--edge", edge, "--token-env", "TOKEN", "--json", ...more];
  return new Promise((resolve) => {
    execFile(binary, arguments_, { env: { TOKEN: bearer } }, (error, stdout, stderr) => {
      assert.ok(bearer === "" || !`${stdout}${stderr}`.includes(bearer), "it shows the token");
      const lines = stdout === "" ? [] : JSON.parse(stdout).lines;
      const of = (name) => lines.filter((line) => line.name === name);
      resolve({ status: error?.code ?? 0, lines, of, stderr });
    });
  });
}

const own = ["--prefix", "users/e2e/"];

test("a deployment that is well has no line that is wrong, and nothing stays behind", async () => {
  const { status, lines, of } = await doctor(own);
  const wrong = lines.filter(({ verdict }) => verdict === "wrong");
  assert.deepEqual([status, wrong], [0, []]);
  for (const name of [
    "settings",
    "clock",
    "caching",
    "upload",
    "bound",
    "download",
    "one-time",
    "link",
    "cleaning",
  ]) {
    assert.equal(of(name)[0]?.verdict, "ok", JSON.stringify(of(name)));
  }
});

test("what is wrong says what to do", async () => {
  const foreign = issueToken(
    { iss: ready.issuer, aud: ready.audience, sub: "e2e", role: "member", exp: 4_000_000_000 },
    { secret: "x".repeat(32) },
  );
  for (const [more, options, name, expected] of [
    [own, { bearer: foreign }, "upload", /401 .*ISSUERS/],
    [["--prefix", "users/somebody/"], {}, "upload", /not_allowed.*--prefix/],
    [[...own, "--store", "nowhere"], {}, "settings", /no store nowhere/],
    [[...own, "--origin", page], {}, "cors", /CORS\.allowed_origins/],
    [own, { edge: ready.store }, "settings", /is this edge-signer\?/],
    [own, { edge: "http://127.0.0.1:9" }, "edge", /\/healthz/],
  ]) {
    const { status, lines, of } = await doctor(more, options);
    assert.equal(status, 1, JSON.stringify(lines));
    const wrong = of(name).filter(({ verdict }) => verdict === "wrong");
    assert.match(wrong[0]?.seen ?? "", expected, JSON.stringify(lines));
  }
});

test("faults of the configuration are lines, with their paths", async () => {
  const broken = { ...vars, RULES: [{ ...vars.RULES[0], keys: ["***"] }] };
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "one-time" }];
  await withEdge({ vars: broken, kv_namespaces }, secrets, async (edge) => {
    const { status, of } = await doctor(own, { edge });
    assert.equal(status, 1);
    assert.match(of("settings")[0].seen, /^RULES\[0\]\.keys\[0\]: /);
  });
});

test("bad arguments are told apart", async () => {
  const { status, stderr } = await doctor(own, { bearer: "" });
  assert.equal(status, 2);
  assert.match(stderr, /set TOKEN/);
  assert.equal((await doctor(["--prefix", "../"])).status, 2);
});
