// One line for every decision: who asked for what, the outcome, and the rule that decided. Refusals are in
// audit-refused.test.mjs.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AuditedEdge, isLine, isRefusal, sha256, wish } from "../support/audit.mjs";
import { linesOf } from "../support/log.mjs";
import { freshKey, ready } from "../support/stack.mjs";

let edge;
before(async () => {
  edge = await AuditedEdge.start();
});
after(() => edge?.stop());

describe("what is allowed", () => {
  test("as a URL is told of, with its rule and its expiry", async () => {
    const key = freshKey();
    for (const fields of [{}, { expires_in: 5 }, { response: { content_type: "text/plain" } }]) {
      const { answer, lines } = await edge.decisions(() =>
        edge.post("/v1/presign", { operation: "GetObject", key, ...fields }),
      );
      assert.equal(answer.status, 200, answer.text);
      const { expires_at, signed_at, url } = answer.json;
      edge.secrets.add(new URL(url).searchParams.get("X-Amz-Signature"));
      assert.equal(lines.length, 1);
      isLine(lines[0], wish("GetObject", key, { rule: "read", outcome: "allowed", expires_at }));
      assert.equal(lines[0].time, signed_at);
    }
  });

  test("in a batch is told of one by one, in order, what isn't too", async () => {
    const keys = [freshKey("a"), "users/other/b", freshKey("c")];
    const requests = keys.map((key) => ({ operation: "GetObject", key }));
    const { answer, lines } = await edge.decisions(() =>
      edge.post("/v1/presign/batch", { requests }),
    );
    assert.equal(answer.status, 200, answer.text);
    const [first, second, third] = answer.json.results;
    assert.equal(lines.length, 3);
    const allowed = { rule: "read", outcome: "allowed" };
    isLine(lines[0], wish("GetObject", keys[0], { ...allowed, expires_at: first.expires_at }));
    const closest = { rule: "read", outcome: "not_allowed", dimension: "key" };
    isLine(lines[1], wish("GetObject", keys[1], closest));
    isLine(lines[2], wish("GetObject", keys[2], { ...allowed, expires_at: third.expires_at }));
    for (const { request_id } of lines) assert.equal(request_id, second.request_id);
  });

  test("as a form is told of, by the beginning of its keys", async () => {
    const start = freshKey("");
    const { answer, lines } = await edge.decisions(() =>
      edge.post("/v1/forms", { key: `${start}\${filename}` }),
    );
    assert.equal(answer.status, 200, answer.text);
    const { expires_at, fields } = answer.json;
    edge.secrets.add(fields["x-amz-signature"]).add(fields.policy);
    assert.equal(lines.length, 1);
    isLine(lines[0], wish("PutObject", start, { rule: "write", outcome: "allowed", expires_at }));
  });

  test("by /f is told of", async () => {
    const key = freshKey();
    for (const [method, operation] of [
      ["GET", "GetObject"],
      ["HEAD", "HeadObject"],
    ]) {
      const { answer, lines } = await edge.decisions(() => {
        const headers = { cookie: `__Host-session=${edge.member()}` };
        return edge.call(`/f/${ready.store_name}/${key}`, { method, headers });
      });
      assert.equal(answer.status, 302);
      const query = new URL(answer.headers.get("location")).searchParams;
      edge.secrets.add(query.get("X-Amz-Signature"));
      const date = query.get("X-Amz-Date").replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
      const end = Date.parse(date) + 1000 * Number(query.get("X-Amz-Expires"));
      const expires_at = new Date(end).toISOString().replace(".000", "");
      assert.equal(lines.length, 1);
      isLine(lines[0], wish(operation, key, { rule: "read", outcome: "allowed", expires_at }));
    }
  });

  test("of an upload in parts is told of at each step", async () => {
    const key = freshKey();
    const line = (operation, more) => wish(operation, key, { rule: "write", ...more });
    const outcome = "allowed";
    const created = await edge.decisions(() => edge.post("/v1/multipart", { key }));
    const { upload_id } = created.answer.json;
    assert.equal(created.lines.length, 1);
    isLine(created.lines[0], line("CreateMultipartUpload", { outcome }));

    const parts = [1, 2].map((part_number) => ({ part_number, content_length: 4 }));
    const signed = await edge.decisions(() =>
      edge.post("/v1/multipart/parts", { key, upload_id, parts }),
    );
    assert.equal(signed.lines.length, 2);
    for (const [index, { expires_at, url }] of signed.answer.json.parts.entries()) {
      isLine(signed.lines[index], line("UploadPart", { outcome, expires_at }));
      edge.secrets.add(new URL(url).searchParams.get("X-Amz-Signature"));
    }
    const [{ url }] = signed.answer.json.parts;
    const written = await fetch(url, { method: "PUT", body: "part" });
    assert.equal(written.status, 200);
    const etag = written.headers.get("etag");

    const listed = await edge.decisions(() => edge.post("/v1/multipart/list", { key, upload_id }));
    assert.equal(listed.lines.length, 1);
    isLine(listed.lines[0], line("ListParts", { outcome }));

    // If the rule limits the size, the edge looks at the parts first.
    const completed = await edge.decisions(() =>
      edge.post("/v1/multipart/complete", { key, upload_id, parts: [{ part_number: 1, etag }] }),
    );
    assert.equal(completed.answer.status, 200, completed.answer.text);
    assert.equal(completed.lines.length, 2);
    isLine(completed.lines[0], line("ListParts", { outcome }));
    isLine(completed.lines[1], line("CompleteMultipartUpload", { outcome }));

    const second = (await edge.post("/v1/multipart", { key })).json.upload_id;
    const abort = () => edge.post("/v1/multipart/abort", { key, upload_id: second });
    const aborted = await edge.decisions(abort);
    assert.equal(aborted.answer.status, 204);
    assert.equal(aborted.lines.length, 1);
    isLine(aborted.lines[0], line("AbortMultipartUpload", { outcome }));
    // The edge had allowed what the store refuses.
    const again = line("AbortMultipartUpload", {});
    isRefusal(await edge.decisions(abort), 404, "store_refused", again);
  });
});

test("a thousand decisions of one request are in ten lines, and all are there", async () => {
  const keys = Array.from(
    { length: 1000 },
    (_, index) => `users/${index % 2 ? "e2e" : "other"}/${index}`,
  );
  const requests = keys.map((key) => ({ operation: "GetObject", key }));
  const past = edge.printed.length;
  const { answer, lines } = await edge.decisions(() =>
    edge.post("/v1/presign/batch", { requests }),
  );
  assert.equal(answer.status, 200);
  assert.deepEqual(
    lines.map(({ key_sha256, outcome }) => [key_sha256, outcome]),
    keys.map((key, index) => [sha256(key), index % 2 ? "allowed" : "not_allowed"]),
  );
  const printed = linesOf(edge.printed.slice(past), "decisions");
  assert.deepEqual(
    printed.map(({ decisions }) => decisions.length),
    Array(10).fill(100),
  );
});

test("keys are in the lines where the configuration says so", async () => {
  const other = await AuditedEdge.start({ AUDIT: { keys: true } });
  try {
    for (const [key, outcome] of [
      [freshKey('ü 🦀 "\\'), "allowed"],
      ["users/other/file", "not_allowed"],
    ]) {
      const request = { operation: "GetObject", key };
      const { lines } = await other.decisions(() => other.post("/v1/presign", request));
      assert.equal(lines.length, 1);
      assert.deepEqual(
        [lines[0].key, lines[0].key_sha256, lines[0].outcome],
        [key, sha256(key), outcome],
      );
    }
    const { lines } = await other.decisions(() => other.post("/v1/presign", {}, {}));
    assert.ok(!("key" in lines[0]));
  } finally {
    await other.stop();
  }
});

test("nothing that grants access is in any line, nor is a key", () => edge.showsNothing());
