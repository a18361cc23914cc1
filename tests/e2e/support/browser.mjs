// Headless Chromium, as `cargo xtask test` found it.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

/** It makes no calls of its own to the outside. */
function options(args = []) {
  const executablePath = process.env.CHROMIUM;
  assert.ok(executablePath, "CHROMIUM is not set: run these tests with `cargo xtask test`");
  return {
    executablePath,
    headless: true,
    args: [
      // Chromium does not start its sandbox as root, which is what containers run as.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  };
}

/** Starts a browser for the tests of a file, each of which makes a context of its own; `args` are further ones. */
export async function launchBrowser(args) {
  try {
    return await chromium.launch(options(args));
  } catch (error) {
    const how = "see that it starts by itself, or set CHROMIUM to another one";
    throw new Error(`the browser doesn't start (${process.env.CHROMIUM}): ${how}`, {
      cause: error,
    });
  }
}

/** What a download holds. */
export async function bytesOf(download) {
  return Buffer.concat(await (await download.createReadStream()).toArray());
}

/**
 * Starts one that lets every page have cookies sent to other sites, as not all browsers do. Its only
 * context, and a function that takes it down.
 */
export async function launchWithForeignCookies() {
  const profile = await mkdtemp(join(tmpdir(), "profile-"));
  await mkdir(join(profile, "Default"));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await writeFile(join(profile, "Default/Preferences"), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, options());
  const stop = async () => {
    await context.close();
    // Its processes may write until they have ended.
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return { context, stop };
}
