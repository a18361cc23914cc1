// Uploads into an inbox: nobody can read what wasn't looked at, and what is accepted is what was looked at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Inbox, freshName, jpeg, page, png, put } from "../support/inbox.mjs";
import { InboxStore } from "../support/inbox-store.mjs";
import { postJson } from "../support/api.mjs";
import { isMissing, isRefused, submit } from "../support/s3.mjs";
import { callEdge, follow, presign, token } from "../support/stack.mjs";

const MB = 1_000_000;
const inboxKey = (signed) => `inbox/${signed.upload.id}`;
const bytesOf = async (response) => Buffer.from(await response.arrayBuffer());

/** An answer is a problem of that status and code. */
function isProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code, answer.text);
}

let store, inbox;
before(async () => {
  store = await InboxStore.start();
  inbox = await Inbox.start({ store, main: "tests/e2e/support/inbox-worker.mjs" });
});
after(async () => {
  await inbox?.stop();
  store?.stop();
});

const counts = async () => (await fetch(`${inbox.edge.url}/counts`)).json();

test("a photo of 1 MB is readable once it was accepted, and not before", async () => {
  await counts();
  const bytes = jpeg(MB);
  const signed = await inbox.sign(bytes, { type: "image/jpeg", metadata: { owner: "me" } });
  assert.match(new URL(signed.url).pathname, new RegExp(`/${inboxKey(signed)}$`));
  const { id, key } = signed.upload;
  assert.match(key, /^users\/e2e\/\w+-photo\.png$/);
  await put(signed, bytes);

  const waiting = await inbox.ask(id);
  assert.deepEqual([waiting.status, waiting.json.state], [200, "waiting"]);
  await isMissing(key);
  store.asked.length = 0;
  const before = await counts();
  const told = await inbox.accepted(id);
  assert.equal(told.state, "accepted");
  assert.deepEqual([told.key, told.size, told.content_type], [key, MB, "image/jpeg"]);

  const read = await inbox.read(key);
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("etag"), told.etag);
  assert.equal(read.headers.get("content-type"), "image/jpeg");
  assert.equal(read.headers.get("x-amz-meta-owner"), "me");
  assert.ok((await bytesOf(read)).equals(bytes));
  assert.equal((await inbox.ask(id)).json.state, "accepted");

  // What the issue promises of it.
  const asked = store.asked.map(({ step }) => step);
  assert.deepEqual(asked, ["first", "last", "copy", "empty"]);
  const taken = store.asked.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.equal(taken, 8192);
  const of = await counts();
  const [rows, questions] = [before.rows + of.rows, before.questions + of.questions];
  console.log(
    `measured: 1 MB: ${asked.length} requests, ${taken} bytes, ${questions} questions, ${rows} rows`,
  );
  // To sign, to ask twice how it is, and to accept.
  assert.ok(questions <= 4 && rows <= 4, `${questions} questions, ${rows} rows`);
});

test("a URL writes to the inbox again after its upload was accepted, and reaches nothing", async () => {
  const bytes = png();
  const signed = await inbox.upload(bytes, { content_length: undefined });
  const { id, key } = signed.upload;
  const told = await inbox.accepted(id);
  await put(signed, png(9));
  assert.deepEqual(await inbox.accepted(id), told);
  assert.ok((await bytesOf(await inbox.read(key))).equals(bytes));
  const inside = await presign(
    { operation: "GetObject", key: inboxKey(signed) },
    { edge: inbox.edge.url },
  );
  isProblem(inside, 403, "not_allowed");
});

for (const [what, bytes, type, reason] of [
  ["HTML named .png", page(), "image/png", "active"],
  ["a photo of another type", png(), "image/jpeg", "type_differs"],
  ["a program", Buffer.from("MZ\x90\0 and so on"), "image/png", "executable"],
  ["nothing at all", Buffer.alloc(0), "image/png", "empty"],
  ["noise", Buffer.from([1, 2, 3, 250, 251]), "image/png", "not_recognised"],
]) {
  test(`${what} is refused, and is nowhere`, async () => {
    const signed = await inbox.upload(bytes, { type });
    const { id, key } = signed.upload;
    const told = await inbox.accepted(id);
    assert.deepEqual([told.state, told.reason], ["refused", reason]);
    assert.equal(typeof told.detail, "string");
    await isMissing(key);
    assert.deepEqual(await inbox.accepted(id), told);
    assert.deepEqual((await inbox.ask(id)).json, told);
    assert.equal(store.steps().at(-1), "empty");
  });
}

describe("what is asked wrongly", () => {
  test("an upload of somebody else's is none", async () => {
    const signed = await inbox.upload(png());
    for (const bearer of [token({ sub: "other" }), token({ sub: "other", role: "admin" })]) {
      isProblem(await inbox.ask(signed.upload.id, { bearer }), 404, "no_such_upload");
      isProblem(await inbox.accept(signed.upload.id, { bearer }), 404, "no_such_upload");
    }
    await isMissing(signed.upload.key);
  });

  test("an upload that nobody began is none", async () => {
    for (const id of ["0".repeat(32), "x", "0".repeat(33), `${"0".repeat(32)}-us`]) {
      isProblem(await inbox.accept(id), 404, "no_such_upload");
      isProblem(await inbox.ask(id), 404, "no_such_upload");
    }
  });

  test("a session is needed", async () => {
    const answer = await callEdge("/v1/uploads/x/accept", { method: "POST" }, inbox.edge.url);
    isProblem(answer, 401, "session_missing");
  });

  test("nothing can't be accepted, and may be later", async () => {
    const bytes = png();
    const signed = await inbox.sign(bytes);
    isProblem(await inbox.accept(signed.upload.id), 409, "nothing_uploaded");
    assert.equal((await inbox.ask(signed.upload.id)).json.state, "waiting");
    await put(signed, bytes);
    assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
  });

  test("two at once are one acceptance", async () => {
    const signed = await inbox.upload(png());
    store.steps();
    const both = await Promise.all([1, 2, 3].map(() => inbox.accepted(signed.upload.id)));
    const states = both.map(({ state }) => state);
    assert.ok(states.includes("accepted"), states.join());
    assert.ok(
      states.every((state) => state === "accepted" || state === "checking"),
      states.join(),
    );
    assert.equal(store.steps().filter((step) => step === "copy").length, 1);
  });

  test("what is at the key already stays", async () => {
    const name = freshName();
    const [one, other] = [png(1), png(2)];
    const first = await inbox.upload(one, { name });
    assert.equal((await inbox.accepted(first.upload.id)).state, "accepted");
    const second = await inbox.upload(other, { name });
    const told = await inbox.accepted(second.upload.id);
    assert.deepEqual([told.state, told.reason], ["refused", "exists"]);
    assert.ok((await bytesOf(await inbox.read(first.upload.key))).equals(one));
  });

  test("what binds no type, or what makes it readable, isn't signed", async () => {
    const wish = { operation: "PutObject", key: "users/e2e/x.png" };
    const asked = (more) => presign({ ...wish, ...more }, { edge: inbox.edge.url });
    for (const [more, dimension] of [
      [{}, "type"],
      [{ content_type: "image/png", acl: "public-read" }, "headers"],
      [{ content_type: "image/png", storage_class: "STANDARD" }, "headers"],
      [{ content_type: "image/png", headers: { "content-encoding": "gzip" } }, "headers"],
      [{ content_type: "image/png", key: "inbox/x.png" }, "denied"],
      [{ content_type: "image/png", key: "users/other/x.png" }, "key"],
    ]) {
      const answer = await asked(more);
      isProblem(answer, 403, "not_allowed");
      assert.equal(answer.json.dimension, dimension, answer.text);
    }
  });
});

describe("between the looking and the copying", () => {
  test("a PUT is found, and nothing that wasn't looked at is accepted", async () => {
    const [bytes, html] = [png(MB), page()];
    const signed = await inbox.upload(bytes, { content_length: undefined });
    for (const at of ["last", "copy"]) {
      let puts = 0;
      store.before = async (step) => {
        if (step === at && puts++ === 0) await put(signed, html);
      };
      isProblem(await inbox.accept(signed.upload.id), 409, "upload_changed");
      store.before = async () => {};
      assert.equal(puts, 1);
      await isMissing(signed.upload.key);
      assert.equal((await inbox.ask(signed.upload.id)).json.state, "waiting");
      await put(signed, bytes);
    }
    assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
    assert.ok((await bytesOf(await inbox.read(signed.upload.key))).equals(bytes));
  });

  test("a copy whose answer was lost is known by its upload's name", async () => {
    const signed = await inbox.upload(png());
    store.after = async (step, said) => {
      if (step !== "copy") return;
      Object.assign(said, {
        status: 404,
        bytes: Buffer.from("<Error><Code>NoSuchKey</Code></Error>"),
      });
      said.headers = { "content-type": "application/xml" };
    };
    const answer = await inbox.accept(signed.upload.id);
    store.after = async () => {};
    assert.deepEqual([answer.status, answer.json.state], [200, "accepted"]);
  });
});

test("an ETag that a copy's answer has without quotes is told as the object has it", async () => {
  const signed = await inbox.upload(png(9));
  store.after = async (step, said) => {
    if (step !== "copy") return;
    const text = String(said.bytes);
    assert.match(text, /(?:"|&quot;)[0-9a-f]{32}(?:"|&quot;)/);
    said.bytes = Buffer.from(text.replace(/(?:"|&quot;)([0-9a-f]{32})(?:"|&quot;)/, "$1"));
    delete said.headers["content-length"];
  };
  const told = await inbox.accepted(signed.upload.id);
  store.after = async () => {};
  assert.equal(told.etag, (await inbox.read(told.key)).headers.get("etag"));
});

describe("a store that lies", () => {
  const lying = async (change, bytes = png(MB)) => {
    const signed = await inbox.upload(bytes);
    store.after = async (step, said) => change(step, said);
    const answer = await inbox.accept(signed.upload.id);
    store.after = async () => {};
    await isMissing(signed.upload.key);
    return [answer, signed];
  };
  const etag = (value) => (step, said) => {
    if (step !== "first") return;
    if (value === undefined) delete said.headers.etag;
    else said.headers.etag = value;
  };

  for (const value of [undefined, "", 'W/"0123"', '""', "0123"]) {
    test(`an ETag of ${value} names no bytes`, async () => {
      const [answer, signed] = await lying(etag(value));
      isProblem(answer, 503, "store_unavailable");
      assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
    });
  }

  test("an ETag of other bytes is found", async () => {
    const [answer] = await lying(etag(`"${"0".repeat(32)}"`));
    isProblem(answer, 409, "upload_changed");
  });

  test("a copy of other bytes is taken back", async () => {
    const [answer] = await lying((step, said) => {
      if (step !== "copy") return;
      const text = String(said.bytes).replace(/[0-9a-f]{32}/, "0".repeat(32));
      Object.assign(said, { bytes: Buffer.from(text) });
      delete said.headers["content-length"];
    });
    assert.deepEqual([answer.json.state, answer.json.reason], ["refused", "store_differs"]);
  });

  test("a size that isn't so, and more bytes than were asked for", async () => {
    const shorter = (step, said) => {
      if (step === "first") said.headers["content-range"] = "bytes 0-4095/4097";
    };
    const [answer] = await lying(shorter);
    assert.deepEqual([answer.json.state, answer.json.reason], ["refused", "size_differs"]);
    const whole = (step, said) => {
      if (step !== "first") return;
      said.bytes = jpeg(MB);
      said.headers["content-length"] = MB;
      Object.assign(said, { status: 200 });
    };
    const [long] = await lying(whole);
    isProblem(long, 503, "store_unavailable");
  });

  test("what it refuses is told, and may be asked for again", async () => {
    const refusal = (step, said) => {
      if (step !== "copy") return;
      Object.assign(said, {
        status: 200,
        bytes: Buffer.from("<Error><Code>SlowDown</Code></Error>"),
      });
      said.headers = {};
    };
    const signed = await inbox.upload(png());
    store.before = async (step) => (step === "copy" ? false : undefined);
    isProblem(await inbox.accept(signed.upload.id), 503, "store_unavailable");
    await isMissing(signed.upload.key);
    store.before = async () => {};
    store.after = async (step, said) => refusal(step, said);
    isProblem(await inbox.accept(signed.upload.id), 503, "store_unavailable");
    store.after = async () => {};
    // It goes on with any question.
    assert.equal((await inbox.ask(signed.upload.id)).json.state, "accepted");
  });
});

test("an upload that nobody has accepted is emptied by its alarm, and one that was is forgotten", async (t) => {
  const own = await InboxStore.start();
  const accept = { keep: 1, types: ["image/*"], refused: "keep" };
  const short = await Inbox.start({
    store: own,
    accept,
    main: "tests/e2e/support/inbox-worker.mjs",
  });
  t.after(async () => {
    await short.stop();
    own.stop();
  });
  const refused = await presign(
    { operation: "PutObject", key: "users/e2e/x", content_type: "text/plain" },
    { edge: short.edge.url },
  );
  assert.equal(refused.json.dimension, "type", refused.text);
  const [left, kept, taken] = await Promise.all(
    [png(1), page(), png(2)].map((bytes) => short.upload(bytes, { expires_in: 2 })),
  );
  assert.equal((await short.accepted(kept.upload.id)).state, "refused");
  assert.equal((await short.accepted(taken.upload.id)).state, "accepted");
  const deadline = Date.now() + 30_000;
  const ids = [left, kept, taken].map(({ upload }) => upload.id);
  const isKnown = async (id) => (await short.ask(id)).status === 200;
  while ((await Promise.all(ids.map(isKnown))).includes(true)) {
    assert.ok(Date.now() < deadline, "no alarm came");
    await sleep(200);
  }
  const emptied = own.asked.filter(({ step }) => step === "empty").map(({ key }) => key);
  assert.ok(emptied.includes(inboxKey(left)));
  // By the rule, what was refused stays, for whoever looks after the bucket.
  assert.ok(!emptied.includes(inboxKey(kept)));
  assert.equal((await short.read(taken.upload.key)).status, 200);
});

describe("a form", () => {
  const make = (wish) => postJson("/v1/forms", wish, { edge: inbox.edge.url });
  const wish = (more) => ({ key: `users/e2e/${freshName()}`, content_type: "image/png", ...more });

  test("goes into the inbox, and from there to its key", async () => {
    const bytes = png(9000);
    const metadata = { owner: "me" };
    const made = await make(wish({ metadata, fields: { "cache-control": "no-store" } }));
    assert.equal(made.status, 200, made.text);
    const { id, key } = made.json.upload;
    assert.equal(made.json.fields.key, `inbox/${id}`);
    assert.equal((await submit(made.json, { body: bytes })).status, 204);
    await isMissing(key);
    const told = await inbox.accepted(id);
    assert.equal(told.state, "accepted");
    const read = await inbox.read(key);
    assert.equal(read.headers.get("content-type"), "image/png");
    assert.equal(read.headers.get("x-amz-meta-owner"), "me");
    assert.equal(read.headers.get("cache-control"), "no-store");
    assert.ok((await bytesOf(read)).equals(bytes));
    // It is good until it expires, and reaches nothing.
    assert.equal((await submit(made.json, { body: page() })).status, 204);
    assert.deepEqual(await inbox.accepted(id), told);
    assert.ok((await bytesOf(await inbox.read(key))).equals(bytes));
  });

  test("with HTML in it is refused, and with another key isn't taken", async () => {
    const { json } = await make(wish());
    const { id, key } = json.upload;
    const change = { key: json.upload.key };
    await isRefused(await submit(json, { body: png(), change }), 400, "InvalidPolicyDocument");
    assert.equal((await submit(json, { body: page() })).status, 204);
    assert.equal((await inbox.accepted(id)).reason, "active");
    await isMissing(key);
  });

  test("that leaves key, type or metadata to the browser isn't signed", async () => {
    for (const [more, dimension] of [
      [{ key: "users/e2e/${filename}" }, "key"],
      [{ content_type: undefined, content_type_starts_with: "image/" }, "type"],
      [{ content_type: undefined }, "type"],
      [{ starts_with: { "x-amz-meta-a": "" } }, "headers"],
      [{ fields: { "content-encoding": "gzip" } }, "headers"],
    ]) {
      const answer = await make(wish(more));
      isProblem(answer, 403, "not_allowed");
      assert.equal(answer.json.dimension, dimension, answer.text);
    }
  });
});

test("a link leads into the inbox, and who made it has it accepted", async (t) => {
  const rule = { delivery: ["redirect", "stream"] };
  const linked = await Inbox.start({ store, rule });
  t.after(() => linked.stop());
  const edge = linked.edge.url;
  for (const delivery of ["redirect", "stream"]) {
    for (const [bytes, end] of [
      [png(9000), "accepted"],
      [page(), "refused"],
    ]) {
      const wish = {
        operation: "PutObject",
        content_type: "image/png",
        max_bytes: 100_000,
        delivery,
      };
      const minted = await postJson(
        "/v1/links",
        { ...wish, key: `users/e2e/${freshName()}` },
        { edge },
      );
      assert.equal(minted.status, 200, minted.text);
      const { url, headers, upload } = minted.json;
      const put = (to) => fetch(to, { method: "PUT", headers, body: bytes, redirect: "manual" });
      let sent = await put(url);
      if (delivery === "redirect") {
        assert.equal(sent.status, 307);
        sent = await put(sent.headers.get("location"));
      }
      assert.equal(sent.status, 200, await sent.text());
      await isMissing(upload.key);
      const bearer = token({ sub: "other" });
      isProblem(await linked.accept(upload.id, { bearer }), 404, "no_such_upload");
      assert.equal((await linked.accepted(upload.id)).state, end);
      if (end === "refused") await isMissing(upload.key);
      else assert.ok((await bytesOf(await linked.read(upload.key))).equals(bytes));
      assert.equal((await put(url)).status, 410);
    }
  }
});

test("a batch names each of its uploads", async () => {
  const bytes = png();
  const wish = (name) => ({
    operation: "PutObject",
    key: `users/e2e/${name}`,
    content_type: "image/png",
  });
  const requests = [wish(freshName("a.png")), wish(freshName("b.png"))];
  const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
  const body = JSON.stringify({ requests });
  const answer = await callEdge(
    "/v1/presign/batch",
    { method: "POST", headers, body },
    inbox.edge.url,
  );
  assert.equal(answer.status, 200, answer.text);
  for (const signed of answer.json.results) {
    assert.equal((await follow(signed, { body: bytes })).status, 200);
    assert.equal((await inbox.accepted(signed.upload.id)).state, "accepted");
  }
});
