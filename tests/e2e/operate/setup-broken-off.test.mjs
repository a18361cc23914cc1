// `cargo xtask setup`, killed in the middle: each file is either old or new, and the next run finishes the rest.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { watch } from "node:fs";
import { test } from "node:test";
import { Clone } from "../support/setup.mjs";
import { parseToml } from "../support/toml.mjs";

/** Ends a process and all that it has started, as a machine does that loses its power. */
function killAll(pid) {
  const listed = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const processes = listed.trim().split("\n");
  const pairs = processes.map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const one of family) family.push(...pairs.filter(([, of]) => of === one).map(([id]) => id));
  for (const one of family) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/** A run that `arm` kills, the state that it leaves, and a run after it. */
async function brokenOff(arm) {
  const clone = await Clone.make();
  try {
    const before = await clone.contents();
    const { child, ended } = clone.start(["--yes"]);
    arm(clone, () => killAll(child.pid));
    const { status } = await ended;
    clone.api.onChange = undefined;
    const left = await clone.contents();

    const again = await clone.setup(["--yes"]);
    assert.equal(again.status, 0, again.output);
    const files = await clone.contents();
    assert.deepEqual(Object.keys(files), [".dev.vars", "policy.toml", "wrangler.toml"]);
    for (const [name, text] of Object.entries(left)) {
      if (name.endsWith(".part")) continue;
      assert.ok([before[name], files[name]].includes(text), `${name} was half done:\n${text}`);
    }
    // The rules are always in at least one file.
    const { vars } = parseToml(left["wrangler.toml"]);
    assert.ok(vars.RULES !== undefined || left["policy.toml"] !== undefined);
    assert.equal(clone.api.namespaces.size, 1, "a second namespace was made");
    const [[id]] = clone.api.namespaces;
    assert.equal(parseToml(files["wrangler.toml"]).kv_namespaces[0].id, id);
    const kept = files[".dev.vars"].trim().split("\n");
    const put = [...clone.api.secrets].map(([name, value]) => `${name}=${value}`);
    assert.deepEqual(kept.sort(), put.sort(), "what is kept isn't what Cloudflare has");
    return { status, left };
  } finally {
    await clone.remove();
  }
}

for (const [when, number] of [
  ["after", 1],
  ["before", 3],
]) {
  test(`killed ${when} change ${number} of the account`, async () => {
    const { status } = await brokenOff(({ api }, kill) => {
      api.onChange = async (at, which) => {
        if (at !== when || which !== number) return;
        kill();
        if (at === "before") throw new Error("nobody hears of it any more");
      };
    });
    assert.equal(status, null, "it wasn't killed");
  });
}

test("killed while files are written", async () => {
  const { status } = await brokenOff(({ folder }, kill) => {
    const watcher = watch(folder, (_, name) => {
      if (name?.endsWith(".part") || name === "policy.toml") {
        watcher.close();
        kill();
      }
    });
  });
  assert.equal(status, null, "it wasn't killed");
});
