// What was refused, in words for whoever uploads.

import { Failure } from "./elements.js";

const REASONS = {
  active: "It is no photo: it has something in it that runs where it is shown, as a web page does.",
  empty: "The file is empty.",
  executable: "It is no photo but a program.",
  not_recognised: "It is no photo of a kind that is known here.",
  too_large_to_check: "A drawing (SVG) can have up to 8 KB.",
  type_differs: "It is no photo of the kind that its name says.",
};
const ANOTHER_TRY = "It was changed on its way here. Upload it again.";

const DIMENSIONS = {
  size: "It is too large: a photo can have up to 10 MB.",
  type: "It is no photo: only pictures are taken here.",
};

/** Whether the upload was looked at and refused, and the error's code says why. */
export const isVerdict = ({ from, status }) => from === "edge" && status === 200;

export const reasonOf = ({ code }) => REASONS[code] ?? ANOTHER_TRY;

/** Any other error of the client's, in words. */
export function inWords({ from, status, code, detail, problem }) {
  if (code === "not_allowed" && problem.dimension in DIMENSIONS) {
    return new Failure(DIMENSIONS[problem.dimension]);
  }
  const who = from === "store" ? "The store" : "The signer";
  if (status === 0)
    return new Failure(`${who} did not answer. Check that it runs, then try again.`);
  return new Failure(`${who} refused: ${status} ${code}. ${detail}`);
}
