// What the page shows, and how.

export const $ = (id) => document.getElementById(id);

/** An error in words for the person at the page. */
export class Failure extends Error {}

export function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function showOutcome(region, className, summary, ...children) {
  $(region).replaceChildren(element("div", { className }, element("p", {}, summary), ...children));
}

export function showAlert(error) {
  const expected = error instanceof Failure;
  if (!expected) console.error(error);
  $("alert").textContent = expected ? error.message : `Unexpected error: ${error.message}`;
  $("alert").scrollIntoView({ block: "nearest" });
}

/** Why a button can't be used now; nothing where it can. It stays in the tab order, so that its hint is read. */
export function setHint(button, hint) {
  $(button).setAttribute("aria-disabled", String(hint !== ""));
  $(`${button}-hint`).textContent = hint;
}

export function showProgress({ loaded, total }) {
  const percent = total > 0 ? Math.round((100 * loaded) / total) : 0;
  $("progress").value = percent;
  $("percent").textContent = `${percent}%`;
}
