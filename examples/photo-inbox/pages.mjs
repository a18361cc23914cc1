// The operator's pages: plain HTML, which works without a script.

import { html, page } from "./html.mjs";
import { remarks } from "./operator.mjs";

const TITLE = "Who was given a URL, and who used it";

const WHAT = { PutObject: "to upload it", GetObject: "to see it" };
const ENDS = {
  accepted: "It was looked at and accepted.",
  refused: "It was looked at and refused",
  failed: "It wasn't looked at to its end",
  checking: "It is being looked at.",
};

const header = html`<header class="page-header">
  <h1>${TITLE}</h1>
  <p>
    The signer's lines say who was given a URL, the store's log says which one was used. Each URL
    has a tag, by which <code>edge-signer audit join</code> puts both together.
  </p>
</header>`;

const footer = html`<footer class="page-footer">
  <p><a href="/">The album</a> · <a href="/operator/report">All of it, on one page</a></p>
</footer>`;

const clock = (time) => `${time.slice(11, 19)} UTC`;
const day = (time) => time.slice(0, 10);
const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

const facts = (entries) =>
  html`<dl>
    ${Object.entries(entries).map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

function chooser({ photos, refused }, chosen) {
  const option = ({ key, owner, name }) =>
    html`<option value="${key}" ${html(key === chosen ? ["selected"] : [""])}>
      ${name}, of ${owner}
    </option>`;
  const group = (label, of) =>
    of.length === 0 ? html`` : html`<optgroup label="${label}">${of.map(option)}</optgroup>`;
  return html`<form class="card chooser" method="get" action="/operator">
    <div>
      <label for="key">Photo</label>
      <select id="key" name="key">
        ${group("In the album", photos)} ${group("Refused", refused)}
      </select>
    </div>
    <button>Show</button>
  </form>`;
}

function useOf({ time, address, status, bytes }) {
  const size = bytes === null ? "" : `, ${count(bytes.toLocaleString("en"), "byte")}`;
  const said = status === null ? "status not known" : `status ${status}`;
  return html`<li>${clock(time)} from ${address ?? "an unknown address"}: ${said}${size}</li>`;
}

function urlCard({ time, subject, operation, given_to, expires_at, rule, uses, remarks }) {
  const used =
    uses.length === 0
      ? html`<p>Not seen in the store's log so far.</p>`
      : html`<p>Used ${uses.length === 1 ? "once" : `${uses.length} times`}:</p>
          <ul>
            ${uses.map(useOf)}
          </ul>`;
  return html`<li class="card">
    <h3>${subject}, ${WHAT[operation] ?? operation}</h3>
    ${facts({
      "Given out": `${clock(time)}, to ${given_to ?? "an unknown network"}`,
      "Good until": clock(expires_at),
      "By the rule": rule,
    })}
    <div class="uses">${used}</div>
    ${remarks.map((remark) => html`<p class="remark">It ${remark}.</p>`)}
  </li>`;
}

const inVainOf = ({ time, subject, operation, outcome }) =>
  html`<li>${clock(time)}: ${subject}, ${WHAT[operation] ?? operation} (${outcome})</li>`;

function endOf({ upload }) {
  if (upload === undefined) return "Nothing is known of how it came here.";
  const reason = upload.reason ? `: ${JSON.stringify(upload.reason).replaceAll('"', "")}.` : "";
  return `${ENDS[upload.outcome] ?? upload.outcome}${reason}`;
}

function told(history) {
  const { name, owner, key, urls, inVain } = history;
  const found = remarks(history);
  const summary =
    found.length === 0
      ? html`<div class="outcome"><p>Nothing stands out.</p></div>`
      : html`<div class="outcome failed">
          <p>${found.length === 1 ? "This stands out:" : "These stand out:"}</p>
          <ul>
            ${found.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>
        </div>`;
  return html`<section class="photo" aria-labelledby="title">
    <h2 id="title">${name}</h2>
    <div class="card">
      ${facts({
        "Whose it is": owner,
        "Its key": key,
        "Its upload": endOf(history),
        URLs: urls.length === 0 ? "None was given out." : `${urls.length}, of ${day(urls[0].time)}`,
      })}
      ${summary}
    </div>
    <ol class="urls">
      ${urls.map(urlCard)}
    </ol>
    ${
      inVain.length === 0
        ? html``
        : html`<section class="card" aria-labelledby="in-vain">
            <h3 id="in-vain">Asked for in vain</h3>
            <ul>
              ${inVain.map(inVainOf)}
            </ul>
          </section>`
    }
  </section>`;
}

/** What became of a photo; without one, which there are. */
export function operatorPage(choices, chosen, history) {
  const isEmpty = choices.photos.length + choices.refused.length === 0;
  const nothing = html`<p class="card">
    ${chosen === undefined ? "There are no photos yet." : "There is no such photo."}
  </p>`;
  return page(
    TITLE,
    html`${header}
      <main>
        ${isEmpty ? html`` : chooser(choices, chosen)}
        ${history ? told(history) : isEmpty || chosen !== undefined ? nothing : html``}
      </main>
      ${footer}`,
  );
}

/** What the person sees where something is missing. */
export const messagePage = (title, text) =>
  page(
    title,
    html`<main class="sheet">
      <div class="card">
        <h1>${title}</h1>
        <p>${text}</p>
        <p><a class="button" href="/">To the album</a></p>
      </div>
    </main>`,
  );
