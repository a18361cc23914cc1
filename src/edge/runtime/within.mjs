// Time limits. They are made here, where the runtime needs no call into Wasm for them.

/**
 * What `asked` gives, or an error that `who` is late once so many milliseconds are over. A promise that is never
 * settled keeps what waits for it in memory, so the timer ends when the answer comes, and not before.
 */
export function within(asked, milliseconds, who) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${who} is late`)), milliseconds);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    asked.then(settle(resolve), settle(reject));
  });
}
