// A link by which somebody without a session uploads a file, so many times.

import { EdgeSignerError, send } from "edge-signer-client";
import { session } from "./session.js";
import { $, descriptions, enable, Failure, onClick, outcome, showAlert } from "./page.js";

/** The largest file that the link takes. */
const MOST_BYTES = 100_000_000;

let link = null;
let busy = false;

const chosen = () => $("link-file").files[0];

function showControls() {
  enable("make", !busy);
  enable("use", !busy && chosen() !== undefined);
  $("use-hint").textContent = chosen() ? "" : "Choose a file first.";
}

/** What the edge knows of the link, which it tells its maker alone. */
async function told() {
  const { token } = await session();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`/v1/links/${link.id}`, { headers, cache: "no-store" });
  if (!response.ok) throw new Failure(`The edge did not tell of the link: ${response.status}`);
  return response.json();
}

async function showLink() {
  const { uses, used, left } = await told();
  const until = new Date(link.expires_at).toLocaleTimeString("en-GB");
  const entries = { Uses: `${uses}, of which ${left} left`, Used: `${used} times`, Until: until };
  $("link-told").replaceChildren(...descriptions(entries));
  const headers = Object.entries(link.headers).map(([name, value]) => `-H '${name}: ${value}'`);
  $("link-curl").textContent = ["curl -L -T FILE", ...headers, `'${link.url}'`].join(" \\\n  ");
  $("link").hidden = false;
}

async function make() {
  const [name, uses] = [$("name").value.trim(), $("uses")];
  if (name === "" || name.includes("/")) throw new Failure("Give the file a name without slashes");
  if (!uses.validity.valid || uses.value === "") throw new Failure("Uses are from 1 to 10");
  const { client, subject } = await session();
  link = await client.link({
    operation: "PutObject",
    key: `users/${subject}/inbox/${crypto.randomUUID()}/${name}`,
    max_bytes: MOST_BYTES,
    uses: Number(uses.value),
    expires_in: 3600,
  });
  $("link-result").replaceChildren();
  await showLink();
}

/** As somebody else would: a link needs no session, and `send` sends none. */
async function use() {
  try {
    await send(link, chosen());
    $("link-result").replaceChildren(outcome(true, "Stored.", {}));
  } catch (error) {
    if (!(error instanceof EdgeSignerError) || error.status === 0) throw error;
    const { from, status, code, detail } = error;
    const said = { "Said by": `the ${from}`, Status: `${status} ${code}`, Detail: detail };
    $("link-result").replaceChildren(outcome(false, refusal(error), said));
  }
  await showLink();
}

function refusal({ status, code }) {
  if (status === 412) return "Refused: there is a file already. The use is spent.";
  if (code === "link_spent") return "Refused: no use is left.";
  if (code === "link_expired") return "Refused: the link has expired.";
  return "Refused.";
}

async function run(step) {
  busy = true;
  $("alert").replaceChildren();
  showControls();
  await step().catch(showAlert);
  busy = false;
  showControls();
}

export function prepare() {
  onClick("make", () => run(make));
  onClick("use", () => run(use));
  $("link-file").addEventListener("change", showControls);
  showControls();
}
