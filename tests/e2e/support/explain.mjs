// Requests that reach the store exactly as written, and the explanations of its refusals.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ready } from "./stack.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const binary = join(root, "target/debug/edge-signer");

/** Sends to the store; nothing tidies the URL. A `host` header may be another than the URL's. */
export function sendAsIs({ url, method, headers, body }) {
  assert.ok(url.startsWith(`${ready.store}/`), url);
  const { hostname, port } = new URL(ready.store);
  const path = url.slice(ready.store.length);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers, agent: false };
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (data) => (text += data));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What the Worker says to a refusal of a request that `signed` was given out for. */
export async function explain(signed, xml) {
  const { url, method, headers } = signed;
  const response = await fetch(`${ready.edge}/dev/explain`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url, method, headers, error_xml: xml }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.ok(!text.includes(ready.secret_access_key), "it shows the secret");
  const answer = JSON.parse(text);
  isConsistent(answer);
  await isToldByTheCommandLine(answer, signed, xml);
  return answer;
}

/** Fails unless the texts of an answer belong together. */
function isConsistent({ canonical_request, string_to_sign, cause, detail, difference }) {
  const hash = createHash("sha256").update(canonical_request).digest("hex");
  assert.equal(string_to_sign.split("\n").at(-1), hash);
  assert.match(cause, /^[a-z_]+$/);
  assert.match(detail, /\S/);
  if (difference === null) return;
  const text = {
    "canonical request": canonical_request,
    "string to sign": string_to_sign,
  }[difference.text];
  const lines = text.split("\n");
  const { line, offset, signed, seen } = difference;
  assert.equal(lines[line - 1], signed);
  assert.notEqual(signed, seen);
  // The byte is in that line, and the text before it is the same on both sides.
  const before = Buffer.byteLength(lines.slice(0, line - 1).join("\n")) + (line > 1 ? 1 : 0);
  const within = offset - before;
  const [ours, theirs] = [Buffer.from(signed), Buffer.from(seen)];
  assert.ok(within >= 0 && within <= ours.length, `byte ${offset} is not in line ${line}`);
  assert.deepEqual(ours.subarray(0, within), theirs.subarray(0, within));
  assert.notEqual(ours[within], theirs[within]);
}

/** Fails unless the command line says the same as the Worker. */
async function isToldByTheCommandLine(answer, { url, method, headers }, xml) {
  const folder = await mkdtemp(join(tmpdir(), "explain-"));
  try {
    const file = join(folder, "error.xml");
    await writeFile(file, xml);
    const given = Object.entries(headers).flatMap(([name, value]) => [
      "--header",
      `${name}: ${value}`,
    ]);
    const request = ["--url", url, "--method", method, ...given];
    const { stdout } = await run(binary, ["explain", ...request, "--error-xml", file], { env: {} });
    const { cause, detail, difference } = answer;
    assert.ok(stdout.includes(`\n${answer.canonical_request}\n`), stdout);
    assert.ok(stdout.includes(`\n${answer.string_to_sign}\n`), stdout);
    assert.ok(stdout.includes(`\nCause: ${cause}\n${detail}\n`), stdout);
    assert.equal(/First difference: /.test(stdout), difference !== null, stdout);
    if (difference !== null) {
      const { text, line, offset, signed, seen } = difference;
      assert.ok(stdout.includes(`byte ${offset} of the ${text}, line ${line}\n`), stdout);
      const sides = /^ +signed: +(.*)\n +store saw: +(.*)$/m.exec(stdout);
      assert.deepEqual(sides?.slice(1), [signed, seen], stdout);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A GET that the command line signs, with good credentials unless `credentials` says otherwise. */
export async function signedByTheCommandLine(
  key,
  { options = [], headers = {}, credentials } = {},
) {
  const url = `${ready.store}/${ready.bucket}/${key}`;
  const bound = Object.entries(headers).flatMap(([name, value]) => [
    "--header",
    `${name}: ${value}`,
  ]);
  const env = {
    AWS_ACCESS_KEY_ID: ready.access_key_id,
    AWS_SECRET_ACCESS_KEY: ready.secret_access_key,
    ...credentials,
  };
  const { stdout } = await run(binary, ["presign", "--url", url, ...bound, ...options], { env });
  return { url: stdout.trim(), method: "GET", headers };
}
