// examples/put-from-anywhere, the page: links with a number of uses, and the page's accessibility and looks.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe } from "node:test";
import { stored } from "../support/client.mjs";
import { tabTo } from "../support/example-page.mjs";
import { isAccessible, look, LOOKS, screenshot } from "../support/looks.mjs";
import {
  NAME,
  choose,
  ended,
  files,
  isPart,
  isStored,
  isUsable,
  onPage,
  pausedAt,
  shared,
  status,
  text,
} from "../support/put-from-anywhere.mjs";

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
    const [{ key }] = shared.store.asked({ method: "PUT", status: 200 });
    assert.match(key, /\/inbox\/[0-9a-f-]{36}\/scan\.pdf$/);
    const object = await stored(key, shared.example.subject);
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
    const [{ key }] = shared.store.asked({ method: "PUT", status: 200 });
    assert.ok((await stored(key, shared.example.subject)).bytes.equals(files["scan.pdf"].bytes));
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
    assert.deepEqual(shared.store.requests, []);
  });

  for (const { name, ...looks } of LOOKS) {
    const failures = ["status of 412", "status of 503"];
    onPage(`${name}: accessible, nothing too wide`, { ...looks, failures }, async (page) => {
      await look(page, `put-from-anywhere-empty-${name}`);
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
