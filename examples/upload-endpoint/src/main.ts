// The page: a file is uploaded with progress by a URL for its own type, and refused as another one.

import { send } from "edge-signer-client";
import { ask, inWords, keyOf, queryOf, startSession } from "./endpoint.js";
import type { Session } from "./endpoint.js";
import { explain, sendAs } from "./mismatch.js";
import { descriptions, element, Failure, find, isEnabled } from "./page.js";
import { setHint, showAlert, showProgress } from "./page.js";
import "./page.css";

const OTHER_ORIGIN = "http://127.0.0.1:5173";

let running: AbortController | undefined;

const chosen = () => find<HTMLInputElement>("file").files?.[0];
const say = (text: string) => (find("status").textContent = text);

async function upload(session: Session, file: File, signal: AbortSignal): Promise<void> {
  for (const id of ["asked", "progress-area"]) find(id).hidden = true;
  find("stored").replaceChildren();
  say("Asking the edge…");
  const key = keyOf(session, file);
  const query = queryOf(file, key);
  const signed = await ask(session, query, signal);
  const until = new Date(signed.expires_at).toLocaleTimeString("en-GB");
  find("request").textContent = `GET ${query.replaceAll("&", "\n  &")}`;
  find("bound").replaceChildren(
    ...descriptions({ ...signed.headers, until: until, "object key": key }),
  );
  find("asked").hidden = false;

  say(`Sending ${file.name} to the store…`);
  showProgress({ loaded: 0, total: 1 });
  await send(signed, file, { signal, onProgress: showProgress });
  showProgress({ loaded: 1, total: 1 });
  say(`Stored ${file.name} as ${signed.headers["content-type"]}.`);
  await showStored(session, file, key).catch((error) => {
    find("stored").textContent = "There is no URL to open it with.";
    showAlert(inWords(error, session, file));
  });
}

/** What is stored can't be cancelled any more, and stays stored where this fails. */
async function showStored({ client }: Session, file: File, key: string): Promise<void> {
  const { url } = await client.presign({ operation: "GetObject", key });
  const target = { id: "open", href: url, target: "_blank", rel: "noopener" };
  find("stored").replaceChildren(
    element("a", target, `Open ${file.name}`),
    " (in a new tab, for the next minutes)",
  );
}

async function mismatch(session: Session, file: File, signal: AbortSignal): Promise<void> {
  const type = find<HTMLSelectElement>("claimed").value;
  const region = find("mismatch-result");
  region.textContent = "Asking, and sending…";
  const signed = await ask(session, queryOf(file, keyOf(session, file)), signal);
  let answer;
  try {
    answer = await sendAs(type, signed, file, signal);
  } catch {
    const { origin } = new URL(signed.url);
    throw new Failure(
      `No answer from ${origin}: it is down, or its CORS rules leave this page out`,
    );
  }
  region.replaceChildren(await explain(session.edge, signed, type, answer, signal));
}

function showControls(): void {
  const wait = running ? "Wait for the current step to end." : "";
  find<HTMLInputElement>("file").disabled = running !== undefined;
  setHint("upload", wait || (chosen() ? "" : "Choose a file first."));
  setHint("mismatch", wait || (chosen() ? "" : "Choose a file in step 1 first."));
  setHint("cancel", running ? "" : "There is nothing to cancel.");
}

/** One step at a time, with its failure in words. */
async function run(
  region: string,
  step: (session: Session, file: File, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const file = chosen();
  if (running || !file) return;
  running = new AbortController();
  const { signal } = running;
  find("alert").replaceChildren();
  showControls();
  let session: Session | undefined;
  try {
    session = await startSession();
    await step(session, file, signal);
  } catch (error) {
    // Of what was on its way when it was cancelled, the store may have got all.
    find(region).textContent = signal.aborted
      ? "Cancelled before the store had answered."
      : `${file.name} was not stored.`;
    if (!signal.aborted) showAlert(session ? inWords(error, session, file) : error);
  }
  running = undefined;
  showControls();
}

function onPick(): void {
  const file = chosen();
  const type = file?.type || "a type that the browser does not know";
  say(file ? `${file.name} is ${type}, ${file.size.toLocaleString("en")} bytes.` : "");
  find("progress-area").hidden = true;
  showControls();
}

/** Which origins there are, and which of them have to allow this page. */
async function showOrigins(): Promise<void> {
  const { edge, client, subject } = await startSession();
  const allows = (origin: string, where: string) =>
    origin === location.origin
      ? `${origin} (this page's own)`
      : `${origin}, which allows it ${where}`;
  const wish = { operation: "GetObject", key: `users/${subject}/uploads/a/b` } as const;
  const store = await client.presign(wish).then(
    ({ url }) => allows(new URL(url).origin, "in the bucket's CORS rules"),
    () => "Not known: the edge did not answer this page.",
  );
  find("origins").replaceChildren(
    ...descriptions({
      "This page": location.origin,
      "The edge": allows(edge, "in CORS.allowed_origins"),
      "The store": store,
    }),
  );
  if (edge !== location.origin) return;
  const target = { href: `${OTHER_ORIGIN}/`, target: "_blank", rel: "noopener" };
  find("elsewhere").replaceChildren(
    "The same page at another origin: ",
    element("a", target, OTHER_ORIGIN),
    " (in a new tab)",
  );
}

find("file").addEventListener("change", onPick);
find("upload").addEventListener("click", () => run("status", upload));
find("mismatch").addEventListener("click", () => run("mismatch-result", mismatch));
find("cancel").addEventListener("click", () => isEnabled("cancel") && running?.abort());
onPick();
showOrigins().catch(showAlert);
