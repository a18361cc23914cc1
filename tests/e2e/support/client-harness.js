// The module of the page in which the client is tested; tests call it through `window.harness`.

import { createClient, EdgeSignerError, mediaSource, send } from "/edge-signer/index.js";

/** A file whose bytes follow from its size and the seed, so that it can be made again. */
function file(size, { seed = 1, type = "application/x-test", name = "a.bin", date = 1 } = {}) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let word = seed;
  for (let index = 0; index < words.length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  const bytes = new Uint8Array(words.buffer, 0, size);
  return new File([bytes], name, { type, lastModified: date });
}

async function hash(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What becomes of a promise, in a form that leaves the page. */
async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    if (!(error instanceof EdgeSignerError)) return { thrown: `${error.name}: ${error.message}` };
    const { from, status, code, detail, requestId, problem } = error;
    return { error: { from, status, code, detail, requestId, problem } };
  }
}

/** Uploads, and tells what the client told on the way; `stop` aborts with a reason of its own. */
function start(client, blob, options) {
  const run = { progress: [], retries: [], states: [], at: [] };
  const controller = new AbortController();
  run.stop = () => controller.abort(new Error("the person said stop"));
  run.done = outcome(
    client.upload(blob, {
      signal: controller.signal,
      onProgress: ({ loaded, total }) => run.progress.push([loaded, total]),
      onRetry: ({ part, failed, delay, error }) =>
        run.retries.push({ part, failed, delay, code: error.code, status: error.status }),
      onState: (state) => run.states.push(JSON.stringify(state)),
      ...options,
    }),
  );
  return run;
}

window.harness = { createClient, EdgeSignerError, mediaSource, send, file, hash, outcome, start };
