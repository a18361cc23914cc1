// An upload that can be paused, resumed, and given up, also after the page was loaded anew.

import { session } from "./session.js";
import { $, element, enable, Failure, megabytes, onClick, showAlert } from "./page.js";

/** Where the state of an upload that isn't finished is kept. */
const KEPT = "put-from-anywhere";

const MB = 1e6;
const MIB = 1024 * 1024;

/** What is under way; null where nothing is. */
let running = null;

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
  const goesOn = !running && unfinished !== null && isKept(file);
  enable("start", !running && file !== undefined && unfinished === null);
  enable("pause", running !== null);
  enable("resume", goesOn);
  enable("discard", !running && unfinished !== null);
  for (const id of ["file", "threshold", "part-size"]) $(id).disabled = running !== null;
  $("upload-hint").textContent = hint(file, unfinished, goesOn);
}

function hint(file, unfinished, goesOn) {
  if (running) return "";
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
  if (unfinished === null) say(isPause ? "Stopped. Nothing was stored." : "");
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

async function discard() {
  const { state, name } = kept();
  $("alert").replaceChildren();
  try {
    const { client } = await session();
    await client.discard(state);
  } catch (error) {
    // Whatever became of it there, here it is over.
    showAlert(error);
  }
  keep(null);
  $("progress-area").hidden = true;
  say(`Given up: the store has nothing of ${name}.`);
  showControls();
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
  $("file").addEventListener("change", onPick);
  onPick();
  const unfinished = kept();
  if (unfinished === null) return;
  const { name, state } = unfinished;
  say(`${name} isn't finished: ${thereOf(state)} of ${countOf(state)} parts are stored.`);
}
