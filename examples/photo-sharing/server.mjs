// The application: who is signed in, a page, and an API whose resolvers are the files in appsync/.
// `cargo xtask dev --example photo-sharing` starts it beside the signer.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { answer, httpDataSource, pipeline, readHandlers, unit } from "./appsync.mjs";
import { signerSession, upload } from "./signer.mjs";
import { PhotoTable } from "./table.mjs";

const here = (path) => new URL(path, import.meta.url);
const readJson = async (file) => JSON.parse(await readFile(file, "utf8"));

const USERS = ["alice", "bob"];
const FILES = {
  "/": ["page/index.html", "text/html; charset=utf-8"],
  "/gallery.js": ["page/gallery.js", "text/javascript; charset=utf-8"],
  "/gallery.css": ["page/gallery.css", "text/css; charset=utf-8"],
  // What the pages of all examples share.
  "/style/base.css": ["../../style/base.css", "text/css; charset=utf-8"],
  "/style/steps.css": ["../../style/steps.css", "text/css; charset=utf-8"],
};
const COOKIE = "photo-sharing";
const MAX_BODY_BYTES = 10_000;

/** The table, with the photos that are in the store. */
async function photoTable(ready) {
  const table = new PhotoTable();
  for (const photo of await readJson(here("photos/photos.json"))) {
    await upload(ready, photo, await readFile(here(`photos/${photo.file}`)));
    table.add(photo);
  }
  return table;
}

/** The schema, and the resolvers of its fields, each with its data sources. */
async function readApi(table, { edge }, folder, log) {
  const handlers = (name) => readHandlers(new URL(`${name}.js`, folder), log);
  const { httpConfig } = await readJson(new URL("datasource.json", folder));
  const signer = httpDataSource({ ...httpConfig, endpoint: edge });
  const schema = await readFile(new URL("schema.graphql", folder), "utf8");
  const resolvers = {
    listPhotos: pipeline(await handlers("listPhotos"), [
      { handlers: await handlers("readPhotos"), dataSource: table.ask },
      { handlers: await handlers("signPhotos"), dataSource: signer },
    ]),
    setVisibility: unit(await handlers("setVisibility"), table.ask),
  };
  return { schema, resolvers };
}

/** What was posted; undefined where that isn't JSON, which alone a form of another site can't send. */
async function readBody(request) {
  if (!/^application\/json\b/.test(request.headers["content-type"])) return undefined;
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    const value = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === "object" ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

function say(response, status, value, headers = {}) {
  const own = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  response.writeHead(status, { ...own, ...headers }).end(JSON.stringify(value));
}

/** The routes of the application; each gives back what `say` takes. */
function routesOf(ready, api) {
  // Who is signed in, by what is in their cookie.
  const users = new Map();
  const cookieOf = ({ headers: { cookie = "" } }) =>
    new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(cookie)?.[1];
  const userOf = (request) => users.get(cookieOf(request)) ?? null;

  return {
    "GET /session": (request) => [200, { user: userOf(request) }],

    // No password: that is the part that every application has already.
    "POST /session": (request, { user = null }) => {
      if (user !== null && !USERS.includes(user)) return [400, { message: "no such user" }];
      users.delete(cookieOf(request));
      const id = randomUUID();
      if (user !== null) users.set(id, user);
      const cookie = `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict`;
      return [200, { user }, { "set-cookie": cookie }];
    },

    "POST /graphql": async (request, body) => {
      const user = userOf(request);
      const session = signerSession(ready, { sub: "photo-sharing", role: "application" });
      const identity = user === null ? null : { sub: user };
      return [200, await answer(api, body, { identity, env: { SIGNER_SESSION: session } })];
    },
  };
}

/**
 * Starts the application: its URL and a function that stops it. `ready` is what `cargo xtask dev` tells of
 * the signer and the store; `appsync` is another folder of resolvers.
 */
export async function start({ ready, port = 0, appsync = here("appsync/"), log = console }) {
  const routes = routesOf(ready, await readApi(await photoTable(ready), ready, appsync, log));
  const headers = {
    "content-security-policy": [
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
      `img-src data: ${new URL(ready.store).origin}`,
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ].join("; "),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };

  async function serve(request, response) {
    // Not by new URL, which takes the path of `GET //a` for a host.
    const [pathname] = request.url.split("?");
    if (request.method === "GET" && Object.hasOwn(FILES, pathname)) {
      const [file, type] = FILES[pathname];
      const text = await readFile(here(file));
      return response.writeHead(200, { ...headers, "content-type": type }).end(text);
    }
    const route = `${request.method} ${pathname}`;
    if (!Object.hasOwn(routes, route)) return say(response, 404, { message: "no such route" });
    const body = request.method === "POST" ? await readBody(request) : {};
    if (body === undefined) return say(response, 400, { message: "that is no JSON" });
    say(response, ...(await routes[route](request, body)));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      log.error(error);
      if (!response.headersSent) say(response, 500, { message: "the application failed" });
    });
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

if (pathToFileURL(process.argv[1]).href === import.meta.url) {
  const ready = await readJson(process.env.EDGE_SIGNER_READY_FILE);
  const { url } = await start({ ready, port: Number(process.env.PORT ?? 8800) });
  console.log(`Application: ${url}/`);
}
