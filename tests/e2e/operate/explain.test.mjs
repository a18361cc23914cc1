// Presigned URLs that are changed or sent wrongly: the store refuses them, and `edge-signer explain` explains its
// answer.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { explain, sendAsIs, signedByTheCommandLine } from "../support/explain.mjs";
import { freshKey, presigned, ready } from "../support/stack.mjs";

const concurrency = 8;
const other = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const get = (name, fields) => presigned({ operation: "GetObject", key: freshKey(name), ...fields });
const put = (fields) => presigned({ operation: "PutObject", key: freshKey(), ...fields });

/** A sender that changes the URL. */
const edit = (what, by) => (signed) => {
  const url = signed.url.replace(what, by);
  assert.notEqual(url, signed.url);
  return { ...signed, url };
};
/** One that sends something else with it. */
const sent = (change) => (signed) => ({ ...signed, ...change });

/** Sends what `change` makes of a request, which the store has to refuse with that `<Code>`. */
async function refusal(signed, change, code = "SignatureDoesNotMatch") {
  const { status, text } = await sendAsIs(change(signed));
  assert.equal(/<Code>([^<]*)<\/Code>/.exec(text)?.[1], code, `${status} ${text}`);
  return text;
}

/** The parameters that one query has and another hasn't, each as often as it does. */
function surplus(query, than) {
  const rest = than.split("&");
  return query.split("&").filter((pair) => {
    const index = rest.indexOf(pair);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}

/** A difference in the path or in a header, by what its line ends with on both sides. */
const inLine = (line, signed, seen) => (difference) => {
  assert.equal(difference.line, line);
  assert.ok(difference.signed.endsWith(signed), difference.signed);
  assert.ok(difference.seen.endsWith(seen), difference.seen);
};
/** One in the query, by the parameters that are on one side only. */
const inQuery = (signed, seen) => (difference) => {
  assert.equal(difference.line, 3);
  assert.deepEqual(surplus(difference.signed, difference.seen), signed);
  assert.deepEqual(surplus(difference.seen, difference.signed), seen);
};

/** A refusal's cause and difference. */
function names(cause, what, sign, change, check) {
  test(`${what}: ${cause}`, async () => {
    const signed = await sign();
    const answer = await explain(signed, await refusal(signed, change));
    assert.equal(answer.cause, cause, JSON.stringify(answer.difference));
    assert.equal(answer.difference.text, "canonical request");
    assert.deepEqual(answer.missing_headers, []);
    check(answer.difference);
  });
}

describe("the method", { concurrency }, () => {
  for (const method of ["DELETE", "PUT", "POST"]) {
    names("method", `${method} for GET`, () => get(), sent({ method }), inLine(1, "GET", method));
  }
  const sender = sent({ method: "GET" });
  names("method", "GET for PUT", () => put(), sender, inLine(1, "PUT", "GET"));
});

describe("the path", { concurrency }, () => {
  for (const [cause, what, name, signed, seen] of [
    ["double_encoding", "%20 encoded again", "a b", "/a%20b", "/a%2520b"],
    [
      "double_encoding",
      "all escapes encoded again",
      "100% ä+b",
      "/100%25%20%C3%A4%2Bb",
      "/100%2525%2520%25C3%25A4%252Bb",
    ],
    ["plus", "a plus decoded to a blank", "a+b", "/a%2Bb", "/a%20b"],
    ["plus", "one of two", "a b+c", "/a%20b%2Bc", "/a%20b%20c"],
    ["path_normalized", "// squeezed", "a//b", "/a//b", "/a/b"],
    ["path_normalized", "a slash cut off at the end", "a/b/", "/a/b/", "/a/b"],
    ["path_normalized", "/./ put in", "file", "/file", "/./file"],
    ["path_normalized", "/x/../ put in", "file", "/file", "/x/../file"],
    ["path", "another key", "file", "/file", "/file2"],
    ["path", "another case", "file", "/file", "/File"],
    ["path", "%2520 decoded", "a%20b", "/a%2520b", "/a%20b"],
  ]) {
    const change = edit(`${signed}?`, `${seen}?`);
    names(cause, what, () => get(name), change, inLine(2, signed, seen));
  }
  // A store reads a + in a path as a plus.
  const blankAsPlus = edit("/a%20b?", "/a+b?");
  names("plus", "a blank as +", () => get("a b"), blankAsPlus, inLine(2, "/a%20b", "/a%2Bb"));
  const bucket = edit(`/${ready.bucket}/`, "/another-bucket/");
  names(
    "path",
    "another bucket",
    () => get(),
    bucket,
    ({ line, signed, seen }) => {
      assert.equal(line, 2);
      assert.equal(seen, signed.replace(`/${ready.bucket}/`, "/another-bucket/"));
    },
  );
});

describe("the query", { concurrency }, () => {
  const named = { content_type: "text/plain", content_disposition: 'attachment; filename="a+b"' };
  const sign = () => get("file", { expires_in: 300, response: named });
  const [type, disposition] = ["response-content-type=", "response-content-disposition="];
  const file = (name) => `${disposition}attachment%3B%20filename%3D%22${name}%22`;
  for (const [cause, what, change, signed, seen] of [
    ["query_added", "at the end", edit(/$/, "&utm_source=x"), [], ["utm_source=x"]],
    ["query_added", "at the front", edit("?", "?utm_source=x&"), [], ["utm_source=x"]],
    ["query_added", "without a value", edit(/$/, "&fbclid"), [], ["fbclid="]],
    [
      "query_added",
      "once more with another value",
      edit(/$/, `&${type}text%2Fhtml`),
      [],
      [`${type}text%2Fhtml`],
    ],
    [
      "query_removed",
      "one left out",
      edit(`&${type}text%2Fplain`, ""),
      [`${type}text%2Fplain`],
      [],
    ],
    [
      "query_changed",
      "another type",
      edit(`${type}text%2Fplain`, `${type}text%2Fhtml`),
      [`${type}text%2Fplain`],
      [`${type}text%2Fhtml`],
    ],
    [
      "query_changed",
      "another expiry",
      edit("X-Amz-Expires=300", "X-Amz-Expires=3000"),
      ["X-Amz-Expires=300"],
      ["X-Amz-Expires=3000"],
    ],
    [
      "query_changed",
      "another list of headers",
      edit("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Brange"),
      ["X-Amz-SignedHeaders=host"],
      ["X-Amz-SignedHeaders=host%3Brange"],
    ],
    [
      "plus",
      "a plus that is read as a blank",
      edit("a%2Bb", "a+b"),
      [file("a%2Bb")],
      [file("a%20b")],
    ],
  ]) {
    names(cause, what, sign, change, inQuery(signed, seen));
  }

  test("another signature: query_changed", async () => {
    const signed = await sign();
    const change = edit(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    const answer = await explain(signed, await refusal(signed, change));
    assert.equal(answer.cause, "query_changed");
  });
});

describe("a header", { concurrency }, () => {
  const { host } = new URL(ready.store);
  for (const seen of ["files.example.com", "localhost:1", "127.0.0.1"]) {
    const change = sent({ headers: { host: seen } });
    names("host", seen, () => get(), change, inLine(4, `host:${host}`, `host:${seen}`));
  }

  const image = () => put({ content_type: "image/png" });
  for (const [cause, what, headers, seen] of [
    ["content_type", "another type", { "content-type": "image/jpeg" }, "image/jpeg"],
    [
      "content_type",
      "a charset",
      { "content-type": "image/png; charset=utf-8" },
      "image/png; charset=utf-8",
    ],
    ["header_missing", "no type", {}, ""],
  ]) {
    const check = inLine(4, "content-type:image/png", `content-type:${seen}`);
    names(cause, what, image, sent({ headers, body: "x" }), check);
  }

  const sized = () => put({ content_length: 5 });
  for (const body of ["", "1234", "123456"]) {
    const headers = { "content-length": String(body.length) };
    const check = inLine(4, "content-length:5", `content-length:${body.length}`);
    names("content_length", `${body.length} for 5`, sized, sent({ headers, body }), check);
  }

  const bound = () => put({ metadata: { owner: "me", team: "red" } });
  const owner = { "x-amz-meta-owner": "me" };
  for (const [cause, what, headers, line, signed, seen] of [
    ["header_missing", "no metadata", {}, 5, "x-amz-meta-owner:me", "x-amz-meta-owner:"],
    ["header_missing", "one of two", owner, 6, "x-amz-meta-team:red", "x-amz-meta-team:"],
    [
      "header",
      "another value",
      { ...owner, "x-amz-meta-team": "blue" },
      6,
      "x-amz-meta-team:red",
      "x-amz-meta-team:blue",
    ],
  ]) {
    names(cause, what, bound, sent({ headers, body: "x" }), inLine(line, signed, seen));
  }

  const name = "x-amz-content-sha256";
  names(
    "payload",
    "another payload hash",
    () => signedByTheCommandLine(freshKey(), { headers: { [name]: "UNSIGNED-PAYLOAD" } }),
    sent({ headers: { [name]: other } }),
    inLine(5, "UNSIGNED-PAYLOAD", other),
  );

  test("that was neither sent nor given to who explains: header_missing", async () => {
    const signed = await put({ content_type: "image/png" });
    const xml = await refusal(signed, sent({ headers: {}, body: "x" }));
    const { cause, missing_headers } = await explain({ ...signed, headers: {} }, xml);
    assert.equal(cause, "header_missing");
    assert.deepEqual(missing_headers, ["content-type"]);
  });

  test("that came, and isn't given to who explains: header_not_given", async () => {
    const signed = await put({ content_type: "image/png" });
    const xml = await refusal(
      signed,
      sent({ headers: { "content-type": "image/gif" }, body: "x" }),
    );
    const { cause } = await explain({ ...signed, headers: {} }, xml);
    assert.equal(cause, "header_not_given");
  });

  test("that isn't given to who explains is named", async () => {
    const signed = await put({ content_type: "image/png", metadata: { owner: "me" } });
    const xml = await refusal(signed, sent({ method: "DELETE" }));
    const { cause, missing_headers } = await explain({ ...signed, headers: {} }, xml);
    assert.equal(cause, "method");
    assert.deepEqual(missing_headers, ["content-type", "x-amz-meta-owner"]);
  });
});

describe("keys and clocks", { concurrency }, () => {
  const asIs = (signed) => signed;
  const date = (time) => new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
  const day = 86_400_000;
  const cli = (change) => signedByTheCommandLine(freshKey(), change);
  for (const [cause, what, change, code] of [
    [
      "secret",
      "a wrong secret",
      { credentials: { AWS_SECRET_ACCESS_KEY: "x".repeat(40) } },
      "SignatureDoesNotMatch",
    ],
    [
      "secret",
      "a truncated secret",
      { credentials: { AWS_SECRET_ACCESS_KEY: ready.secret_access_key.slice(0, -1) } },
      "SignatureDoesNotMatch",
    ],
    [
      "access_key_id",
      "an unknown key",
      { credentials: { AWS_ACCESS_KEY_ID: "AKIAUNKNOWN000000000" } },
      "NotSignedUp",
    ],
    [
      "clock",
      "a date that is 20 minutes ahead",
      { options: ["--date", date(Date.now() + day / 72)] },
      "RequestTimeTooSkewed",
    ],
    [
      "clock",
      "a date that is a day ahead",
      { options: ["--date", date(Date.now() + day)] },
      "RequestTimeTooSkewed",
    ],
    [
      "expired",
      "a date that is a day ago",
      { options: ["--date", date(Date.now() - day), "--expires", "60"] },
      "AccessDenied",
    ],
  ]) {
    test(`${what}: ${cause}`, async () => {
      const signed = await cli(change);
      const answer = await explain(signed, await refusal(signed, asIs, code));
      assert.equal(answer.cause, cause);
      assert.equal(answer.difference, null);
    });
  }

  test("a second that is over: expired", async () => {
    const signed = await get("file", { expires_in: 1 });
    const over = Date.parse(signed.expires_at) + 1_500;
    await new Promise((resolve) => setTimeout(resolve, over - Date.now()));
    const answer = await explain(signed, await refusal(signed, asIs, "AccessDenied"));
    assert.equal(answer.cause, "expired");
    assert.equal(answer.difference, null);
  });

  test("a refusal without a body: unknown", async () => {
    const signed = await get();
    const { status, text } = await sendAsIs({ ...signed, method: "HEAD" });
    assert.deepEqual([status, text], [403, ""]);
    const answer = await explain(signed, text);
    assert.equal(answer.cause, "unknown");
    assert.equal(answer.difference, null);
  });

  test("a refusal that has nothing to do with the signature: unknown", async () => {
    const signed = await get();
    const answer = await explain(signed, await refusal(signed, asIs, "NoSuchKey"));
    assert.equal(answer.cause, "unknown");
    assert.equal(answer.difference, null);
  });
});

test("the texts are what the Worker signed", async () => {
  const signed = await put({ content_type: "image/png", content_length: 5, metadata: { a: "b" } });
  const { canonical_request, string_to_sign } = await explain(signed, "");
  assert.equal(canonical_request.split("\n")[0], "PUT");
  const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
  const scope = string_to_sign.split("\n")[2];
  const key = scope.split("/").reduce(hmac, `AWS4${ready.secret_access_key}`);
  const signature = new URL(signed.url).searchParams.get("X-Amz-Signature");
  assert.equal(hmac(key, string_to_sign).toString("hex"), signature);
});
