// examples/put-from-anywhere, the page: pause, resume, further attempts for a part, progress, and links with so many
// uses.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launchBrowser } from "./support/browser.mjs";
import { hash, stored } from "./support/client.mjs";
import {
  isAccessible,
  LOOKS,
  screenshot,
  startOwnExample,
  tabTo,
  withExamplePage,
} from "./support/example-page.mjs";
import { texts } from "./support/s3.mjs";
import { follow, presigned, token } from "./support/stack.mjs";
import { WholeStore } from "./support/whole-store.mjs";

const NAME = "put-from-anywhere";
const MIB = 1024 * 1024;

let browser, store, example, folder;
/** Files of random bytes. */
const files = {};
before(async () => {
  folder = await mkdtemp(join(tmpdir(), `${NAME}-`));
  for (const [name, size] of [
    ["small.bin", 1_000_000],
    ["large ä.bin", 16 * MIB],
    ["other.bin", 16 * MIB],
    ["scan.pdf", 1000],
  ]) {
    const [path, bytes] = [join(folder, name), randomBytes(size)];
    await writeFile(path, bytes);
    files[name] = { path, bytes };
  }
  [browser, store] = [await launchBrowser(), await WholeStore.start()];
  example = await startOwnExample(NAME, store.vars);
});
after(async () => {
  await browser?.close();
  await example?.stop();
  store?.stop();
  await rm(folder, { recursive: true, force: true });
});

function onPage(name, options, use) {
  test(name, () => {
    store.requests = [];
    return withExamplePage(browser, example.url, options, use);
  });
}

const text = (page, selector) => page.locator(selector).textContent();
const status = (page) => text(page, "#status");
const partsSent = () => store.asked({ method: "PUT" }).map(({ part }) => Number(part));
const isUsable = (page, id) => page.locator(`#${id}[aria-disabled="false"]`).isVisible();

/** Waits until nothing is under way: what the page then says. */
async function ended(page) {
  await page.locator("#file:enabled").waitFor();
  return status(page);
}

/** Chooses a file that goes in four parts. */
async function choose(page, name = "large ä.bin") {
  await page.setInputFiles("#file", files[name].path);
  await page.fill("#threshold", "5");
  await page.selectOption("#part-size", "5");
}

/** By which the requests of a part are caught, and let go again. */
const partUrls = [1, 2, 3, 4].map(
  (number) => (url) => url.searchParams.get("partNumber") === String(number),
);
const isPart = (number) => partUrls[number - 1];

/** Starts an upload, of which a part doesn't get through, and pauses it when the others are there. */
async function pausedAt(page, part) {
  await choose(page);
  await page.route(isPart(part), () => {});
  await page.click("#start");
  await page.locator("#status", { hasText: "3 of 4 parts are stored." }).waitFor();
  await page.click("#pause");
  assert.equal(await ended(page), "Paused: 3 of 4 parts are stored.");
  await page.unroute(isPart(part));
}

/** Fails unless the page says that a file is stored, and it is. */
async function isStored(page, name) {
  const [, key] = /^Stored (?:.*) as (users\/.*)\.$/.exec(await ended(page)) ?? [];
  assert.ok(key, `${await status(page)} ${await text(page, "#alert")}`);
  assert.ok(key.startsWith(`users/${example.subject}/anywhere/`) && key.endsWith(`/${name}`), key);
  const { bytes } = await stored(key, example.subject);
  assert.equal(hash(bytes), hash(files[name].bytes));
  assert.deepEqual([await text(page, "#percent"), await text(page, "#alert")], ["100%", ""]);
}

describe("an upload", () => {
  onPage("below the threshold goes in one PUT", {}, async (page) => {
    await page.setInputFiles("#file", files["small.bin"].path);
    await page.click("#start");
    await isStored(page, "small.bin");
    assert.deepEqual(
      store.requests.map(({ method, upload }) => [method, upload]),
      [["PUT", null]],
    );
  });

  onPage("above the threshold goes in parts", {}, async (page) => {
    await choose(page);
    await page.click("#start");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent().toSorted(), [1, 2, 3, 4]);
    assert.equal(await text(page, "#amount"), "16.8 of 16.8 MB");
  });

  onPage("is paused and resumed, and sends nothing twice", {}, async (page) => {
    await pausedAt(page, 2);
    assert.equal(await text(page, "#percent"), "68%");
    assert.deepEqual(partsSent().toSorted(), [1, 3, 4]);
    store.requests = [];
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent(), [2]);
    // It is over: the next one is new.
    assert.deepEqual(
      [await isUsable(page, "start"), await isUsable(page, "resume")],
      [true, false],
    );
  });

  onPage("goes on after the page was loaded anew", {}, async (page) => {
    await pausedAt(page, 1);
    store.requests = [];
    await page.reload({ waitUntil: "networkidle" });
    assert.match(await status(page), /large ä\.bin isn't finished: 3 of 4 parts are stored\./);
    assert.match(await text(page, "#upload-hint"), /Choose large ä\.bin again to resume/);
    // Not with another file of the same size.
    await choose(page, "other.bin");
    assert.deepEqual(
      [await isUsable(page, "resume"), await isUsable(page, "start")],
      [false, false],
    );
    await choose(page);
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.deepEqual(partsSent(), [1]);
  });

  onPage("is given up, and the store has nothing of it", {}, async (page) => {
    await pausedAt(page, 2);
    const [{ upload, key }] = store.asked({ method: "PUT" });
    await page.click("#discard");
    await page.locator("#status", { hasText: "Given up" }).waitFor();
    assert.equal(await text(page, "#alert"), "");
    assert.deepEqual(store.asked({ method: "DELETE", upload }).length, 1);
    const bearer = token({ sub: example.subject });
    const list = await presigned({ operation: "ListParts", key, upload_id: upload }, { bearer });
    const left = texts(await (await follow(list)).text(), "PartNumber");
    assert.deepEqual(left, []);
    await page.reload({ waitUntil: "networkidle" });
    assert.equal(await status(page), "");
  });

  onPage("in one PUT is stopped, with nothing left", {}, async (page) => {
    const isStore = (url) => url.origin === store.url;
    await page.route(isStore, () => {});
    await page.setInputFiles("#file", files["small.bin"].path);
    const sending = page.waitForRequest((request) => request.method() === "PUT");
    await page.click("#start");
    await sending;
    await page.click("#pause");
    assert.equal(await ended(page), "Stopped. Nothing was stored.");
    await page.unroute(isStore);
    await page.click("#start");
    await isStored(page, "small.bin");
  });

  const failures = ["status of 503", "ERR_FAILED"];
  const failing = (part, times) => async (page) => {
    const body = "<Error><Code>SlowDown</Code></Error>";
    const headers = { "access-control-allow-origin": "*" };
    const answer = (route) => route.fulfill({ status: 503, headers, body });
    await page.route(isPart(part), answer, { times });
  };

  onPage("tries a part again, and says so", { failures }, async (page) => {
    await choose(page);
    await failing(2, 2)(page);
    await page.click("#start");
    await isStored(page, "large ä.bin");
    const said = await page.locator("#retries li").allTextContents();
    assert.equal(said.length, 2);
    assert.match(said[0], /^Part 2 failed \(503 SlowDown\); attempt 2 in 0\.[3-7] s\.$/);
    assert.match(said[1], /^Part 2 failed \(503 SlowDown\); attempt 3 in [01]\.\d s\.$/);
    assert.deepEqual(partsSent().toSorted(), [1, 2, 3, 4]);
  });

  onPage("stops when a part fails too often, and goes on later", { failures }, async (page) => {
    await choose(page);
    await failing(3, 100)(page);
    await page.click("#start");
    assert.match(await ended(page), /^Stopped: \d of 4 parts are stored\.$/);
    assert.match(
      await text(page, "#alert"),
      /store refused: 503 SlowDown\. Wait a moment, then go on\./,
    );
    assert.equal((await page.locator("#retries li").allTextContents()).length, 4);
    await page.unrouteAll();
    const sent = partsSent();
    store.requests = [];
    await page.click("#resume");
    await isStored(page, "large ä.bin");
    assert.ok(
      partsSent().includes(3) && partsSent().length + sent.length === 4,
      String(partsSent()),
    );
  });
});

/** Makes a link; its URL. */
async function makeLink(page, uses) {
  await page.fill("#uses", String(uses));
  await page.click("#make");
  await page.locator("#link").waitFor();
  return /'(http[^']*\/l\/[^']*)'$/.exec(await text(page, "#link-curl"))[1];
}

async function useLink(page) {
  await page.click("#use");
  await page.locator("#use[aria-disabled=false]").waitFor();
  return [await text(page, "#link-result"), await text(page, "#link-told")];
}

describe("a link for uploads", () => {
  const failures = ["status of 412", "status of 410"];

  onPage("is good so many times, and for one file", { failures }, async (page) => {
    await makeLink(page, 2);
    assert.match(await text(page, "#link-told"), /^Uses2, of which 2 leftUsed0 times/);
    await page.setInputFiles("#link-file", files["scan.pdf"].path);
    // The person who uses it has no session.
    const asked = page.waitForRequest((request) => request.url().includes("/l/"));
    const [first, told] = await useLink(page);
    assert.match(first, /^Stored\./);
    assert.match(told, /^Uses2, of which 1 left/);
    const { authorization, cookie } = await (await asked).allHeaders();
    assert.deepEqual([authorization, cookie], [undefined, undefined]);
    const [{ key }] = store.asked({ method: "PUT", status: 200 });
    assert.match(key, /\/inbox\/[0-9a-f-]{36}\/scan\.pdf$/);
    const object = await stored(key, example.subject);
    assert.equal(object.type, "application/pdf");
    assert.ok(object.bytes.equals(files["scan.pdf"].bytes));

    assert.match((await useLink(page))[0], /there is a file already.*412 PreconditionFailed/);
    const [third, last] = await useLink(page);
    assert.match(third, /no use is left.*410 link_spent/);
    assert.match(last, /^Uses2, of which 0 leftUsed2 times/);
    assert.equal(await text(page, "#alert"), "");
  });

  onPage("is good for curl, with the command that the page shows", {}, async (page) => {
    await makeLink(page, 1);
    const command = (await text(page, "#link-curl")).replace("FILE", files["scan.pdf"].path);
    const run = () =>
      new Promise((resolve) =>
        execFile("sh", ["-c", `${command} --silent -w '%{http_code}'`], (_, output) =>
          resolve(output),
        ),
      );
    assert.equal(await run(), "200");
    const [{ key }] = store.asked({ method: "PUT", status: 200 });
    assert.ok((await stored(key, example.subject)).bytes.equals(files["scan.pdf"].bytes));
    assert.match(await run(), /link_spent.*410$/s);
  });

  onPage("isn't made without a name or with too many uses", {}, async (page) => {
    for (const [name, uses, said] of [
      ["a/b", "1", /without slashes/],
      ["", "1", /Give the file a name/],
      ["a", "11", /from 1 to 10/],
      ["a", "", /from 1 to 10/],
    ]) {
      await page.fill("#name", name);
      await page.fill("#uses", uses);
      await page.click("#make");
      await page.getByRole("alert").filter({ hasText: said }).waitFor();
      assert.equal(await page.locator("#link").isVisible(), false);
    }
  });
});

describe("the page", () => {
  onPage("is used by the keyboard alone", { failures: ["410"] }, async (page) => {
    const chooser = page.waitForEvent("filechooser");
    await tabTo(page, "#file");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(files["large ä.bin"].path);
    await tabTo(page, "#threshold");
    await page.keyboard.type("5");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("1");
    await tabTo(page, "#part-size");
    await tabTo(page, "#start");
    await page.route(isPart(2), () => {});
    await page.keyboard.press("Enter");
    await tabTo(page, "#pause");
    await page.locator("#status", { hasText: "parts are stored" }).waitFor();
    await page.keyboard.press("Space");
    assert.match(await ended(page), /^Paused/);
    await page.unroute(isPart(2));
    await tabTo(page, "#resume");
    await page.keyboard.press("Enter");
    await isStored(page, "large ä.bin");
    for (const next of ["#discard", "#name", "#uses", "#make"]) await tabTo(page, next);
    await page.keyboard.press("Enter");
    await page.locator("#link").waitFor();
    for (const next of ["#link-curl", "#link-file", "#use"]) await tabTo(page, next);
  });

  onPage("does nothing by buttons that can't be used yet", {}, async (page) => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    for (const id of ["start", "pause", "resume", "discard"]) {
      assert.equal(await isUsable(page, id), false, id);
      await page.locator(`#${id}`).press("Enter");
    }
    assert.match(await text(page, "#upload-hint"), /Choose a file first/);
    assert.deepEqual(asked, []);
  });

  onPage("asks for a threshold that is one", {}, async (page) => {
    await page.setInputFiles("#file", files["small.bin"].path);
    for (const wrong of ["-1", "", "6000"]) {
      await page.fill("#threshold", wrong);
      await page.click("#start");
      assert.match(await text(page, "#alert"), /from 0 to 5000 MB/);
    }
    assert.deepEqual(store.requests, []);
  });

  for (const look of LOOKS) {
    const name = `${look.colorScheme}-${look.viewport.width}`;
    const failures = ["status of 412", "status of 503"];
    onPage(`${name}: accessible, nothing too wide`, { ...look, failures }, async (page) => {
      await isAccessible(page);
      const headers = { "access-control-allow-origin": "*" };
      await page.route(isPart(1), (route) => route.fulfill({ status: 503, headers }), { times: 2 });
      await pausedAt(page, 2);
      await makeLink(page, 2);
      await page.setInputFiles("#link-file", files["scan.pdf"].path);
      await useLink(page);
      await useLink(page);
      await isAccessible(page);
      await screenshot(page, `example-${NAME}-${name}`);
      await page.fill("#uses", "99");
      await page.click("#make");
      await page.getByRole("alert").filter({ hasText: "from 1 to 10" }).waitFor();
      await isAccessible(page);
    });
  }
});
