// A ledger that can't answer or record: requests that need it are refused without a URL, and work when it works again.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startEdge } from "../support/edge.mjs";
import { FASTER } from "../support/fast.mjs";
import { Client, hasUrl, linkSecrets, tally, withLinks, worker } from "../support/ledger.mjs";
import { call } from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { follow, freshKey, presigned, ready, token } from "../support/stack.mjs";

/** In the time of the Workers here. */
const LEDGER_TIMEOUT_MS = 12_000 / FASTER;
const file = freshKey("file");
const text = "what the link is for";
const json = { "content-type": "application/json" };
const withToken = (headers = {}, claims = {}) => ({
  authorization: `Bearer ${token(claims)}`,
  ...headers,
});

/** A Worker whose parts fail when it is told. */
class FaultyEdge {
  async start(ledger, more) {
    const configuration = { ...withLinks({ ledger, ...more }), main: worker("fast-faulty") };
    const { url, output, stop } = await startEdge(configuration, linkSecrets);
    Object.assign(this, { url, output, client: new Client(url) });
    this.stop = () => {
      this.client.close();
      return stop();
    };
    const object = await presigned({ operation: "PutObject", key: file }, { edge: url });
    assert.equal((await follow(object, { body: text })).status, 200);
  }

  async fail(faults) {
    const { status } = await this.client.send("PUT", "/faults", { body: JSON.stringify(faults) });
    assert.equal(status, 200);
  }

  /** How often objects were asked since they were told how to fail. */
  async asked() {
    return JSON.parse((await this.client.send("GET", "/faults")).text).asked;
  }

  call(method, path, headers, body) {
    return call(this.url + path, { method, headers, body });
  }

  post(path, fields) {
    return this.call("POST", path, withToken(json), JSON.stringify(fields));
  }

  /** An upload's key, and the link for it. */
  async upload() {
    const key = freshKey("upload");
    return { key, link: await this.client.link({ operation: "PutObject", key }) };
  }

  async isStored(key) {
    const { status } = await follow(await presigned({ operation: "GetObject", key }));
    return status === 200;
  }
}

/**
 * All that asks the ledger, by its name: a function that makes a wish to be asked again and again, what is
 * answered where it may have it, and what where it had it before.
 */
async function makeWishes(edge) {
  const { client } = edge;
  const one_time_key = () => crypto.randomUUID();
  const read = () => ({ operation: "GetObject", key: file, one_time_key: one_time_key() });
  const link = (fields) => client.link({ key: file, ...fields });
  const wish = (ask, fresh, again) => ({ ask, fresh, again });
  const redeem = ({ path }, method, headers, body) => edge.call(method, path, headers, body);
  const redemption = async (fields, fresh, method = "GET") => {
    const made = await link(fields);
    return wish(() => redeem(made, method), fresh, "410 link_spent");
  };
  const posted = (path, fields, fresh = "200") =>
    wish(() => edge.post(path, fields), fresh, "409 one_time_key_used");

  const [query, batched, plain] = [read(), read(), { operation: "GetObject", key: file }];
  const [passedOn, redirected, watched, revoked] = [
    await edge.upload(),
    await edge.upload(),
    await link(),
    await link(),
  ];
  const bearer = withToken({}, { jti: crypto.randomUUID() });
  return {
    redirect: await redemption({}, "302"),
    stream: await redemption({ delivery: "stream" }, "200"),
    "page that asks": await redemption({ confirm: true }, "303", "POST"),
    "upload, redirected": wish(
      () => redeem(redirected.link, "PUT", { "if-none-match": "*" }, text),
      "307",
      "410 link_spent",
    ),
    "upload, passed on": {
      ...wish(() => redeem(passedOn.link, "PUT", {}, text), "200", "410 link_spent"),
      wasDone: () => edge.isStored(passedOn.key),
    },
    "GET /v1/presign": wish(
      () => edge.call("GET", `/v1/presign?${new URLSearchParams(query)}`, withToken()),
      "200",
      "409 one_time_key_used",
    ),
    "POST /v1/presign": posted("/v1/presign", read()),
    "item of a batch": wish(
      async () => {
        const answer = await edge.post("/v1/presign/batch", { requests: [plain, batched] });
        assert.equal(answer.status, 200, answer.text);
        const [first, second] = answer.json.results;
        assert.match(first.url, /X-Amz-Signature/);
        return {
          ...answer,
          status: second.status ?? 200,
          text: JSON.stringify(second),
          json: second,
        };
      },
      "200",
      "409 one_time_key_used",
    ),
    "/f/…, which costs the token": wish(
      () => edge.call("GET", `/f/${ready.store_name}/once/file`, bearer),
      "302",
      "409 one_time_key_used",
    ),
    form: posted("/v1/forms", { key: file, one_time_key: one_time_key() }),
    "making of a link": posted("/v1/links", read()),
    "making of an upload in parts": posted("/v1/multipart", {
      key: file,
      one_time_key: one_time_key(),
    }),
    "status of a link": {
      ...wish(() => edge.call("GET", `/v1/links/${watched.id}`, withToken()), "200", "200"),
      isFree: true,
    },
    "revocation of a link": {
      ...wish(() => edge.call("DELETE", `/v1/links/${revoked.id}`, withToken()), "204", "204"),
      isFree: true,
    },
  };
}

/** What a redemption is answered while KV hangs; `late` where that is nothing for long. */
async function redeemedWhileHanging(edge, faults) {
  const link = await edge.client.link();
  await edge.fail(faults);
  const late = new Promise((resolve) => setTimeout(resolve, 12_000, { status: "late" }).unref());
  const { status } = await Promise.race([edge.client.redeem(link), late]);
  await edge.fail({});
  return status;
}

/** Fails unless nothing was given out and the ledger is said to be unavailable; nothing is said of why. */
function isUnavailable(answer, what) {
  const { status, headers, text: body } = answer;
  assert.equal(status, 503, `${what}: ${JSON.stringify(tally([answer]))}`);
  if (what !== "item of a batch") {
    isProblem(answer, 503, "ledger_unavailable");
    assert.equal(headers.get("retry-after"), "1");
  }
  assert.equal(answer.json.code, "ledger_unavailable");
  assert.equal(headers.get("location"), null);
  const all = [...headers].flat().join("\n") + body;
  for (const part of ["X-Amz-", "x-amz-", ready.store, "/l/", text, "broken", "upload_id"]) {
    assert.ok(!all.includes(part), `${what}: ${part} in ${all}`);
  }
}

/**
 * Holds one fault: everything is refused while it lasts. Afterwards the very same wishes are granted, and
 * only once; where the fault came after the ledger had `recorded` them, not even that.
 */
async function holdFault(edge, faults, { recorded = false, within = 10_000 } = {}) {
  const all = Object.entries(await makeWishes(edge));
  const wishes = all.filter(([, { isFree }]) => !(recorded && isFree));
  const askAll = () => Promise.all(wishes.map(([, { ask }]) => ask()));
  const page = await edge.client.link({ key: file });
  await edge.fail(faults);
  const since = performance.now();
  const [refused, shown] = await Promise.all([
    askAll(),
    edge.call("GET", page.path, { accept: "text/html" }),
  ]);
  assert.ok(performance.now() - since < within, `${performance.now() - since} ms`);
  await edge.fail({});
  for (const [n, [what, { wasDone }]] of wishes.entries()) {
    isUnavailable(refused[n], what);
    assert.equal(await wasDone?.(), wasDone && false, what);
  }
  assert.equal(shown.status, 503);
  assert.equal(shown.headers.get("retry-after"), "1");
  assert.match(
    shown.text,
    /<h1>This link can&#39;t be opened now|<h1>This link can't be opened now/,
  );
  assert.ok(!/X-Amz-|broken/.test(shown.text + [...shown.headers].flat().join("\n")), shown.text);

  for (const round of recorded ? ["again"] : ["fresh", "again"]) {
    const answers = await askAll();
    for (const [n, [what, expected]] of wishes.entries()) {
      assert.deepEqual(tally([answers[n]]), { [expected[round]]: 1 }, `${what}: ${round}`);
    }
  }
}

const answers = (says) => ({ object: { how: "answers", says } });

for (const ledger of ["durable", "layered"]) {
  describe(`${ledger}: nothing is given out where the object`, () => {
    const edge = new FaultyEdge();
    before(() => edge.start(ledger));
    after(() => edge.stop?.());
    const slow = { within: LEDGER_TIMEOUT_MS + 10_000 };

    test("throws", () => holdFault(edge, { object: { how: "throws" } }));
    test("throws when it has recorded the use, which is lost then", () =>
      holdFault(edge, { object: { how: "throwsWhenItHasSpent" } }, { recorded: true }));
    test("hangs", () => holdFault(edge, { object: { how: "hangs" } }, slow));
    const fresh = { fresh: { left: 0 } };
    const nonsense = [
      500,
      null,
      { uses: [fresh] },
      "",
      "fresh",
      "null",
      '{"uses":[]}',
      '{"uses":[{"fresh":{"left":-1}}]}',
      '{"uses":[{"fresh":{"left":0},"again":null}]}',
      JSON.stringify({ uses: [fresh, fresh] }),
      JSON.stringify({ uses: [fresh], done: null }),
      JSON.stringify({ uses: ["late"] }),
      "x".repeat(1e6),
    ];
    for (const says of nonsense) {
      const what = JSON.stringify(says).slice(0, 50);
      test(`says ${what}`, () => holdFault(edge, answers(says)));
    }

    test("says yes, on the other hand, everything is", async () => {
      const link = await edge.client.link();
      await edge.fail(answers('{"uses":[{"fresh":{"left":1}}]}'));
      const redeemed = [await edge.client.redeem(link), await edge.client.redeem(link)];
      await edge.fail({});
      assert.deepEqual(tally(redeemed), { 302: 2 });
      assert.ok(redeemed.every(hasUrl));
    });

    test("is late, and no use is lost", async () => {
      const link = await edge.client.link({ uses: 2 });
      const milliseconds = LEDGER_TIMEOUT_MS + 500;
      await edge.fail({ object: { how: "isLate", milliseconds } });
      const late = edge.call("GET", link.path);
      // The ledger is asked while it is late, not before.
      await sleep(200);
      await edge.fail({});
      isUnavailable(await late, "redirect");
      await sleep(1_500);
      assert.equal((await edge.client.status(link)).used, 0);
      const answers = await Promise.all([1, 2, 3].map(() => edge.client.redeem(link)));
      assert.deepEqual(tally(answers), { 302: 2, "410 link_spent": 1 });
    });

    test("is started again before it has answered, and no use is counted twice or lost", async () => {
      for (const uses of [1, 2]) {
        const link = await edge.client.link({ uses });
        await edge.fail({ object: { how: "restarts" } });
        const answer = await edge.client.redeem(link);
        await edge.fail({});
        assert.deepEqual(tally([answer]), { 302: 1 });
        assert.equal((await edge.client.status(link)).used, 1);
        const more = await Promise.all([1, 2, 3].map(() => edge.client.redeem(link)));
        assert.equal([answer, ...more].filter(hasUrl).length, uses);
      }
    });

    const wish = () => ({ operation: "GetObject", key: file, one_time_key: crypto.randomUUID() });
    for (const how of ["loses", "losesTheAnswer", "repeats"]) {
      test(`${how}: it is asked again, and counts once`, async () => {
        for (const uses of [1, 3]) {
          const link = await edge.client.link({ uses });
          await edge.fail({ way: { how, times: 2 } });
          assert.deepEqual(tally([await edge.client.redeem(link)]), { 302: 1 });
          assert.equal(await edge.asked(), { loses: 1, losesTheAnswer: 3, repeats: 2 }[how]);
          const { used, left } = await edge.client.status(link);
          assert.deepEqual({ used, left }, { used: 1, left: uses - 1 });
        }
        const one = wish();
        await edge.fail({ way: { how, times: 2 } });
        assert.deepEqual(tally([await edge.client.post("/v1/presign", one)]), { 200: 1 });
        assert.deepEqual(tally([await edge.client.post("/v1/presign", one)]), {
          "409 one_time_key_used": 1,
        });
      });
    }

    test("can't be reached, and is asked no more than three times", async () => {
      const link = await edge.client.link();
      await edge.fail({ way: { how: "losesTheAnswer", times: 100 } });
      isUnavailable(await edge.call("GET", link.path), "redirect");
      assert.equal(await edge.asked(), 3);
      await edge.fail({});
    });

    test("is overloaded, and isn't asked again", async () => {
      const link = await edge.client.link();
      await edge.fail({ way: { how: "overloads", times: 1 } });
      isUnavailable(await edge.call("GET", link.path), "redirect");
      assert.equal(await edge.asked(), 0);
      await edge.fail({});
      assert.deepEqual(tally([await edge.client.redeem(link)]), { 302: 1 });
    });
  });
}

test("the objects of a jurisdiction are asked, and what is older stays where it is", async (t) => {
  const edge = new FaultyEdge();
  t.after(() => edge.stop?.());
  const jurisdictions = async () =>
    JSON.parse((await edge.client.send("GET", "/faults")).text).jurisdictions;
  await edge.start("durable");
  const old = await edge.client.link();
  await edge.stop();
  await edge.start("durable", { jurisdiction: "eu", location_hint: "weur" });
  await edge.fail({});
  const one_time_key = crypto.randomUUID();
  const wish = { operation: "GetObject", key: file, one_time_key };
  for (const expected of [{ 200: 1 }, { "409 one_time_key_used": 1 }]) {
    assert.deepEqual(tally([await edge.client.post("/v1/presign", wish)]), expected);
  }
  assert.deepEqual(tally([await edge.client.redeem(await edge.client.link())]), { 302: 1 });
  assert.deepEqual(await jurisdictions(), ["eu", "eu", "eu"]);
  await edge.fail({});
  assert.deepEqual(tally([await edge.client.redeem(old)]), { 302: 1 });
  assert.deepEqual(await jurisdictions(), []);
});

describe("layered: the object alone decides while KV", () => {
  const edge = new FaultyEdge();
  before(() => edge.start("layered"));
  after(() => edge.stop?.());

  const cases = {
    "can't be read": { get: "throws" },
    "can't be written": { put: "throws" },
    "can't be reached": { get: "throws", put: "throws" },
    "never ends a write": { put: "hangs" },
    "holds something else": { get: { says: "nonsense" } },
  };
  for (const [what, faults] of Object.entries(cases)) {
    test(what, async () => {
      const [link, revoked] = await edge.client.links(2, () => ({ uses: 3 }));
      const one_time_key = crypto.randomUUID();
      const wish = { operation: "GetObject", key: file, one_time_key };
      await edge.fail(faults);
      const redeemed = await Promise.all(
        Array.from({ length: 60 }, () => edge.client.redeem(link)),
      );
      const signed = await Promise.all(
        Array.from({ length: 30 }, () => edge.client.post("/v1/presign", wish)),
      );
      assert.deepEqual(tally(redeemed), { 302: 3, "410 link_spent": 57 });
      assert.deepEqual(tally(signed), { 200: 1, "409 one_time_key_used": 29 });
      const { status } = await edge.call("DELETE", `/v1/links/${revoked.id}`, withToken());
      assert.equal(status, 204);
      assert.deepEqual(tally([await edge.client.redeem(revoked)]), { "410 link_revoked": 1 });
      await edge.fail({});
      for (const spent of [link, revoked]) {
        assert.equal((await edge.client.redeem(spent)).status, 410);
      }
    });
  }

  test("never ends a read", async () => {
    assert.equal(await redeemedWhileHanging(edge, { get: "hangs" }), 302);
  });

  test("fails, and is refused where the object fails too", () =>
    holdFault(edge, { object: { how: "throws" }, get: "throws", put: "throws" }));
});

describe("kv: nothing is given out while KV", () => {
  const edge = new FaultyEdge();
  before(() => edge.start("kv"));
  after(() => edge.stop?.());

  test("can't be read", () => holdFault(edge, { get: "throws" }));
  test("holds what can't be read", () => holdFault(edge, { get: { says: "nonsense" } }));
  // Requests that only read are answered.
  test("can't be written", async () => {
    const links = await edge.client.links(2);
    await edge.fail({ put: "throws" });
    isUnavailable(await edge.call("GET", links[0].path), "redirect");
    isUnavailable(await edge.call("DELETE", `/v1/links/${links[0].id}`, withToken()), "revocation");
    assert.equal((await edge.client.status(links[0])).used, 0);
    await edge.fail({});
    for (const link of links) {
      assert.deepEqual(tally([await edge.client.redeem(link)]), { 302: 1 });
      assert.deepEqual(tally([await edge.client.redeem(link)]), { "410 link_spent": 1 });
    }
  });

  for (const faults of [{ get: "hangs" }, { put: "hangs" }]) {
    test(`never ends: ${Object.keys(faults)}`, async () => {
      assert.equal(await redeemedWhileHanging(edge, faults), 503);
    });
  }
});
