import type { Problem } from "./types.js";

/** What the edge or the store refused, or why there was no answer. */
export class EdgeSignerError extends Error {
  override readonly name = "EdgeSignerError";

  constructor(
    /** Who said no; `client` where nobody was asked. */
    readonly from: "edge" | "store" | "client",
    /** The answer's status; 0 where there was none. */
    readonly status: number,
    /** For programs: the edge's in snake_case, the store's as S3 has them; `unreachable` or `stalled` without an answer. */
    readonly code: string,
    /** For people. */
    readonly detail: string,
    /** By which it is found in the log of whoever said no. */
    readonly requestId = "",
    /** Seconds after which another attempt makes sense, where the answer says so. */
    readonly retryAfter = 0,
    /** The edge's whole document. */
    readonly problem?: Problem,
  ) {
    super(`${from}: ${status} ${code}: ${detail}`);
  }
}

/** The error of an answer's text: a problem of the edge's, or S3's XML. */
export function refusal(
  from: "edge" | "store",
  status: number,
  text: string,
  retryAfter: string | null,
): EdgeSignerError {
  const after = Number(retryAfter) || 0;
  try {
    const problem: Problem = JSON.parse(text);
    const { code, detail, request_id } = problem;
    if (code) return new EdgeSignerError("edge", status, code, detail, request_id, after, problem);
  } catch {
    // It isn't the edge's.
  }
  const element = (name: string) => text.match(`<${name}>([^<]*)`)?.[1] ?? "";
  const code = element("Code") || "unexpected_answer";
  return new EdgeSignerError(from, status, code, element("Message"), element("RequestId"), after);
}

/** An answer, or the next bytes on their way, didn't come in time. */
export const stalled = (from: "edge" | "store", url: string, seconds: number): EdgeSignerError =>
  new EdgeSignerError(
    from,
    0,
    "stalled",
    `${new URL(url).origin} took no bytes and gave no answer for ${seconds} seconds.`,
  );

/** Nobody answered, or the browser doesn't let the page see what. */
export const unreachable = (from: "edge" | "store", url: string): EdgeSignerError =>
  new EdgeSignerError(
    from,
    0,
    "unreachable",
    `No answer from ${new URL(url).origin}: it can't be reached, its CORS rules don't allow this page, the file can't be read, or it refused without CORS headers, as Ceph and Swift do (the browser's network panel shows its answer).`,
  );
