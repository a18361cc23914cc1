// A Worker that is killed in the middle of its work, and a browser that comes to it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEdge } from "./edge.mjs";
import { Client, hasUrl, linkSecrets, withLinks, worker } from "./ledger.mjs";

/** A Worker that is killed and started again, with the state that it left. */
export class Mortal {
  constructor(ledger, script) {
    this.configuration = { ...withLinks({ ledger }), main: worker(script) };
    this.state = mkdtempSync(join(tmpdir(), "state-"));
  }

  async start() {
    this.edge = await startEdge(this.configuration, linkSecrets, { state: this.state });
    this.client = new Client(this.edge.url);
    return this.client;
  }

  /** It can't be called any more afterwards. */
  async kill() {
    await this.edge.kill();
    this.client.close();
    await assert.rejects(fetch(this.edge.url));
  }

  async end() {
    this.client?.close();
    await this.edge?.stop();
    rmSync(this.state, { recursive: true, force: true });
  }
}

/** A browser that shows pages and keeps one link's cookie. */
export class Browser {
  cookie;

  constructor(link) {
    this.link = link;
  }

  /** Its answer, after it was sent back to bring its cookie. `more` are headers of the second request. */
  async open(client, more) {
    const navigating = { "sec-fetch-mode": "navigate" };
    if (this.cookie === undefined) {
      const first = await client.redeem(this.link, navigating);
      assert.equal(first.status, 303, first.text);
      assert.equal(hasUrl(first), false);
      assert.equal(first.headers.location, `${this.link.path}?again`);
      this.cookie = first.headers["set-cookie"][0].split(";")[0];
    }
    const headers = { ...navigating, cookie: this.cookie, ...more };
    return client.redeem({ path: `${this.link.path}?again` }, headers);
  }
}
