// Rotating the key that links are sealed with: links sealed with any listed key open, with their uses.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withEdge } from "../support/edge.mjs";
import { linkSecrets, withLinks } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge } from "../support/stack.mjs";

const { isRefused, isUnspent, lookAfter, mint, reading, redirected, revoke, told } = links;
const key = "users/e2e/file";
const secrets = { ...linkSecrets, LINK_A: secret(), LINK_B: secret() };

function secret() {
  return randomBytes(32).toString("base64url");
}

/** A Worker whose links are sealed with these secrets; `undefined` has no links. */
function sealingWith(keys) {
  const { vars, ...configuration } = withLinks({ ledger: "layered" });
  const { LINKS: _, ...others } = vars;
  return { ...configuration, vars: { ...others, ...(keys && { LINKS: { keys } }) } };
}

test("a rotation loses no link and gives none its uses back", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "rotation-"));
  const state = join(folder, "state");
  try {
    const during = (keys, use) =>
      withEdge(sealingWith(keys), secrets, (edge) => use(edge, { edge }), { state });
    /** The same link at another address. */
    const moved = (link, edge) => ({ ...link, url: edge + new URL(link.url).pathname });
    const made = {};
    const keyId = ({ url }) =>
      Buffer.from(new URL(url).pathname.slice(3), "base64url").subarray(0, 5);

    await t.test("with the old key alone", () =>
      during(["LINK_A"], async (edge, options) => {
        for (const name of ["fresh", "lost", "half", "spent", "withdrawn"]) {
          made[name] = await reading(key, { uses: name === "half" ? 2 : 1 }, options);
        }
        await redirected(made.half);
        await redirected(made.spent);
        await revoke(made.withdrawn, options);
      }),
    );

    await t.test("with the new key before the old one", () =>
      during(["LINK_B", "LINK_A"], async (edge, options) => {
        await isUnspent(moved(made.fresh, edge), options);
        await redirected(moved(made.half, edge));
        await isRefused(moved(made.half, edge), 410, "link_spent");
        await isRefused(moved(made.spent, edge), 410, "link_spent");
        await isRefused(moved(made.withdrawn, edge), 410, "link_revoked");
        for (const [name, used] of [
          ["fresh", 1],
          ["half", 2],
          ["spent", 1],
          ["withdrawn", 0],
        ]) {
          assert.equal((await told(made[name], options)).used, used, name);
        }
        made.new = await reading(key, {}, options);
        assert.notDeepEqual(keyId(made.new), keyId(made.lost));
        made.newSpent = await reading(key, {}, options);
        await redirected(made.newSpent);
      }),
    );

    await t.test("with the new key alone", () =>
      during(["LINK_B"], async (edge, options) => {
        for (const name of ["fresh", "lost", "half", "spent", "withdrawn"]) {
          await isRefused(moved(made[name], edge), 404, "no_such_link");
          isProblem(await lookAfter(made[name], options), 404, "no_such_link");
        }
        await isUnspent(moved(made.new, edge), options);
        await isRefused(moved(made.newSpent, edge), 410, "link_spent");
      }),
    );

    await t.test("with the old key put back behind it", () =>
      during(["LINK_B", "LINK_A"], async (edge, options) => {
        for (const name of ["fresh", "half", "spent"]) {
          await isRefused(moved(made[name], edge), 410, "link_spent");
        }
        await isUnspent(moved(made.lost, edge), options);
      }),
    );

    await t.test("with no keys there are no links", () =>
      during(undefined, async (edge, options) => {
        isProblem(await mint({ operation: "GetObject", key }, options), 404, "no_such_route");
        isProblem(await lookAfter(made.new, options), 404, "no_such_route");
        await isRefused(moved(made.new, edge), 404, "no_such_route");
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a key that is missing or short is named, and no link is made or opened", async () => {
  const short = { ...secrets, LINK_A: randomBytes(16).toString("base64url").slice(0, 21) };
  await withEdge(sealingWith(["LINK_A", "LINK_C"]), short, async (edge) => {
    const { status, json } = await callEdge("/healthz", {}, edge);
    assert.equal(status, 503);
    assert.deepEqual(json.faults.map(({ path }) => path).sort(), ["LINK_A", "LINK_C"]);
    isProblem(await mint({ operation: "GetObject", key }, { edge }), 503, "misconfigured");
    await isRefused({ url: `${edge}/l/x` }, 503, "misconfigured");
  });
});
