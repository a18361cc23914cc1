import { EDGE_SECONDS } from "./ask.js";
import { EdgeSignerError } from "./error.js";
import { send } from "./send.js";
import type { Ask } from "./ask.js";
import type { PresignAnswer, RedeemOptions, Sendable } from "./types.js";

/**
 * Sends a file by a link for an upload: asks first where it goes, so that no redirect is between progress and bytes.
 * Where the link's bytes go through the edge, they are sent there.
 */
export async function redeem(
  ask: Ask,
  link: Sendable,
  file: Blob,
  options: RedeemOptions = {},
): Promise<{ etag: string | null }> {
  const type = link.headers["content-type"] ?? (file.type || undefined);
  const { password } = options;
  const wanted = { content_length: file.size, content_type: type, password };
  let told: PresignAnswer;
  try {
    told = await ask<PresignAnswer>(link.url, wanted, options, EDGE_SECONDS);
  } catch (error) {
    if (!(error instanceof EdgeSignerError) || error.status !== 405) throw error;
    return send(link, file, options);
  }
  return send(told, file, options);
}
