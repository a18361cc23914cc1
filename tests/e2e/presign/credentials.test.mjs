// Temporary credentials: assumed roles, sets with an expiry, and those made for one URL.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { secrets, vars, withEdge } from "../support/edge.mjs";
import { isProblem } from "../support/refusal.mjs";
import { signedHeaders, submit } from "../support/s3.mjs";
import { callEdge, follow, freshKey, presign, presigned, ready, token } from "../support/stack.mjs";
import { SESSION_TOKEN, Sts, parent, rfc3339, sha256Hex, signatureOf } from "../support/sts.mjs";

const kv_namespaces = [{ binding: "ONE_TIME_KV", id: "test" }];
const { SESSION_SECRET } = secrets;
const WEEK = 604_800;

/** Secrets of a set of credentials. */
const setOf = (name, { id, secret }, more = {}) => ({
  [`${name}_ACCESS_KEY_ID`]: id,
  [`${name}_SECRET_ACCESS_KEY`]: secret,
  ...Object.fromEntries(
    Object.entries(more).map(([suffix, value]) => [`${name}_${suffix}`, value]),
  ),
});

/** Those that the store accepts. */
const good = { id: ready.access_key_id, secret: ready.secret_access_key };

/** A session that lasts longer than any credentials here. */
const lasting = () => token({ exp: Math.floor(Date.now() / 1000) + 86_400 });

const inQuery = (url, name) => new URL(url).searchParams.get(name);

/** `vars` with these stores. */
function varsWith(stores, rules) {
  const own = vars.STORES[ready.store_name];
  const entries = Object.entries(stores).map(([name, store]) => [name, { ...own, ...store }]);
  return { ...vars, STORES: Object.fromEntries(entries), RULES: rules };
}

/** Posts JSON to an edge. */
const post = (path, fields, edge, bearer = token()) =>
  callEdge(
    path,
    {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify(fields),
    },
    edge,
  );

/** Writes an object with one URL and reads it with another one; gives both back. */
async function writeAndRead(store, edge) {
  const key = freshKey("ä b+c");
  const body = crypto.randomUUID();
  const write = await presigned({ store, operation: "PutObject", key }, { edge });
  const written = await follow(write, { body });
  assert.equal(written.status, 200, await written.text());
  const read = await presigned({ store, operation: "GetObject", key }, { edge });
  const answer = await follow(read);
  assert.deepEqual([answer.status, await answer.text()], [200, body]);
  return [write, read];
}

/** Fails unless an answer is that refusal and holds neither a URL nor why. */
function isUnavailable(answer, code, retryAfter) {
  isProblem(answer, 503, code);
  assert.equal(answer.headers.get("retry-after"), retryAfter);
  assert.doesNotMatch(answer.text, /X-Amz|http:|https:|arn:|AccessDenied|AssumeRole/);
  for (const secret of [ready.secret_access_key, parent.secret, SESSION_TOKEN]) {
    assert.ok(!answer.text.includes(secret), answer.text);
  }
}

/** Waits until something is so. */
async function until(isSo) {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `${isSo}`);
    await sleep(20);
  }
}

test("a role that is taken", { concurrency: true }, async (context) => {
  const own = ["plain", "chained", "wrong", "ending", "renewed", "ended"];
  const failing = ["refuse", "garbage", "incomplete", "fail", "hangUp", "stall"];
  const names = [...own, ...failing];
  // Each store has an STS of its own, so that instructions to it affect no other store.
  const sts = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await Sts.start()])),
  );
  context.after(() => Object.values(sts).forEach((one) => one.stop()));
  const credentials = { wrong: "WRONG", chained: "CHAINED" };
  const stores = Object.fromEntries(
    names.map((name) => [
      name,
      {
        provider: "aws",
        credentials: credentials[name] ?? "PHOTOS",
        assume_role: "arn:aws:iam::123456789012:role/edge",
        external_id: "a b/ü",
        sts_endpoint: sts[name].url,
        role_seconds: 900,
      },
    ]),
  );
  const others = { when: { role: "member" }, keys: ["users/{sub}/**"] };
  const upload = ["CreateMultipartUpload", "AbortMultipartUpload"];
  const rules = [
    { ...others, name: "files", stores: names, allow: ["GetObject", "PutObject"] },
    { ...others, name: "uploads", stores: names, allow: ["HeadObject", ...upload] },
    { ...others, name: "elsewhere", stores: ["archive"], allow: ["DeleteObject"] },
  ];
  const configuration = {
    vars: varsWith({ ...stores, archive: { credentials: "PHOTOS" } }, rules),
    kv_namespaces,
  };
  const all = {
    ...setOf("PHOTOS", parent),
    ...setOf("WRONG", { ...parent, secret: "wrong" }),
    ...setOf("CHAINED", parent, { SESSION_TOKEN: "d/e+f=" }),
    SESSION_SECRET,
  };
  await withEdge(configuration, all, (edge) => {
    const key = freshKey();
    const read = (store, more, bearer = lasting()) =>
      presign({ store, operation: "GetObject", key, ...more }, { edge, bearer });
    /** Asks for a URL, which has to be there and to be good no longer than the role. */
    const have = async (store, more) => {
      const answer = await read(store, { expires_in: WEEK, ...more });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(inQuery(answer.json.url, "X-Amz-Security-Token"), SESSION_TOKEN);
      assert.ok(answer.json.expires_at <= sts[store].expiration, answer.text);
      return answer.json;
    };

    const plain = context.test("signs what the store accepts, and is taken once", async () => {
      for (const { url } of await writeAndRead("plain", edge)) {
        assert.ok(url.includes("&X-Amz-Security-Token=a%2Fb%2Bc%3D&"), url);
        assert.ok(inQuery(url, "X-Amz-Credential").startsWith(`${ready.access_key_id}/`), url);
      }
      // Asked for longer than the role lasts, a URL lives exactly as long as the role.
      assert.equal((await have("plain")).expires_at, sts.plain.expiration);
      await have("plain", { cacheable: true });

      const form = await post("/v1/forms", { store: "plain", key, max_bytes: 10 }, edge);
      assert.equal(form.status, 200, form.text);
      assert.equal(form.json.fields["x-amz-security-token"], SESSION_TOKEN);
      const submitted = await submit(form.json, { body: "form" });
      assert.equal(submitted.status, 204, await submitted.text());

      const begun = await post("/v1/multipart", { store: "plain", key }, edge);
      assert.equal(begun.status, 200, begun.text);
      const { upload_id } = begun.json;
      const aborted = await post("/v1/multipart/abort", { store: "plain", key, upload_id }, edge);
      assert.equal(aborted.status, 204, aborted.text);

      assert.deepEqual(sts.plain.refused, []);
      assert.deepEqual(sts.plain.calls, [
        {
          Action: "AssumeRole",
          Version: "2011-06-15",
          RoleArn: "arn:aws:iam::123456789012:role/edge",
          RoleSessionName: "edge-signer",
          DurationSeconds: "900",
          ExternalId: "a b/ü",
          // The credentials allow what the rules allow on this store, and nothing that they allow on another.
          Policy: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: [
                  "s3:AbortMultipartUpload",
                  "s3:GetObject",
                  "s3:GetObjectVersion",
                  "s3:PutObject",
                ],
                Resource: [`arn:aws:s3:::${ready.bucket}`, `arn:aws:s3:::${ready.bucket}/*`],
              },
              {
                Effect: "Allow",
                Action: ["kms:Decrypt", "kms:GenerateDataKey"],
                Resource: "*",
                Condition: { StringLike: { "kms:ViaService": "s3.us-east-1.*" } },
              },
            ],
          },
        },
      ]);
    });

    const chained = context.test("may be taken with temporary credentials", async () => {
      await have("chained");
      assert.deepEqual([sts.chained.calls.length, sts.chained.refused], [1, []]);
    });

    const ending = context.test("is renewed before it ends, while nobody waits", async () => {
      const { ending } = sts;
      ending.seconds = 500;
      await have("ending");
      const { expiration } = ending;
      // STS doesn't answer: the present credentials are used at once, and one request asks for new ones.
      ending.behaviour = "stall";
      const begun = Date.now();
      const answers = await Promise.all(Array.from({ length: 8 }, () => have("ending")));
      assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`);
      for (const { expires_at } of answers) assert.equal(expires_at, expiration);
      await until(() => ending.calls.length === 2);
      await have("ending");
      assert.equal(ending.calls.length, 2);
    });

    const renewed = context.test("is the renewed one from then on", async () => {
      const { renewed } = sts;
      renewed.seconds = 500;
      await have("renewed");
      renewed.seconds = 700;
      const first = renewed.expiration;
      assert.equal((await have("renewed")).expires_at, first);
      await until(() => renewed.expiration !== first);
      const isRenewed = async () =>
        (await read("renewed", { expires_in: WEEK })).json.expires_at === renewed.expiration;
      await until(isRenewed);
      await have("renewed");
      assert.equal(renewed.calls.length, 2);
    });

    const ended = context.test("signs nothing more when it has ended", async () => {
      const { ended } = sts;
      ended.seconds = 5;
      await have("ended");
      ended.behaviour = "refuse";
      await have("ended");
      const left = Date.parse(ended.expiration) - Date.now();
      await new Promise((done) => setTimeout(done, left + 100));
      isUnavailable(await read("ended"), "credentials_unavailable", "5");
      ended.behaviour = "answer";
      await have("ended");
    });

    const wrong = context.test("isn't had with a wrong secret", async () => {
      isUnavailable(await read("wrong"), "credentials_unavailable", "5");
      assert.deepEqual([sts.wrong.calls, sts.wrong.refused], [[], ["SignatureDoesNotMatch"]]);
    });

    const failures = failing.map((name) =>
      context.test(`without STS nothing is signed or spent: ${name}`, async () => {
        sts[name].behaviour = name;
        const request = { one_time_key: crypto.randomUUID() };
        // The same session, because the key is spent for the session.
        const bearer = lasting();
        isUnavailable(await read(name, request, bearer), "credentials_unavailable", "5");
        if (name === "refuse") {
          const headers = { authorization: `Bearer ${bearer}` };
          const file = await callEdge(`/f/${name}/${key}`, { headers }, edge);
          isUnavailable(file, "credentials_unavailable", "5");
          const form = await post("/v1/forms", { store: name, key, max_bytes: 10 }, edge);
          isUnavailable(form, "credentials_unavailable", "5");
          const begun = await post("/v1/multipart", { store: name, key }, edge);
          isUnavailable(begun, "credentials_unavailable", "5");
          const one = { store: name, operation: "GetObject", key };
          const batch = await post("/v1/presign/batch", { requests: [one] }, edge);
          assert.equal(batch.json.results[0].code, "credentials_unavailable", batch.text);
        }
        sts[name].behaviour = "answer";
        const answer = await read(name, request, bearer);
        assert.equal(answer.status, 200, answer.text);
        isProblem(await read(name, request, bearer), 409, "one_time_key_used");
      }),
    );
    return Promise.all([plain, chained, ending, renewed, ended, wrong, ...failures]);
  });
});

test("sets that expire, and credentials of R2's that are good for one URL", async (context) => {
  const end = rfc3339(Date.now() + 120_000);
  const past = { EXPIRES_AT: "2026-01-15T12:34:56Z" };
  const r2 = {
    endpoint: "https://0123abcd.r2.cloudflarestorage.com",
    region: "auto",
    bucket: "my-photos",
    provider: "r2",
    credentials: "R2",
    credentials_mode: "scoped",
  };
  const stores = {
    ending: { credentials: "ENDING" },
    ended: { credentials: "ENDED" },
    rotated: { credentials: ["PHOTOS", "PHOTOS_NEXT"] },
    before: { credentials: ["PHOTOS", "PHOTOS_LATER"] },
    after: { credentials: ["PHOTOS_EARLIER", "PHOTOS_NEXT"] },
    fallback: { credentials: ["PHOTOS_NEXT", "ENDED"] },
    "r2-path": { ...r2, style: "path" },
    "r2-virtual": { ...r2, style: "virtual" },
  };
  const rule = {
    name: "members",
    when: { role: "member" },
    stores: Object.keys(stores),
    allow: ["GetObject", "PutObject", "CopyObject", "DeleteObject", "ListObjectsV2"],
    keys: ["users/{sub}/**"],
  };
  const old = { id: "AKIAI44QH8DHBEXAMPLE", secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" };
  const all = {
    ...setOf("PHOTOS", old),
    ...setOf("PHOTOS_NEXT", good),
    ...setOf("ENDING", good, { EXPIRES_AT: end }),
    ...setOf("ENDED", good, past),
    ...setOf("R2", parent),
    SESSION_SECRET,
  };
  await withEdge({ vars: varsWith(stores, [rule]), kv_namespaces }, all, async (edge) => {
    const key = freshKey("ä b+c");
    const ask = (store, more) =>
      presign({ store, operation: "GetObject", key, ...more }, { edge, bearer: lasting() });
    const have = async (store, more) => {
      const answer = await ask(store, more);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    };

    await context.test("no URL outlives its credentials", async () => {
      await writeAndRead("ending", edge);
      assert.equal((await have("ending")).expires_at, end);
      assert.equal((await have("ending", { expires_in: WEEK })).expires_at, end);
      const short = await have("ending", { expires_in: 10 });
      assert.ok(short.expires_at < end);
      const cacheable = await have("ending", { expires_in: WEEK, cacheable: true });
      assert.ok(cacheable.expires_at <= end, cacheable.expires_at);
      const form = await post("/v1/forms", { store: "ending", key, max_bytes: 1 }, edge, lasting());
      assert.equal(form.json.expires_at, end, form.text);
    });

    await context.test("nothing is signed or spent when all have ended", async () => {
      const one_time_key = crypto.randomUUID();
      isUnavailable(await ask("ended", { one_time_key }), "credentials_expired", "60");
      const form = await post("/v1/forms", { store: "ended", key, max_bytes: 1 }, edge);
      isUnavailable(form, "credentials_expired", "60");
      const headers = { authorization: `Bearer ${token()}` };
      const file = await callEdge(`/f/ended/${key}`, { headers }, edge);
      isUnavailable(file, "credentials_expired", "60");
      // The same key, at a store with credentials.
      await have("ending", { one_time_key });
      isProblem(await ask("ending", { one_time_key }), 409, "one_time_key_used");
    });

    await context.test("the newest set signs that is there and hasn't ended", async () => {
      const signer = async (store) =>
        inQuery((await have(store)).url, "X-Amz-Credential").split("/")[0];
      assert.equal(await signer("rotated"), good.id);
      await writeAndRead("rotated", edge);
      assert.equal(await signer("before"), old.id);
      assert.equal(await signer("after"), good.id);
      assert.equal(await signer("fallback"), good.id);

      const health = await callEdge("/healthz", {}, edge);
      assert.equal(health.status, 200, health.text);
      const told = ({ credentials: { configured, in_use } }) => [configured, in_use];
      const stores = Object.entries(health.json.stores).map(([name, store]) => [name, told(store)]);
      assert.deepEqual(Object.fromEntries(stores), {
        ending: [["ENDING"], "ENDING"],
        ended: [["ENDED"], null],
        rotated: [["PHOTOS", "PHOTOS_NEXT"], "PHOTOS_NEXT"],
        before: [["PHOTOS"], "PHOTOS"],
        after: [["PHOTOS_NEXT"], "PHOTOS_NEXT"],
        fallback: [["PHOTOS_NEXT", "ENDED"], "PHOTOS_NEXT"],
        "r2-path": [["R2"], "R2"],
        "r2-virtual": [["R2"], "R2"],
      });
      for (const value of [good.id, good.secret, old.id, old.secret, parent.id, parent.secret]) {
        assert.ok(!health.text.includes(value), value);
      }
    });

    await context.test("R2's are good for the URL's key and operation alone", async () => {
      const source = freshKey("source");
      const object = (...keys) => ({ prefixPaths: [], objectPaths: keys });
      const prefix = "users/e2e/ä b/";
      const cases = [
        [{ operation: "GetObject" }, ["GetObject"], object(key)],
        [{ operation: "PutObject" }, ["PutObject"], object(key)],
        [{ operation: "DeleteObject", expires_in: 60 }, ["DeleteObject"], object(key)],
        [
          { operation: "CopyObject", copy_source: { key: source } },
          ["CopyObject", "GetObject"],
          object(key, source),
        ],
        [
          { operation: "ListObjectsV2", key: undefined, prefix },
          ["ListObjectsV2"],
          { prefixPaths: [prefix], objectPaths: [] },
        ],
      ];
      for (const store of ["r2-path", "r2-virtual"]) {
        const bucket = store === "r2-virtual" ? "my-photos." : "";
        for (const [request, actions, paths] of cases) {
          const answer = await have(store, request);
          const { host } = new URL(answer.url);
          assert.equal(host, `${bucket}0123abcd.r2.cloudflarestorage.com`);
          const jwt = verifiedToken(inQuery(answer.url, "X-Amz-Security-Token"));
          const seconds = (moment) => Date.parse(moment) / 1000;
          assert.deepEqual(jwt.claims, {
            bucket: "my-photos",
            actions,
            paths,
            sub: "0123abcd",
            iss: parent.id,
            aud: "0123abcd.r2.cloudflarestorage.com",
            iat: seconds(answer.signed_at),
            exp: seconds(answer.expires_at),
          });
          assert.ok(inQuery(answer.url, "X-Amz-Credential").startsWith(`${parent.id}/`));
          const signature = inQuery(answer.url, "X-Amz-Signature");
          assert.equal(signature, presignedSignature(answer, sha256Hex(jwt.text)));
          assert.notEqual(signature, presignedSignature(answer, parent.secret));
        }
      }
    });
  });
});

/** R2's session token, which the parent's secret has to have signed. */
function verifiedToken(sessionToken) {
  const decoded = Buffer.from(sessionToken, "base64");
  assert.equal(decoded.toString("base64"), sessionToken);
  const text = /^jwt\/([\w.-]+)$/.exec(decoded.toString())?.[1];
  assert.ok(text, decoded.toString());
  const [header, claims, tag, ...rest] = text.split(".");
  const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
  assert.deepEqual([read(header).alg, rest], ["HS256", []]);
  const expected = createHmac("sha256", parent.secret).update(`${header}.${claims}`);
  assert.equal(tag, expected.digest("base64url"));
  return { text, claims: read(claims) };
}

/** The signature that a presigned request would have with `secret`. */
function presignedSignature({ url, method, headers }, secret) {
  const { host } = new URL(url);
  const [path, query] = url.slice(`https://${host}`.length).split("?");
  const pairs = query.split("&").filter((pair) => !pair.startsWith("X-Amz-Signature="));
  const sent = { host };
  for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value;
  const names = signedHeaders(url);
  const lines = names.map((name) => `${name}:${sent[name]}\n`);
  const payload = sent["x-amz-content-sha256"] ?? "UNSIGNED-PAYLOAD";
  const canonicalRequest = [
    method,
    path,
    pairs.sort().join("&"),
    lines.join(""),
    names.join(";"),
    payload,
  ].join("\n");
  const [, ...scope] = inQuery(url, "X-Amz-Credential").split("/");
  assert.deepEqual(scope.slice(1), ["auto", "s3", "aws4_request"]);
  const time = inQuery(url, "X-Amz-Date");
  return signatureOf(canonicalRequest, { secret, time, scope: scope.join("/") });
}
