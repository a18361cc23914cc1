// What the page shows, and how.

export const $ = (id) => document.getElementById(id);

/** An error in words for the person at the page: what it is, in parts that become sentences, and the one thing to do. */
export class Failure extends Error {
  constructor(parts, remedy) {
    const sentences = parts.filter(Boolean).map((part) => part.trim().replace(/[^.!?]$/, "$&."));
    super(sentences.join(" "));
    this.remedy = remedy;
  }
}

export function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function descriptions(entries) {
  return Object.entries(entries).map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  );
}

/** Says it where it happened: at the end of a step's card, or above all of them. */
export function showAlert(error, card) {
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
export function setHint(button, hint) {
  $(button).setAttribute("aria-disabled", String(hint !== ""));
  $(`${button}-hint`).textContent = hint;
}

export function showOutcome(region, className, summary, entries) {
  const list = element("dl", {}, ...descriptions(entries));
  $(region).replaceChildren(element("div", { className }, element("p", {}, summary), list));
}
