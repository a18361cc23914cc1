// The browser client, clients/js; an application would have it out of node_modules.
import { createClient, EdgeSignerError } from "/edge-signer/index.js";

const $ = (id) => document.getElementById(id);
const session = fetch("/dev-session.json", { cache: "no-store" }).then((answer) => answer.json());
// A failure is shown by whatever needs the session first.
session.catch(() => {});
let url, link, countdown;

/** An error in words for the person at the page; the parts become sentences. */
class Failure extends Error {
  constructor(...parts) {
    const sentences = parts.filter(Boolean).map((part) => part.trim().replace(/[^.!?]$/, "$&."));
    super(sentences.join(" "));
  }
}

// The edge and the store

async function startedSession() {
  const { token, subject } = await session.catch(() => ({}));
  if (!token)
    throw new Failure("There is no session", "Restart cargo xtask dev, then reload this page");
  return { client: createClient({ token }), subject };
}

/** The id is the last part of the key; the part before it is whose images these are. */
const keyOf = ({ subject }, id) => `images/${subject}/${id}`;

/** What the edge or the store refused to the client, in words. */
function inWords({ from, status, code, detail, requestId }) {
  if (status === 0) return new Failure(detail, "Check that cargo xtask dev runs, then try again");
  const reference = requestId && `Request ID ${requestId}`;
  const again = from === "store" && "Put it again";
  return new Failure(`The ${from} refused: ${status} ${code}`, detail, again, reference);
}

/** Asks as somebody would who has nothing but the URL. */
async function request(target, options) {
  const answer = await fetch(target, { credentials: "omit", cache: "no-store", ...options }).catch(
    () => null,
  );
  if (!answer) {
    const { origin } = new URL(target);
    throw new Failure(
      `${origin} did not answer`,
      `Check that it runs and that its CORS rules allow ${location.origin}`,
    );
  }
  return answer;
}

/** What a refusal says: the store's XML, or the edge's problem. */
async function reasonOf(answer) {
  const text = await answer.text();
  if (/json/.test(answer.headers.get("content-type"))) return JSON.parse(text).detail;
  const xml = new DOMParser().parseFromString(text, "application/xml");
  return ["Code", "Message"].map((name) => xml.querySelector(name)?.textContent).join(": ");
}

// What the page shows

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function show(region, heading, entries, isRefusal = false) {
  const list = Object.entries(entries).map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  );
  const className = isRefusal ? "outcome refused" : "outcome";
  const title = element("p", {}, heading);
  $(region).replaceChildren(element("div", { className }, title, element("dl", {}, ...list)));
}

async function showOpened(region, answer, dead) {
  if (!answer.ok) {
    const heading = answer.status === 404 ? "There is no image with this id." : dead;
    show(region, heading, { Status: answer.status, Reason: await reasonOf(answer) }, true);
    return;
  }
  const image = await answer.blob();
  const size = `${image.type}, ${image.size.toLocaleString("en")} bytes`;
  show(region, "Opened.", { Status: answer.status, Image: size });
  const picture = element("img", { alt: "The image", src: URL.createObjectURL(image) });
  picture.onload = () => URL.revokeObjectURL(picture.src);
  picture.onerror = () => picture.remove();
  $(region).firstChild.append(picture);
}

/** Counts down by this computer's clock; the store goes by its own. */
function showLife(expiresAt, seconds) {
  clearInterval(countdown);
  const update = () => {
    const left = Math.max(0, (expiresAt - Date.now()) / 1000);
    $("left").value = left / seconds;
    $("left-text").textContent = left > 0 ? `${Math.ceil(left)} s` : "over";
    if (left === 0) clearInterval(countdown);
  };
  $("life").hidden = false;
  countdown = setInterval(update, 200);
  update();
}

// What the person does

async function put() {
  const [file] = $("file").files;
  const id = crypto.randomUUID();
  const started = await startedSession();
  const key = keyOf(started, id);
  // In one piece, whatever its size: the rule has no other way. Whoever sits here tries again.
  await started.client.upload(file, { key, threshold: Infinity, retries: 0 });
  $("id").value = id;
  show("put-result", "Stored.", { Id: id, Key: key });
}

async function get() {
  const seconds = $("seconds").valueAsNumber;
  const started = await startedSession();
  const key = keyOf(started, $("id").value);
  const wish = { operation: "GetObject", key, expires_in: seconds };
  const signed = await started.client.presign(wish);
  url = signed.url;
  showLife(Date.parse(signed.expires_at), seconds);
  $("open").hidden = false;
  show("get-result", `Good for ${seconds} s.`, { URL: element("code", {}, url) });
}

async function openUrl() {
  await showOpened("get-result", await request(url), "Dead: the store refuses it.");
}

async function makeLink() {
  const started = await startedSession();
  const key = keyOf(started, $("id").value);
  const wish = { operation: "GetObject", key, delivery: "stream", expires_in: 600 };
  link = (await started.client.link(wish)).url;
  $("open-link").hidden = false;
  show("link-result", "Made. Nobody has opened it yet.", { Link: element("code", {}, link) });
}

async function openLink() {
  await showOpened("link-result", await request(link), "Dead: the edge refuses it.");
}

/** Runs one step at a time; what goes wrong is said at the top. */
let busy = false;
async function run(step) {
  if (busy) return;
  busy = true;
  $("alert").replaceChildren();
  try {
    await step();
  } catch (thrown) {
    const error = thrown instanceof EdgeSignerError ? inWords(thrown) : thrown;
    const expected = error instanceof Failure;
    if (!expected) console.error(error);
    $("alert").textContent = expected ? error.message : `Unexpected error: ${error.message}`;
    $("alert").scrollIntoView({ block: "nearest" });
  }
  busy = false;
}

for (const [form, step] of Object.entries({ put, get, link: makeLink })) {
  $(form).addEventListener("submit", (event) => {
    event.preventDefault();
    if (form === "link" && !$("id").reportValidity()) return;
    run(step);
  });
}
$("open").addEventListener("click", () => run(openUrl));
$("open-link").addEventListener("click", () => run(openLink));
