// The browser client, clients/js, which the development server has beside this page.
import { createClient, EdgeSignerError, send } from "/edge-signer/index.js";

const SESSION_COOKIE = "__Host-session";
const NO_COOKIE =
  "This browser keeps no Secure cookie over http, as Safari doesn't: run cargo xtask dev --https, and open the address that it prints.";

const $ = (id) => document.getElementById(id);
let busy = false;
let spentRequest = null;
let sharedLink = null;

/** An error in words for the person at the page: what it is, in parts that become sentences, and the one thing to do. */
class Failure extends Error {
  constructor(parts, remedy) {
    const sentences = parts.filter(Boolean).map((part) => part.trim().replace(/[^.!?]$/, "$&."));
    super(sentences.join(" "));
    this.remedy = remedy;
  }
}

// The edge

async function askEdge(path, options) {
  try {
    return await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw noAnswer();
  }
}

async function startSession() {
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

function uploadRequest({ subject }, file) {
  // The time, because an upload must not replace an earlier one of the same name: the browser may
  // show the picture that it has already loaded from that link.
  const key = `users/${subject}/${Date.now()}/${file.name}`;
  return {
    operation: "PutObject",
    key,
    content_type: file.type || "application/octet-stream",
    content_length: file.size,
    expires_in: 60,
    one_time_key: crypto.randomUUID(),
  };
}

/** Asks the edge about a link, with the session of the page, and fails unless it does what was asked. */
async function askAsSession(what, path, { token }, method) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await askEdge(path, { method, credentials: "omit", headers });
  if (!response.ok) throw edgeFailure(await readProblem(response), what);
  return response;
}

async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  return { ...problem, status: response.status };
}

// A problem's title says no more than its code does, so it is shown nowhere.
function edgeFailure({ status, code = "", detail, request_id: id }, what) {
  const reference = id && `Request ID ${id}`;
  return new Failure([`${what}: ${status} ${code}`, detail, reference], advice(status));
}

/** What the client says of the edge, in words. */
function refusal(error, what) {
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

function storeFailure({ status, code, detail }) {
  const [verb, remedy] =
    status < 500
      ? ["refused the file", "Upload again to get a fresh signature."]
      : ["failed", "Upload again; a very long name may need to be a shorter name."];
  return new Failure([`The store ${verb}: ${status} ${code}`, detail], remedy);
}

function unreachableStore({ origin }) {
  const why = `Either it doesn't run, or its CORS rules don't allow PUT from ${location.origin}, or this is a folder`;
  return new Failure(
    [`The file did not reach the store at ${origin}`, why],
    "Start cargo xtask dev again, then upload again.",
  );
}

// What the page shows

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function descriptions(entries) {
  return Object.entries(entries).map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  );
}

function say(text) {
  $("status").textContent = text;
}

/** Says it where it happened: at the end of a step's card, or above all of them. */
function showAlert(error, card) {
  const expected = error instanceof Failure;
  if (!expected) console.error(error);
  const message = expected ? error.message : `Unexpected error: ${error.message}`;
  const remedy = error.remedy ? [" ", element("strong", {}, error.remedy)] : [];
  if (card) card.append($("alert"));
  else document.querySelector("main").prepend($("alert"));
  $("alert").replaceChildren(message, ...remedy);
  $("alert").scrollIntoView({ block: "nearest" });
}

// aria-disabled keeps a button in the tab order, where its hint is read out.
function setHint(button, hint) {
  $(button).setAttribute("aria-disabled", String(hint !== ""));
  $(`${button}-hint`).textContent = hint;
}

function showControls() {
  const wait = busy ? "Wait for the current step to end." : "";
  $("file").disabled = busy;
  setHint("upload", wait || ($("file").files.length > 0 ? "" : "Choose a file first."));
  setHint("reuse", wait || (spentRequest ? "" : "Upload a file in step 1 first."));
  setHint("share", wait || (spentRequest ? "" : "Upload a file in step 1 first."));
  $("shared").hidden = !sharedLink;
  for (const id of ["open", "revoke"]) $(id).setAttribute("aria-disabled", String(busy));
}

function showProgress(fraction) {
  const percent = Math.round(fraction * 100);
  $("progress-area").hidden = false;
  $("progress").value = percent;
  $("percent").textContent = `${percent}%`;
}

function showSigned(key, signed) {
  const expiresAt = new Date(signed.expires_at);
  const seconds = Math.round((expiresAt - new Date(signed.signed_at)) / 1000);
  $("object-key").textContent = key;
  $("method").textContent = signed.method;
  $("expires").textContent = `${seconds} s, until ${expiresAt.toLocaleTimeString("en-GB")}`;
  $("signed-headers").replaceChildren(...descriptions(signed.headers));
  $("signed-url").textContent = signed.url;
  $("result").hidden = false;
}

function showStored(store, key, file) {
  const link = `/f/${[store, ...key.split("/")].map(encodeURIComponent).join("/")}`;
  const image = file.type.startsWith("image/") ? [previewImage(link, file)] : [];
  const address = element("p", { className: "note address" }, "Link: ", element("code", {}, link));
  $("preview").replaceChildren(...image, openLink(link, file), address);
}

function previewImage(link, file) {
  const image = element("img", { id: "preview-image", alt: `Preview of ${file.name}` });
  image.onerror = () => {
    image.remove();
    const show = (error) => showAlert(error, $("preview").closest(".card"));
    explainMissingImage(link).then(show, show);
  };
  image.src = link;
  return image;
}

async function explainMissingImage(link) {
  const response = await askEdge(link, { redirect: "manual" });
  return response.type === "opaqueredirect"
    ? new Failure(
        ["The browser could not show an image from the store"],
        "Open the link to see what the store has.",
      )
    : edgeFailure(await readProblem(response), "The edge did not redirect to the file");
}

function openLink(link, file) {
  const target = { id: "preview-link", href: link, target: "_blank", rel: "noopener" };
  return element("p", {}, element("a", target, `Open ${file.name}`), " (in a new tab)");
}

function showOutcome(region, className, summary, entries) {
  const list = element("dl", {}, ...descriptions(entries));
  $(region).replaceChildren(element("div", { className }, element("p", {}, summary), list));
}

// The steps

async function uploadFile(file) {
  spentRequest = null;
  sharedLink = null;
  for (const id of ["result", "progress-area"]) $(id).hidden = true;
  for (const id of ["preview", "reuse-result", "share-result"]) $(id).replaceChildren();

  say("Asking the edge to sign…");
  const session = await startSession();
  const request = uploadRequest(session, file);
  const signed = await session.client.presign(request).catch((error) => {
    throw refusal(error, "The edge did not sign");
  });
  showSigned(request.key, signed);

  say(`Sending ${file.name} to the store…`);
  showProgress(0);
  const onProgress = ({ loaded, total }) => showProgress(total ? loaded / total : 0);
  await send(signed, file, { onProgress }).catch((error) => {
    throw error.status === 0 ? unreachableStore(new URL(signed.url)) : storeFailure(error);
  });
  showProgress(1);
  spentRequest = request;
  say(`Stored. ${file.name} went straight from this browser to the store.`);
  showStored(session.store, request.key, file);
}

async function reuseKey() {
  $("reuse-result").textContent = "Asking the edge again…";
  const { client } = await startSession();
  const answer = await client.presign(spentRequest).catch((error) => error);
  if (!(answer instanceof Error)) {
    showOutcome("reuse-result", "outcome failed", "Failure: the edge accepted a spent key.", {});
  } else if (answer.code === "one_time_key_used") {
    const entries = { Status: answer.status, Code: answer.code, Detail: answer.detail };
    showOutcome(
      "reuse-result",
      "outcome",
      "Refused, as it has to be: a one-time key works once.",
      entries,
    );
  } else {
    throw refusal(answer, "The edge gave another answer than the expected refusal");
  }
}

async function shareFile() {
  const { client } = await startSession();
  const wanted = { operation: "GetObject", key: spentRequest.key, expires_in: 600 };
  sharedLink = await client.link(wanted).catch((error) => {
    throw refusal(error, "The edge made no link");
  });
  $("link").value = sharedLink.url;
  $("link-until").textContent = new Date(sharedLink.expires_at).toLocaleTimeString("en-GB");
  showOutcome("share-result", "outcome", "Made. Nobody has opened it yet.", {});
}

async function copyLink() {
  $("link").select();
  await navigator.clipboard.writeText(sharedLink.url).catch(() => {
    throw new Failure(["This browser didn't let the page copy it"], "It is selected: copy it.");
  });
  showOutcome("share-result", "outcome", "Copied.", {});
}

/** Opens the link as somebody else would: without the session. */
async function openLinkOnce() {
  const response = await fetch(sharedLink.url, { credentials: "omit", cache: "no-store" }).catch(
    () => null,
  );
  if (!response)
    throw new Failure(["The link could not be followed"], "Start cargo xtask dev again.");
  if (response.ok) {
    const { size } = await response.blob();
    const entries = { Status: response.status, Bytes: size.toLocaleString("en") };
    showOutcome("share-result", "outcome", "Opened: this was its one use.", entries);
    return;
  }
  const problem = await readProblem(response);
  if (problem.status !== 410)
    throw edgeFailure(problem, "The edge gave another answer than expected");
  const entries = { Status: problem.status, Code: problem.code, Detail: problem.detail };
  showOutcome("share-result", "outcome", "Refused, as it has to be.", entries);
}

async function revokeLink() {
  const session = await startSession();
  const path = `/v1/links/${sharedLink.id}`;
  await askAsSession("The edge did not revoke the link", path, session, "DELETE");
  const told = await askAsSession("The edge did not tell of the link", path, session, "GET");
  const { used, revoked } = await told.json();
  const entries = {
    Opened: used === 1 ? "once" : `${used} times`,
    Revoked: revoked ? "yes" : "no",
  };
  showOutcome("share-result", "outcome", "Revoked. Nobody can open it any more.", entries);
}

async function run(step, region, failure) {
  busy = true;
  $("alert").replaceChildren();
  showControls();
  try {
    await step();
  } catch (error) {
    $(region).textContent = failure;
    showAlert(error, $(region).closest(".card"));
  }
  busy = false;
  showControls();
}

function onUpload() {
  const [file] = $("file").files;
  if (!busy && file) run(() => uploadFile(file), "status", `${file.name} was not stored.`);
}

function onReuse() {
  if (!busy && spentRequest) run(reuseKey, "reuse-result", "No result.");
}

function onShare(step, isReady) {
  return () => !busy && isReady() && run(step, "share-result", "No result.");
}

function onPick() {
  const [file] = $("file").files;
  say(file ? `Ready to upload ${file.name} (${file.size.toLocaleString("en")} bytes).` : "");
  $("progress-area").hidden = true;
  showControls();
}

function onDrag(event) {
  // Cancelled everywhere, because a file dropped beside the card would replace the page.
  event.preventDefault();
  const { type, target, dataTransfer } = event;
  const onCard = !busy && $("upload-card").contains(target);
  $("upload-card").classList.toggle("dragging", onCard && type === "dragover");
  if (type === "dragover") dataTransfer.dropEffect = onCard ? "copy" : "none";
  if (type !== "drop" || !onCard || dataTransfer.files.length === 0) return;
  $("file").files = dataTransfer.files;
  onPick();
}

$("file").addEventListener("change", onPick);
$("upload").addEventListener("click", onUpload);
$("reuse").addEventListener("click", onReuse);
$("share").addEventListener(
  "click",
  onShare(shareFile, () => spentRequest),
);
$("copy").addEventListener(
  "click",
  onShare(copyLink, () => sharedLink),
);
$("open").addEventListener(
  "click",
  onShare(openLinkOnce, () => sharedLink),
);
$("revoke").addEventListener(
  "click",
  onShare(revokeLink, () => sharedLink),
);
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, onDrag);
onPick();
startSession().catch((error) => showAlert(error));
