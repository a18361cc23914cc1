import { refusal, stalled, unreachable } from "./error.js";
import { watch } from "./watch.js";
import type { Sendable, SendOptions } from "./types.js";

/** Seconds without progress after which an attempt has failed. */
const STALL = 60;

/** Sends a body as a presigned URL or a link says. XMLHttpRequest, because fetch tells no upload's progress. */
export function send(
  { url, method, headers }: Sendable,
  body: Blob,
  { onProgress, signal, stall = STALL }: SendOptions = {},
): Promise<{ etag: string | null }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    signal?.addEventListener("abort", abort);
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // Browsers set these two themselves, and complain of scripts that do.
      if (!/^(content-length|host)$/i.test(name)) xhr.setRequestHeader(name, value);
    }
    let isLate = false;
    const { touch, end } = watch(stall, () => {
      isLate = true;
      abort();
    });
    xhr.upload.onprogress = ({ loaded }) => {
      touch();
      onProgress?.({ loaded, total: body.size });
    };
    // Not by getResponseHeader, over which browsers complain where CORS rules hide a header.
    const header = (name: string) =>
      new RegExp(`^${name}: (.*)$`, "im").exec(xhr.getAllResponseHeaders())?.[1] ?? null;
    xhr.onloadend = () => {
      const { status, responseText } = xhr;
      end();
      signal?.removeEventListener("abort", abort);
      if (signal?.aborted) reject(signal.reason);
      else if (isLate) reject(stalled("store", url, stall));
      else if (!status) reject(unreachable("store", url));
      else if (status < 300) resolve({ etag: header("etag") });
      else reject(refusal("store", status, responseText, header("retry-after")));
    };
    xhr.send(body);
  });
}
