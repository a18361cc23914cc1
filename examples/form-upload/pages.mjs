// The application's pages: plain HTML, which works without a script.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** HTML; what is filled in is text, unless it is HTML itself. */
function html(strings, ...values) {
  const written = values.map((value) =>
    value instanceof Html ? value.text : String(value).replaceAll(/[&<>"']/g, (it) => ENTITIES[it]),
  );
  return new Html(String.raw({ raw: strings }, ...written));
}

class Html {
  constructor(text) {
    this.text = text;
  }
}

const all = (parts) => new Html(parts.map((part) => part.text).join(""));

function page(title, main) {
  return html`<!doctype html>
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
        <main>${main}</main>
      </body>
    </html>`.text;
}

/** The form: the hidden fields are the policy's, and the file comes last, behind which S3 reads nothing. */
export function formPage({ url, fields }, { least, most }) {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return page(
    "Upload an image",
    html`<h1>Upload an image</h1>
      <p class="lead">
        A plain form, which needs no script. It goes straight to the store, which holds it to the
        signed policy among its hidden fields.
      </p>
      <form class="card" method="post" enctype="multipart/form-data" action="${url}">
        ${all(hidden)}
        <div>
          <label for="name">Name</label>
          <input id="name" name="x-amz-meta-name" maxlength="100" autocomplete="off" required />
        </div>
        <div>
          <label for="type">Type</label>
          <select id="type" name="content-type">
            <option value="image/jpeg">JPEG image</option>
            <option value="image/png">PNG image</option>
            <option value="image/webp">WebP image</option>
            <option value="application/pdf">PDF (for trying: the store refuses it)</option>
          </select>
          <p class="note">Follows the file that is picked, where scripts run.</p>
        </div>
        <div>
          <label for="file">File</label>
          <input
            type="file"
            id="file"
            name="file"
            aria-describedby="file-hint"
            data-least="${least}"
            data-most="${most}"
            required
          />
          <p id="file-hint" class="note">
            From ${least.toLocaleString("en")} to ${most.toLocaleString("en")} bytes.
          </p>
        </div>
        <button>Upload</button>
        <p class="note">
          This form is good for ten minutes; after that, reload the page for a new one.
        </p>
      </form>
      <script type="module" src="/form.js"></script>`,
  );
}

/** What the person sees after the upload. */
export function confirmPage({ name, type, bytes, stored }, { key, preview, download, fileName }) {
  const facts = {
    Name: name,
    Type: type,
    Size: `${bytes.toLocaleString("en")} bytes`,
    Stored: `${stored.toISOString().replace("T", " ").slice(0, 19)} UTC`,
    Key: key,
  };
  const rows = Object.entries(facts).map(
    ([term, value]) =>
      html`<div>
        <dt>${term}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return page(
    "Stored",
    html`<h1>Stored</h1>
      <p class="lead">The store has the image, and sent the browser back here.</p>
      <div class="card">
        <img src="${preview}" alt="${name}" />
        <dl>${all(rows)}</dl>
        <p><a id="download" class="button" href="${download}">Download ${fileName}</a></p>
        <p class="note">
          The link is signed for five minutes. <a href="/">Upload another image</a>
        </p>
      </div>`,
  );
}

/** What the person sees where something is missing. */
export function messagePage(title, text) {
  return page(
    title,
    html`<h1>${title}</h1>
      <div class="card">
        <p>${text}</p>
        <p><a class="button" href="/">To the form</a></p>
      </div>`,
  );
}
