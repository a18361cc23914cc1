// The step in which a picture goes through an inbox: the edge looks at it before anybody can read it.

import { refusal, startSession, storeFailure } from "./edge.js";
import { $, Failure, showOutcome } from "./page.js";
import { showStored } from "./preview.js";

const say = (text) => ($("inbox-status").textContent = text);

function failure(error) {
  if (error.from !== "store") return refusal(error, "The edge did not take it");
  if (error.status !== 0) return storeFailure(error);
  return new Failure(["The file did not reach the store", error.detail], "Upload it again.");
}

/** Whether the upload was looked at and refused, and the error says why. */
const isVerdict = ({ from, status }) => from === "edge" && status === 200;

export async function uploadIntoInbox(file) {
  for (const id of ["inbox-result", "inbox-preview"]) $(id).replaceChildren();
  say(`Sending ${file.name} to the inbox…`);
  const { client, store, subject } = await startSession();
  const options = {
    key: `pictures/${subject}/${Date.now()}-${file.name}`,
    retries: 0,
    onChecking: () => say(`Checking ${file.name}… Until that is done, nobody can read it.`),
  };
  try {
    const { key } = await client.upload(file, options);
    say(`Checked. ${file.name} is at its key.`);
    const entries = { "Object key": key };
    showOutcome("inbox-result", "outcome", "Accepted: it is what its type says.", entries);
    showStored($("inbox-preview"), store, key, file);
  } catch (error) {
    if (!isVerdict(error)) throw failure(error);
    say(`Checked. ${file.name} was not kept.`);
    const entries = { Reason: error.code, Detail: error.detail };
    const summary = "Refused. Nobody was able to read it at any time.";
    showOutcome("inbox-result", "outcome refused", summary, entries);
  }
}
