import { EdgeSignerError } from "./error.js";
import { attempt, pause } from "./attempt.js";
import type { Ask } from "./ask.js";
import type { components } from "./openapi.js";
import type { Uploaded, UploadOptions } from "./types.js";

/** Longer than the edge waits for the object that looks at an upload. */
const ACCEPT_SECONDS = 120;

/** Has an upload looked at that is in an inbox, until it is at its key or refused. */
export async function accept(ask: Ask, id: string, options: UploadOptions): Promise<Uploaded> {
  options.onChecking?.();
  for (;;) {
    const path = `/v1/uploads/${id}/accept`;
    const { state, key, etag, reason, detail } = await attempt(
      () => ask<components["schemas"]["UploadStatus"]>(path, {}, options, ACCEPT_SECONDS),
      options,
    );
    if (state === "accepted") return { key, etag: etag ?? null };
    if (state === "refused") throw new EdgeSignerError("edge", 200, reason!, detail!);
    // Somebody else has it looked at.
    await pause(1000, options.signal);
  }
}
