// Takes the steps in one engine.

import { after, before, test } from "node:test";
import { certificate } from "../https.mjs";
import { forms } from "./forms.mjs";
import { links } from "./links.mjs";
import { media } from "./media.mjs";
import { pages } from "./pages.mjs";
import { ByPlaywright } from "./playwright.mjs";
import { Site } from "./site.mjs";
import { uploads } from "./uploads.mjs";
import { WebKit } from "./webkit.mjs";

const ENGINES = {
  chromium: ByPlaywright.chromium,
  firefox: ByPlaywright.firefox,
  webkit: WebKit.start,
};

const STEPS = [...pages, ...forms, ...links, ...media, ...uploads];
/** All steps are taken in Chromium, and elsewhere those that found something, unless all are asked for. */
const isWhole = (name) => name === "chromium" || process.env.EDGE_SIGNER_ALL_BROWSERS === "1";

/** Registers the steps as tests. */
export function takeSteps(name) {
  let engine, site;
  before(async () => {
    const tls = certificate();
    // Whatever has started is stopped, even if the other hasn't started.
    const started = await Promise.allSettled([ENGINES[name](tls), Site.start(tls)]);
    [engine, site] = started.map(({ value }) => value);
    const failed = started.find(({ status }) => status === "rejected");
    if (failed) throw failed.reason;
  });
  after(async () => {
    await engine?.stop();
    await site?.stop();
  });
  for (const step of STEPS) {
    if (!step.isQuick && !isWhole(name)) continue;
    test(step.name, async () => {
      const { tab, close } = await engine.tab([site.edge.url]);
      try {
        await step.take(tab, site, name);
      } finally {
        await close();
      }
    });
  }
}
