// The page of examples/uppy, used as by a person.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { texts } from "./s3.mjs";
import { follow, presigned, token } from "./stack.mjs";

export class UppyPage {
  #page;
  #folder;

  constructor(page, folder) {
    this.#page = page;
    this.#folder = folder;
  }

  /**
   * Opens the page in a browser profile of its own for `use`. It fails where the browser's console shows an
   * error or a warning that holds none of the texts of `failures`.
   */
  static async open(browser, url, { failures = [], ...options }, use) {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    const folder = await mkdtemp(join(tmpdir(), "uppy-"));
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        const text = `${message.text()} (${message.location().url})`;
        const isExpected = failures.some((failure) => text.includes(failure));
        if (["error", "warning"].includes(message.type()) && !isExpected) complaints.push(text);
      });
      await page.goto(`${url}/`);
      await page.locator(".uppy-Dashboard-browse").waitFor();
      await use(new UppyPage(page, folder), page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      await rm(folder, { recursive: true });
    }
  }

  /** Chooses how Uppy asks, and how files are sent. */
  async choose(mode, parts) {
    await this.#page.check(`[name=mode][value=${mode}]`);
    await this.#page.check(`[name=parts][value=${parts}]`);
  }

  /** Adds a file of random bytes; these. */
  async add(name, size) {
    const bytes = randomBytes(size);
    await writeFile(join(this.#folder, name), bytes);
    // Finished uploads are in the way of the next.
    const done = this.#page.locator(".uppy-StatusBar-actionBtn--done");
    if (await done.isVisible()) await done.click();
    const input = this.#page.locator(".uppy-Dashboard-input").first();
    await input.setInputFiles(join(this.#folder, name));
    await this.#page.locator(".uppy-StatusBar-actionBtn--upload").waitFor();
    return bytes;
  }

  /** Presses Uppy's button. */
  upload() {
    return this.#page.click(".uppy-StatusBar-actionBtn--upload");
  }

  /** Waits until Uppy says that all is done: the last key that the page shows. */
  async stored() {
    const complete = this.#page.locator(".uppy-StatusBar.is-complete");
    await complete.waitFor().catch(async (error) => {
      throw new Error(`not stored: ${await this.alert()}`, { cause: error });
    });
    assert.equal(await this.alert(), "");
    return this.#page.locator("#stored li code").first().textContent();
  }

  /** Waits until Uppy says that it failed: what the page says. */
  async failed() {
    await this.#page.locator(".uppy-StatusBar.is-error").waitFor();
    await this.#page.locator("#alert:not(:empty)").waitFor();
    return this.alert();
  }

  alert() {
    return this.#page.locator("#alert").textContent();
  }
}

/** What a subject has in the store. */
export class Folder {
  #subject;

  constructor({ subject }) {
    this.#subject = subject;
  }

  #follow(request) {
    const bearer = token({ sub: this.#subject });
    return presigned(request, { bearer }).then(follow);
  }

  /** Fails unless the store has these bytes under a key that ends in the file's name. */
  async holds(key, name, bytes) {
    assert.match(key, new RegExp(`^users/${this.#subject}/[0-9a-f-]{32,36}-`));
    assert.ok(key.endsWith(`-${name}`), key);
    const response = await this.#follow({ operation: "GetObject", key });
    const stored = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 200, key);
    assert.ok(stored.equals(bytes), `${key} has other bytes`);
  }

  /** The keys of all of it. */
  async keys() {
    const prefix = `users/${this.#subject}/`;
    const response = await this.#follow({ operation: "ListObjectsV2", prefix });
    assert.equal(response.status, 200);
    return texts(await response.text(), "Key");
  }

  /** An object's type. */
  async typeOf(key) {
    const { headers } = await this.#follow({ operation: "HeadObject", key });
    return headers.get("content-type");
  }

  /** The numbers of the parts of an upload. */
  async partsOf(key, upload_id) {
    const response = await this.#follow({ operation: "ListParts", key, upload_id });
    return texts(await response.text(), "PartNumber");
  }
}

/** Waits until `isSo` says so. */
export async function until(isSo) {
  const deadline = Date.now() + 30_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, "waited in vain");
    await new Promise((done) => setTimeout(done, 50));
  }
}
