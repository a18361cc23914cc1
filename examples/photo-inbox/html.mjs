// HTML, in which what is filled in is text, unless it is HTML itself.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

class Html {
  constructor(text) {
    this.text = text;
  }
}

export function html(strings, ...values) {
  const written = values.map((value) => {
    if (Array.isArray(value)) return value.map((part) => part.text).join("");
    if (value instanceof Html) return value.text;
    return String(value).replaceAll(/[&<>"']/g, (it) => ENTITIES[it]);
  });
  return new Html(String.raw({ raw: strings }, ...written));
}

/** A whole page. */
export const page = (title, main) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – edge-signer example</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/style/base.css" />
        <link rel="stylesheet" href="/style/steps.css" />
        <link rel="stylesheet" href="/page.css" />
      </head>
      <body>
        ${main}
      </body>
    </html>`.text;
