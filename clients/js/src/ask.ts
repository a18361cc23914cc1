import { EdgeSignerError, refusal, stalled, unreachable } from "./error.js";
import { watch } from "./watch.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** Posts a document to the edge; its answer, which has to be there in so many seconds. */
export type Ask = <Answer>(
  path: string,
  body: object,
  options?: CallOptions,
  seconds?: number,
) => Promise<Answer>;

/** Seconds within which the edge has answered, whatever it waits for. */
export const EDGE_SECONDS = 90;

/** Aborts when one of them does. */
export const either = (one: AbortSignal, other: AbortSignal | undefined) =>
  AbortSignal.any(other ? [one, other] : [one]);

export function asking({ edge = location.origin, token }: ClientOptions): Ask {
  return async (path, body, { signal } = {}, seconds = Infinity) => {
    const bearer = typeof token === "function" ? await token() : token;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    const { href: url, origin } = new URL(path, edge);
    if (origin !== new URL(edge).origin) {
      // The session is for the edge alone.
      const detail = `The client asks ${edge} alone, not ${origin}.`;
      throw new EdgeSignerError("client", 0, "other_edge", detail);
    }
    let response, text;
    const late = new AbortController();
    const { end } = watch(seconds, () => late.abort());
    try {
      response = await fetch(url, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        // Where a token says who asks, the cookie stays out of it.
        credentials: bearer === undefined ? "include" : "omit",
        signal: seconds === Infinity ? (signal ?? null) : either(late.signal, signal),
      });
      text = await response.text();
    } catch {
      signal?.throwIfAborted();
      if (late.signal.aborted) throw stalled("edge", url, seconds);
      throw unreachable("edge", url);
    } finally {
      end();
    }
    if (response.ok) {
      try {
        return text && JSON.parse(text);
      } catch {
        // It isn't the API that answers there.
      }
    }
    throw refusal("edge", response.status, text, response.headers.get("retry-after"));
  };
}
