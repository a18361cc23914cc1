// Who is at the page. In production the application signs the user in; here the development server hands out a
// session.

import { createClient } from "edge-signer-client";
import { Failure } from "./page.js";

let found;

async function read() {
  const response = await fetch("/dev-session.json", { cache: "no-store" }).catch(() => null);
  const session = response?.ok ? await response.json().catch(() => null) : null;
  if (session?.token) return session;
  throw new Failure(
    "There is no session for this page",
    "Check that cargo xtask dev --example put-from-anywhere runs, then reload this page",
  );
}

/** The session: its subject, token and client. */
export async function session() {
  found ??= await read();
  const { subject, token } = found;
  return { subject, token, client: createClient({ token }) };
}
