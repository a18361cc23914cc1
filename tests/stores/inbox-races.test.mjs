// Writers that go on while an upload is accepted, and Workers that are killed.
//
// `INBOX_RACES` and `INBOX_KILLS` have more of both.

import { byForm, byUrl, form, races } from "../e2e/support/inbox-races.mjs";
import { kills } from "../e2e/support/inbox-kills.mjs";
import { Scanner } from "../e2e/support/scanner.mjs";
import { inboxCase, inboxTable } from "./support/inbox.mjs";

const uploads = Number(process.env.INBOX_RACES ?? 10);
const times = Number(process.env.INBOX_KILLS ?? 4);
const seed = Number(process.env.INBOX_KILLS_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** More than a store keeps in one piece. */
const large = 5_300_000;

const raceCase = (name, { begin = byUrl, ...options }) =>
  inboxCase(name, {
    ...options,
    use: async ({ inbox, store }) => {
      await races(inbox, { uploads, begin, large });
      const broken = store.asked.filter(({ status }) => status >= 500);
      const steps = broken.map(({ step, status }) => `${status} for ${step}`);
      if (steps.length > 0) console.log(`measured: ${steps.join(", ")}`);
    },
  });

raceCase("PUTs that go on while an upload is accepted", {});
raceCase("PUTs that go on while an upload is held and accepted", {
  options: { accept: { hold: true } },
});
raceCase("forms that go on while an upload is accepted", {
  begin: byForm,
  signed: { need: "post_form", ask: (edge) => form(edge) },
});

const scanner = await Scanner.start();
scanner.unref();
raceCase("PUTs that go on while an upload is scanned by webhook", {
  options: {
    accept: { scan: "webhook" },
    uploads: { scanner: { url: scanner.url, secret: "SCANNER" } },
  },
  secrets: { SCANNER: scanner.secret },
});

inboxCase("Workers that are killed in each step of an acceptance", {
  use: async ({ t }) => {
    const { table, gateway } = inboxTable();
    await kills(t, { times, seed, gateway, options: { table } });
  },
});
