const EXPIRES_IN_SECONDS = 60;
const SESSION_COOKIE = "__Host-session";
// Browsers set these themselves and forbid scripts to.
const BROWSER_HEADERS = new Set(["content-length", "host"]);

const $ = (id) => document.getElementById(id);
const shownLinks = new Set();
let busy = false;
let spentRequest = null;
let countdown;

/** An error in words for the person at the page; the parts become sentences. */
class Failure extends Error {
  constructor(...parts) {
    super(
      parts
        .filter(Boolean)
        .map((part) => part.trim().replace(/[^.!?]$/, "$&."))
        .join(" "),
    );
  }
}

// The edge

async function askEdge(path, options) {
  try {
    return await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new Failure("The edge did not answer", "Check that cargo xtask dev runs, then try again");
  }
}

async function startSession() {
  const response = await askEdge("/dev-session.json");
  const session = response.ok ? await response.json().catch(() => null) : null;
  if (!session?.token) {
    const fault = response.ok ? "holds no token" : `answered ${response.status}`;
    const remedy = "Restart cargo xtask dev, then reload this page";
    throw new Failure(`There is no session: /dev-session.json ${fault}`, remedy);
  }
  // Development only: in production the application sets this cookie itself, HttpOnly, so that no
  // script can read the token.
  document.cookie = `${SESSION_COOKIE}=${session.token}; Path=/; Secure; SameSite=Strict`;
  return session;
}

function uploadRequest({ token, subject }, file) {
  const key = `users/${subject}/${file.name}`;
  const body = JSON.stringify({
    operation: "PutObject",
    key,
    content_type: file.type || "application/octet-stream",
    content_length: file.size,
    expires_in: EXPIRES_IN_SECONDS,
    one_time_key: crypto.randomUUID(),
  });
  return { token, key, body };
}

function presign({ token, body }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  // The bearer token alone authenticates this call, so the cookie stays out of it.
  return askEdge("/v1/presign", { method: "POST", credentials: "omit", headers, body });
}

async function readProblem(response) {
  const problem = await response.json().catch(() => ({}));
  return { ...problem, status: response.status };
}

function edgeFailure({ status, code = "", title, detail, request_id: id }, what) {
  return new Failure(
    `${what}: ${status} ${code}`,
    title,
    detail,
    advice(status),
    id && `Request ID ${id}`,
  );
}

function advice(status) {
  if (status === 429) return "Wait a moment, then try again";
  if (status >= 500) return "The output of cargo xtask dev says more";
  if (status !== 401) return "";
  if (document.cookie.includes(`${SESSION_COOKIE}=`))
    return "Reload this page; if that does not help, restart cargo xtask dev";
  return "This browser did not keep the session cookie: use a current Chrome or Firefox on localhost";
}

// The store

/** XMLHttpRequest, because fetch does not report upload progress. */
function send({ url, method, headers }, file) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (!BROWSER_HEADERS.has(name.toLowerCase())) xhr.setRequestHeader(name, value);
    }
    xhr.upload.onprogress = ({ loaded, total }) => showProgress(total ? loaded / total : 0);
    xhr.onload = () =>
      xhr.status >= 200 && xhr.status < 300 ? resolve() : reject(storeFailure(xhr));
    xhr.onerror = () => reject(unreachableStore(url));
    xhr.send(file);
  });
}

function storeFailure({ status, responseText }) {
  const xml = new DOMParser().parseFromString(responseText, "application/xml");
  const text = (name) => xml.querySelector(name)?.textContent ?? "";
  const remedy = "Upload again to get a fresh signature";
  return new Failure(
    `The store refused the file: ${status} ${text("Code")}`,
    text("Message"),
    remedy,
  );
}

function unreachableStore(url) {
  return new Failure(
    `The file did not reach the store at ${new URL(url).origin}`,
    `Check that the store runs, that its CORS rules allow PUT from ${location.origin}` +
      " and that the file can be read (a folder cannot), then upload again",
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

function showAlert(error) {
  if (!(error instanceof Failure)) console.error(error);
  $("alert").textContent = error.message;
  $("alert").scrollIntoView({ block: "nearest" });
}

function setEnabled(button, hint) {
  // Not the disabled attribute: the button stays in the tab order, where its hint is read out.
  $(button).setAttribute("aria-disabled", String(Boolean(hint)));
  $(`${button}-hint`).textContent = hint;
}

function showControls() {
  const wait = busy && "Wait for the current step to end.";
  $("file").disabled = busy;
  setEnabled("upload", wait || ($("file").files.length ? "" : "Choose a file first."));
  setEnabled("reuse", wait || (spentRequest ? "" : "Upload a file in step 1 first."));
}

function showProgress(fraction) {
  const percent = Math.round(fraction * 100);
  $("progress-area").hidden = false;
  $("progress").value = percent;
  $("percent").textContent = `${percent}%`;
}

function showSigned(key, { url, method, headers, signed_at: signedAt, expires_at: expiresAt }) {
  $("object-key").textContent = key;
  $("method").textContent = method;
  $("signed-headers").replaceChildren(...descriptions(headers));
  $("signed-url").textContent = url;
  $("result").hidden = false;
  startCountdown(new Date(signedAt), new Date(expiresAt));
}

function startCountdown(signedAt, expiresAt) {
  // Counted from now, so that a clock that differs from the edge's does not matter.
  const deadline = performance.now() + (expiresAt - signedAt);
  const time = expiresAt.toLocaleTimeString("en-GB");
  const tick = () => {
    const seconds = Math.ceil((deadline - performance.now()) / 1000);
    $("expires").textContent = seconds > 0 ? `${seconds} s, until ${time}` : `Expired at ${time}`;
    if (seconds <= 0) clearInterval(countdown);
  };
  clearInterval(countdown);
  countdown = setInterval(tick, 1000);
  tick();
}

function showStored(store, key, file) {
  const link = `/f/${[store, ...key.split("/")].map(encodeURIComponent).join("/")}`;
  const view = file.type.startsWith("image/") ? previewImage(link, file) : openLink(link, file);
  const address = element("p", { className: "note" }, "Link: ", element("code", {}, link));
  $("preview").replaceChildren(view, address);
}

function previewImage(link, file) {
  const image = element("img", { id: "preview-image", alt: `Preview of ${file.name}` });
  // Within one document a browser shows an image it already has, without asking for it again.
  const sources = shownLinks.has(link) ? [`${link}?again=${Date.now()}`, link] : [link];
  const load = () => {
    if (sources.length > 0) return void (image.src = sources.shift());
    image.replaceWith(openLink(link, file));
    explainMissingImage(link, file).then(showAlert, showAlert);
  };
  image.onerror = load;
  shownLinks.add(link);
  load();
  return image;
}

async function explainMissingImage(link, file) {
  const response = await askEdge(link, { redirect: "manual" });
  if (response.type !== "opaqueredirect") {
    return edgeFailure(await readProblem(response), "The edge did not redirect to the file");
  }
  const what =
    "The edge redirected to the store, but the browser got no image there that it can show";
  return new Failure(what, `Use "Open ${file.name}" in step 2 to see the answer of the store`);
}

function openLink(link, file) {
  const target = { id: "preview-link", href: link, target: "_blank", rel: "noopener" };
  return element("p", {}, element("a", target, `Open ${file.name}`), " (in a new tab)");
}

function showReuse(refused, summary, entries) {
  const className = refused ? "outcome" : "outcome failed";
  const list = element("dl", {}, ...descriptions(entries));
  $("reuse-result").replaceChildren(element("div", { className }, element("p", {}, summary), list));
}

// The steps

async function uploadFile(file) {
  spentRequest = null;
  $("result").hidden = true;
  $("progress-area").hidden = true;
  for (const id of ["preview", "reuse-result"]) $(id).replaceChildren();

  say("Asking the edge to sign…");
  const session = await startSession();
  const request = uploadRequest(session, file);
  const response = await presign(request);
  if (!response.ok) throw edgeFailure(await readProblem(response), "The edge did not sign");
  const signed = await response.json();
  showSigned(request.key, signed);

  say(`Sending ${file.name} to the store…`);
  showProgress(0);
  await send(signed, file);
  showProgress(1);
  spentRequest = request;
  say(`Stored. ${file.name} went straight from this browser to the store.`);
  showStored(session.store, request.key, file);
}

async function reuseKey() {
  $("reuse-result").textContent = "Asking the edge again…";
  const response = await presign(spentRequest);
  const problem = await readProblem(response);
  const { status, code, title, detail } = problem;
  if (response.ok) {
    showReuse(false, "Failure: the edge accepted a spent one-time key.", { Status: status });
  } else if (status === 409 && code === "one_time_key_used") {
    const entries = { Status: status, Code: code, Title: title, Detail: detail };
    showReuse(true, "Refused, as it has to be: a one-time key works once.", entries);
  } else {
    throw edgeFailure(problem, "The edge gave another answer than the expected refusal");
  }
}

async function run(task, sayFailed) {
  busy = true;
  $("alert").replaceChildren();
  showControls();
  try {
    await task();
  } catch (error) {
    sayFailed();
    showAlert(error);
  }
  busy = false;
  showControls();
}

function onUpload() {
  const [file] = $("file").files;
  if (busy) return;
  if (!file) return say("Choose a file first.");
  run(
    () => uploadFile(file),
    () => say(`${file.name} was not stored.`),
  );
}

function onReuse() {
  if (busy || !spentRequest) return;
  run(reuseKey, () => $("reuse-result").replaceChildren("No result."));
}

function onPick() {
  const [file] = $("file").files;
  if (file) say(`Ready to upload ${file.name} (${file.size.toLocaleString("en")} bytes).`);
  showControls();
}

function onDrop(event) {
  const [file] = event.dataTransfer.files;
  $("upload-card").classList.remove("dragging");
  if (busy || !file || !$("upload-card").contains(event.target)) return;
  const picked = new DataTransfer();
  picked.items.add(file);
  $("file").files = picked.files;
  onPick();
}

function onDragOver(event) {
  const onCard = !busy && $("upload-card").contains(event.target);
  event.dataTransfer.dropEffect = onCard ? "copy" : "none";
  $("upload-card").classList.toggle("dragging", onCard);
}

$("file").addEventListener("change", onPick);
$("upload").addEventListener("click", onUpload);
$("reuse").addEventListener("click", onReuse);
// On the whole document, because a file dropped beside the card would replace the page.
document.addEventListener("dragover", onDragOver);
document.addEventListener("drop", onDrop);
onPick();
startSession().catch(showAlert);
