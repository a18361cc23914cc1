// The whole of what the package gives.

import { asking } from "./ask.js";
import { redeem } from "./redeem.js";
import { discard, upload } from "./upload.js";
import type { Client, ClientOptions } from "./types.js";

export { EdgeSignerError } from "./error.js";
export { mediaSource } from "./media.js";
export { send } from "./send.js";
export type * from "./types.js";
export type { components, operations, paths } from "./openapi.js";

export function createClient(options: ClientOptions = {}): Client {
  const ask = asking(options);
  return {
    presign: (request, call) => ask("/v1/presign", request, call),
    link: (request, call) => ask("/v1/links", request, call),
    redeem: (link, file, call) => redeem(ask, link, file, call),
    upload: (file, call) => upload(ask, file, call),
    discard: (state, call) => discard(ask, state, call),
  };
}
