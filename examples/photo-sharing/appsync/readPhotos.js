// A function on the table of photos (DynamoDB): what whoever asks may see of an owner's photos.
//
// Owners read their partition of the table. All others read the index "publicPhotos", which has a photo
// only as long as it is public. Nothing is filtered out afterwards, so neither a count nor the size of a
// page nor the number of pages says anything of private photos.

import { util } from "@aws-appsync/utils";

export function request(ctx) {
  const { owner, nextToken } = ctx.args;
  const isOwner = ctx.identity?.sub === owner;
  const query = {
    operation: "Query",
    query: {
      expression: "#partition = :owner",
      expressionNames: { "#partition": isOwner ? "owner" : "publicOf" },
      expressionValues: util.dynamodb.toMapValues({ ":owner": owner }),
    },
    limit: ctx.stash.limit,
    nextToken,
  };
  return isOwner ? query : { ...query, index: "publicPhotos" };
}

export function response(ctx) {
  if (ctx.error) {
    util.error(ctx.error.message, ctx.error.type);
  }
  return { items: ctx.result.items, nextToken: ctx.result.nextToken };
}
