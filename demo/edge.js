// What the page asks the edge, and what edge and store say, in words.

// The browser client, clients/js, which the development server has beside this page.
import { createClient, EdgeSignerError } from "/edge-signer/index.js";
import { Failure } from "./page.js";

const SESSION_COOKIE = "__Host-session";
const NO_COOKIE =
  "This browser keeps no Secure cookie over http, as Safari doesn't: run cargo xtask dev --https, and open the address that it prints.";

export async function askEdge(path, options) {
  try {
    return await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw noAnswer();
  }
}

export async function startSession() {
  const response = await askEdge("/dev-session.json");
  const session = response.ok ? await response.json().catch(() => null) : null;
  if (!session?.token) {
    const what = `/dev-session.json gave no session (status ${response.status})`;
    throw new Failure([what], "Restart cargo xtask dev, then reload this page.");
  }
  // Development only: in production the application sets this cookie itself, HttpOnly, so that no
  // script can read the token.
  document.cookie = `${SESSION_COOKIE}=${session.token}; Path=/; Secure; SameSite=Strict`;
  if (!keepsCookie()) throw new Failure(["The session's cookie is gone"], NO_COOKIE);
  return { ...session, client: createClient({ token: session.token }) };
}

const keepsCookie = () => document.cookie.includes(`${SESSION_COOKIE}=`);

/** Asks the edge about a link, with the session of the page, and fails unless it does what was asked. */
export async function askAsSession(what, path, { token }, method) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await askEdge(path, { method, credentials: "omit", headers });
  if (!response.ok) throw edgeFailure(await readProblem(response), what);
  return response;
}

export async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  return { ...problem, status: response.status };
}

// A problem's title says no more than its code does, so it is shown nowhere.
export function edgeFailure({ status, code = "", detail, request_id: id }, what) {
  const reference = id && `Request ID ${id}`;
  return new Failure([`${what}: ${status} ${code}`, detail, reference], advice(status));
}

/** What the client says of the edge, in words. */
export function refusal(error, what) {
  if (!(error instanceof EdgeSignerError)) return error;
  if (error.status === 0) return noAnswer();
  return edgeFailure(error.problem ?? { status: error.status }, what);
}

const noAnswer = () =>
  new Failure(["The edge did not answer"], "Start cargo xtask dev again, then try once more.");

function advice(status) {
  if (status === 429) return "Wait a moment, then try again.";
  if (status >= 500) return "Read the output of cargo xtask dev: it says more.";
  if (status !== 401) return "";
  return keepsCookie() ? "Restart cargo xtask dev, then reload this page." : NO_COOKIE;
}

// The store

export function storeFailure({ status, code, detail }) {
  const [verb, remedy] =
    status < 500
      ? ["refused the file", "Upload again to get a fresh signature."]
      : ["failed", "Upload again; a very long name may need to be a shorter name."];
  return new Failure([`The store ${verb}: ${status} ${code}`, detail], remedy);
}

export function unreachableStore({ origin }) {
  const why = `Either it doesn't run, or its CORS rules don't allow PUT from ${location.origin}, or this is a folder`;
  return new Failure(
    [`The file did not reach the store at ${origin}`, why],
    "Start cargo xtask dev again, then upload again.",
  );
}
