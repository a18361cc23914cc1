// Links with passwords, in workerd: what opens them, how many passwords are checked however many arrive at once, what a
// try costs, and the page that asks.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launchBrowser } from "../support/browser.mjs";
import { startEdge } from "../support/edge.mjs";
import { Client, linkSecrets, tally, withLinks, worker } from "../support/ledger.mjs";
import * as links from "../support/links.mjs";
import { decisionsOf, until } from "../support/log.mjs";
import { look, LOOKS } from "../support/looks.mjs";
import { withPage } from "../support/page.mjs";
import { isProblem } from "../support/refusal.mjs";
import { get, put } from "../support/s3.mjs";
import { freshKey } from "../support/stack.mjs";

const { open, isRefused, reading, redirected, told, writing } = links;
const PASSWORD = "three wörds suffice";
const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const html = { accept: "text/html" };

/** What a program sends of a password. */
const sent = (password, more) => ({
  method: "POST",
  headers: json,
  body: JSON.stringify({ password, ...more }),
});

/** Tries are counted by the hour: one that ends soon is waited out. */
async function inOneHour() {
  const left = 3600 - (Math.floor(Date.now() / 1000) % 3600);
  if (left < 40) await sleep((left + 1) * 1000);
}
before(inOneHour);

async function stored(text) {
  const key = freshKey("file.txt");
  await put(key, text, { content_type: "text/plain; charset=utf-8" });
  return key;
}

describe("a password", { concurrency: 4 }, () => {
  test("opens a link that redirects, as JSON and as a form", async () => {
    const link = await reading(await stored("grüße"), {
      password: PASSWORD,
      uses: 2,
      url_expires_in: 60,
    });
    await isRefused(link, 403, "password_missing");
    await isRefused(link, 403, "password_wrong", sent("three words suffice"));
    const body = new URLSearchParams({ password: PASSWORD }).toString();
    for (const init of [sent(PASSWORD), { method: "POST", headers: form, body }]) {
      const file = await fetch(await redirected(link, init));
      assert.equal(await file.text(), "grüße");
    }
    await isRefused(link, 410, "link_spent", sent(PASSWORD));
    assert.equal((await told(link)).used, 2);
  });

  test("opens one that streams, and its browser goes on within the grace", async () => {
    const link = await reading(await stored("0123456789"), {
      password: PASSWORD,
      delivery: "stream",
      grace: 600,
    });
    const opened = await open(link, sent(PASSWORD));
    assert.deepEqual([opened.status, opened.text], [200, "0123456789"]);
    const [cookie] = opened.headers.get("set-cookie").split(";");
    const part = await open(link, { headers: { cookie, range: "bytes=2-4" } });
    assert.deepEqual([part.status, part.text], [206, "234"]);
    assert.equal((await told(link)).used, 1);
    // Without it, or with one that the ledger doesn't know, nobody does.
    await isRefused(link, 410, "link_spent");
    const made = cookie.replace(/=.*/, `=${"A".repeat(22)}.opened`);
    await isRefused(link, 410, "link_spent", { headers: { cookie: made } });
  });

  test("a made-up cookie opens nothing", async () => {
    const link = await reading(await stored("x"), { password: PASSWORD, uses: 5, grace: 600 });
    const cookie = `__Host-link-${link.id.slice(0, 16)}=${"A".repeat(22)}.opened`;
    await isRefused(link, 403, "password_missing", { headers: { cookie } });
    for (const query of ["?again", "?playing=AAAA", `?password=${PASSWORD}`, "?showing=AAAA"]) {
      await isRefused({ url: link.url + query }, 403, "password_missing", { headers: { cookie } });
    }
    assert.equal((await told(link)).used, 0);
  });

  test("lets an upload ask where to go", async () => {
    const key = freshKey("upload.txt");
    const link = await writing(key, { password: PASSWORD, max_bytes: 10, url_expires_in: 60 });
    await isRefused(link, 405, "method_not_allowed", { method: "PUT", body: "abc" });
    await isRefused(link, 403, "password_missing", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ content_length: 3 }),
    });
    const answer = await open(link, sent(PASSWORD, { content_length: 3 }));
    assert.equal(answer.status, 200, answer.text);
    const { url, method, headers } = JSON.parse(answer.text);
    delete headers["content-length"];
    const uploaded = await fetch(url, { method, headers, body: "abc" });
    assert.equal(uploaded.status, 200, await uploaded.text());
    assert.equal((await get(key)).toString(), "abc");
  });

  test("makes its link longer, and no other", async () => {
    const key = freshKey("file");
    const [plain, again, locked] = [
      await reading(key),
      await reading(key),
      await reading(key, { password: PASSWORD }),
    ].map(({ url }) => url.length);
    assert.equal(plain, again);
    console.log(`${locked - plain} characters more with a password`);
    assert.ok(locked - plain < 120, `${locked - plain}`);
  });
});

describe("guesses at once", () => {
  for (const ledger of ["durable", "layered"]) {
    test(`${ledger}: ten are looked at, and no more`, async (t) => {
      const whole = { ...withLinks({ ledger }), main: worker("quiet") };
      const edge = await startEdge(whole, linkSecrets);
      const client = new Client(edge.url, 100);
      t.after(() => {
        client.close();
        return edge.stop();
      });
      const guess = (link, password) => {
        const body = JSON.stringify({ password });
        return client.send("POST", link.path, { headers: json, body });
      };
      await inOneHour();
      for (let round = 0; round < 3; round++) {
        const link = await client.link({ password: PASSWORD, uses: 5 });
        const since = performance.now();
        const guesses = Array.from({ length: 300 }, (_, n) => guess(link, `guess number ${n}`));
        const answers = await Promise.all(guesses);
        const expected = { "403 password_wrong": 10, "429 too_many_tries": 290 };
        assert.deepEqual(tally(answers), expected);
        const seconds = ((performance.now() - since) / 1000).toFixed(1);
        console.log(
          `${ledger}: 300 guesses at once: ${JSON.stringify(tally(answers))}, ${seconds} s`,
        );
        const late = await guess(link, PASSWORD);
        assert.equal(late.status, 429, late.text);
        const wait = Number(late.headers["retry-after"]);
        assert.ok(wait > 0 && wait <= 3600, late.headers["retry-after"]);
        assert.equal((await client.status(link)).used, 0);
      }
      // The same password many times at once is one of the ten tries. If it is right, each request costs a use.
      const link = await client.link({ password: PASSWORD, uses: 20 });
      const right = await Promise.all(Array.from({ length: 40 }, () => guess(link, PASSWORD)));
      assert.deepEqual(tally(right), { 303: 20, "410 link_spent": 20 });
      const others = Array.from({ length: 50 }, (_, n) => guess(link, `guess number ${n}`));
      const answers = tally(await Promise.all(others));
      assert.deepEqual(answers, { "403 password_wrong": 9, "429 too_many_tries": 41 });
      // A person who has shown the right password isn't locked out.
      assert.deepEqual(tally([await guess(link, PASSWORD)]), { "410 link_spent": 1 });
    });
  }

  test("with kv none are made", async (t) => {
    const edge = await startEdge(withLinks({ ledger: "kv" }), linkSecrets);
    t.after(() => edge.stop());
    const wish = { operation: "GetObject", key: "users/e2e/file", password: PASSWORD };
    const problem = isProblem(await links.mint(wish, { edge: edge.url }), 400, "invalid_field");
    assert.match(problem.detail, /^password: /);
  });
});

test("a try costs a question and a row, and a link without a password nothing more", async (t) => {
  const configuration = withLinks({ ledger: "layered", shards: 1 });
  const edge = await startEdge({ ...configuration, main: worker("counting") }, linkSecrets);
  const client = new Client(edge.url, 1);
  t.after(() => {
    client.close();
    return edge.stop();
  });
  const counts = async () => JSON.parse((await client.send("GET", "/counts")).text);
  const post = (link, password) =>
    client.send("POST", link.path, { headers: json, body: JSON.stringify({ password }) });
  await inOneHour();
  // The tables of this hour, and of the links' end, are made by another.
  const first = await client.link({ password: PASSWORD, uses: 5 });
  await post(first, PASSWORD);
  const link = await client.link({ password: PASSWORD, uses: 5 });
  await counts();
  const of = async (ask) => {
    const { status } = await ask();
    const { questions, rowsWritten, kvReads, kvWrites } = await counts();
    return [status, questions, rowsWritten, kvReads, kvWrites];
  };
  assert.deepEqual(await of(() => post(link, "a wrong one")), [403, 1, 1, 0, 0]);
  assert.deepEqual(await of(() => post(link, "a wrong one")), [403, 1, 0, 0, 0]);
  assert.deepEqual(await of(() => post(link, PASSWORD)), [303, 2, 2, 1, 0]);
  assert.deepEqual(await of(() => post(link, PASSWORD)), [303, 2, 1, 1, 0]);
  const plain = await client.link();
  assert.deepEqual(await of(() => client.redeem(plain)), [302, 1, 1, 1, 0]);
});

test("each try that is refused is a line, and none has the password", async () => {
  const edge = await startEdge(withLinks({ ledger: "layered" }), linkSecrets);
  try {
    const link = await reading(freshKey("file"), { password: PASSWORD }, { edge: edge.url });
    await inOneHour();
    for (let n = 0; n < 11; n++) await open(link, sent(`secret guess ${n}`));
    const lines = await until(() => {
      const found = decisionsOf(edge.output()).filter(({ via }) => via === "link");
      return found.length === 11 && found;
    });
    const outcomes = lines.map(({ outcome }) => outcome);
    assert.deepEqual(outcomes, [...Array(10).fill("password_wrong"), "too_many_tries"]);
    for (const text of [PASSWORD, "secret guess"]) assert.ok(!edge.output().includes(text));
  } finally {
    await edge.stop();
  }
});

describe("the page", () => {
  let browser, edge;
  before(async () => {
    browser = await launchBrowser();
    edge = await startEdge(withLinks({ ledger: "layered" }), linkSecrets);
  });
  after(async () => {
    await browser?.close();
    await edge?.stop();
  });
  const linkTo = async (text, fields) =>
    reading(
      await stored(text),
      { password: PASSWORD, url_expires_in: 60, ...fields },
      { edge: edge.url },
    );
  const used = async (link) => (await told(link, { edge: edge.url })).used;
  const heading = (page) => page.locator("h1").textContent();

  for (const javaScriptEnabled of [true, false]) {
    test(`is worked with the keyboard alone, ${javaScriptEnabled ? "with" : "without"} script`, () =>
      withPage(
        browser,
        async (page) => {
          const link = await linkTo("opened");
          await page.goto(link.url);
          assert.equal(await heading(page), "It has a password");
          assert.ok(!(await page.content()).includes("file.txt"));
          const send = async (password) => {
            // The field has the focus.
            await page.keyboard.type(password);
            await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
          };
          await send("a wrong one");
          const field = page.getByLabel("Password");
          assert.equal(await field.getAttribute("aria-invalid"), "true");
          assert.match(await page.getByRole("alert").textContent(), /9 more can be tried/);
          assert.equal(await field.inputValue(), "");
          assert.equal(await used(link), 0);
          await send(PASSWORD);
          assert.equal((await page.locator("body").textContent()).trim(), "opened");
          assert.equal(await used(link), 1);
        },
        { javaScriptEnabled },
      ));
  }

  test("asks for nothing that isn't there, and locks after ten", () =>
    withPage(browser, async (page) => {
      const link = await linkTo("opened", { delivery: "stream" });
      await inOneHour();
      const answer = await page.goto(link.url);
      assert.match(
        answer.headers()["content-security-policy"],
        /^default-src 'none'; style-src 'sha256-/,
      );
      // An empty field isn't sent.
      await page.getByRole("button").click();
      assert.equal(await page.evaluate(() => document.activeElement.id), "password");
      for (let n = 0; n < 11; n++) {
        await page.getByLabel("Password").fill(`a wrong one ${n}`);
        await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
      }
      assert.equal(await heading(page), "Too many passwords were tried");
      assert.equal(await used(link), 0);
      const refused = await open(link, { ...sent(PASSWORD), headers: { ...json, ...html } });
      assert.equal(refused.status, 429);
    }));

  for (const { name, ...options } of LOOKS) {
    test(`${name}: it is accessible, looks as it did and fits`, () =>
      withPage(
        browser,
        async (page) => {
          const link = await linkTo("opened");
          const shown = await page.goto(link.url);
          assert.equal(shown.status(), 200);
          await look(page, `link-password-${name}`);
          await page.getByLabel("Password").fill("a wrong one");
          await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
          await look(page, `link-password-wrong-${name}`);
        },
        options,
      ));
  }
});
