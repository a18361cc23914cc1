// A further Worker with a configuration of its own, beside the one that all tests share.

import { developmentConfiguration } from "./development-worker.mjs";
import { ready } from "./stack.mjs";
import { startWorkerd } from "./workerd.mjs";

/** Secrets as they ought to be. */
export const secrets = {
  PHOTOS_ACCESS_KEY_ID: ready.access_key_id,
  PHOTOS_SECRET_ACCESS_KEY: ready.secret_access_key,
  SESSION_SECRET: ready.session_secret,
};

const [[name, developmentStore]] = Object.entries(
  developmentConfiguration(ready).configuration.vars.STORES,
);
// If there is an inbox, the test says what scans it.
const { accept_credentials: _, ...store } = developmentStore;

/** Variables as they ought to be. */
export const vars = {
  STORES: { [name]: store },
  ISSUERS: [
    {
      issuer: ready.issuer,
      audience: ready.audience,
      algorithms: ["HS256"],
      secret: "SESSION_SECRET",
    },
  ],
  RULES: [
    {
      name: "members",
      when: { role: "member" },
      allow: ["GetObject", "PutObject"],
      stores: [ready.store_name],
      keys: ["users/{sub}/**"],
    },
  ],
  ONE_TIME: { ledger: "kv" },
};

/**
 * Starts a Worker: its URL, a function that returns what it has printed so far, and two that end it at once:
 * `stop`, and `kill` for tests that mean that. `configuration` is wrangler's; its `main` may be a module around the
 * bundle. `state` is a folder that holds what is in its KV and its objects, where that has to be there before or
 * stay behind.
 */
export async function startEdge(configuration, secrets, options) {
  const whole = {
    name: "edge-signer-test",
    compatibility_date: "2026-10-01",
    compatibility_flags: ["enable_request_signal"],
    ...configuration,
  };
  const worker = await startWorkerd(whole, secrets, options);
  return { ...worker, kill: worker.stop };
}

/** Starts a Worker for `use`, which gets its URL and output; it is taken down, whatever happened. */
export async function withEdge(configuration, secrets, use, options) {
  const { url, output, stop } = await startEdge(configuration, secrets, options);
  try {
    return await use(url, output);
  } finally {
    await stop();
  }
}
