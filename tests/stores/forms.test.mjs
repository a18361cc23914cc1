// `POST /v1/forms`: what a POST policy lets through.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { postJson } from "../e2e/support/api.mjs";
import { get, head, isMissing, submit } from "../e2e/support/s3.mjs";
import { freshKey } from "../e2e/support/stack.mjs";
import { answered, refusedByStore, storeCase, taken } from "./support/case.mjs";

/** A case of one form. */
function formCase(name, fields, holds, needs = []) {
  const key = freshKey("a + ü.png");
  storeCase(name, {
    needs: ["post_form", ...needs],
    ask: () => postJson("/v1/forms", { key, ...fields }),
    holds: (answer) => holds(taken(answer), key),
  });
}

const all = { content_type: "image/png", metadata: { title: "a b" } };
formCase("a file comes with its type and metadata", all, async (form, key) => {
  const body = randomBytes(65_537);
  await answered(await submit(form, { body, fileName: "ä b.png" }), 200, 204);
  assert.ok(body.equals(await get(key)));
  const headers = await head(key);
  assert.equal(headers.get("content-type"), "image/png");
  assert.equal(headers.get("x-amz-meta-title"), "a b");
});

formCase("a file is held to its size", { min_bytes: 2, max_bytes: 5 }, async (form, key) => {
  for (const body of ["1", "123456"]) await refusedByStore(await submit(form, { body }));
  await isMissing(key);
  await answered(await submit(form, { body: "12345" }), 200, 204);
  assert.equal(String(await get(key)), "12345");
});

formCase("no field is changed, left out or added", all, async (form, key) => {
  for (const change of [
    { key: `${key}2` },
    { "content-type": "text/html" },
    { "x-amz-meta-title": "b" },
    { "x-amz-meta-title": undefined },
    { "x-amz-meta-owner": "b" },
    { success_action_status: "200" },
    { policy: Buffer.from('{"expiration":"2037-01-01T00:00:00Z"}').toString("base64") },
  ]) {
    const response = await submit(form, { body: "a", change });
    assert.ok(response.status >= 400, JSON.stringify(change));
    await response.text();
  }
  await isMissing(key);
  await isMissing(`${key}2`);
});

const open = { content_type_starts_with: "image/" };
formCase("what a form leaves open has its beginning", open, async (form, key) => {
  const change = (type) => ({ body: "a", change: { "content-type": type } });
  await refusedByStore(await submit(form, change("text/html")));
  await isMissing(key);
  await answered(await submit(form, change("image/webp")), 200, 204);
  assert.equal((await head(key)).get("content-type"), "image/webp");
});

formCase("a form ends", { expires_in: 2 }, async (form, key) => {
  const left = Date.parse(form.expires_at) - Date.now();
  await new Promise((done) => setTimeout(done, left + 1500));
  await refusedByStore(await submit(form, { body: "a" }));
  await isMissing(key);
});

const kept = { fields: { "cache-control": "max-age=60" } };
const keepsFields = async (form, key) => {
  await answered(await submit(form, { body: "a" }), 200, 204);
  assert.equal((await head(key)).get("cache-control"), "max-age=60");
};
formCase("a form's cache-control is kept", kept, keepsFields, ["post_form_metadata"]);
