// Wrong requests are refused, the answer says what is wrong, and they cost nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { developmentEdge } from "../support/direct.mjs";
import { isProblem, isUnspent } from "../support/refusal.mjs";
import { callEdge, callHome, presign, presigned, ready, token } from "../support/stack.mjs";

// Finding what is wrong with a request needs no runtime, except for requests through a socket of their own.
const edge = await developmentEdge(ready);
callHome(edge);

const concurrency = 16;
const own = (name) => `users/e2e/${name}`;
const good = (oneTimeKey) => ({
  operation: "GetObject",
  key: own("file"),
  one_time_key: oneTimeKey,
});
const bearer = () => ({ authorization: `Bearer ${token()}` });
const json = () => ({ ...bearer(), "content-type": "application/json" });

/** Posts a body as it is. */
const post = (body, headers = json(), init = {}) =>
  callEdge("/v1/presign", { method: "POST", headers, body, ...init });

/** Asks by a query as it is. */
const ask = (query) => callEdge(`/v1/presign?${query}`, { headers: bearer() });

/** A request's fields as a query; a nested one goes by its dotted name. */
function queryOf(fields) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "object") {
      for (const [inner, text] of Object.entries(value)) query.append(`${name}.${inner}`, text);
    } else if (value !== undefined) {
      query.append(name, value);
    }
  }
  return query;
}

/** Ways to make the good request with a change to it. */
const inBody = (change) => (oneTimeKey) => presign({ ...good(oneTimeKey), ...change });
const inQuery = (change) => (oneTimeKey) => ask(queryOf({ ...good(oneTimeKey), ...change }));
/** Ways to make it by the text of the body or query, which has `ONE_TIME_KEY` in it. */
const asText = (text) => (oneTimeKey) => post(text.replaceAll("ONE_TIME_KEY", oneTimeKey));
const asQuery = (text) => (oneTimeKey) => ask(text.replaceAll("ONE_TIME_KEY", oneTimeKey));

/** A request with a one-time key that is refused: after that, the key can still be spent. */
function refuses(name, status, code, send) {
  test(name, async () => {
    const oneTimeKey = crypto.randomUUID();
    isProblem(await send(oneTimeKey), status, code);
    await isUnspent(oneTimeKey);
  });
}

/** The same in the body and in the query. */
function refusesEverywhere(what, status, code, change) {
  refuses(`${what} is refused in a body`, status, code, inBody(change));
  refuses(`${what} is refused in a query`, status, code, inQuery(change));
}

const whole = `{"operation":"GetObject","key":"users/e2e/file","one_time_key":"ONE_TIME_KEY"}`;
const fields = whole.slice(1, -1);
const inUrl = "operation=GetObject&key=users%2Fe2e%2Ffile&one_time_key=ONE_TIME_KEY";

test("the good request that all of these are made of is signed", async () => {
  assert.equal((await inBody({})(crypto.randomUUID())).status, 200);
  assert.equal((await inQuery({})(crypto.randomUUID())).status, 200);
  assert.equal((await asText(whole)(crypto.randomUUID())).status, 200);
});

describe("a body", { concurrency }, () => {
  for (const [what, text] of [
    ["an empty body", ""],
    ["white space", " \n"],
    ["null", "null"],
    ["a number", "1"],
    ["a text", '"ONE_TIME_KEY"'],
    ["an empty array", "[]"],
    ["an array of a good request", `[${whole}]`],
    ["two objects", whole + whole],
    ["an object with something behind it", `${whole}x`],
    ["an object with a NUL behind it", `${whole}\0`],
    ["an object behind a byte order mark", `\ufeff${whole}`],
    ["names without quotation marks", `{${fields},store:null}`],
    ["single quotation marks", whole.replaceAll('"', "'")],
    ["a comma too much", `{${fields},}`],
    ["a comment", `{${fields}/**/,//\n}`],
    ["a line break in a text", `{${fields},"store":"a\nb"}`],
    ["an unknown escape", `{${fields},"store":"\\x41"}`],
    ["half of a surrogate pair", `{${fields},"store":"\\ud83e"}`],
    ["NaN", `{${fields},"expires_in":NaN}`],
    ["a number that begins with 0", `{${fields},"expires_in":060}`],
    ["a number that no type holds", `{${fields},"expires_in":1e999}`],
    ["an object in an object", `{${fields},"headers":{"range":{"a":"b"}}}`],
    ["a field that is given twice", `{${fields},"key":"users/e2e/other"}`],
    ["a field that is given twice alike", `{${fields},"operation":"GetObject"}`],
    ["a field that is given twice, once in escapes", `{${fields},"ke\\u0079":"users/e2e/other"}`],
    ["a one-time key that is given twice", `{${fields},"one_time_key":"other"}`],
    ["an unknown field that is given twice", `{${fields},"a":1,"a":1}`],
    ["a nested field twice", `{${fields},"response":{"expires":"1","expires":"2"}}`],
    ["an object twice", `{${fields},"response":{"expires":"1"},"response":{"expires":"2"}}`],
    ["a field nested and dotted", `{${fields},"response":{"expires":"1"},"response.expires":"2"}`],
    ["60,000 open brackets", "[".repeat(60_000)],
    ["60,000 open brackets in a field", `{${fields},"store":${"[".repeat(60_000)}`],
    ["10,000 objects in each other", '{"a":'.repeat(10_000)],
    ["10,000 objects in a field", `{${fields},"headers":${'{"a":'.repeat(10_000)}`],
  ]) {
    refuses(`${what} is no request`, 400, "malformed_body", asText(text));
  }

  for (const [what, text] of [
    ["an array as a value", `{${fields},"store":["photos"]}`],
    ["an array as the headers", `{${fields},"headers":[]}`],
    ["a text as the headers", `{${fields},"headers":"range"}`],
  ]) {
    refuses(`${what} is told by the field's name`, 400, "invalid_field", asText(text));
  }

  test("a body that ends early is no request, wherever it ends", async () => {
    const oneTimeKey = crypto.randomUUID();
    const text = whole.replace("ONE_TIME_KEY", oneTimeKey);
    const parts = Array.from(text, (_, length) => text.slice(0, length));
    const answers = await Promise.all(parts.map((part) => post(part)));
    for (const answer of answers) isProblem(answer, 400, "malformed_body");
    await isUnspent(oneTimeKey);
  });

  for (const [what, bytes] of [
    ["a byte that is never UTF-8", [0xff]],
    ["a lead byte alone", [0xc3]],
    ["a slash in two bytes", [0xc0, 0xaf]],
    ["half of a surrogate pair", [0xed, 0xa0, 0x80]],
  ]) {
    refuses(`${what} makes a body no request`, 400, "malformed_body", (oneTimeKey) => {
      const [start, end] = whole.replace("ONE_TIME_KEY", oneTimeKey).split("file");
      return post(Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]));
    });
  }

  test("a body in UTF-16 is no request", async () => {
    const oneTimeKey = crypto.randomUUID();
    const text = whole.replace("ONE_TIME_KEY", oneTimeKey);
    isProblem(await post(Buffer.from(text, "utf16le")), 400, "malformed_body");
    await isUnspent(oneTimeKey);
  });

  const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-amz-meta-${n}`, "a"]));
  refuses("more than 100 fields are no request", 400, "malformed_body", inBody({ headers: many }));
  refuses("more than 100 fields are no query", 400, "invalid_field", inQuery({ headers: many }));
});

describe("a body's size and type", { concurrency }, () => {
  const limit = 65_536;
  const padded = (oneTimeKey, length) =>
    JSON.stringify(good(oneTimeKey)) + " ".repeat(length - JSON.stringify(good(oneTimeKey)).length);

  /** The same bytes in pieces, without a length that is known before. */
  function inPieces(text, size = 16_384) {
    const bytes = Buffer.from(text);
    let start = 0;
    return new ReadableStream({
      pull(controller) {
        if (start >= bytes.length) return controller.close();
        controller.enqueue(new Uint8Array(bytes.subarray(start, start + size)));
        start += size;
      },
    });
  }

  for (const [how, send] of [
    ["with a content-length", (text) => post(text)],
    ["in chunks", (text) => post(inPieces(text), json(), { duplex: "half" })],
  ]) {
    test(`a body of 64 KiB ${how} is read`, async () => {
      const answer = await send(padded(crypto.randomUUID(), limit));
      assert.equal(answer.status, 200, answer.text);
    });

    for (const [what, length] of [
      ["of 64 KiB and a byte", limit + 1],
      ["of 100 kB", 100_000],
      ["of 1 MB", 1_000_000],
    ]) {
      refuses(`a body ${what} ${how} is too large`, 413, "body_too_large", (oneTimeKey) =>
        send(padded(oneTimeKey, length)),
      );
    }

    test(`100,000 open brackets ${how} are too large`, async () => {
      isProblem(await send("[".repeat(100_000)), 413, "body_too_large");
    });
  }

  test("a body without an end is refused at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        // Behind the limit nothing more comes, and not the end either.
        if (sent > limit) return new Promise(() => {});
        controller.enqueue(new Uint8Array(8192).fill(0x20));
        sent += 8192;
      },
    });
    isProblem(await post(endless, json(), { duplex: "half" }), 413, "body_too_large");
  });

  // A content-length together with a transfer coding says nothing about the body (RFC 9112 §6.3).
  test("a body without an end that says it had a length is refused at the limit", async () => {
    const { hostname, port, host } = new URL(ready.edge);
    const socket = connect({ host: hostname, port });
    let answer = "";
    socket.setEncoding("latin1").on("data", (text) => (answer += text));
    socket.on("error", () => {});
    const head = { host, ...json(), "content-length": "5", "transfer-encoding": "chunked" };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST /v1/presign HTTP/1.1\r\n${lines.join("")}\r\n`);
    // Behind the limit nothing more comes, and not the end either.
    for (let sent = 0; sent <= limit; sent += 8192) {
      socket.write(`2000\r\n${" ".repeat(8192)}\r\n`);
    }
    await Promise.race([once(socket, "data"), once(socket, "close")]);
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  for (const type of [
    undefined,
    "",
    "text/plain",
    "text/plain;charset=UTF-8",
    "text/plain; application/json",
    "text/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/jsonp",
    "application/json5",
    "application/problem+json",
    "application/json, text/plain",
    "application",
    "*/*",
  ]) {
    const what = type === undefined ? "no content-type" : `content-type "${type}"`;
    refuses(`a body with ${what} is not read`, 415, "unsupported_media_type", (oneTimeKey) => {
      const headers = type === undefined ? bearer() : { ...bearer(), "content-type": type };
      // Fetch adds no content type to bytes.
      return post(Buffer.from(JSON.stringify(good(oneTimeKey))), headers);
    });
  }

  for (const type of ["application/json;charset=utf-8", "Application/JSON ; charset=utf-8"]) {
    test(`content-type "${type}" is JSON`, async () => {
      const headers = { ...bearer(), "content-type": type };
      const answer = await post(JSON.stringify(good(crypto.randomUUID())), headers);
      assert.equal(answer.status, 200, answer.text);
    });
  }
});

describe("a field", { concurrency }, () => {
  for (const [what, change] of [
    ["an unknown field", { colour: "red" }],
    ["a field without a name", { "": "a" }],
    ["a field in another case", { Store: "photos" }],
    ["a field in camel case", { expiresIn: "60" }],
    ["a field with a blank behind its name", { "store ": "photos" }],
    ["__proto__", JSON.parse('{"__proto__":"a"}')],
    ["an unknown member of response", { response: { etag: "a" } }],
    ["an unknown member of checksum", { checksum: { md5: "1B2M2Y8AsgTpgAmY7PhCfg==" } }],
    ["a member of what is no object", { store: { name: "photos" } }],
    ["a member of response without a name", { response: { "": "a" } }],
    ["a field of 10,000 characters", { ["a".repeat(10_000)]: "1" }],
  ]) {
    refusesEverywhere(what, 400, "unknown_field", change);
  }

  for (const [what, change] of [
    ["an unknown field that is null", { colour: null }],
    ["an unknown field that is an empty object", { colour: {} }],
  ]) {
    refuses(`${what} is refused`, 400, "unknown_field", inBody(change));
  }

  for (const [what, change] of [
    ["a text as response", { response: "a" }],
    ["a number as checksum", { checksum: 1 }],
    ["true as headers", { headers: true }],
  ]) {
    refuses(`${what} is refused`, 400, "invalid_field", inBody(change));
  }

  for (const [what, change] of [
    ["a request without an operation", { operation: undefined }],
    ["a request without a key", { key: undefined }],
    ["a request with neither", { operation: undefined, key: undefined }],
  ]) {
    refusesEverywhere(what, 400, "missing_field", change);
  }
  for (const name of ["operation", "key"]) {
    const change = { [name]: null };
    refuses(`null is as good as no ${name}`, 400, "missing_field", inBody(change));
  }
  test("an empty object is no request", async () => {
    isProblem(await post("{}"), 400, "missing_field");
  });
  test("an empty query is no request", async () => {
    isProblem(await ask(""), 400, "missing_field");
  });

  for (const value of ["", "getobject", "GET", "ListObjects", "DeleteBucket", " GetObject", "*"]) {
    const what = `the operation "${value}"`;
    refusesEverywhere(what, 400, "invalid_field", { operation: value });
  }

  for (const name of ["operation", "key", "store", "version_id", "content_type"]) {
    for (const value of [1, 1.5, true, {}]) {
      const what = `${name} ${JSON.stringify(value)}`;
      refuses(`${what} is refused`, 400, "invalid_field", inBody({ [name]: value }));
    }
  }
  test("a one-time key that is no text is refused", async () => {
    for (const value of [1, 1.5, -1, true, {}]) {
      isProblem(await presign({ ...good(), one_time_key: value }), 400, "invalid_field");
    }
  });
  for (const value of ["true", "false", 1, 0, {}]) {
    const what = `create_only ${JSON.stringify(value)}`;
    const change = { operation: "PutObject", create_only: value };
    refuses(`${what} is refused in a body`, 400, "invalid_field", inBody(change));
  }
  for (const value of ["", "1", "yes", "TRUE"]) {
    const change = { operation: "PutObject", create_only: value };
    const name = `create_only "${value}" is refused in a query`;
    refuses(name, 400, "invalid_field", inQuery(change));
  }
  for (const value of [-1, 1.5, 1e300, "5", "", true]) {
    const what = `content_length ${JSON.stringify(value)}`;
    const change = { operation: "PutObject", content_length: value };
    refuses(`${what} is refused in a body`, 400, "invalid_field", inBody(change));
  }
  for (const value of ["-1", "1.5", "1e3", "+5", "", "0x10", "18446744073709551616"]) {
    const change = { operation: "PutObject", content_length: value };
    const name = `content_length "${value}" is refused in a query`;
    refuses(name, 400, "invalid_field", inQuery(change));
  }
});

describe("expires_in", { concurrency }, () => {
  for (const value of [0, 604_801, -1, 1.5, 1e300, -1e300, "60", "", true, {}]) {
    const name = `expires_in ${JSON.stringify(value)} is refused in a body`;
    refuses(name, 400, "invalid_expiry", inBody({ expires_in: value }));
  }
  for (const text of ["1.0", "6e1", "-0", "18446744073709551616"]) {
    const name = `expires_in ${text} is refused in a body`;
    const send = asText(`{${fields},"expires_in":${text}}`);
    refuses(name, 400, "invalid_expiry", send);
  }
  for (const value of [
    "0",
    "604801",
    "-1",
    "1.5",
    "6e1",
    "1e300",
    "+60",
    " 60",
    "",
    "null",
    '"60"',
  ]) {
    const name = `expires_in=${value} is refused in a query`;
    refuses(name, 400, "invalid_expiry", inQuery({ expires_in: value }));
  }
  for (const value of [null, undefined, 1, 604_800]) {
    test(`expires_in ${value} is taken`, async () => {
      await presigned({ ...good(crypto.randomUUID()), expires_in: value });
    });
  }
});

describe("a key", { concurrency }, () => {
  const invalidKeys = [
    ["an empty key", ""],
    ["a key of 1,025 bytes", own("a".repeat(1015))],
    ["a key of 1,025 bytes in fewer characters", own(`${"ü".repeat(507)}a`)],
    ["a key of 20,000 bytes", own("a".repeat(19_990))],
    ["a key that is ..", ".."],
    ["a key that is .", "."],
    ["a key with a segment ..", own("a/../b")],
    ["a key that begins with a segment .", "./users/e2e/file"],
    ["a key that begins with a segment ..", "../users/e2e/file"],
    ["a key with a segment .", own("a/./b")],
    ["a key that ends with a segment .", own("a/.")],
    ["a key that ends with a segment ..", own("..")],
    ["a key that climbs to another subject", own("../other/file")],
    ["a key with a NUL", own("a\0b")],
    ["a key with a line feed", own("a\nb")],
    ["a key with a carriage return", own("a\rb")],
    ["a key with a tab", own("a\tb")],
    ["a key with an escape character", own("a\u001bb")],
    ["a key with a DEL", own("a\u007fb")],
    ["a key with a control character beyond ASCII", own("a\u0085b")],
    ["a key that ends with a line feed", own("file\n")],
  ];
  for (const [what, key] of invalidKeys) {
    refusesEverywhere(what, 400, "invalid_key", { key });
    // A path that ends with a dot segment is another path for every client.
    if (key === "..") continue;
    // An escaped slash keeps URL parsers from resolving the other segments.
    const path = `/f/${ready.store_name}/${encodeURIComponent(key)}`;
    test(`${what} is refused by /f`, async () => {
      isProblem(await callEdge(path, { headers: bearer() }), 400, "invalid_key");
    });
  }

  for (const [what, key] of [
    ["1,024 bytes", own("a".repeat(1014))],
    ["1,024 bytes in fewer characters", own("ü".repeat(507))],
  ]) {
    test(`a key of ${what} is signed`, async () => {
      assert.equal(Buffer.byteLength(key), 1024);
      for (const send of [inBody({ key }), inQuery({ key })]) {
        const answer = await send(crypto.randomUUID());
        assert.equal(answer.status, 200, answer.text);
      }
      const path = `/f/${ready.store_name}/${encodeURIComponent(key)}`;
      assert.equal((await callEdge(path, { headers: bearer() })).status, 302);
    });
  }

  /** Asks for a path as it is: fetch would resolve its segments before it asks. */
  function askForPath(path) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const options = { path, headers: bearer(), agent: false };
    const sent = httpRequest(ready.edge, options, async (response) => {
      const text = (await response.setEncoding("utf8").toArray()).join("");
      const headers = new Headers(response.headers);
      const isJson = /[/+]json$/.test(headers.get("content-type") ?? "");
      resolve({
        status: response.statusCode,
        headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      });
    });
    sent.on("error", reject).end();
    return promise;
  }

  for (const path of [
    "/f/photos/users/e2e/../other/file",
    "/f/photos/users/e2e/%2e%2e/other/file",
    "/f/photos/users/e2e/.%2E/other/./file",
    "/f/photos/users/e2e/a/../../other/file",
  ]) {
    test(`${path} doesn't lead to another subject's file`, async () => {
      const problem = isProblem(await askForPath(path), 403, "not_allowed");
      assert.equal(problem.dimension, "key");
    });
  }
  for (const path of [
    "/f/photos/users/e2e/..%2Fother/file",
    "/f/photos/users/e2e/%2e%2e%2fother/file",
    "/f/photos/users/e2e%2F..%2Fother%2Ffile",
  ]) {
    test(`${path} is no key`, async () => {
      isProblem(await askForPath(path), 400, "invalid_key");
    });
  }
});

describe("a store", { concurrency }, () => {
  for (const store of ["nope", "", "PHOTOS", "photos ", "photos/../photos", "constructor"]) {
    refusesEverywhere(`the store "${store}"`, 404, "no_such_store", { store });
    test(`the store "${store}" is refused by /f`, async () => {
      const path = `/f/${encodeURIComponent(store)}/users/e2e/file`;
      isProblem(await callEdge(path, { headers: bearer() }), 404, "no_such_store");
    });
  }
});

describe("a parameter", { concurrency }, () => {
  const put = { operation: "PutObject" };

  for (const [what, headers] of [
    ["a header whose name has a line break", { "x-amz-meta-a\r\nx-amz-acl": "public-read" }],
    ["a header whose name has a line feed", { "range\n": "bytes=0-1" }],
    ["a header whose name has a blank", { "x-amz-meta-a b": "a" }],
    ["a header whose name has a colon", { "x-amz-meta-a:": "a" }],
    ["a header whose name has a NUL", { "x-amz-meta-\0": "a" }],
    ["a header whose name isn't ASCII", { "x-amz-meta-ü": "a" }],
    ["a header without a name", { "": "a" }],
    ["a header whose name is too long", { [`x-amz-meta-${"a".repeat(8192)}`]: "a" }],
    ["a header whose value has a line break", { "x-amz-meta-a": "a\r\nx-amz-acl: public-read" }],
    ["a header whose value has a carriage return", { "x-amz-meta-a": "a\rb" }],
    ["a header whose value has a line feed", { "x-amz-meta-a": "a\nb" }],
    ["a header whose value ends with a line feed", { "x-amz-meta-a": "a\n" }],
    ["a header whose value has a NUL", { "x-amz-meta-a": "a\0" }],
    ["a header whose value has a tab", { "x-amz-meta-a": "a\tb" }],
    ["a header whose value isn't ASCII", { "x-amz-meta-a": "ü" }],
    ["a header whose value is an emoji", { "x-amz-meta-a": "🦀" }],
    ["a header whose value is empty", { "x-amz-meta-a": "" }],
    ["a header whose value is too long", { "x-amz-meta-a": "a".repeat(8192) }],
    [
      "headers that are too long together",
      { "x-amz-meta-a": "a".repeat(5000), "x-amz-meta-b": "a".repeat(5000) },
    ],
    ["a header in two cases", { "x-amz-meta-a": "a", "X-Amz-Meta-A": "b" }],
    ["a header of reads for an upload", { range: "bytes=0-1" }],
    ["if-none-match, which create_only stands for,", { "if-none-match": "*" }],
  ]) {
    refusesEverywhere(what, 400, "invalid_header", { ...put, headers });
  }

  for (const name of [
    "host",
    "Host",
    "authorization",
    "Authorization",
    "cookie",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
    "x-forwarded-host",
    "x-amz-copy-source",
    "X-Amz-Copy-Source",
    "x-amz-copy-source-range",
    "x-amz-acl",
    "x-amz-grant-full-control",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-object-lock-mode",
    "x-amz-storage-class",
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-checksum-sha256",
    "x-amz-meta",
  ]) {
    refusesEverywhere(`the header ${name}`, 400, "invalid_header", {
      ...put,
      headers: { [name]: "a" },
    });
  }
  const meta = { "x-amz-meta-a": "a" };
  refusesEverywhere("a header of uploads for a read", 400, "invalid_header", { headers: meta });
  refusesEverywhere("a header for a deletion", 400, "invalid_header", {
    operation: "DeleteObject",
    headers: { range: "bytes=0-1" },
  });

  const sha256 = Buffer.alloc(32).toString("base64");
  const crc32 = Buffer.alloc(4).toString("base64");
  for (const [what, checksum] of [
    ["an empty checksum", { sha256: "" }],
    ["a checksum that isn't base64", { sha256: `!${sha256.slice(1)}` }],
    ["a checksum in hexadecimal", { sha256: "00".repeat(32) }],
    ["a checksum without padding", { sha256: sha256.replace("=", "") }],
    ["a checksum in base64url", { sha256: `-_${sha256.slice(2)}` }],
    ["a checksum with bits left over", { sha256: `${sha256.slice(0, -2)}B=` }],
    ["a checksum with a line break", { sha256: `${sha256}\n` }],
    ["a checksum that is too short", { sha256: Buffer.alloc(31).toString("base64") }],
    ["a checksum of another algorithm", { sha1: sha256 }],
    ["a CRC of the wrong size", { crc64nvme: crc32 }],
    ["two checksums", { sha256, crc32 }],
    [
      "five checksums",
      { sha256, sha1: "A".repeat(27) + "=", crc32, crc32c: crc32, crc64nvme: "AAAAAAAAAAA=" },
    ],
  ]) {
    refusesEverywhere(what, 400, "invalid_field", { ...put, checksum });
  }

  for (const [operation, change] of [
    ["PutObject", { version_id: "1" }],
    ["PutObject", { response: { content_type: "text/plain" } }],
    ["DeleteObject", { response: { expires: "0" } }],
    ...["GetObject", "HeadObject", "DeleteObject"].flatMap((operation) => [
      [operation, { content_type: "text/plain" }],
      [operation, { content_length: 1 }],
      [operation, { checksum: { sha256 } }],
      [operation, { create_only: true }],
    ]),
  ]) {
    const [name] = Object.keys(change);
    refusesEverywhere(`${name} for ${operation}`, 400, "invalid_field", { operation, ...change });
  }

  for (const [what, value] of [
    ["empty", ""],
    ["of two lines", "a\r\nb: c"],
    ["with a NUL", "a\0"],
    ["with a DEL", "a\u007f"],
    ["too long", "a".repeat(8193)],
  ]) {
    refusesEverywhere(`a version_id ${what}`, 400, "invalid_field", { version_id: value });
    for (const name of ["content_type", "content_disposition", "cache_control", "expires"]) {
      const response = { [name]: value };
      refusesEverywhere(`a response.${name} ${what}`, 400, "invalid_field", { response });
    }
    refusesEverywhere(`a content_type ${what}`, 400, "invalid_field", {
      ...put,
      content_type: value,
    });
  }
  const umlaut = { ...put, content_type: "text/plain; title=ü" };
  refusesEverywhere("a content_type that isn't ASCII", 400, "invalid_field", umlaut);
});

describe("a one-time key", { concurrency }, () => {
  for (const [what, value] of [
    ["empty", ""],
    ["of 257 bytes", "a".repeat(257)],
    ["of 257 bytes in fewer characters", `${"ü".repeat(128)}a`],
    ["of 50,000 bytes", "a".repeat(50_000)],
    ["with a NUL", "a\0"],
    ["with a line break", "a\r\nb"],
    ["with a tab", "a\tb"],
    ["with a DEL", "a\u007f"],
    ["with a control character beyond ASCII", "a\u0085"],
  ]) {
    test(`a one-time key ${what} is refused`, async () => {
      isProblem(await inBody({})(value), 400, "invalid_one_time_key");
      isProblem(await inQuery({})(value), 400, "invalid_one_time_key");
    });
  }
  test("a one-time key of 256 bytes is spent", async () => {
    await isUnspent(crypto.randomUUID() + "🦀".repeat(55));
  });
  test("a one-time key that is null is none", async () => {
    for (let time = 0; time < 2; time += 1) await presigned({ ...good(null) });
  });
});

describe("a query", { concurrency }, () => {
  for (const escape of ["%", "%4", "%zz", "%%41", "%u0041", "%ff", "%C3", "%C0%AF", "%ED%A0%80"]) {
    const code = "malformed_url";
    refuses(
      `${escape} in a value of a query is refused`,
      400,
      code,
      asQuery(`${inUrl}&store=${escape}`),
    );
    refuses(
      `${escape} in a name of a query is refused`,
      400,
      code,
      asQuery(`${inUrl}&${escape}=a`),
    );
    test(`${escape} in a key's path is refused by /f`, async () => {
      const answer = await callEdge(`/f/photos/users/e2e/a${escape}`, { headers: bearer() });
      isProblem(answer, 400, code);
    });
    test(`${escape} in a store's name is refused by /f`, async () => {
      const answer = await callEdge(`/f/photos${escape}/users/e2e/a`, { headers: bearer() });
      isProblem(answer, 400, code);
    });
    test(`${escape} in a query is refused by /f`, async () => {
      const path = `/f/photos/users/e2e/a?version_id=${escape}`;
      isProblem(await callEdge(path, { headers: bearer() }), 400, code);
    });
  }

  for (const more of [
    "operation=GetObject",
    "operation=PutObject",
    "key=users%2Fe2e%2Fother",
    "k%65y=users%2Fe2e%2Fother",
    "one_time_key=ONE_TIME_KEY",
    "one_time_key=other",
    "expires_in=60&expires_in=60",
    "response.expires=1&response.expires=2",
    "headers.range=a&headers.range=a",
    "colour=a&colour=b",
  ]) {
    refuses(
      `${inUrl}&${more} has a field twice`,
      400,
      "invalid_field",
      asQuery(`${inUrl}&${more}`),
    );
  }

  refuses("a body behind GET isn't the request", 400, "missing_field", (oneTimeKey) =>
    ask(`one_time_key=${oneTimeKey}`),
  );
  refuses("a query behind POST isn't the request", 400, "missing_field", (oneTimeKey) =>
    callEdge(`/v1/presign?${inUrl.replace("ONE_TIME_KEY", oneTimeKey)}`, {
      method: "POST",
      headers: json(),
      body: "{}",
    }),
  );

  for (const [query, code] of [
    ["one_time_key=ONE_TIME_KEY", "unknown_field"],
    ["key=users%2Fe2e%2Fother", "unknown_field"],
    ["store=photos", "unknown_field"],
    ["operation=DeleteObject", "unknown_field"],
    ["response.content_type=text%2Fhtml", "unknown_field"],
    ["headers.range=bytes%3D0-1", "unknown_field"],
    ["create_only=true", "unknown_field"],
    ["X-Amz-Signature=a", "unknown_field"],
    ["expires_in=0", "invalid_expiry"],
    ["expires_in=604801", "invalid_expiry"],
    ["expires_in=-1", "invalid_expiry"],
    ["expires_in=1.5", "invalid_expiry"],
    ["expires_in=1e300", "invalid_expiry"],
    ["expires_in=%2260%22", "invalid_expiry"],
    ["expires_in=", "invalid_expiry"],
    ["expires_in=60&expires_in=60", "invalid_field"],
    ["version_id=", "invalid_field"],
    ["version_id=a%0D%0Ab", "invalid_field"],
  ]) {
    refuses(`/f refuses ?${query}`, 400, code, (oneTimeKey) => {
      const path = `/f/photos/users/e2e/file?${query.replace("ONE_TIME_KEY", oneTimeKey)}`;
      return callEdge(path, { headers: bearer() });
    });
  }
});

describe("a path", { concurrency }, () => {
  for (const path of [
    "/nope",
    "/v1",
    "/v1/",
    "/v1/presign/",
    "/v1/presign/x",
    "/v1//presign",
    "//v1/presign",
    "/V1/presign",
    "/v1/%70resign",
    "/v2/presign",
    "/presign",
    "/healthz/",
    "/openapi.yaml",
    "/f",
    "/f/",
    "/f/photos",
    "/F/photos/users/e2e/file",
    "/%66/photos/users/e2e/file",
    "/.env",
    "/cdn-cgi/x",
  ]) {
    refuses(`${path} is no route`, 404, "no_such_route", (oneTimeKey) => {
      const target = `${path}?${inUrl.replace("ONE_TIME_KEY", oneTimeKey)}`;
      return callEdge(target, { headers: bearer() });
    });
    refuses(`${path} is no route for POST`, 404, "no_such_route", (oneTimeKey) => {
      const body = JSON.stringify(good(oneTimeKey));
      return callEdge(path, { method: "POST", headers: json(), body });
    });
  }

  for (const [path, methods] of [
    ["/healthz", "GET, HEAD, OPTIONS"],
    ["/openapi.json", "GET, HEAD, OPTIONS"],
    ["/v1/presign", "GET, POST, OPTIONS"],
    ["/v1/quota", "GET, OPTIONS"],
    ["/f/photos/users/e2e/file", "GET, HEAD, OPTIONS"],
  ]) {
    const taken = methods.split(", ");
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]) {
      if (taken.includes(method)) {
        test(`${path} takes ${method}`, async () => {
          // Without a session, because the methods of a route aren't secret.
          const answer = await callEdge(path, { method });
          assert.ok([200, 401].includes(answer.status), answer.text);
        });
        continue;
      }
      test(`${path} doesn't take ${method}, says what it takes, and spends nothing`, async () => {
        const oneTimeKey = crypto.randomUUID();
        const target = `${path}?${inUrl.replace("ONE_TIME_KEY", oneTimeKey)}`;
        if (method === "HEAD") {
          const headers = bearer();
          const response = await edge.fetch(target, { method, headers });
          assert.equal(response.status, 405);
          assert.equal(response.headers.get("content-type"), "application/problem+json");
          assert.equal(response.headers.get("cache-control"), "no-store");
          assert.equal(response.headers.get("allow"), methods);
          assert.equal(await response.text(), "");
        } else {
          const body = JSON.stringify(good(oneTimeKey));
          const answer = await callEdge(target, { method, headers: json(), body });
          isProblem(answer, 405, "method_not_allowed");
          assert.equal(answer.headers.get("allow"), methods);
        }
        await isUnspent(oneTimeKey);
      });
    }

    test(`OPTIONS ${path} says what it takes`, async () => {
      const answer = await callEdge(path, { method: "OPTIONS" });
      assert.equal(answer.status, 204, answer.text);
      assert.equal(answer.headers.get("allow"), methods);
      assert.equal(answer.text, "");
    });
  }

  test("HEAD of an unknown path is refused without a body", async () => {
    const response = await edge.fetch("/nope", { method: "HEAD" });
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), "");
  });

  test("OPTIONS of an unknown path is refused", async () => {
    isProblem(await callEdge("/nope", { method: "OPTIONS" }), 404, "no_such_route");
  });
});
