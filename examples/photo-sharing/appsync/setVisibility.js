// Mutation.setVisibility: a unit resolver on the table of photos (DynamoDB).
//
// The key has the caller's own name in it. A photo of somebody else is as good as none, and the answer is
// the same.

import { util } from "@aws-appsync/utils";

export function request(ctx) {
  if (!ctx.identity) {
    util.unauthorized();
  }
  const owner = ctx.identity.sub;
  const { id, visibility } = ctx.args;
  const isPublic = visibility === "PUBLIC";
  // "publicOf" is what the index "publicPhotos" is about: without it, a photo isn't in there.
  const values = isPublic
    ? { ":visibility": visibility, ":owner": owner }
    : { ":visibility": visibility };
  return {
    operation: "UpdateItem",
    key: util.dynamodb.toMapValues({ owner, id }),
    update: {
      expression: isPublic
        ? "SET visibility = :visibility, publicOf = :owner"
        : "SET visibility = :visibility REMOVE publicOf",
      expressionValues: util.dynamodb.toMapValues(values),
    },
    condition: { expression: "attribute_exists(id)" },
  };
}

export function response(ctx) {
  if (ctx.error) {
    if (ctx.error.type === "DynamoDB:ConditionalCheckFailedException") {
      util.error("You have no such photo.", "NoSuchPhoto");
    }
    util.error(ctx.error.message, ctx.error.type);
  }
  const { id, owner, title, visibility } = ctx.result;
  return { id, owner, title, visibility };
}
