// What the drivers and the steps share: starting programs, and waiting for a condition.

export const PATIENCE_MS = 20_000;
/** As a person's hand has it. */
export const BETWEEN_CLICKS_MS = 100;
export const pause = (ms = 50) => new Promise((done) => setTimeout(done, ms));

/** The program that a variable names, as `cargo xtask test` sets it. */
export function program(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set: run these tests with \`cargo xtask test\``);
  return path;
}

/** Asks again until there is an answer. */
export async function until(ask, what) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await pause();
  }
}

/** Waits until a tab shows a text, and fails with what it shows in its place. */
export async function shows(tab, expected, css = "body") {
  let seen;
  const isThere = async () => {
    // A page that is being left has no text.
    seen = await tab.text(css).catch(() => undefined);
    return seen?.includes(expected);
  };
  await until(isThere).catch(() => {
    throw new Error(`the tab shows not ${expected} but ${seen}`);
  });
}
