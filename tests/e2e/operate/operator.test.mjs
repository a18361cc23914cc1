// The operator's routes: looking at and revoking anybody's link; revoking a subject revokes its links.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEdge } from "../support/edge.mjs";
import { kv_namespaces } from "../support/kv.mjs";
import { Client, linkSecrets, tally, withLinks, worker } from "../support/ledger.mjs";
import { isRefused, open, reading, redirected, told } from "../support/links.mjs";
import { linesOf, until } from "../support/log.mjs";
import { adminLink, callRevocations } from "../support/operator.mjs";
import { isProblem } from "../support/refusal.mjs";
import { freshKey, ready, token } from "../support/stack.mjs";

const ADMIN_SECRET = ready.admin_secret;
const asOperator = { authorization: `Bearer ${ADMIN_SECRET}`, "content-type": "application/json" };
const seconds = () => Math.floor(Date.now() / 1000);

/** A subject that no other test has, and a link of its own. */
async function linkOfSomebody(fields) {
  const sub = `operator-${crypto.randomUUID()}`;
  const bearer = token({ sub });
  return {
    sub,
    bearer,
    link: await reading(`users/${sub}/file`, { uses: 5, ...fields }, { bearer }),
  };
}

describe("anybody's link", { concurrency: 4 }, () => {
  test("is told of to the operator as to its maker, and revoked", async () => {
    const { sub, bearer, link } = await linkOfSomebody();
    await redirected(link);
    const answer = await adminLink(link, { subject: sub });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.deepEqual(answer.json.link, await told(link, { bearer }));
    assert.equal(answer.json.link.used, 1);
    assert.deepEqual(answer.json.maker_revocations, []);
    assert.match(answer.json.one_time_id, /^[0-9a-f]{64}$/);
    const revoked = await adminLink(link, { subject: sub, method: "DELETE" });
    assert.deepEqual([revoked.status, revoked.text], [204, ""]);
    await isRefused(link, 410, "link_revoked");
    assert.equal((await told(link, { bearer })).revoked, true);
    // Revoking again is no error.
    assert.equal((await adminLink(link, { subject: sub, method: "DELETE" })).status, 204);
  });

  test("is nobody else's matter", async () => {
    const link = await reading(freshKey("file"));
    for (const method of ["GET", "DELETE"]) {
      for (const [headers, status, code] of [
        [{ authorization: "" }, 401, "operator_missing"],
        [{ authorization: `Bearer ${token()}` }, 401, "operator_invalid"],
        [{ authorization: `Bearer ${ADMIN_SECRET}x` }, 401, "operator_invalid"],
      ]) {
        const answer = await adminLink(link, { method, headers });
        isProblem(answer, status, code);
        assert.ok(!answer.text.includes(ADMIN_SECRET));
      }
      isProblem(await adminLink(link, { method, subject: "other" }), 404, "no_such_link");
      isProblem(await adminLink(link, { method, issuer: "other" }), 404, "no_such_link");
    }
    await redirected(link);
  });
});

describe("a subject that is revoked", { concurrency: 4 }, () => {
  const change = async (method, fields) => {
    const body = { issuer: ready.issuer, ...fields };
    const answer = await callRevocations(
      method,
      body,
      asOperator,
      undefined,
      "/v1/admin/revocations",
    );
    assert.deepEqual([answer.status, answer.json], [200, { effective_within: 90 }], answer.text);
  };

  test("takes its links with it, of each kind, and gives them back", async () => {
    const { sub, bearer, link } = await linkOfSomebody();
    const more = (fields) => reading(`users/${sub}/file`, { uses: 5, ...fields }, { bearer });
    const all = [link, await more({ confirm: true }), await more({ delivery: "stream" })];
    const others = (await linkOfSomebody()).link;
    await redirected(link);
    await change("POST", { subject: sub });
    for (const one of all) await isRefused(one, 410, "link_revoked");
    const page = await open(link, { headers: { accept: "text/html" } });
    assert.match(page.text, /This link doesn't work any more/);
    await redirected(others);
    const { json } = await adminLink(link, { subject: sub });
    assert.deepEqual(json.maker_revocations, [{ issued_before: null, expires_at: null }]);
    assert.deepEqual([json.link.used, json.link.revoked], [1, false]);
    await change("DELETE", { subject: sub });
    await redirected(link);
  });

  test("from before a moment loses the links of before, and may make new ones", async () => {
    const { sub, bearer, link } = await linkOfSomebody();
    const issued_before = seconds() + 2;
    await change("POST", { subject: sub, issued_before });
    await isRefused(link, 410, "link_revoked");
    await until(() => seconds() >= issued_before);
    const fresh = token({ sub, iat: seconds() });
    const later = await reading(`users/${sub}/file`, {}, { bearer: fresh });
    await redirected(later);
    isProblem(await adminLink({ id: "x" }, { subject: sub }), 404, "no_such_link");
    assert.notEqual(bearer, fresh);
  });
});

test("each request of the operator is a line of the log", async () => {
  const ISSUERS = withLinks({ ledger: "layered" }).vars.ISSUERS;
  const configuration = withLinks({ ledger: "layered" });
  const REVOCATION = { admin_secret: "ADMIN_SECRET" };
  const vars = { ...configuration.vars, ISSUERS, REVOCATION };
  const secrets = { ...linkSecrets, ADMIN_SECRET };
  const edge = await startEdge({ ...configuration, kv_namespaces, vars }, secrets);
  try {
    const link = await reading(freshKey("file"), {}, { edge: edge.url });
    await adminLink(link, {}, edge.url);
    await adminLink(link, { method: "DELETE" }, edge.url);
    await adminLink(link, { subject: "other" }, edge.url);
    await callRevocations("POST", { issuer: ready.issuer, subject: "x" }, asOperator, edge.url);
    const lines = await until(() => {
      const events = ["link_told_of", "link_revoked", "link_not_told_of", "revoked"];
      const found = events.map((event) => linesOf(edge.output(), event));
      return found.every(({ length }) => length === 1) && found.map(([line]) => line);
    });
    const [told, revoked, notTold] = lines;
    for (const { by, subject, one_time_id } of [told, revoked]) {
      assert.deepEqual([by, subject], ["operator", "e2e"]);
      assert.match(one_time_id, /^[0-9a-f]{64}$/);
    }
    assert.deepEqual([notTold.by, notTold.outcome], ["operator", "no_such_link"]);
    const minted = linesOf(edge.output(), "decision").find(({ via }) => via === "mint");
    assert.equal(minted.link_id, link.id);
    assert.equal(minted.one_time_id, told.one_time_id);
    // The link's name doesn't open it; its token is in no line.
    const secret = new URL(link.url).pathname.slice("/l/".length);
    for (const text of [ADMIN_SECRET, secret]) assert.ok(!edge.output().includes(text));
  } finally {
    await edge.stop();
  }
});

describe("what a redemption reads of KV", () => {
  for (const [what, REVOCATION, reads] of [
    ["where nobody can be revoked", undefined, [0, 0]],
    ["where the operator can revoke", { admin_secret: "ADMIN_SECRET" }, [1, 0]],
  ]) {
    test(what, async (t) => {
      const configuration = withLinks({ ledger: "layered", shards: 1 });
      const vars = { ...configuration.vars, ...(REVOCATION && { REVOCATION }) };
      const whole = { ...configuration, kv_namespaces, vars, main: worker("counting") };
      const edge = await startEdge(whole, { ...linkSecrets, ADMIN_SECRET });
      const client = new Client(edge.url, 1);
      t.after(() => {
        client.close();
        return edge.stop();
      });
      const counts = async () => JSON.parse((await client.send("GET", "/counts")).text);
      const links = await client.links(20);
      await counts();
      // The first link of a maker, and nineteen others in the half minute after it.
      const first = await client.redeem(links.pop());
      const one = await counts();
      const answers = [];
      for (const link of links) answers.push(await client.redeem(link));
      const rest = await counts();
      assert.deepEqual(tally([first, ...answers]), { 302: 20 });
      assert.deepEqual([one.sessionReads, rest.sessionReads], reads);
      assert.deepEqual([one.kvReads, rest.kvReads], [1, 19]);
      assert.deepEqual([one.questions, rest.questions], [1, 19]);
      console.log(
        `${what}: ${one.sessionReads} entries of SESSIONS for the first, ${rest.sessionReads} for 19 more`,
      );
    });
  }
});
