// Time limits. They are made here, where the runtime needs no call into Wasm for them.

/**
 * What `asked` gives, or an error that `who` is late once so many milliseconds are over. A timer isn't taken back, which
 * costs as much as setting it: the runtime forgets those of a request that has ended.
 */
export const within = (asked, milliseconds, who) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${who} is late`)), milliseconds);
    // Elsewhere a timer is an object, and keeps the process.
    timer.unref?.();
    asked.then(resolve, reject);
  });
