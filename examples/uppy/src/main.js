import "@uppy/core/css/style.min.css";
import "@uppy/dashboard/css/style.min.css";
import "./page.css";

import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import { mediaSource } from "edge-signer-client";
import { startSession } from "./session.js";

const LARGE = 10 * 1024 * 1024;
const $ = (id) => document.getElementById(id);

const signIn = "Nobody is signed in any more. Reload this page, then try again.";

/** What the edge says when it refuses, in words for the person at the page. */
async function refusal(response) {
  const { code = "", detail = "", request_id: id } = await response.json().catch(() => ({}));
  const sentences = [
    `The edge refused: ${response.status} ${code}.`,
    response.status === 401 ? signIn : detail,
    id ? `(Request ID ${id})` : "",
  ];
  return new Error(sentences.filter(Boolean).join(" "));
}

/** Uppy's request goes to the edge as it is, and the edge's answer to Uppy. */
async function signRequest(request) {
  const response = await fetch("/v1/uppy/sign", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw await refusal(response);
  return response.json();
}

const ask = window.fetch;
let lastRefusal;
/** With `companionEndpoint` Uppy drops what the edge says when it refuses; here it is kept. */
window.fetch = async (...request) => {
  const response = await ask(...request);
  const isCompanion = response.url.startsWith(`${location.origin}/companion/`);
  if (isCompanion && !response.ok) lastRefusal = refusal(response.clone());
  return response;
};

async function reason({ message }) {
  const isCompanion = message.startsWith("Companion request failed");
  return isCompanion && lastRefusal ? (await lastRefusal).message : message;
}

const chosen = () => new FormData($("way"));
const mode = () => chosen().get("mode");

function options({ subject }) {
  const shouldUseMultipart = {
    large: ({ size }) => size > LARGE,
    always: () => true,
    never: () => false,
  }[chosen().get("parts")];
  if (mode() === "companionEndpoint")
    return { companionEndpoint: "/companion", shouldUseMultipart };
  // The rules give each subject its own folder; what Uppy would name by itself lies outside of it.
  const generateObjectKey = ({ name }) => `users/${subject}/${crypto.randomUUID()}-${name}`;
  return { signRequest, generateObjectKey, shouldUseMultipart };
}

function showStored({ store }, file, key) {
  const link = document.createElement("a");
  link.href = `/f/${[store, ...key.split("/")].map(encodeURIComponent).join("/")}`;
  link.textContent = file.name;
  link.target = "_blank";
  link.rel = "noopener";
  const name = document.createElement("code");
  name.textContent = key;
  const entry = document.createElement("li");
  entry.append(link, ` ${file.size.toLocaleString("en")} bytes`, name);
  const player = playerOf(file, link.href);
  if (player) entry.append(player);
  $("stored").prepend(entry);
}

/** A player for audio or video, which goes on where the address's URL has expired. */
function playerOf({ name, type = "" }, address) {
  const kind = /^(audio|video)\//.exec(type)?.[1];
  if (!kind) return undefined;
  const player = document.createElement(kind);
  Object.assign(player, { controls: true, preload: "metadata", ariaLabel: name });
  mediaSource(player, address);
  return player;
}

function showAlert(text) {
  $("alert").textContent = text;
  $("alert").scrollIntoView({ block: "nearest" });
}

/** The choice holds for whole uploads. */
function lock(isBusy) {
  for (const input of $("way").elements) input.disabled = isBusy;
  $("way-hint").textContent = isBusy ? "Wait for the upload to end, or cancel it." : "";
}

function start(session) {
  const uppy = new Uppy();
  uppy.use(Dashboard, {
    target: "#dashboard",
    inline: true,
    width: "100%",
    height: "26rem",
    theme: "auto",
    showRemoveButtonAfterComplete: true,
  });
  uppy.use(AwsS3, options(session));
  $("way").addEventListener("change", () => {
    uppy.removePlugin(uppy.getPlugin("AwsS3"));
    uppy.use(AwsS3, options(session));
  });

  uppy.on("upload", () => {
    $("alert").textContent = "";
    lock(true);
  });
  uppy.on("complete", () => lock(false));
  uppy.on("cancel-all", () => lock(false));
  uppy.on("upload-success", (file, { body }) => showStored(session, file, body.key));
  uppy.on("upload-error", async (file, error) => {
    showAlert(`${file.name} was not stored. ${await reason(error)}`);
  });
}

startSession().then(start, ({ message }) => showAlert(message));
