// What the page shows, and how.

import { EdgeSignerError } from "edge-signer-client";

/** An error in words for the person at the page; the parts become sentences. */
export class Failure extends Error {
  constructor(...parts) {
    const sentences = parts.filter(Boolean).map((part) => part.trim().replace(/[^.!?]$/, "$&."));
    super(sentences.join(" "));
  }
}

export const $ = (id) => document.getElementById(id);

export function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Entries of a `<dl>`. */
export const descriptions = (entries) =>
  Object.entries(entries).map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  );

export const outcome = (good, summary, entries) =>
  element(
    "div",
    { className: good ? "outcome" : "outcome failed" },
    element("p", {}, summary),
    element("dl", {}, ...descriptions(entries)),
  );

/** The button stays in the tab order where it can't be used, so that it is found. */
export const enable = (id, isEnabled) => $(id).setAttribute("aria-disabled", String(!isEnabled));

/** Does something on a click, where the button may be used. */
export function onClick(id, act) {
  $(id).addEventListener("click", () => $(id).getAttribute("aria-disabled") === "false" && act());
}

export const megabytes = (bytes) =>
  (bytes / 1e6).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What was refused, in words that say what to do. */
function inWords({ from, status, code, detail, requestId, problem }) {
  const who = { edge: "The edge", store: "The store", client: "This page" }[from];
  const reference = requestId && `Request ID ${requestId}`;
  if (status === 0) return new Failure(detail);
  const advice =
    problem?.store_code === "NoSuchUpload" || code === "NoSuchUpload"
      ? "The store has thrown away what it had: give up, and start anew"
      : status >= 500 || status === 429
        ? "Wait a moment, then go on"
        : "";
  return new Failure(`${who} refused: ${status} ${code}`, detail, advice, reference);
}

export function showAlert(error) {
  const said = error instanceof EdgeSignerError ? inWords(error) : error;
  const expected = said instanceof Failure;
  if (!expected) console.error(error);
  $("alert").textContent = expected ? said.message : `Unexpected error: ${said.message}`;
  $("alert").scrollIntoView({ block: "nearest" });
}
