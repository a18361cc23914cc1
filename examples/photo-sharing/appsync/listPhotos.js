// Query.listPhotos: a pipeline resolver. Its functions are readPhotos.js and signPhotos.js, in this order.

import { util } from "@aws-appsync/utils";

export function request(ctx) {
  const limit = ctx.args.limit ?? 20;
  if (limit < 1 || limit > 100) {
    util.error("The limit is 1 to 100.", "BadLimit");
  }
  ctx.stash.limit = limit;
  return {};
}

export function response(ctx) {
  const { items, nextToken } = ctx.prev.result;
  return { items, count: items.length, nextToken };
}
