// A headless Chromium, as `cargo xtask test` found it.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Starts the browser; it makes no calls of its own to the outside. */
export function launchBrowser() {
  const executablePath = process.env.CHROMIUM;
  assert.ok(executablePath, "CHROMIUM is not set: run these tests with `cargo xtask test`");
  return chromium.launch({
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
    ],
  });
}
