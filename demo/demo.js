// The steps of the page.

// The browser client, clients/js, which the development server has beside this page.
import { send } from "/edge-signer/index.js";
import {
  askAsSession,
  edgeFailure,
  readProblem,
  refusal,
  startSession,
  storeFailure,
  unreachableStore,
} from "./edge.js";
import { uploadIntoInbox } from "./inbox.js";
import { $, descriptions, Failure, setHint, showAlert, showOutcome } from "./page.js";
import { showStored } from "./preview.js";

let busy = false;
let spentRequest = null;
let sharedLink = null;

// What the page shows

function say(text) {
  $("status").textContent = text;
}

function showControls() {
  const wait = busy ? "Wait for the current step to end." : "";
  for (const id of ["file", "inbox-file"]) $(id).disabled = busy;
  setHint("upload", wait || ($("file").files.length > 0 ? "" : "Choose a file first."));
  setHint("reuse", wait || (spentRequest ? "" : "Upload a file in step 1 first."));
  setHint("share", wait || (spentRequest ? "" : "Upload a file in step 1 first."));
  const picked = $("inbox-file").files.length > 0;
  setHint("inbox-upload", wait || (picked ? "" : "Choose a picture first."));
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

// The steps

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
  showStored($("preview"), session.store, request.key, file);
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

function onCheck() {
  const [file] = $("inbox-file").files;
  if (busy || !file) return;
  run(() => uploadIntoInbox(file), "inbox-status", `${file.name} was not stored.`);
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
$("inbox-file").addEventListener("change", showControls);
$("inbox-upload").addEventListener("click", onCheck);
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
