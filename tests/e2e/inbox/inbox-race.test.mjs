// Many PUTs by one URL while its upload is accepted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox } from "../support/inbox.mjs";
import { races } from "../support/inbox-races.mjs";

const uploads = Number(process.env.INBOX_RACES ?? 30);

test(`${uploads} uploads`, async (t) => {
  const inbox = await Inbox.start();
  t.after(() => inbox.stop());
  const sums = await races(inbox, { uploads });
  assert.ok(sums.accepted > 0 && sums.refused > 0 && sums.changed > 0, JSON.stringify(sums));
});
