// What is stored, shown by a link to the edge.

import { askEdge, edgeFailure, readProblem } from "./edge.js";
import { element, Failure, showAlert } from "./page.js";

/** Shows a file in a region, by whose id the parts are called. */
export function showStored(region, store, key, file) {
  const link = `/f/${[store, ...key.split("/")].map(encodeURIComponent).join("/")}`;
  const image = file.type.startsWith("image/") ? [previewImage(region, link, file)] : [];
  const address = element("p", { className: "note address" }, "Link: ", element("code", {}, link));
  region.replaceChildren(...image, openLink(region, link, file), address);
}

function previewImage(region, link, file) {
  const alt = `Preview of ${file.name}`;
  const image = element("img", { id: `${region.id}-image`, alt });
  image.onerror = () => {
    image.remove();
    const show = (error) => showAlert(error, region.closest(".card"));
    explainMissingImage(link).then(show, show);
  };
  image.src = link;
  return image;
}

async function explainMissingImage(link) {
  const response = await askEdge(link, { redirect: "manual" });
  return response.type === "opaqueredirect"
    ? new Failure(
        ["The browser could not show an image from the store"],
        "Open the link to see what the store has.",
      )
    : edgeFailure(await readProblem(response), "The edge did not redirect to the file");
}

function openLink(region, link, file) {
  const target = { id: `${region.id}-link`, href: link, target: "_blank", rel: "noopener" };
  return element("p", {}, element("a", target, `Open ${file.name}`), " (in a new tab)");
}
