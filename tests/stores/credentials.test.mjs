// The credentials for writing must not be able to read, not even what they wrote.

import { test } from "node:test";
import { withEdge } from "../e2e/support/edge.mjs";
import { follow, presigned, ready } from "../e2e/support/stack.mjs";
import { answered, tell } from "./support/case.mjs";
import { seed } from "./support/seed.mjs";

const NAME = "the credentials for writing read nothing, and copy nothing";

test(NAME, { skip: !ready.writesApart }, async () => {
  const key = await seed("written with them");
  const { write_credentials, ...table } = ready.table;
  const { configuration, secrets } = ready.worker;
  // Used as if they were for everything.
  const features = { ...table.features, unsigned_headers_refused: true };
  const store = { ...table, credentials: write_credentials, features };
  configuration.vars.STORES = { [ready.store_name]: store };
  await withEdge(configuration, secrets, async (edge) => {
    for (const request of [
      { operation: "GetObject", key },
      { operation: "HeadObject", key },
      { operation: "GetObjectTagging", key },
      { operation: "ListObjectsV2", prefix: "users/e2e/" },
      { operation: "CopyObject", key: `${key}-copy`, copy_source: { key } },
    ]) {
      await answered(await follow(await presigned(request, { edge })), 403);
    }
  });
  tell(NAME);
});
