// The application: who is signed in, an album, and a page for the operator.
// `cargo xtask dev --example photo-inbox` starts it beside the signer.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { Logs } from "./logs.mjs";
import { choices, history } from "./operator.mjs";
import { messagePage, operatorPage } from "./pages.mjs";
import { listPhotos, signerSession } from "./signer.mjs";

const MEMBERS = ["alice", "bob"];
const OPERATOR = "operator";
const COOKIE = "photo-inbox";
const MAX_BODY_BYTES = 1000;
const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";
const FILES = {
  "/": ["page/index.html", HTML],
  "/album.js": ["page/album.js", SCRIPT],
  "/elements.js": ["page/elements.js", SCRIPT],
  "/words.js": ["page/words.js", SCRIPT],
  "/page.css": ["page/page.css", STYLE],
  // The browser client, as it is built.
  "/edge-signer/index.js": ["../../clients/js/dist/index.js", SCRIPT],
  // What the pages of all examples share.
  "/style/base.css": ["../../style/base.css", STYLE],
  "/style/steps.css": ["../../style/steps.css", STYLE],
};

const isOperators = (user) => user === OPERATOR;
const isMembers = (user) => MEMBERS.includes(user);

const forbidden = () => [403, messagePage("Not for you", "Choose “The operator” in the album.")];
const json = (status, value, headers) => [
  status,
  JSON.stringify(value),
  "application/json",
  headers,
];

/** The application's routes; each gives back status, text, its type unless that is HTML, and headers. */
function routesOf(ready) {
  const logs = new Logs(ready);
  // Who is signed in, by what is in their cookie. No password: that is the part that every application has already.
  const users = new Map();
  const cookieOf = ({ headers: { cookie = "" } }) =>
    new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(cookie)?.[1];
  const userOf = (request) => users.get(cookieOf(request)) ?? null;

  return {
    "GET /session": (request) => json(200, { user: userOf(request), edge: ready.edge }),

    "POST /session": (request, _, { user = null }) => {
      if (!isMembers(user) && !isOperators(user)) return json(400, { message: "no such user" });
      users.delete(cookieOf(request));
      const id = randomUUID();
      users.set(id, user);
      const cookie = `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict`;
      return json(200, { user, edge: ready.edge }, { "set-cookie": cookie });
    },

    // What the page shows the signer. It is good for a quarter of an hour, and asked for before each call.
    "GET /token": (request) => {
      const user = userOf(request);
      if (!isMembers(user)) return json(403, { message: "no member is signed in" });
      return json(200, { token: signerSession(ready, { sub: user, role: "member" }) });
    },

    "GET /photos": async (request) => {
      if (userOf(request) === null) return json(403, { message: "nobody is signed in" });
      return json(200, { photos: await listPhotos(ready) });
    },

    "GET /operator": async (request, query) => {
      if (!isOperators(userOf(request))) return forbidden();
      const key = query.get("key") ?? undefined;
      const photos = await listPhotos(ready);
      const [report, uploads] = await Promise.all([logs.join(), logs.uploads()]);
      const all = choices(photos, report, uploads);
      const one = key && (await history(key, all, report, uploads, logs));
      return [key && !one ? 404 : 200, operatorPage(all, key, one)];
    },

    "GET /operator/report": async (request) => {
      if (!isOperators(userOf(request))) return forbidden();
      // It is one file that holds its own style, and no script.
      const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
      return [200, await logs.report(), HTML, { "content-security-policy": policy }];
    },
  };
}

/** What was posted; undefined where that isn't JSON, which alone a form of another site can't send. */
async function readBody(request) {
  if (!/^application\/json\b/.test(request.headers["content-type"])) return undefined;
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the application: its URL and a function that stops it. `ready` is what `cargo xtask dev` tells of
 * the signer, the store and their logs.
 */
export async function start({ ready, port = 0, log = console }) {
  const routes = routesOf(ready);
  const [edge, store] = [ready.edge, ready.store].map((url) => new URL(url).origin);
  const headers = {
    "content-security-policy": [
      "default-src 'none'; script-src 'self'; style-src 'self'",
      `connect-src 'self' ${edge} ${store}; img-src data: ${store}`,
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ].join("; "),
    // Sessions, and what the operator sees, are for one person.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };

  async function answer(request) {
    // Not by new URL, which takes the path of `GET //a` for a host.
    const [, pathname, query] = /^([^?]*)\??(.*)$/.exec(request.url);
    if (request.method === "GET" && Object.hasOwn(FILES, pathname)) {
      const [file, type] = FILES[pathname];
      return [200, await readFile(new URL(file, import.meta.url)), type];
    }
    const route = `${request.method} ${pathname}`;
    if (!Object.hasOwn(routes, route)) {
      return [404, messagePage("Nothing here", "There is no such page.")];
    }
    const body = request.method === "POST" ? await readBody(request) : {};
    if (body === undefined) return json(400, { message: "that is no JSON" });
    return routes[route](request, new URLSearchParams(query), body);
  }

  const server = createServer(async (request, response) => {
    const said = await answer(request).catch((error) => {
      log.error(error);
      const text = "The signer or the store did not answer as it should. Try again in a moment.";
      return [502, messagePage("Not now", text)];
    });
    const [status, text, type = HTML, more = {}] = said;
    response.writeHead(status, { ...headers, "content-type": type, ...more }).end(text);
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

if (pathToFileURL(process.argv[1]).href === import.meta.url) {
  const ready = JSON.parse(await readFile(process.env.EDGE_SIGNER_READY_FILE, "utf8"));
  const { url } = await start({ ready, port: Number(process.env.PORT ?? 8800) });
  console.log(`Application: ${url}/`);
}
