// Key sets in KV, which isolates share: a set that one isolate has fetched serves the others, for up to a day while the
// issuer is down.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { Issuer, makeKey } from "../support/issuer.mjs";
import { Entries, kv_namespaces } from "../support/kv.mjs";
import { isAccepted, isRefused, isWithoutKeys } from "../support/sessions.mjs";

const concurrency = 16;
const HOUR = 3600;
const DAY = 24 * HOUR;
const now = () => Math.floor(Date.now() / 1000);

/** What is in KV under a set's address. */
const nameOf = ({ url }) => `keys/${createHash("sha256").update(url).digest("hex")}`;

/** A set that was fetched `age` seconds ago and said that it would be good for `life`. */
function entryOf(keys, { age = 60, life = HOUR } = {}) {
  const fetched_at = now() - age;
  const document = JSON.stringify({ keys: keys.map((key) => key.jwk) });
  return JSON.stringify({ document, fetched_at, fresh_until: fetched_at + life });
}

const makeIssuer = (name) => new Issuer(name, [makeKey("Ed25519")]);
const entered = ({ keys }, dates) => entryOf(keys, dates);
const stale = { age: 2 * HOUR, life: HOUR };

/**
 * Each has an issuer, what KV holds of it, whether it is dead, and what a Worker makes of that. `other` is a key that
 * the issuer doesn't publish.
 */
const cases = {
  "a fresh set serves, and the issuer isn't asked": {
    entry: entered,
    async hold({ edge, issuer }) {
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 0);
    },
  },
  "a fresh set serves where the issuer is dead": {
    isDead: true,
    entry: entered,
    hold: ({ edge, issuer }) => isAccepted(edge, issuer.token()),
  },
  "a stale set serves where the issuer is dead": {
    isDead: true,
    entry: (issuer) => entered(issuer, stale),
    async hold({ edge, issuer, other }) {
      await isAccepted(edge, issuer.token());
      await isWithoutKeys(edge, issuer.token({}, { key: other }));
      await isAccepted(edge, issuer.token());
    },
  },
  "a stale set serves where the issuer stalls": {
    entry: (issuer) => entered(issuer, stale),
    async hold({ edge, issuer }) {
      issuer.behaviour = "stall";
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 1);
    },
  },
  "a stale set is replaced where the issuer answers": {
    // The set has a key that the issuer has withdrawn.
    entry: ({ keys }, { other }) => entryOf([...keys, other], stale),
    async hold({ edge, issuer, other }) {
      await isAccepted(edge, issuer.token());
      await isRefused(edge, issuer.token({}, { key: other }));
      assert.equal(issuer.fetches, 1);
    },
  },
  "a set that is almost a day old serves where the issuer is dead": {
    isDead: true,
    entry: (issuer) => entered(issuer, { age: DAY - 5 * 60, life: HOUR }),
    hold: ({ edge, issuer }) => isAccepted(edge, issuer.token()),
  },
  "a set that is a day old serves no more": {
    isDead: true,
    entry: (issuer) => entered(issuer, { age: DAY + 1, life: HOUR }),
    hold: ({ edge, issuer }) => isWithoutKeys(edge, issuer.token()),
  },
  "a set that is a day old serves no more, whatever it says of itself": {
    isDead: true,
    entry: (issuer) => entered(issuer, { age: DAY + 1, life: 10 * DAY }),
    hold: ({ edge, issuer }) => isWithoutKeys(edge, issuer.token()),
  },
  "a set is fresh for half a day at the most": {
    entry: ({ keys }, { other }) => entryOf([...keys, other], { age: 13 * HOUR, life: 10 * DAY }),
    async hold({ edge, issuer, other }) {
      await isAccepted(edge, issuer.token());
      await isRefused(edge, issuer.token({}, { key: other }));
      assert.equal(issuer.fetches, 1);
    },
  },
  "a set that is a day old is fetched again": {
    entry: (issuer) => entered(issuer, { age: DAY + 1, life: HOUR }),
    async hold({ edge, issuer }) {
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 1);
    },
  },
  "a set from the future isn't believed": {
    entry: (_, { other }) => entryOf([other], { age: -HOUR }),
    async hold({ edge, issuer, other }) {
      await isRefused(edge, issuer.token({}, { key: other }));
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 1);
    },
  },
  "a set of another issuer isn't taken": {
    isDead: true,
    entry: ({ keys }) => entryOf(keys),
    nameOf: ({ url }) => nameOf({ url: `${url}x` }),
    hold: ({ edge, issuer }) => isWithoutKeys(edge, issuer.token()),
  },
  "a key that the shared set lacks is fetched": {
    entry: (_, { other }) => entryOf([other]),
    async hold({ edge, issuer, other }) {
      await isAccepted(edge, issuer.token({}, { key: other }));
      assert.equal(issuer.fetches, 0);
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 1);
      await isRefused(edge, issuer.token({}, { key: other }));
    },
  },
};

/** Entries that can't be read are passed over. */
const unreadable = {
  "no JSON": () => "{",
  "no entry": () => "{}",
  "a list": () => "[]",
  "a bare set": ({ keys }) => JSON.stringify({ keys: keys.map((key) => key.jwk) }),
  "dates that are texts": (issuer) =>
    JSON.stringify({ ...JSON.parse(entered(issuer)), fetched_at: `${now()}` }),
  "dates below zero": (issuer) =>
    JSON.stringify({ ...JSON.parse(entered(issuer)), fetched_at: -1 }),
  "a set without keys": () => entryOf([]),
  "a document that is no set": (issuer) =>
    JSON.stringify({ ...JSON.parse(entered(issuer)), document: "<html>" }),
};
for (const [what, entry] of Object.entries(unreadable)) {
  cases[`an entry is passed over: ${what}`] = {
    entry,
    async hold({ edge, issuer }) {
      await isAccepted(edge, issuer.token());
      assert.equal(issuer.fetches, 1);
    },
  };
  cases[`an entry is passed over where the issuer is dead: ${what}`] = {
    isDead: true,
    entry,
    hold: ({ edge, issuer }) => isWithoutKeys(edge, issuer.token()),
  };
}

const staged = Object.entries(cases).map(([what, own], index) => ({
  what,
  nameOf,
  issuer: makeIssuer(`case-${index}`),
  other: makeKey("Ed25519"),
  ...own,
}));
const issuers = staged.map(({ issuer }) => issuer);

const configure = (trusted, more = {}) => ({
  vars: { ...vars, ISSUERS: trusted.map((issuer) => issuer.entry()) },
  kv_namespaces,
  ...more,
});

/** Runs with entries of its own. */
async function withEntries(use) {
  const entries = await Entries.make();
  try {
    await use(entries);
  } finally {
    await entries.remove();
  }
}

test("what KV holds of key sets", { concurrency }, (t) =>
  withEntries(async (entries) => {
    try {
      for (const { issuer } of staged) await issuer.start();
      const values = staged.map((one) => [one.nameOf(one.issuer), one.entry(one.issuer, one)]);
      await entries.putAll(Object.fromEntries(values));
      const configuration = configure(issuers);
      for (const { issuer, isDead } of staged) if (isDead) await issuer.die();
      await withEdge(
        configuration,
        secrets,
        (edge) =>
          Promise.all(staged.map((one) => t.test(one.what, () => one.hold({ ...one, edge })))),
        { state: entries.state },
      );
    } finally {
      for (const { issuer } of staged) await issuer.die();
    }
  }),
);

test("a set that one Worker has fetched serves the next", () =>
  withEntries(async (entries) => {
    const issuer = makeIssuer("inherited");
    issuer.cacheControl = "max-age=7200";
    const options = { state: entries.state };
    try {
      await issuer.start();
      const configuration = configure([issuer]);
      await withEdge(configuration, secrets, (edge) => isAccepted(edge, issuer.token()), options);
      assert.equal(issuer.fetches, 1);
      await issuer.die();

      const entry = await entries.get(nameOf(issuer));
      assert.deepEqual(JSON.parse(entry.document), { keys: issuer.published });
      assert.ok(Math.abs(now() - entry.fetched_at) < 60);
      assert.equal(entry.fresh_until - entry.fetched_at, 7200);
      const [{ name, expiration }, ...others] = await entries.list();
      assert.deepEqual([name, others], [nameOf(issuer), []]);
      assert.ok(Math.abs(entry.fetched_at + DAY - expiration) < 60, "KV keeps it for a day");

      await withEdge(
        configuration,
        secrets,
        async (edge) => {
          await isAccepted(edge, issuer.token());
          await isRefused(edge, issuer.token({}, { header: { alg: "none" } }));
        },
        options,
      );
      // A Worker without the binding has no shared sets.
      const alone = configure([issuer], { kv_namespaces: kv_namespaces.slice(0, 1) });
      const isAlone = (edge) => isWithoutKeys(edge, issuer.token());
      await withEdge(alone, secrets, isAlone, options);
      assert.equal(issuer.fetches, 1);
    } finally {
      await issuer.die();
    }
  }));
