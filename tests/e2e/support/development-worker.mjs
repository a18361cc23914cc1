// The Worker that all tests share: configured as `cargo xtask dev` configures it, with the demo page.

import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorkerd } from "./workerd.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Its configuration, which is wrangler's, and its secrets. */
export function developmentConfiguration(ready) {
  const configuration = JSON.parse(readFileSync(join(root, "devstack/worker.json"), "utf8"));
  configuration.vars.STORES[ready.store_name].endpoint = ready.store;
  const secrets = {
    PHOTOS_ACCESS_KEY_ID: ready.access_key_id,
    PHOTOS_SECRET_ACCESS_KEY: ready.secret_access_key,
    SESSION_SECRET: ready.session_secret,
    ADMIN_SECRET: ready.admin_secret,
    LINK_KEY: ready.link_key,
    TAG_KEY: ready.tag_key,
  };
  return { configuration, secrets };
}

/**
 * Starts it; `assets` is a folder that it makes for what the page loads, `changed` replaces variables, and the other
 * options are those of `startWorkerd`.
 */
export function startDevelopmentWorker(ready, assets, { changed, ...options } = {}) {
  cpSync(join(root, "demo"), assets, { recursive: true });
  cpSync(join(root, "assets"), assets, { recursive: true });
  cpSync(join(root, "style"), join(assets, "style"), { recursive: true });
  const client = join(root, "clients/js/dist");
  if (existsSync(client)) cpSync(client, join(assets, "edge-signer"), { recursive: true });
  const session = { token: ready.token, store: ready.store_name, subject: "dev" };
  writeFileSync(join(assets, "dev-session.json"), JSON.stringify(session));
  const { configuration, secrets } = developmentConfiguration(ready);
  Object.assign(configuration.vars, changed);
  const served = { directory: assets, binding: "ASSETS", run_worker_first: ["/openapi.json"] };
  return startWorkerd({ ...configuration, assets: served }, secrets, options);
}
