// The upload endpoint: one GET, whose query says everything.

import { createClient, EdgeSignerError } from "edge-signer-client";
import type { Client, PresignAnswer, Problem } from "edge-signer-client";
import { Failure } from "./page.js";

/** Seconds that a URL is good for. */
const TEN_MINUTES = 600;

export interface Session {
  edge: string;
  subject: string;
  token: string;
  client: Client;
}

/** In production the application signs the user in; here the development server hands out a session. */
export async function startSession(): Promise<Session> {
  const response = await fetch("/dev-session.json", { cache: "no-store" }).catch(() => undefined);
  const found = response?.ok ? await response.json().catch(() => undefined) : undefined;
  if (typeof found?.token !== "string") {
    throw new Failure(
      "There is no session for this page",
      "Check that cargo xtask dev --example upload-endpoint runs, then reload this page",
    );
  }
  const { edge = location.origin, token, subject } = found;
  return { edge, subject, token, client: createClient({ edge, token }) };
}

/** The same name may be uploaded again without replacing what is there. */
export const keyOf = ({ subject }: Session, file: File): string =>
  `users/${subject}/uploads/${crypto.randomUUID()}/${file.name}`;

export const queryOf = (file: File, key: string): string =>
  `/v1/presign?${new URLSearchParams({
    operation: "PutObject",
    key,
    content_type: file.type || "application/octet-stream",
    content_length: String(file.size),
    expires_in: String(TEN_MINUTES),
  })}`;

export async function ask(
  { edge, token }: Session,
  query: string,
  signal: AbortSignal,
): Promise<PresignAnswer> {
  let response;
  try {
    const headers = { authorization: `Bearer ${token}` };
    response = await fetch(edge + query, { headers, cache: "no-store", signal });
  } catch {
    throw new EdgeSignerError("edge", 0, "unreachable", "");
  }
  if (response.ok) return response.json();
  const problem: Problem = await response.json();
  const { status, code, detail, request_id } = problem;
  throw new EdgeSignerError("edge", status, code, detail, request_id, 0, problem);
}

/** What was refused, in words that say what to do. */
export function inWords(error: unknown, { edge }: Session, file: File): unknown {
  if (!(error instanceof EdgeSignerError)) return error;
  const { from, status, code, detail, requestId, problem } = error;
  const reference = requestId && `Request ID ${requestId}`;
  if (status === 0 && from === "edge") {
    return new Failure(
      `The edge at ${edge} did not answer this page`,
      `Check that it runs, and that its CORS.allowed_origins has ${location.origin}`,
    );
  }
  if (status === 0) {
    return new Failure(
      detail,
      `The bucket's CORS rules need ${location.origin}, PUT and content-type`,
    );
  }
  if (problem?.dimension === "type") {
    const type = file.type || "a type that the browser does not know";
    return new Failure(
      `Files of this kind can't be uploaded: ${file.name} is ${type}`,
      "Choose a picture, a PDF or a plain text",
      reference,
    );
  }
  if (problem?.dimension === "size") {
    return new Failure(`${file.name} is too large`, "Choose a file of up to 25 MiB", reference);
  }
  const who = from === "edge" ? "The edge" : "The store";
  const again = status >= 500 || status === 429 ? "Try again in a moment" : "";
  return new Failure(`${who} refused: ${status} ${code}`, detail, again, reference);
}
