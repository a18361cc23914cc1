// The example of photo sharing, as its users see it.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const example = new URL("../../../examples/photo-sharing/", import.meta.url);

/** The files with resolvers. */
export const resolvers = ["listPhotos.js", "readPhotos.js", "setVisibility.js", "signPhotos.js"];

/** The folder of the resolvers. */
export const appsync = new URL("appsync/", example);

/** The photos that the application starts with. */
export const readPhotos = async () =>
  JSON.parse(await readFile(new URL("photos/photos.json", example), "utf8"));

const json = { "content-type": "application/json" };

/** Signs in, or doesn't where `user` is null: what that user can ask the API. */
export async function userOf(url, user) {
  const session = await fetch(`${url}/session`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ user }),
  });
  assert.equal(session.status, 200);
  const [cookie] = session.headers.get("set-cookie").split(";");
  const ask = async (field, variables) => {
    const operation = field === "setVisibility" ? "mutation" : "query";
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { ...json, cookie },
      body: JSON.stringify({ query: `${operation} { ${field} }`, variables }),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return { ...JSON.parse(text), text };
  };
  const list = async (owner, more) => {
    const { data, errors } = await ask("listPhotos", { owner, ...more });
    assert.equal(errors, undefined);
    return data.listPhotos;
  };
  return { ask, list };
}

/** The resolvers with one file changed, which has to hold `text`: their folder, and how to remove it. */
export async function changedResolvers(file, text, change) {
  const folder = await mkdtemp(join(tmpdir(), "appsync-"));
  await cp(fileURLToPath(appsync), folder, { recursive: true });
  const before = await readFile(join(folder, file), "utf8");
  assert.ok(before.includes(text), `${file} has no ${text}`);
  await writeFile(join(folder, file), change(before));
  const remove = () => rm(folder, { recursive: true });
  return { folder: pathToFileURL(`${folder}/`), remove };
}
