// The photos, in memory, behind what AppSync sends to DynamoDB: the table has the partition key "owner" and
// the sort key "id", the index "publicPhotos" the partition key "publicOf" and the same sort key.

const plain = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, { S, N }]) => [name, S ?? Number(N)]));

export class PhotoTable {
  #items = [];

  /** Puts a photo in. */
  add({ id, owner, title, visibility }) {
    const publicOf = visibility === "PUBLIC" ? { publicOf: owner } : {};
    this.#items.push({ id, owner, title, visibility, ...publicOf });
    this.#items.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A data source of AppSync's. */
  ask = async (request) => {
    switch (request.operation) {
      case "Query":
        return { result: this.#query(request) };
      case "UpdateItem":
        return this.#update(request);
      default:
        throw new Error(`the table doesn't know ${request.operation}`);
    }
  };

  #query({ index, query, limit, nextToken }) {
    const [, name, placeholder] = /^(#\w+) = (:\w+)$/.exec(query.expression);
    const partition = query.expressionNames[name];
    if (partition !== (index === "publicPhotos" ? "publicOf" : "owner")) {
      throw new Error(`${partition} is no partition key of ${index ?? "the table"}`);
    }
    const value = plain(query.expressionValues)[placeholder];
    const after = nextToken ? Buffer.from(nextToken, "base64url").toString() : "";
    const found = this.#items.filter((item) => item[partition] === value && item.id > after);
    const items = found.slice(0, limit).map((item) => ({ ...item }));
    const more = found.length > items.length;
    return { items, nextToken: more ? Buffer.from(items.at(-1).id).toString("base64url") : null };
  }

  #update({ key, update, condition }) {
    const { owner, id } = plain(key);
    const item = this.#items.find((item) => item.owner === owner && item.id === id);
    if (item === undefined && condition?.expression === "attribute_exists(id)") {
      const type = "DynamoDB:ConditionalCheckFailedException";
      return { error: { message: "The conditional request failed", type } };
    }
    const values = plain(update.expressionValues);
    const [, sets, removes = ""] = /^SET (.+?)(?: REMOVE (.+))?$/.exec(update.expression);
    for (const [, name, placeholder] of sets.matchAll(/(\w+) = (:\w+)/g)) {
      item[name] = values[placeholder];
    }
    for (const [name] of removes.matchAll(/\w+/g)) delete item[name];
    return { result: { ...item } };
  }
}
