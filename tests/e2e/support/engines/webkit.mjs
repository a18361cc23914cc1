// WebKitGTK's MiniBrowser, driven by its WebKitWebDriver on a virtual display.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.mjs";
import { BETWEEN_CLICKS_MS, PATIENCE_MS, pause, program, until } from "./wait.mjs";
import { isPassing, Session } from "./webdriver.mjs";

/**
 * A program that runs beside the test. It is of the test's own process group, as what it starts is: so all of them end with the test,
 * however that ends.
 */
class Program {
  #child;
  /** Settled once it has ended. */
  closed;

  constructor(name, args, options) {
    this.#child = spawn(name, args, options);
    this.closed = once(this.#child, "close").catch(() => {});
    this.stdio = this.#child.stdio;
  }

  async end() {
    this.#child.kill();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
    await this.closed;
    clearTimeout(late);
  }
}

/** A display without a screen; X says itself which number was free. */
async function startDisplay() {
  const args = ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"];
  const stdio = ["ignore", "ignore", "ignore", "pipe"];
  const server = new Program(program("XVFB"), args, { env: process.env, stdio });
  const died = server.closed.then(() => {
    throw new Error("Xvfb ended before it had a display");
  });
  // Later it may.
  died.catch(() => {});
  const [number] = await Promise.race([once(server.stdio[3], "data"), died]);
  return { server, display: `:${String(number).trim()}` };
}

/** A tab, in a browser that has been nowhere yet. */
class Tab {
  #session;
  #downloads;

  constructor(session, downloads) {
    this.#session = session;
    this.#downloads = downloads;
  }

  async open(url) {
    // A navigation that becomes a download, or gets no answer, leaves the tab where it was.
    await this.#session.post("url", { url }).catch(() => {});
  }

  url() {
    return this.#session.get("url");
  }

  evaluate(run, argument) {
    return this.#session.run(run, argument);
  }

  waitFor(run, argument) {
    // A page that is being left can't answer.
    const ask = () => this.evaluate(run, argument).catch(() => undefined);
    return until(ask, String(run));
  }

  /** The text of an element, which the engine gives without the page's own scripts. */
  text(css = "body") {
    return this.#on(css, (id) => this.#session.get(`element/${id}/text`));
  }

  click(css) {
    return this.#on(css, (id) => this.#session.post(`element/${id}/click`));
  }

  doubleClick(css) {
    const press = [
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ];
    const rest = { type: "pause", duration: BETWEEN_CLICKS_MS };
    return this.#on(css, (id) => this.#session.point(id, [...press, rest, ...press]));
  }

  type(css, text) {
    return this.#on(css, (id) => this.#session.post(`element/${id}/value`, { text }));
  }

  /** Picks a file. */
  pick(css, path) {
    return this.type(css, path);
  }

  async choose(css, value) {
    await this.#on(`${css} option[value="${value}"]`, (id) =>
      this.#session.post(`element/${id}/click`),
    );
  }

  goBack() {
    return this.#session.post("back");
  }

  reload() {
    return this.#session.post("refresh");
  }

  cookies() {
    return this.#session.get("cookie");
  }

  /** Gives the browser a cookie of the origin at which it is. */
  addCookie(cookie) {
    return this.#session.post("cookie", { cookie: { path: "/", ...cookie } });
  }

  /** Removes all cookies of the origin at which it is. */
  clearCookies() {
    // The driver doesn't wait until they are gone.
    const areGone = async () => {
      await this.#session.delete("cookie");
      return (await this.cookies()).length === 0;
    };
    return until(areGone, "cookies to be gone");
  }

  /** Waits for a file of so many bytes to be downloaded, which has its name from the beginning: name and bytes. */
  async downloaded(size) {
    const find = async () => {
      const [name] = await readdir(this.#downloads);
      const bytes = name && (await readFile(join(this.#downloads, name)));
      return bytes?.length >= size && { name, bytes };
    };
    const file = await until(find, "a download");
    await rm(join(this.#downloads, file.name));
    return file;
  }

  async #on(css, use) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await use(await this.#session.find(css));
      } catch (error) {
        if (!isPassing(error) || Date.now() > deadline) throw error;
        await pause();
      }
    }
  }
}

export class WebKit {
  name = "WebKitGTK";
  #home;
  #programs = [];
  #driver;
  #session;

  static async start() {
    const engine = new WebKit();
    try {
      await engine.#begin();
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  async #begin() {
    this.#home = await mkdtemp(join(tmpdir(), "webkit-"));
    const config = join(this.#home, ".config");
    for (const folder of [config, this.#downloads]) await mkdir(folder);
    await writeFile(join(config, "user-dirs.dirs"), 'XDG_DOWNLOAD_DIR="$HOME/downloads"\n');
    const { server, display } = await startDisplay();
    this.#programs.push(server);
    const env = {
      PATH: process.env.PATH,
      HOME: this.#home,
      DISPLAY: display,
      GDK_BACKEND: "x11",
      LANG: "C.UTF-8",
      // No accessibility bus, no graphics card.
      GTK_A11Y: "none",
      NO_AT_BRIDGE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
    };
    const port = await freePort();
    const args = ["--host=127.0.0.1", `--port=${port}`];
    const driver = new Program(program("WEBKIT_DRIVER"), args, { env, stdio: "ignore" });
    this.#programs.push(driver);
    this.#driver = `http://127.0.0.1:${port}`;
    const isThere = () => fetch(`${this.#driver}/status`).catch(() => undefined);
    await until(isThere, "WebKitWebDriver");
    this.#session = await Session.start(this.#driver, { acceptInsecureCerts: true });
    this.version = this.#session.capabilities.browserVersion;
    await this.#session.post("timeouts", { pageLoad: PATIENCE_MS, script: PATIENCE_MS });
  }

  get #downloads() {
    return join(this.#home, "downloads");
  }

  /**
   * A tab of a browser that has no cookies of these origins. It is the same one, because a new one takes a second to
   * start.
   */
  async tab(origins) {
    const tab = new Tab(this.#session, this.#downloads);
    for (const origin of origins) {
      await tab.open(`${origin}/healthz`);
      await tab.clearCookies();
    }
    for (const name of await readdir(this.#downloads)) await rm(join(this.#downloads, name));
    return { tab, close: () => tab.open("about:blank") };
  }

  async stop() {
    await this.#session?.end().catch(() => {});
    for (const program of this.#programs.reverse()) await program.end();
    if (this.#home === undefined) return;
    // Its processes may write until they have ended.
    await rm(this.#home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
