import { refusal, unreachable } from "./error.js";
import type { CallOptions, ClientOptions } from "./types.js";

/** Posts a document to the edge; its answer. */
export type Ask = <Answer>(path: string, body: object, options?: CallOptions) => Promise<Answer>;

export function asking({ edge = location.origin, token }: ClientOptions): Ask {
  return async (path, body, { signal } = {}) => {
    const bearer = typeof token === "function" ? await token() : token;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    const url = new URL(path, edge).href;
    let response, text;
    try {
      response = await fetch(url, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        // Where a token says who asks, the cookie stays out of it.
        credentials: bearer === undefined ? "include" : "omit",
        signal: signal ?? null,
      });
      text = await response.text();
    } catch {
      signal?.throwIfAborted();
      throw unreachable("edge", url);
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
