const NAMES = { alice: "Alice", bob: "Bob" };
const LIST = `query ($owner: String!) {
  listPhotos(owner: $owner) { items { id owner title visibility url } count nextToken }
}`;
const SET_VISIBILITY = `mutation ($id: ID!, $visibility: Visibility!) {
  setVisibility(id: $id, visibility: $visibility) { id visibility }
}`;

const $ = (id) => document.getElementById(id);
const choices = $("choices").elements;
// Of the last list that was asked for: an answer to an earlier one comes too late to be shown.
let latest = 0;

/** An error in words for the person at the page. */
class Failure extends Error {}

// The application

async function call(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options }).catch(() => null);
  if (!response)
    throw new Failure("The application did not answer. Check that it runs, then reload.");
  if (!response.ok)
    throw new Failure(`The application answered ${response.status}. Reload this page.`);
  return response.json();
}

function post(path, body) {
  const headers = { "content-type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function ask(query, variables) {
  const { data, errors } = await post("/graphql", { query, variables });
  if (errors) throw new Failure(`${errors[0].message} Reload this page to try again.`);
  return Object.values(data)[0];
}

// What the page shows

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function showAlert(error) {
  const expected = error instanceof Failure;
  if (!expected) console.error(error);
  $("alert").textContent = expected ? error.message : `Unexpected error: ${error.message}`;
}

function photoItem(photo, isOwner) {
  const { id, title, visibility, url } = photo;
  const isPublic = visibility === "PUBLIC";
  const children = [picture(photo), element("h3", { id: `title-${id}` }, title)];
  if (isOwner) {
    const state = element("span", { className: "state" }, isPublic ? "Public" : "Private");
    const change = element("button", { type: "button" }, isPublic ? "Make private" : "Make public");
    change.setAttribute("aria-describedby", `title-${id}`);
    change.addEventListener("click", () => run(() => toggle(photo)));
    children.push(element("div", { className: "action" }, state, change));
  }
  if (url) {
    const summary = element("summary", {}, "Its URL");
    children.push(element("details", {}, summary, element("code", {}, url)));
  }
  return element("li", { id: `photo-${id}`, className: "card" }, ...children);
}

function picture({ title, url }) {
  const missing = element(
    "p",
    { className: "missing note" },
    "This photo can't be shown just now.",
  );
  if (!url) return missing;
  const image = element("img", { alt: title, width: 600, height: 400 });
  image.onerror = () => image.replaceWith(missing);
  image.src = url;
  return image;
}

/** When the URLs change: they are signed at the beginning of their window, which is five minutes long. */
function windowEnd({ items }) {
  const url = items.find((item) => item.url)?.url;
  if (!url) return "";
  const date = new URL(url).searchParams.get("X-Amz-Date");
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  const signed = Date.UTC(year, month - 1, day, hour, minute, second);
  return `These URLs stay the same until ${new Date(signed + 300_000).toLocaleTimeString("en-GB")}.`;
}

function counted({ items, count }, isOwner) {
  const all = `${count} ${count === 1 ? "photo" : "photos"}`;
  if (!isOwner) return `${all}.`;
  const hidden = items.filter((item) => item.visibility === "PRIVATE").length;
  return `${all}, ${hidden} of them private: nobody but you sees those.`;
}

async function showPhotos() {
  const mine = ++latest;
  const [user, owner] = [choices.user.value, choices.owner.value];
  history.replaceState(null, "", `#${owner}`);
  const page = await ask(LIST, { owner });
  if (mine !== latest) return;
  const isOwner = user === owner;
  $("title").textContent = isOwner ? "Your photos" : `${NAMES[owner]}'s photos`;
  $("status").textContent = counted(page, isOwner);
  $("window").textContent = windowEnd(page);
  $("gallery").replaceChildren(...page.items.map((photo) => photoItem(photo, isOwner)));
}

// What the person does

async function signIn() {
  // What the last user saw is gone before the next one is there.
  $("gallery").replaceChildren();
  await post("/session", { user: choices.user.value || null });
  await showPhotos();
}

async function toggle({ id, visibility }) {
  await ask(SET_VISIBILITY, { id, visibility: visibility === "PUBLIC" ? "PRIVATE" : "PUBLIC" });
  await showPhotos();
  // The button that was pressed is gone; its successor is in the same place.
  document.querySelector(`#photo-${id} button`)?.focus();
}

async function run(step) {
  $("alert").replaceChildren();
  await step().catch(showAlert);
}

for (const radio of choices.user) radio.addEventListener("change", () => run(signIn));
for (const radio of choices.owner) radio.addEventListener("change", () => run(showPhotos));
run(async () => {
  const { user } = await call("/session");
  choices.user.value = user ?? "";
  const owner = location.hash.slice(1);
  if (Object.hasOwn(NAMES, owner)) choices.owner.value = owner;
  await showPhotos();
});
