// Chromium and Firefox, driven by Playwright: Firefox as its maker ships it, by WebDriver BiDi.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { firefox } from "playwright-core";
import { launchBrowser } from "../browser.mjs";
import { BETWEEN_CLICKS_MS, PATIENCE_MS, pause, program, until } from "./wait.mjs";

/**
 * Starts it, and gives a function that cleans up. Playwright gives it a process group of its own and doesn't see to it that it ends where
 * the test is killed: the kernel does, where there is a Linux.
 */
async function launchFirefox() {
  const folder = await mkdtemp(join(tmpdir(), "firefox-"));
  const executablePath = join(folder, "firefox");
  const mortal = process.platform === "linux" ? "setpriv --pdeathsig KILL " : "";
  const script = `#!/bin/sh\nexec ${mortal}"${program("FIREFOX")}" "$@"\n`;
  await writeFile(executablePath, script, { mode: 0o755 });
  const clean = () => rm(folder, { recursive: true });
  try {
    // The channel says that it isn't Playwright's own build.
    return [await firefox.launch({ channel: "moz-firefox", executablePath }), clean];
  } catch (error) {
    await clean();
    throw error;
  }
}

/** A tab, in a profile of its own. */
class Tab {
  #page;
  #downloads;
  #begun = [];

  constructor(page, downloads) {
    this.#page = page;
    this.#downloads = downloads;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("download", (download) => this.#begun.push(download));
  }

  async open(url) {
    // A navigation that becomes a download, or gets no answer, leaves the tab where it was.
    await this.#page.goto(url).catch(() => {});
  }

  async url() {
    return this.#page.url();
  }

  evaluate(run, argument) {
    return this.#page.evaluate(run, argument);
  }

  waitFor(run, argument) {
    return this.#page.waitForFunction(run, argument);
  }

  text(css = "body") {
    return this.#page.locator(css).first().innerText();
  }

  click(css) {
    return this.#page.locator(css).first().click();
  }

  async doubleClick(css) {
    const { mouse } = this.#page;
    const box = await this.#page.locator(css).first().boundingBox();
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (const clickCount of [1, 2]) {
      await mouse.down({ clickCount });
      await mouse.up({ clickCount });
      if (clickCount === 1) await pause(BETWEEN_CLICKS_MS);
    }
  }

  type(css, text) {
    return this.#page.locator(css).first().pressSequentially(text);
  }

  /** Picks a file. */
  pick(css, path) {
    return this.#page.locator(css).first().setInputFiles(path);
  }

  choose(css, value) {
    return this.#page.locator(css).first().selectOption(value);
  }

  goBack() {
    return this.#page.goBack();
  }

  reload() {
    return this.#page.reload();
  }

  cookies() {
    return this.#page.context().cookies();
  }

  /** Gives the browser a cookie of the origin at which it is. */
  async addCookie({ name, value, ...more }) {
    const { hostname } = new URL(this.#page.url());
    await this.#page.context().addCookies([{ name, value, domain: hostname, path: "/", ...more }]);
  }

  clearCookies() {
    return this.#page.context().clearCookies();
  }

  /** Waits for a file to be downloaded: its name and bytes. */
  async downloaded() {
    await until(() => this.#begun.length > 0, "a download");
    const download = this.#begun.shift();
    const failure = await download.failure();
    if (failure !== null) throw new Error(`the download failed: ${failure}`);
    const path = join(this.#downloads, basename(download.suggestedFilename()));
    await download.saveAs(path);
    // The next download of this name would get another name.
    await download.delete();
    return { name: download.suggestedFilename(), bytes: await readFile(path) };
  }
}

export class ByPlaywright {
  #browser;
  #clean;
  #shared;

  constructor(name, browser, clean = () => {}) {
    this.name = name;
    this.#browser = browser;
    this.#clean = clean;
    this.version = browser.version();
  }

  /** It trusts the certificate of this pin. With another that it is told to accept it would cache nothing. */
  static async chromium({ pin }) {
    const args = [`--ignore-certificate-errors-spki-list=${pin}`];
    return new ByPlaywright("Chromium", await launchBrowser(args));
  }

  static async firefox() {
    return new ByPlaywright("Firefox", ...(await launchFirefox()));
  }

  /**
   * A tab of a browser that has no cookies, and a function that closes it. In Firefox it is the same one, because a
   * new profile takes a second.
   */
  async tab() {
    if (this.name !== "Firefox") return this.#newTab({});
    this.#shared ??= this.#newTab({ ignoreHTTPSErrors: true });
    const { tab } = await this.#shared;
    await tab.clearCookies();
    return { tab, close: () => tab.open("about:blank") };
  }

  async #newTab(options) {
    const downloads = await mkdtemp(join(tmpdir(), "downloads-"));
    const context = await this.#browser.newContext(options);
    const close = async () => {
      await context.close();
      await rm(downloads, { recursive: true, force: true });
    };
    return { tab: new Tab(await context.newPage(), downloads), close };
  }

  async stop() {
    await (await this.#shared)?.close();
    await this.#browser.close();
    await this.#clean();
  }
}
