// Links: reading through a redirect or through the edge, and uploading.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mint, open, redirected } from "../e2e/support/links.mjs";
import { isProblem } from "../e2e/support/refusal.mjs";
import { get, isMissing } from "../e2e/support/s3.mjs";
import { freshKey } from "../e2e/support/stack.mjs";
import { answered, bound, refusedByStore, storeCase, taken } from "./support/case.mjs";
import { seed } from "./support/seed.mjs";

const CREATE_ONLY = "create_only:PutObject";

storeCase("a link redirects to the object, once", {
  ask: async () => mint({ operation: "GetObject", key: await seed("shared"), url_expires_in: 60 }),
  holds: async (answer) => {
    const link = taken(answer);
    assert.equal(await answered(await fetch(await redirected(link)), 200), "shared");
    isProblem(await open(link), 410, "link_spent");
  },
});

{
  const body = randomBytes(300_000);
  storeCase("a link hands the object out through the edge, once, and a range of it", {
    ask: async () => {
      const key = await seed(body);
      return mint({ operation: "GetObject", key, delivery: "stream", uses: 2 });
    },
    holds: async (answer) => {
      const link = taken(answer);
      const whole = await open(link);
      assert.equal(whole.status, 200);
      assert.ok(body.equals(whole.bytes));
      const part = await open(link, { headers: { range: "bytes=10-19" } });
      assert.equal(part.status, 206);
      assert.ok(body.subarray(10, 20).equals(part.bytes));
      isProblem(await open(link), 410, "link_spent");
    },
  });
}

{
  const key = freshKey();
  storeCase("a link takes an upload through the edge, and replaces nothing", {
    needs: [CREATE_ONLY],
    ask: () => mint({ operation: "PutObject", key, delivery: "stream", uses: 2 }),
    holds: async (answer) => {
      const link = taken(answer);
      const put = (body) => open(link, { method: "PUT", body });
      assert.equal((await put("first")).status, 200);
      assert.equal((await put("second")).status, 412);
      assert.equal(String(await get(key)), "first");
    },
  });
}

{
  const key = freshKey();
  const headers = { "if-none-match": "*" };
  storeCase("a link sends an upload on to the store, which replaces nothing", {
    needs: [CREATE_ONLY, bound("PutObject")],
    ask: () =>
      mint({ operation: "PutObject", key, delivery: "redirect", uses: 2, url_expires_in: 60 }),
    holds: async (answer) => {
      const sent = await open(taken(answer), { method: "PUT", body: "first", headers });
      assert.equal(sent.status, 307, sent.text);
      const url = sent.headers.get("location");
      const put = (body, headers) => fetch(url, { method: "PUT", body, headers });
      await refusedByStore(await put("without", {}));
      await isMissing(key);
      await answered(await put("first", headers), 200);
      await answered(await put("other", headers), 412);
      assert.equal(String(await get(key)), "first");
    },
  });
}
