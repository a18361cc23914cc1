// Made-up lines of the Worker's and of a store's log, the same each time.

import { createHash } from "node:crypto";

const sha256 = (text) => createHash("sha256").update(text).digest();
const START = Date.parse("2026-01-14T06:00:00Z");
const RULES = [
  "members keep their own files",
  "members read what is public",
  "members share their files",
  "editors publish",
  "accountants fetch exports, in the role that finance gave them",
  "uploads of the week",
  "thumbnails",
  "backups",
];
const SHARE = RULES[2];
const PEOPLE = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
/** What would be more than text in a page. */
export const MARKUP = `<img src="https://example.com/x" onerror="document.title='run'">`;

/** Numbers of a seed (xorshift). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const moment = (time) => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** One decision after the other, through two days and a night. */
export function madeDecisions(count = 4000) {
  const random = numbers(2463534242);
  const few = (below) => Math.min(random(below), random(below));
  const links = [];
  const decisions = [];
  for (let number = 0; number < count; number++) {
    const time = START + Math.floor((number * 41 * 3600 * 1000) / count);
    const hour = (time / 3600_000) % 24;
    if (random(24) > 6 + 12 * Math.sin(((hour - 4) / 24) * Math.PI)) continue;
    const network = random(5) ? `198.51.${few(60)}.0/24` : `2001:db8:${random(9)}::/48`;
    const request = { event: "decision", time: moment(time), request_id: `r${number}` };
    const kind = random(20);
    if (kind === 0 && random(2) === 0) {
      decisions.push({ ...request, outcome: "session_invalid", network });
      continue;
    }
    const guest = random(3) ? "" : `+${random(20)}@example.com`;
    const decision = {
      ...request,
      issuer: "https://app.example.com",
      subject: number % 97 === 0 ? MARKUP : `${PEOPLE[few(10)]}${guest}`,
      operation: "GetObject",
      store: "photos",
      key_sha256: sha256(`key ${number}`).toString("hex"),
      rule: RULES[Math.min(few(8), random(9))],
      outcome: "allowed",
      expires_at: moment(time + 300_000),
      tag: sha256(`tag ${number}`).subarray(0, 18).toString("base64url"),
      network,
    };
    const refuse = (outcome, more) => {
      Object.assign(decision, { outcome, ...more });
      delete decision.expires_at;
      delete decision.tag;
    };
    if (kind < 2) {
      const one_time_id = sha256(`link ${number}`).toString("hex");
      links.push(one_time_id);
      Object.assign(decision, { one_time_id, via: "mint", rule: SHARE });
      delete decision.tag;
    } else if (kind < 5 && links.length > 0) {
      const one_time_id = links[Math.max(0, links.length - 1 - few(200))];
      Object.assign(decision, { one_time_id, via: "link", rule: SHARE });
      if (random(5) === 0) refuse("link_spent");
    } else if (kind < 7) {
      decision.one_time_id = sha256(`one-time ${number}`).toString("hex");
      if (random(9) === 0) refuse("one_time_key_used");
    } else if (kind === 8) {
      refuse("not_allowed", { dimension: ["key", "operation", "denied", "size"][few(4)] });
    }
    decisions.push(decision);
  }
  return decisions;
}

/** The lines of decisions, and of the problems that were answered. */
export function linesOf(decisions) {
  const status = {
    session_invalid: 401,
    not_allowed: 403,
    link_spent: 410,
    one_time_key_used: 409,
  };
  const lines = decisions.flatMap((decision) => {
    const { request_id, outcome: code } = decision;
    if (code === "allowed") return [decision];
    return [decision, { event: "problem", request_id, status: status[code], code, reason: code }];
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** A store's log, in S3's form, of the URLs of decisions: two in three are used, every fiftieth twice. */
export function accessLogOf(decisions) {
  const random = numbers(88675123);
  const lines = [];
  const use = (decision, seconds) => {
    const time = Date.parse(decision.time) + seconds * 1000;
    const [day, clock] = moment(time).slice(0, 19).split("T");
    const number = String(lines.length).padStart(16, "0");
    lines.push(
      `o my-photos [${day.slice(8)}/Jan/2026:${clock} +0000] 198.51.100.7 o ${number} REST.GET.OBJECT a ` +
        `"GET /a?X-Amz-Date=20260114T000000Z&x-edge=${decision.tag}&X-Amz-Signature=00 HTTP/1.1" 200 - 10 10 1 1\n`,
    );
  };
  for (const [index, decision] of decisions.filter(({ tag }) => tag).entries()) {
    if (random(3) === 0) continue;
    decision.key_sha256 = sha256("a").toString("hex");
    delete decision.network;
    use(decision, 1 + random(100));
    if (index % 50 === 0) use(decision, 150 + random(100));
  }
  return lines.join("");
}
