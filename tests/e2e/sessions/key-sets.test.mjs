// Key sets at URLs, fetched by a Worker without KV for sessions: how often, and what happens to requests while no valid
// set can be fetched. A rotation is in openid-provider.test.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Issuer, makeKey, sharedKey } from "../support/issuer.mjs";
import { ask, isAccepted, isRefused, isWithoutKeys, withTrust } from "../support/sessions.mjs";

const concurrency = 32;
/** For how long the Worker doesn't fetch a set again, in milliseconds; its clock counts whole seconds. */
const COOL_DOWN = 10_000;

const issuers = [];

/** An issuer that the Worker trusts. */
function issuer(name, keys = [makeKey("Ed25519")], settings = {}) {
  const made = Object.assign(new Issuer(name, keys), settings);
  issuers.push(made);
  return made;
}

const many = (count, make) => Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** Waits until the Worker may fetch a set again that it has tried to fetch before `moment`. */
const coolDownAfter = (moment) => sleep(Math.max(0, moment + COOL_DOWN + 1000 - Date.now()));

/** Fails where a test has taken so long that what it has seen says nothing of the cool-down since `moment`. */
function isWithinCoolDown(moment) {
  const passed = Date.now() - moment;
  assert.ok(passed < COOL_DOWN - 1000, `${passed} ms have passed: too slow to tell`);
}

/** Waits until nothing is being answered any more. */
async function isLeftAlone(issuer) {
  const deadline = Date.now() + 15_000;
  while (issuer.open > 0) {
    assert.ok(Date.now() < deadline, "the Worker still reads what it can't use");
    await sleep(50);
  }
}

const tests = {};

tests["a set is fetched once for many requests"] = (() => {
  const steady = issuer("steady", [makeKey("RSA"), makeKey("RSA")], { cacheControl: "no-store" });
  return async (edge) => {
    for (let round = 0; round < 5; round += 1) {
      await many(10, (index) =>
        isAccepted(edge, steady.token({}, { key: steady.keys[index % 2] })),
      );
    }
    assert.equal(steady.fetches, 1);
  };
})();

tests["50 first requests at once share one fetch"] = (() => {
  // Long enough for all requests to arrive before it answers.
  const slow = issuer("slow", undefined, { delay: 1500 });
  return async (edge) => {
    await many(50, () => isAccepted(edge, slow.token()));
    assert.equal(slow.fetches, 1);
  };
})();

tests["two entries with one URL share its set, and two URLs share none"] = (() => {
  const one = issuer("one");
  const other = issuer("other", one.keys);
  const twin = issuer("twin", one.keys);
  twin.entry = () => one.entry({ issuer: twin.iss });
  return async (edge) => {
    for (const each of [one, twin, other]) await isAccepted(edge, each.token());
    assert.deepEqual([one.fetches, other.fetches, twin.fetches], [1, 1, 0]);
  };
})();

tests["a token that can't be good is no reason to fetch"] = (() => {
  const quiet = issuer("quiet", [makeKey("P-256")]);
  return async (edge) => {
    const token = quiet.token();
    await isRefused(edge, quiet.token({}, { header: { alg: "none" } }));
    await isRefused(edge, quiet.token({}, { key: sharedKey("x") }));
    await isRefused(edge, quiet.token({}, { key: makeKey("RSA") }));
    await isRefused(edge, quiet.token({}, { header: { crit: ["x"] } }));
    await isRefused(edge, quiet.token({ iss: `${quiet.iss}/` }));
    await isRefused(edge, token.split(".").slice(0, 2).join("."));
    assert.equal(quiet.fetches, 0);
    await isAccepted(edge, token);
    assert.equal(quiet.fetches, 1);
  };
})();

tests["a good set outlives its server"] = (() => {
  const mortal = issuer("mortal");
  return async (edge) => {
    const [known] = mortal.keys;
    await isAccepted(edge, mortal.token());
    const fetched = Date.now();
    await mortal.die();
    await isAccepted(edge, mortal.token());
    await coolDownAfter(fetched);
    const added = makeKey("Ed25519");
    const start = Date.now();
    // Nobody can tell now whether the issuer has such a key.
    await many(5, () => isWithoutKeys(edge, mortal.token({}, { key: added })));
    const tried = Date.now();
    await many(5, () => isAccepted(edge, mortal.token()));
    mortal.rotate(known, added);
    await mortal.start();
    await isWithoutKeys(edge, mortal.token({}, { key: added }));
    isWithinCoolDown(start);
    assert.equal(mortal.fetches, 1);
    await coolDownAfter(tried);
    await isAccepted(edge, mortal.token({}, { key: added }));
    await isAccepted(edge, mortal.token());
    assert.equal(mortal.fetches, 2);
  };
})();

tests["a set whose keys have no names serves tokens that name one, and is fetched once"] = (() => {
  const nameless = issuer("nameless");
  for (const jwk of nameless.published) delete jwk.kid;
  return async (edge) => {
    await isAccepted(edge, nameless.token());
    const fetched = Date.now();
    await coolDownAfter(fetched);
    await isAccepted(edge, nameless.token());
    assert.equal(nameless.fetches, 1);
    await nameless.die();
    await coolDownAfter(Date.now());
    await isAccepted(edge, nameless.token());
  };
})();

// Answers without a valid set. Each issuer is trusted again once it answers correctly.

/** A set that JSON's blanks make as long. */
const ofSize = (bytes) => (issuer) =>
  Object.assign(issuer, {
    behaviour: "text",
    text: JSON.stringify({ keys: issuer.published }).padEnd(bytes),
  });
const behaves = (behaviour, more) => (issuer) => Object.assign(issuer, { behaviour, ...more });
const says = (text) => behaves("text", { text });
const elsewhere = new Issuer("elsewhere", [makeKey("Ed25519")]);
const publicOf = (key) => ({ ...key.jwk });
const privateOf = (key) => ({ ...key.privateKey.export({ format: "jwk" }), kid: key.kid });

const faults = {
  "answers 500": behaves("fail"),
  "redirects to where the set is": (issuer) => {
    elsewhere.published = issuer.published;
    Object.defineProperty(issuer, "location", { get: () => elsewhere.url });
    issuer.behaviour = "redirect";
  },
  "answers with a page": behaves("html"),
  "answers with nothing": says(""),
  "answers with a set of 300 KiB": ofSize(300 * 1024),
  "answers with a byte more than 256 KiB": ofSize(256 * 1024 + 1),
  "answers without end": behaves("endless"),
  "answers with an empty set": says('{"keys":[]}'),
  "answers with an object": says("{}"),
  "answers with a list": says("[]"),
  "answers with an object for a list": says('{"keys":{"0":{}}}'),
  "answers with half a set": (issuer) =>
    says(JSON.stringify({ keys: issuer.published }).slice(0, -2))(issuer),
  "answers with the key alone": (issuer) => says(JSON.stringify(issuer.published[0]))(issuer),
  "answers with 65 keys": (issuer) =>
    (issuer.published = [
      publicOf(issuer.keys[0]),
      ...Array.from({ length: 64 }, () => makeKey("Ed25519").jwk),
    ]),
  "answers with its private key": (issuer) => (issuer.published = [privateOf(issuer.keys[0])]),
  "is dead": (issuer) => issuer.die(),
};

/** Answers with the set as it should be. */
async function mends(issuer, isDead) {
  issuer.behaviour = "answer";
  issuer.published = issuer.keys.map(publicOf);
  if (isDead) await issuer.start();
}

for (const [index, [what, breakIt]] of Object.entries(faults).entries()) {
  const broken = issuer(`broken-${index}`);
  tests[`without a good set nobody is let in: the issuer ${what}`] = async (edge) => {
    await breakIt(broken);
    const start = Date.now();
    await many(5, () => isWithoutKeys(edge, broken.token()));
    const tried = Date.now();
    const isDead = what === "is dead";
    const fetches = isDead ? 0 : 1;
    assert.equal(broken.fetches, fetches);
    await mends(broken, isDead);
    // Not at once, so that not every request asks an issuer in trouble.
    await isWithoutKeys(edge, broken.token());
    isWithinCoolDown(start);
    assert.equal(broken.fetches, fetches);
    await isLeftAlone(broken);
    await coolDownAfter(tried);
    await isAccepted(edge, broken.token());
    assert.equal(broken.fetches, fetches + 1);
  };
}

tests["sets that are large, yet not too large, are read"] = (() => {
  const large = issuer("large");
  const crowded = issuer("crowded", [
    makeKey("Ed25519"),
    ...Array.from({ length: 63 }, () => makeKey("Ed25519")),
  ]);
  return async (edge) => {
    ofSize(256 * 1024)(large);
    await isAccepted(edge, large.token());
    await isAccepted(edge, crowded.token());
    await isAccepted(edge, crowded.token({}, { key: crowded.keys[63] }));
  };
})();

for (const behaviour of ["stall", "trickle"]) {
  const stuck = issuer(behaviour, undefined, { behaviour });
  tests[`an issuer that doesn't come to an end is waited for 5 seconds: ${behaviour}`] = async (
    edge,
  ) => {
    const came = Date.now();
    const times = await many(20, async () => {
      const start = performance.now();
      await isWithoutKeys(edge, stuck.token());
      return performance.now() - start;
    });
    assert.equal(stuck.fetches, 1);
    assert.ok(Math.max(...times) < 8000, `${Math.max(...times)} ms`);
    assert.ok(Math.max(...times) > 4500, `${Math.max(...times)} ms`);
    // Requests within the cool-down don't wait.
    const start = performance.now();
    await isWithoutKeys(edge, stuck.token());
    assert.ok(performance.now() - start < 3000);
    isWithinCoolDown(came);
    assert.equal(stuck.fetches, 1);
    await isLeftAlone(stuck);
  };
}

tests["whoever goes away takes no fetch along that others wait for"] = (() => {
  const slow = issuer("left", undefined, { delay: 2000 });
  return async (edge) => {
    const abort = new AbortController();
    const query = "operation=GetObject&key=users/e2e/file";
    const headers = { authorization: `Bearer ${slow.token()}` };
    const first = fetch(`${edge}/v1/presign?${query}`, { headers, signal: abort.signal });
    const gone = assert.rejects(first, { name: "AbortError" });
    while (slow.fetches === 0) await sleep(20);
    const waiting = many(10, () => ask(edge, slow.token()));
    await sleep(500);
    abort.abort();
    await gone;
    for (const answer of await waiting) assert.equal(answer.status, 200, answer.text);
    assert.ok(slow.fetches <= 2, `${slow.fetches} fetches`);
  };
})();

test("key sets at URLs", { concurrency }, (t) =>
  withTrust(
    [...issuers, elsewhere],
    () => issuers.map((issuer) => issuer.entry()),
    async (edge) => {
      const runs = Object.entries(tests).map(([what, run]) => t.test(what, () => run(edge)));
      await Promise.all(runs);
      assert.equal(elsewhere.fetches, 0, "a redirect was followed");
    },
    // How and when a set is fetched depends on the runtime and its clock.
    { inWorkerd: true },
  ),
);
