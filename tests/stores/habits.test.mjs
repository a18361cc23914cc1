// What a client meets at one store and not at another, though nothing is forged: each case says which it was.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { postJson, postedJson } from "../e2e/support/api.mjs";
import { head, submit } from "../e2e/support/s3.mjs";
import { follow, freshKey, presign, presigned, ready, storeCode } from "../e2e/support/stack.mjs";
import { answered, bound, storeCase, taken } from "./support/case.mjs";
import { seed } from "./support/seed.mjs";

const MIB = 1024 * 1024;
const GET = "GetObject";

/** A case of a URL for reading ten bytes. */
const readCase = (name, headers, holds) =>
  storeCase(name, {
    ask: async () => presign({ operation: GET, key: await seed("0123456789") }),
    holds: async (answer) => {
      const response = await follow(taken(answer), { headers });
      return holds(response, await response.text());
    },
  });

readCase(
  "If-Range, where the object is another one by now",
  { range: "bytes=0-1", "if-range": '"0123456789abcdef0123456789abcdef"' },
  ({ status }, text) => {
    if (status === 200) return "held: the whole object";
    assert.deepEqual([status, text], [206, "01"]);
    return "ignored: 206 of the new object";
  },
);

readCase("several ranges at once", { range: "bytes=0-1,4-5" }, ({ status, headers }, text) => {
  if (status === 200) return "the whole object";
  assert.equal(status, 206);
  if (text === "01") return `206, \`${headers.get("content-range")}\`: the first alone`;
  assert.match(headers.get("content-type"), /^multipart\/byteranges/);
  assert.match(text, /\r\n01\r\n[^]*\r\n45\r\n/);
  return "206, multipart/byteranges";
});

readCase("an empty end, bytes=-0", { range: "bytes=-0" }, ({ status }, text) => {
  if (status === 416) return "416";
  assert.deepEqual([status, text], [206, "0123456789"]);
  return "206, the whole object";
});

{
  const key = freshKey();
  storeCase("an object that was uploaded without a type", {
    needs: [bound("PutObject")],
    ask: () => presign({ operation: "PutObject", key }),
    holds: async (answer) => {
      await answered(await follow(taken(answer), { body: randomBytes(9) }), 200);
      const read = await follow(await presigned({ operation: GET, key }));
      await answered(read, 200);
      const type = read.headers.get("content-type");
      return type === null ? "no Content-Type: browsers guess" : `\`${type}\``;
    },
  });
}

{
  const to = "https://app.example.com/done?step=1";
  storeCase("a form's success_action_redirect that has a query", {
    needs: ["post_form"],
    ask: () => postJson("/v1/forms", { key: freshKey(), success_action_redirect: to }),
    holds: async (answer) => {
      const sent = await submit(taken(answer), { body: "x" });
      await answered(sent, 303);
      const location = sent.headers.get("location");
      if (location.startsWith(`${to.split("?")[0]}?bucket=`)) return "its query is dropped";
      assert.ok(location.startsWith(to), location);
      if (location.startsWith(`${to}&bucket=`)) return "held: `&bucket=…`";
      assert.ok(location.startsWith(`${to}?bucket=`), location);
      return "a second question mark: `?step=1?bucket=…`";
    },
  });
}

/** Uploads an object in two parts: its key. */
async function inParts() {
  const key = freshKey();
  const { upload_id } = await postedJson("/v1/multipart", { key });
  const upload = { key, upload_id };
  const signed = await postedJson("/v1/multipart/parts", { ...upload, part_numbers: [1, 2] });
  const parts = [];
  for (const part of signed.parts) {
    const body = randomBytes(part.part_number === 1 ? 5 * MIB : 9);
    const sent = await follow(part, { body });
    await answered(sent, 200);
    parts.push({ part_number: part.part_number, etag: sent.headers.get("etag") });
  }
  await postedJson("/v1/multipart/complete", { ...upload, parts });
  return key;
}

{
  const key = freshKey();
  let source;
  storeCase("a copy of an object in parts that is bound to its ETag", {
    needs: ["copy_source_condition:CopyObject", bound("CopyObject"), bound("UploadPart")],
    ask: async () => {
      // Without what signs it there are no parts to upload.
      source = freshKey();
      const asked = () =>
        presign({ operation: "CopyObject", key, copy_source: { key: source, if_match: etag } });
      let etag = '"0"';
      if ((await asked()).status !== 200) return asked();
      source = await inParts();
      etag = (await head(source)).get("etag");
      return asked();
    },
    holds: async (answer) => {
      const sent = await follow(taken(answer));
      if (ready.writesApart) {
        await answered(sent, 403);
        return "403 of the store: what signs can't read";
      }
      if (sent.status === 412) {
        assert.equal(await storeCode(sent), "PreconditionFailed");
        return "412 for the right one";
      }
      await answered(sent, 200);
      const [old, made] = [(await head(source)).get("etag"), (await head(key)).get("etag")];
      return old === made ? "held; it has the ETag of its source" : "held";
    },
  });
}
