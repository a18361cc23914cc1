// An upload that can be paused, resumed, and given up, also after the page was loaded anew.

import { EdgeSignerError } from "edge-signer-client";
import { session } from "./session.js";
import { $, element, enable, Failure, megabytes, onClick, showAlert } from "./page.js";

/** Where the state of an upload that isn't finished is kept. */
const KEPT = "put-from-anywhere";

const MB = 1e6;
const MIB = 1024 * 1024;

/** The upload that is under way; null where none is. */
let running = null;
/** Whether one is being given up. */
let discarding = false;

const chosen = () => $("file").files[0];
const say = (text) => ($("status").textContent = text);
const kept = () => JSON.parse(localStorage.getItem(KEPT));

function keep(state, name) {
  if (state === null) localStorage.removeItem(KEPT);
  else localStorage.setItem(KEPT, JSON.stringify({ state, name }));
}

const countOf = ({ size, partSize }) => Math.ceil(size / partSize);
const thereOf = ({ etags }) => Object.keys(etags).length;

/** Whether a file is the one whose upload isn't finished. */
const isKept = (file) => {
  const { state } = kept() ?? {};
  return state !== undefined && state.size === file?.size && state.modified === file.lastModified;
};

function showControls() {
  const [file, unfinished] = [chosen(), kept()];
  const busy = running !== null || discarding;
  const goesOn = !busy && unfinished !== null && isKept(file);
  enable("start", !busy && file !== undefined && unfinished === null);
  enable("pause", running !== null);
  enable("resume", goesOn);
  enable("discard", !busy && unfinished !== null);
  $("forget").hidden = true;
  for (const id of ["file", "threshold", "part-size"]) $(id).disabled = busy;
  $("upload-hint").textContent = busy ? "" : hint(file, unfinished, goesOn);
}

function hint(file, unfinished, goesOn) {
  if (goesOn) return "Resume, or give up what is there.";
  if (unfinished !== null) {
    return `Choose ${unfinished.name} again to resume, or give up what is there.`;
  }
  return file ? "" : "Choose a file first.";
}

function showProgress({ loaded, total }) {
  const percent = total > 0 ? Math.floor((100 * loaded) / total) : 0;
  $("progress-area").hidden = false;
  $("progress").value = percent;
  $("percent").textContent = `${percent}%`;
  $("amount").textContent = `${megabytes(loaded)} of ${megabytes(total)} MB`;
}

function showParts(state) {
  say(`${thereOf(state)} of ${countOf(state)} parts are stored.`);
}

function showRetry({ part, failed, delay, error }) {
  const what = part === undefined ? "The file" : `Part ${part}`;
  const why = error.status === 0 ? "no answer" : `${error.status} ${error.code}`;
  const seconds = (delay / 1000).toFixed(1);
  const text = `${what} failed (${why}); attempt ${failed + 1} in ${seconds} s.`;
  $("retries").append(element("li", {}, text));
}

async function upload(file, resume) {
  const { client, subject } = await session();
  const key = `users/${subject}/anywhere/${crypto.randomUUID()}/${file.name}`;
  say(`Sending ${file.name}…`);
  const done = await client.upload(file, {
    key,
    resume,
    threshold: Number($("threshold").value) * MB,
    partSize: Number($("part-size").value) * MIB,
    signal: running.signal,
    onProgress: showProgress,
    onRetry: showRetry,
    onState: (state) => {
      keep(state, file.name);
      showParts(state);
    },
  });
  keep(null);
  showProgress({ loaded: file.size, total: file.size });
  say(`Stored ${file.name} as ${done.key}.`);
}

/** What an upload that has ended before its end leaves. */
function showStopped(file, isPause) {
  const unfinished = kept();
  if (unfinished === null) say(isPause ? "Stopped before the store had answered." : "");
  else {
    const { state } = unfinished;
    say(
      `${isPause ? "Paused" : "Stopped"}: ${thereOf(state)} of ${countOf(state)} parts are stored.`,
    );
  }
  if (!isPause && unfinished === null) say(`${file.name} was not stored.`);
}

async function run(resume) {
  const file = chosen();
  running = new AbortController();
  const { signal } = running;
  for (const id of ["alert", "retries"]) $(id).replaceChildren();
  showControls();
  try {
    await upload(file, resume);
  } catch (error) {
    showStopped(file, signal.aborted);
    if (!signal.aborted) showAlert(error);
  }
  running = null;
  showControls();
}

/** What is given up is over where the store has thrown it away, or doesn't know it. */
async function discard() {
  const { state, name } = kept();
  let failed = false;
  discarding = true;
  $("alert").replaceChildren();
  say(`Giving up ${name}…`);
  showControls();
  try {
    const { client } = await session();
    const isUnknown = (error) => error instanceof EdgeSignerError && error.status === 404;
    await client.discard(state).catch((error) => {
      if (!isUnknown(error)) throw error;
    });
    end(`Given up: the store has nothing of ${name}.`);
  } catch (error) {
    say(`${name} could not be given up. Try again, or forget it here: its parts then stay stored.`);
    showAlert(error);
    failed = true;
  }
  discarding = false;
  showControls();
  $("forget").hidden = !failed;
}

function end(text) {
  keep(null);
  $("progress-area").hidden = true;
  say(text);
}

function forget() {
  end(
    `Forgotten: the store keeps the parts of ${kept().name}, unless the bucket has a rule for that.`,
  );
  $("alert").replaceChildren();
  showControls();
  $("file").focus();
}

function onPick() {
  const file = chosen();
  if (file) say(`${file.name}, ${megabytes(file.size)} MB.`);
  $("progress-area").hidden = true;
  showControls();
}

export function prepare() {
  onClick("start", () => {
    if ($("threshold").validity.valid && $("threshold").value !== "") run();
    else showAlert(new Failure("Say above which size the file goes in parts, from 0 to 5000 MB"));
  });
  onClick("pause", () => running.abort());
  onClick("resume", () => run(kept().state));
  onClick("discard", discard);
  onClick("forget", forget);
  $("file").addEventListener("change", onPick);
  onPick();
  const unfinished = kept();
  if (unfinished === null) return;
  const { name, state } = unfinished;
  say(`${name} isn't finished: ${thereOf(state)} of ${countOf(state)} parts are stored.`);
}
