// How fast `edge-signer audit join` reads a log, beside `wc -l` and `jq` over the same file, by the processor's time; how much
// memory it takes; and whether it finds each replay that was written into the log, and none else.
// Arguments: lines, decisions, of how many lines one is a use of a URL with a tag. Needs GNU time, wc and jq, and `cargo build --release`.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [lines = 1_000_000, decisions = 100_000, TAGGED = 5] = process.argv.slice(2).map(Number);
/** Of so many lines one is signed in its query by something else. */
const SIGNED_OTHERWISE = 500;
const OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
const program = join(process.env.CARGO_TARGET_DIR ?? "target", "release", "edge-signer");

/** The same numbers each time (xorshift). */
let state = 2463534242;
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

class Out {
  #file;
  #held = [];
  #size = 0;

  constructor(path) {
    this.path = path;
    this.#file = openSync(path, "w");
  }

  write(line) {
    this.#held.push(line);
    this.#size += line.length;
    if (this.#size > 1 << 20) this.#flush();
  }

  #flush() {
    writeSync(this.#file, this.#held.join(""));
    [this.#held, this.#size] = [[], 0];
  }

  end() {
    this.#flush();
    closeSync(this.#file);
  }
}

const sha256 = (text) => createHash("sha256").update(text).digest();
const tagOf = (index) => sha256(`tag ${index}`).subarray(0, 18).toString("base64url");
const keyOf = (index) => `users/alice/${index % 1000}/photo-${index}.jpg`;
const two = (number) => String(number).padStart(2, "0");

const folder = mkdtempSync(join(tmpdir(), "audit-join-"));
const out = Object.fromEntries(
  ["decisions.jsonl", "s3.log", "s3-json.log"].map((name) => [name, new Out(join(folder, name))]),
);

for (let index = 0; index < decisions; index++) {
  const decision = {
    event: "decision",
    time: "2026-01-15T00:00:00Z",
    request_id: index.toString(16).padStart(16, "0"),
    issuer: "https://app.example.com",
    subject: `user-${index % 5000}`,
    operation: "GetObject",
    store: "photos",
    key_sha256: sha256(keyOf(index)).toString("hex"),
    rule: "members read their own files",
    outcome: "allowed",
    expires_at: "2026-01-15T23:59:59Z",
    tag: tagOf(index),
    network: "192.0.2.0/24",
    token_id_sha256: sha256(`session ${index % 5000}`).toString("hex"),
  };
  out["decisions.jsonl"].write(`${JSON.stringify(decision)}\n`);
}

const query = (middle) =>
  `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Feu-central-1%2Fs3%2Faws4_request` +
  `&X-Amz-Date=20260115T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host${middle}&X-Amz-Signature=${SIGNATURE}`;
const agents = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "aws-cli/2.31",
  "curl/8.5.0",
];
const [used, replayed] = [new Set(), new Set()];
let untagged = 0;
for (let number = 0; number < lines; number++) {
  const index = random(decisions);
  let [status, signed] = [200, ""];
  if (number % TAGGED === 0) {
    signed = query(`&x-edge=${tagOf(index)}`);
    // Of two in three a range is asked for, which is no replay.
    if (random(3) > 0) status = 206;
    else (used.has(index) ? replayed : used).add(index);
  } else if (number % SIGNED_OTHERWISE === 1) {
    signed = query("");
    untagged++;
  }
  const second = Math.floor((number * 86_000) / lines);
  const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) =>
    two(Math.floor(part)),
  );
  const [address, agent] = [`192.0.2.${random(250)}`, agents[random(3)]];
  const [key, bytes, id] = [
    keyOf(index),
    random(1 << 20),
    number.toString(16).toUpperCase().padStart(16, "0"),
  ];
  const request = `GET /my-photos/${key}${signed} HTTP/1.1`;
  out["s3.log"].write(
    `${OWNER} my-photos [15/Jan/2026:${clock.join(":")} +0000] ${address} ${OWNER} ${id} REST.GET.OBJECT ${key} "${request}" ${status} - ` +
      `${bytes} ${bytes} 70 10 "-" "${agent}" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ` +
      `ECDHE-RSA-AES128-GCM-SHA256 ${signed ? "QueryString" : "AuthHeader"} my-photos.s3.eu-central-1.amazonaws.com TLSV1.2 - - -\n`,
  );
  const record = {
    schema_version_id: "V_1_0",
    bucket_arn: "arn:aws:s3:::my-photos",
    bucket_name: "my-photos",
    request_time: `2026-01-15T${clock.join(":")}.000Z`,
    bucket_owner_id: OWNER,
    remote_ip: address,
    requester: OWNER,
    request_id: id,
    operation: "REST.GET.OBJECT",
    key_name: key,
    request_uri: request,
    http_status: status,
    error_code: null,
    bytes_sent: bytes,
    object_size: bytes,
    total_time: 70,
    turn_around_time: 10,
    user_agent: agent,
  };
  out["s3-json.log"].write(`${JSON.stringify(record)}\n`);
}
for (const file of Object.values(out)) file.end();

/** What a command takes of one processor, in seconds by itself and with the system's, and of memory. */
function measure(name, path, command, parameters, stdout = "ignore") {
  const timed = ["-f", "%U %S %M", command, ...parameters];
  const { status, stderr } = spawnSync("/usr/bin/time", timed, {
    stdio: ["ignore", stdout, "pipe"],
    encoding: "utf8",
  });
  const [user, system, kilobytes] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  const megabytes = statSync(path).size / 1e6;
  const speed = (megabytes / (user + system)).toFixed(0);
  console.log(
    `${name.padEnd(24)} ${megabytes.toFixed(0)} MB  user ${user.toFixed(2)} s  system ${system.toFixed(2)} s  ` +
      `${speed} MB/s  ${(kilobytes / 1024).toFixed(0)} MiB`,
  );
  return status;
}

console.log(`${lines} lines, ${decisions} decisions, ${replayed.size} replays`);
for (const name of ["s3.log", "s3-json.log"]) {
  const { path } = out[name];
  const report = join(folder, "report.json");
  const parameters = [
    "audit",
    "join",
    "--decisions",
    out["decisions.jsonl"].path,
    "--access-log",
    path,
    "--json",
  ];
  const file = openSync(report, "w");
  const status = measure(`audit join ${name}`, path, program, parameters, file);
  closeSync(file);
  const { replays, untagged: found } = JSON.parse(readFileSync(report, "utf8"));
  assert.deepEqual(replays.toSorted(), [...replayed].map(tagOf).sort());
  assert.deepEqual([found, status], [untagged, 1]);
  measure(`wc -l ${name}`, path, "wc", ["-l", path]);
  const has =
    name === "s3.log"
      ? ["-R", 'select(test("x-edge="))']
      : ['select(.request_uri | test("x-edge="))'];
  measure(`jq ${name}`, path, "jq", ["-c", ...has, path]);
}
rmSync(folder, { recursive: true });
