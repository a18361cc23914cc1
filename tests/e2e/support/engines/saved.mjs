// Files that a tab has downloaded.

import assert from "node:assert/strict";

/** Firefox puts `_` for `%`, which begins a variable on some systems. */
const savedAs = (name, engine) => (engine === "firefox" ? name.replaceAll("%", "_") : name);

/** Waits for a file to be downloaded, which has to have this name and these bytes. */
export async function isSaved(tab, engine, name, bytes) {
  const saved = await tab.downloaded(bytes.length);
  assert.equal(saved.name, savedAs(name, engine));
  assert.ok(saved.bytes.equals(bytes), "it has other bytes");
}
