// Browsers set these themselves and forbid scripts to.
const BROWSER_HEADERS = ["content-length", "host"];

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
  return { token, subject };
}

/** The id is the last part of the key; the part before it is whose images these are. */
const keyOf = async (id) => `images/${(await startedSession()).subject}/${id}`;

async function askEdge(path, fields) {
  const { token } = await startedSession();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify(fields);
  // The bearer token alone authenticates this call.
  const options = { method: "POST", credentials: "omit", cache: "no-store", headers, body };
  const answer = await fetch(path, options).catch(() => null);
  if (!answer) throw new Failure("The edge did not answer", "Check that cargo xtask dev runs");
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return json;
  const reference = json.request_id && `Request ID ${json.request_id}`;
  throw new Failure(
    `The edge refused: ${answer.status} ${json.code ?? ""}`,
    json.detail,
    reference,
  );
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
  const key = await keyOf(id);
  const fields = {
    operation: "PutObject",
    key,
    content_type: file.type || "application/octet-stream",
    content_length: file.size,
    expires_in: 60,
  };
  const { url, method, headers } = await askEdge("/v1/presign", fields);
  for (const name of BROWSER_HEADERS) delete headers[name];
  const answer = await request(url, { method, headers, body: file });
  if (!answer.ok) {
    throw new Failure(
      `The store refused the image: ${answer.status}`,
      await reasonOf(answer),
      "Put it again",
    );
  }
  $("id").value = id;
  show("put-result", "Stored.", { Id: id, Key: key });
}

async function get() {
  const seconds = $("seconds").valueAsNumber;
  const key = await keyOf($("id").value);
  const signed = await askEdge("/v1/presign", { operation: "GetObject", key, expires_in: seconds });
  url = signed.url;
  showLife(Date.parse(signed.expires_at), seconds);
  $("open").hidden = false;
  show("get-result", `Good for ${seconds} s.`, { URL: element("code", {}, url) });
}

async function openUrl() {
  await showOpened("get-result", await request(url), "Dead: the store refuses it.");
}

async function makeLink() {
  const wish = { operation: "GetObject", delivery: "stream", expires_in: 600 };
  link = (await askEdge("/v1/links", { ...wish, key: await keyOf($("id").value) })).url;
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
  } catch (error) {
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
