// Who uploaded what, out of the lines of the Worker's log: a line for each upload.
//
//   node who.mjs [--subject S] [--key PREFIX] [LOG…]
//
// Reads standard input where no log is named: what `wrangler dev` prints, `npx wrangler tail --format json`, or
// what Logpush has written.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The audit lines in a value of JSON, which may hold them as texts, however deep. */
function* auditLines(value) {
  if (typeof value === "string") {
    if (/^\{"event":"decisions?"/.test(value)) yield* auditLines(parsed(value));
  } else if (value?.event === "decision") {
    yield value;
  } else if (value?.event === "decisions") {
    const { decisions, ...common } = value;
    for (const own of decisions) yield { ...common, ...own };
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) yield* auditLines(member);
  }
}

/** All decisions of a log, in its order. */
export function decisionsOf(log) {
  // What is written over several lines has each text in one of its own.
  const lines = log.split("\n").map((line) => line.trim().replace(/,$/, ""));
  return lines.flatMap((line) => [...auditLines(parsed(line))]);
}

/**
 * What tells of an upload, and what it tells: the edge completes uploads in parts itself, and for the rest it knows
 * that it gave out a URL, or that a link was made or used.
 */
function upload({ operation, via, expires_at: until }) {
  if (operation === "CompleteMultipartUpload" && until === undefined) return "completed, in parts";
  if (operation !== "PutObject") return undefined;
  if (via === "link") return "used a link of this session's";
  return `${via === "mint" ? "made a link" : "got a URL"}, until ${until}`;
}

/** Who uploaded what, by time; without the refusals. */
export function uploadsOf(log) {
  const allowed = decisionsOf(log).filter(({ outcome }) => outcome === "allowed");
  const uploads = allowed.map((decision) => {
    const { time, issuer, subject, store, key, key_sha256, request_id } = decision;
    const what = upload(decision);
    // Without AUDIT.keys there is the hash alone: printf %s KEY | sha256sum
    return { time, issuer, subject, store, key: key ?? `sha256:${key_sha256}`, what, request_id };
  });
  return uploads
    .filter(({ what }) => what !== undefined)
    .sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = { subject: { type: "string" }, key: { type: "string" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const logs = positionals.length > 0 ? positionals : [0];
  const all = uploadsOf(logs.map((log) => readFileSync(log, "utf8")).join("\n"));
  const { subject, key = "" } = values;
  const isWanted = (upload) =>
    (subject === undefined || upload.subject === subject) && upload.key.startsWith(key);
  for (const upload of all.filter(isWanted)) {
    // Texts of others may hold anything; a terminal gets no controls from them.
    const columns = [upload.time, upload.subject, upload.store, upload.key, upload.what];
    console.log(columns.join("\t").replaceAll(/(?!\t)\p{Cc}/gu, "�"));
  }
}
