// Workers that have an inbox at the store, and what this needs of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startEdge } from "../../e2e/support/edge.mjs";
import { Inbox, inboxSecrets, withInbox } from "../../e2e/support/inbox.mjs";
import { InboxStore } from "../../e2e/support/inbox-store.mjs";
import { isProblem } from "../../e2e/support/refusal.mjs";
import { presign, ready } from "../../e2e/support/stack.mjs";
import { keeps, tell } from "./case.mjs";

const GUARD = "unsigned_headers_refused";
const PINNED = "copy_source_condition:CopyObject";

/** Whether URLs for uploads obey nothing that nobody signed. */
const isGuarded = ready.features[`${GUARD}:PutObject`] ?? ready.features[GUARD] ?? false;

/**
 * What a Worker is told of the store, and what `InboxStore` has to do. Where the store obeys headers that nobody signed,
 * a gateway before it refuses them, and the operator says so.
 */
export function inboxTable() {
  const { write_credentials: _, ...table } = ready.table;
  if (isGuarded) return { table, gateway: {} };
  const others = Object.entries(table.features).filter(([name]) => !name.startsWith(GUARD));
  const features = { ...Object.fromEntries(others), [GUARD]: true };
  return { table: { ...table, features }, gateway: { refusesUnsigned: true } };
}

/** Fails unless a Worker with such an inbox signs nothing, for a fault that says these words. */
async function isFault(options, words) {
  const inbox = await Inbox.start(options);
  try {
    const wish = { operation: "PutObject", key: "users/e2e/a.png", content_type: "image/png" };
    isProblem(await presign(wish, { edge: inbox.edge.url }), 503, "misconfigured");
    for (const word of words) assert.match(inbox.edge.output(), new RegExp(word));
  } finally {
    await inbox.stop();
  }
}

/**
 * A case of an inbox, whose `options` are those of `Inbox.start`; `use` gets the running Worker and the store before it.
 * Where the store isn't known to keep what an inbox takes, or one of `needs`, that has to be a fault of the configuration;
 * without `signed.need` what `signed.ask` asks for has to be 422.
 */
export function inboxCase(name, { options = {}, secrets, needs = [], signed, use }) {
  test(name, { skip: ready.writesApart }, async (t) => {
    const { table, gateway } = inboxTable();
    const missing = [PINNED, ...needs].filter((need) => !keeps(need));
    if (missing.length > 0) {
      await isFault({ table, ...options }, ["isn't known to"]);
      tell(name, `a fault: ${namesOf(missing).join(", ")}`);
      return;
    }
    const store = await InboxStore.start(gateway);
    t.after(() => store.stop());
    const inbox = await Inbox.start({ store, table, ...options }, { secrets });
    t.after(() => inbox.stop());
    if (signed !== undefined && !keeps(signed.need)) {
      isProblem(await signed.ask(inbox.edge.url), 422, "unsupported_by_store");
      tell(name, `422 ${namesOf([signed.need])}`);
      return;
    }
    const outcome = await use({ inbox, store, t });
    tell(name, outcome ?? heldBy(gateway));
  });
}

const namesOf = (needs) => [...new Set(needs.map((need) => `\`${need.split(":")[0]}\``))];

/** How it was held. */
const heldBy = ({ refusesUnsigned = false }) =>
  refusesUnsigned ? "held, behind a gateway that refuses unsigned headers" : "held";

/** Without that gateway. */
export function gatewayCase(name) {
  test(name, { skip: isGuarded || ready.writesApart }, async () => {
    await isFault({ table: ready.table }, ["isn't known to refuse headers that nobody signed"]);
    tell(name, "a fault: `unsigned_headers_refused`");
  });
}

/** A scanner's own way to the bucket: a Worker that signs tags in the inbox. */
export function startTagger() {
  const plain = withInbox({ table: ready.table });
  plain.vars.RULES = [
    {
      name: "a scanner",
      when: { role: "member" },
      allow: ["PutObjectTagging"],
      stores: [ready.store_name],
      keys: ["inbox/**"],
    },
  ];
  return startEdge(plain, inboxSecrets);
}
