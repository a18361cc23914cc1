// What the page shows, and how.

/** An error in words for the person at the page; the parts become sentences. */
export class Failure extends Error {
  constructor(...parts: (string | undefined)[]) {
    const said = parts.filter((part) => part !== undefined && part.trim() !== "");
    super(said.map((part) => part!.trim().replace(/[^.!?]$/, "$&.")).join(" "));
  }
}

export function find<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export function element<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  properties: Partial<HTMLElementTagNameMap[T]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[T] {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Entries of a `<dl>`. */
export const descriptions = (entries: Record<string, string>): HTMLElement[] =>
  Object.entries(entries).map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  );

/** A box that says what came of something. */
export const outcome = (
  good: boolean,
  summary: string,
  entries: Record<string, string>,
  ...explanation: string[]
): HTMLElement =>
  element(
    "div",
    { className: good ? "outcome" : "outcome failed" },
    element("p", {}, summary),
    element("dl", {}, ...descriptions(entries)),
    ...explanation.map((text) => element("p", { className: "explained" }, text)),
  );

/** Why a button can't be used now; nothing where it can. The button stays in the tab order, so that it is read. */
export function setHint(button: string, hint: string): void {
  find(button).setAttribute("aria-disabled", String(hint !== ""));
  find(`${button}-hint`).textContent = hint;
}

export const isEnabled = (button: string): boolean =>
  find(button).getAttribute("aria-disabled") === "false";

export function showProgress({ loaded, total }: { loaded: number; total: number }): void {
  const percent = total > 0 ? Math.round((100 * loaded) / total) : 0;
  find("progress-area").hidden = false;
  find<HTMLProgressElement>("progress").value = percent;
  find("percent").textContent = `${percent}%`;
}

export function showAlert(error: unknown): void {
  const expected = error instanceof Failure;
  if (!expected) console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  find("alert").textContent = expected ? message : `Unexpected error: ${message}`;
  find("alert").scrollIntoView({ block: "nearest" });
}
