import { EdgeSignerError } from "./error.js";
import type { UploadOptions } from "./types.js";

/** Seconds that are too long to be waited for without being asked. */
const TOO_LONG = 30;

/** Whether it may go well another time, soon. */
const isTransient = ({ from, status, retryAfter }: EdgeSignerError) =>
  from !== "client" &&
  retryAfter <= TOO_LONG &&
  (!status || status === 408 || status === 429 || status >= 500);

/** Waits, unless the signal says otherwise. */
export const pause = (delay: number, signal: AbortSignal | undefined) =>
  new Promise<void>((resolve, reject) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, delay);
    signal?.addEventListener("abort", end);
  });

/** Does something that may be done again, as often as the options say. */
export async function attempt<T>(
  work: () => Promise<T>,
  { retries = 4, backoff = 500, onRetry, signal }: UploadOptions,
  part?: number,
): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await work();
    } catch (error) {
      // Its reason may be another part's failure, which is nothing to try again here.
      signal?.throwIfAborted();
      if (!(error instanceof EdgeSignerError) || !isTransient(error) || failed > retries)
        throw error;
      // Not all at the same moment, where many clients wait for the same store.
      const wait = backoff * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
      const delay = Math.max(wait, error.retryAfter * 1000);
      onRetry?.({ part, failed, delay, error });
      await pause(delay, signal);
    }
  }
}
