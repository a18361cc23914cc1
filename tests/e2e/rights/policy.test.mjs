// Rules, in a Worker that has some of every kind.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { secrets, startEdge, vars } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { callEdge, presign, ready, token } from "../support/stack.mjs";

const concurrency = 8;
const now = () => Math.floor(Date.now() / 1000);

const rule = (name, keys, more) => ({
  name,
  keys,
  allow: ["GetObject", "HeadObject", "PutObject"],
  stores: [ready.store_name],
  ...more,
});
const RULES = [
  rule("groups", ["teams/{groups}/**"]),
  rule("nested", ["orgs/{org.id}/{org.unit}/*"]),
  rule("by URL", ["apps/{https://app.example.com/id}/**"]),
  rule("editors", ["edit/**"], { when: { "realm.roles": ["editor", "admin"] } }),
  rule("a table", ["plan/**"], { when: { plan: { name: "gold", seats: 5 } } }),
  rule("both", ["both/**"], { when: { verified: true, level: 3 } }),
  rule("own", ["users/{sub}/**"], { max_expires: 120 }),
  rule("old", ["old/**"], { versions: true }),
  rule("tags", ["tagged/**"], { headers: ["x-amz-tagging", "x-amz-server-side-encryption*"] }),
  rule("copies", ["users/{sub}/**"], { allow: ["CopyObject", "ListObjectsV2", "GetObject"] }),
  rule("all", ["open/**"], { allow: ["CopyObject", "ListObjectsV2", "GetObject", "PutObject"] }),
  rule("links", ["links/**"], { delivery: ["redirect", "stream"] }),
  // This rule comes after those that allow, and overrides them.
  { name: "held", deny: ["*"], keys: ["users/*/legal/**", "open/secret/**"] },
  { name: "frozen", deny: ["PutObject"], keys: ["open/frozen/**"] },
  { name: "suspended", deny: ["*"], when: { suspended: true } },
  { name: "own copy", deny: ["*"], keys: ["open/teams/{team}/**"], when: { restricted: true } },
  { name: "elsewhere", deny: ["*"], stores: ["second"] },
];
const [store] = Object.values(vars.STORES);
const STORES = { ...vars.STORES, second: store };
RULES[RULES.findIndex(({ name }) => name === "all")].stores.push("second");

let worker;
before(async () => {
  const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
  worker = await startEdge({ vars: { ...vars, STORES, RULES }, kv_namespaces }, secrets);
});
after(() => worker?.stop());

/** `POST /v1/presign` for a session with these claims beside the ones that every token has. */
const ask = (claims, fields) =>
  presign(fields, { edge: worker.url, bearer: token({ role: undefined, ...claims }) });
const get = (key, more) => ({ operation: "GetObject", key, ...more });
const put = (key, more) => ({ operation: "PutObject", key, ...more });

async function isAllowed(claims, fields) {
  const answer = await ask(claims, fields);
  assert.equal(answer.status, 200, `${JSON.stringify([claims, fields])}\n${answer.text}`);
  return answer.json;
}

async function isRefused(claims, fields, dimension) {
  const problem = isProblem(await ask(claims, fields), 403, "not_allowed");
  assert.equal(problem.dimension, dimension, JSON.stringify([claims, fields]));
}

describe("a claim in a pattern", { concurrency }, () => {
  test("that is a list stands for each of its texts", async () => {
    const groups = ["red", "blue", 7, "zoë 🦀"];
    for (const group of groups) await isAllowed({ groups }, get(`teams/${group}/a/b`));
    for (const key of ["teams/green/a", "teams/redblue/a", "teams/red,blue/a", "teams//a"]) {
      await isRefused({ groups }, get(key), "key");
    }
  });

  test("that is a text or a whole number stands for that", async () => {
    await isAllowed({ groups: "red" }, get("teams/red/a"));
    await isAllowed({ groups: 7 }, get("teams/7/a"));
    for (const groups of [7.5, true, null, {}, { red: true }, [["red"]], [], undefined]) {
      for (const key of ["teams/red/a", "teams/7/a", "teams/7.5/a", "teams/true/a", "teams//a"]) {
        await isRefused({ groups }, get(key), "key");
      }
    }
  });

  test("leads into nested objects by its dots", async () => {
    const org = { id: "acme", unit: [1, "sales"] };
    for (const unit of org.unit) await isAllowed({ org }, get(`orgs/acme/${unit}/a`));
    await isRefused({ org }, get("orgs/other/sales/a"), "key");
    await isRefused({ org }, get("orgs/acme/sales/a/b"), "key");
    await isRefused({ org: { id: "acme" } }, get("orgs/acme/sales/a"), "key");
    await isRefused({ org: [org] }, get("orgs/acme/sales/a"), "key");
    await isRefused({ org: JSON.stringify(org) }, get("orgs/acme/sales/a"), "key");
    await isRefused({ id: "acme", unit: "sales" }, get("orgs/acme/sales/a"), "key");
  });

  test("is the one of exactly its name, where there is such a one", async () => {
    const claims = { org: { id: "acme", unit: "sales" }, "org.id": "other" };
    await isAllowed(claims, get("orgs/other/sales/a"));
    await isRefused(claims, get("orgs/acme/sales/a"), "key");
    await isAllowed({ "https://app.example.com/id": "x" }, get("apps/x/a"));
  });

  const widening = ["/", "red/a", "red/", "/red", "..", ".", "", "red\n", "\u0000", "red/**"];
  for (const text of widening) {
    test(`can't reach out of its segment with ${JSON.stringify(text)}`, async () => {
      const org = { id: text, unit: "sales" };
      for (const key of ["teams/red/a", "teams/red/a/b", "teams//a", "teams/red/**/a"]) {
        await isRefused({ groups: text }, get(key), "key");
        await isRefused({ groups: ["blue", text] }, get(key), "key");
      }
      // The rest of the list is kept.
      await isAllowed({ groups: ["blue", text] }, get("teams/blue/a"));
      for (const key of ["orgs/acme/sales/a", "orgs/red/a/sales/a", "orgs//sales/a"]) {
        await isRefused({ org }, get(key), "key");
      }
    });
  }

  for (const text of ["*", "**", "r*", "{sub}", "{groups}", "?", "[a-z]+", "%72ed", "red%2Fa"]) {
    test(`stands for itself as ${text}`, async () => {
      await isAllowed({ groups: text }, get(`teams/${text}/a`));
      await isRefused({ groups: text }, get("teams/red/a"), "key");
      await isRefused({ groups: text }, get("teams/e2e/a"), "key");
    });
  }
});

describe("when", { concurrency }, () => {
  test("takes one of a list, out of nested objects", async () => {
    for (const roles of ["editor", "admin", ["viewer", "editor"], ["admin", "editor"]]) {
      await isAllowed({ realm: { roles } }, get("edit/a"));
      await isAllowed({ "realm.roles": roles }, get("edit/a"));
    }
    for (const roles of ["viewer", "Editor", "editor ", [], ["viewer"], [["editor"]], null, true]) {
      await isRefused({ realm: { roles } }, get("edit/a"), "key");
    }
    for (const claims of [{}, { roles: "editor" }, { realm: "editor" }, { realm: ["editor"] }]) {
      await isRefused(claims, get("edit/a"), "key");
    }
  });

  test("takes a table that is equal", async () => {
    await isAllowed({ plan: { seats: 5, name: "gold" } }, get("plan/a"));
    for (const plan of [{ name: "gold" }, { name: "gold", seats: 5, more: 1 }, "gold"]) {
      await isRefused({ plan }, get("plan/a"), "key");
    }
  });

  test("takes all of its claims together, each of its own type", async () => {
    await isAllowed({ verified: true, level: 3 }, get("both/a"));
    for (const claims of [
      { verified: true },
      { level: 3 },
      { verified: "true", level: 3 },
      { verified: 1, level: 3 },
      { verified: true, level: "3" },
      { verified: true, level: 3.5 },
    ]) {
      await isRefused(claims, get("both/a"), "key");
    }
  });
});

describe("a rule that forbids", { concurrency }, () => {
  test("wins over those that allow, whatever the operation", async () => {
    const legal = "users/e2e/legal/a";
    await isAllowed({}, get("users/e2e/a"));
    await isAllowed({}, get("users/e2e/legalese"));
    for (const operation of ["GetObject", "HeadObject", "PutObject"]) {
      await isRefused({}, { operation, key: legal }, "denied");
    }
    const headers = { authorization: `Bearer ${token()}` };
    const file = await callEdge(`/f/${ready.store_name}/${legal}`, { headers }, worker.url);
    assert.equal(isProblem(file, 403, "not_allowed").dimension, "denied");
  });

  test("wins for one operation where it names one", async () => {
    await isAllowed({}, get("open/frozen/a"));
    await isRefused({}, put("open/frozen/a"), "denied");
    await isAllowed({}, put("open/a"));
  });

  test("wins for the source of a copy, and for its target", async () => {
    const copy = (from, key) => ({ operation: "CopyObject", key, copy_source: { key: from } });
    await isAllowed({}, copy("users/e2e/a", "users/e2e/b"));
    await isRefused({}, copy("users/e2e/legal/a", "users/e2e/b"), "denied");
    await isRefused({}, copy("users/e2e/a", "users/e2e/legal/b"), "denied");
    await isRefused({}, copy("open/secret/a", "open/b"), "denied");
  });

  test("wins for a list that could show one key of it", async () => {
    const list = (prefix) => ({ operation: "ListObjectsV2", prefix });
    for (const prefix of ["users/e2e/", "users/e2e/leg", "users/e2e/legal/", "open/", "open/s"]) {
      await isRefused({}, list(prefix), "denied");
    }
    for (const prefix of ["users/e2e/cats/", "users/e2e/legal-", "open/a", "open/frozen/"]) {
      await isAllowed({}, list(prefix));
    }
  });

  test("wins for a form, also where one name could be meant", async () => {
    const form = (key) => {
      const headers = {
        authorization: `Bearer ${token()}`,
        "content-type": "application/json",
      };
      const body = JSON.stringify({ key });
      return callEdge("/v1/forms", { method: "POST", headers, body }, worker.url);
    };
    for (const key of ["open/frozen/a", "open/frozen/${filename}", "open/${filename}"]) {
      assert.equal(isProblem(await form(key), 403, "not_allowed").dimension, "denied", key);
    }
    assert.equal((await form("open/a/${filename}")).status, 200);
  });

  test("holds for the sessions that it is for", async () => {
    for (const fields of [get("users/e2e/a"), get("open/a"), put("open/a")]) {
      await isRefused({ suspended: true }, fields, "denied");
      for (const suspended of [false, "true", undefined]) await isAllowed({ suspended }, fields);
    }
  });

  test("holds for whatever a claim might mean that isn't known", async () => {
    const restricted = true;
    const key = (team) => get(`open/teams/${team}/a`);
    await isAllowed({ restricted, team: "red" }, key("blue"));
    await isRefused({ restricted, team: "red" }, key("red"), "denied");
    for (const team of [undefined, "", "a/b", "..", {}, [], ["red", "a/b"], true]) {
      for (const name of ["red", "blue"])
        await isRefused({ restricted, team }, key(name), "denied");
      await isAllowed({ restricted, team }, get("open/a"));
      await isAllowed({ team }, key("red"));
    }
  });

  test("holds for the stores that it names", async () => {
    await isAllowed({}, get("open/a"));
    await isRefused({}, get("open/a", { store: "second" }), "denied");
  });
});

describe("a rule has to name", { concurrency }, () => {
  test("that versions may be asked for", async () => {
    const version_id = "3sL4kqtJlcpXroDTDmJ";
    const { url } = await isAllowed({}, get("old/a", { version_id }));
    assert.equal(new URL(url).searchParams.get("versionId"), version_id);
    await isRefused({}, get("users/e2e/a", { version_id }), "version");
    await isRefused({}, { ...get("users/e2e/a"), operation: "HeadObject", version_id }, "version");
    const copy_source = { key: "users/e2e/a", version_id };
    const copy = { operation: "CopyObject", key: "users/e2e/b", copy_source };
    await isRefused({}, copy, "version");
    const headers = { authorization: `Bearer ${token()}` };
    const file = (key) =>
      callEdge(`/f/${ready.store_name}/${key}?version_id=${version_id}`, { headers }, worker.url);
    assert.equal((await file("old/a")).status, 302);
    const problem = isProblem(await file("users/e2e/a"), 403, "not_allowed");
    assert.equal(problem.dimension, "version");
  });

  test("headers that decide more than the object's bytes", async () => {
    const tags = { kind: "animal" };
    const sse = { algorithm: "AES256" };
    await isAllowed({}, put("tagged/a", { tags, sse }));
    for (const more of [{ acl: "private" }, { storage_class: "STANDARD_IA" }]) {
      await isRefused({}, put("tagged/a", more), "headers");
    }
    for (const more of [{ tags }, { sse }]) await isRefused({}, put("open/a", more), "headers");
    await isAllowed({}, put("open/a", { metadata: { a: "b" }, content_type: "image/png" }));
  });

  test("that an object is handed over by a URL, where it names ways at all", async () => {
    await isRefused({}, get("links/a"), "delivery");
    await isRefused({}, put("links/a"), "delivery");
  });
});

describe("a URL lives no longer", { concurrency }, () => {
  const left = ({ expires_at }) => Date.parse(expires_at) / 1000 - now();

  test("than its rule lets it", async () => {
    for (const expires_in of [undefined, 120, 121, 604_800]) {
      const { expires_at, signed_at } = await isAllowed({}, get("users/e2e/a", { expires_in }));
      assert.equal((Date.parse(expires_at) - Date.parse(signed_at)) / 1000, 120);
    }
    const { expires_at, signed_at } = await isAllowed({}, get("users/e2e/a", { expires_in: 7 }));
    assert.equal((Date.parse(expires_at) - Date.parse(signed_at)) / 1000, 7);
  });

  test("than the token says, though the session is accepted for longer", async () => {
    for (const seconds of [30, 90, 119]) {
      const exp = now() + seconds;
      for (const key of ["users/e2e/a", "open/a"]) {
        const made = await isAllowed({ exp }, get(key, { expires_in: 604_800 }));
        assert.equal(Date.parse(made.expires_at) / 1000, exp, key);
        const said = Number(new URL(made.url).searchParams.get("X-Amz-Expires"));
        const lasts = Date.parse(made.expires_at) - Date.parse(made.signed_at);
        assert.equal(said, lasts / 1000);
      }
    }
    // The session has ended and is within the issuer's leeway: what is made for it ends almost at once.
    const late = await isAllowed({ exp: now() - 10 }, get("open/a", { expires_in: 604_800 }));
    assert.equal(Date.parse(late.expires_at) - Date.parse(late.signed_at), 1000);
  });

  test("than seven days, where neither bounds it", async () => {
    const exp = now() + 30 * 24 * 3600;
    const week = 604_800;
    const made = await isAllowed({ exp }, get("open/a", { expires_in: week }));
    assert.ok(Math.abs(left(made) - week) <= 60, made.expires_at);
    isProblem(await ask({ exp }, get("open/a", { expires_in: week + 1 })), 400, "invalid_expiry");
  });
});
