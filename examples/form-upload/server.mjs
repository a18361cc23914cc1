// The application: a form, and a page that confirms what was uploaded with it.
// `cargo xtask dev --example form-upload` starts it beside the signer.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { confirmPage, formPage, messagePage } from "./pages.mjs";
import { Signer } from "./signer.mjs";

const COOKIE = "form-upload";
const SIZES = { least: 1000, most: 1_000_000 };
const FILES = {
  "/page.css": ["page/page.css", "text/css; charset=utf-8"],
  "/form.js": ["page/form.js", "text/javascript; charset=utf-8"],
  // What the pages of all examples share.
  "/style/base.css": ["../../style/base.css", "text/css; charset=utf-8"],
  "/style/steps.css": ["../../style/steps.css", "text/css; charset=utf-8"],
};
const EXTENSIONS = {
  "image/jpeg": ["jpg", "jpeg"],
  "image/png": ["png"],
  "image/webp": ["webp"],
};

/** The name to save an image under: with the extension of its type. */
function fileNameOf({ name, type }) {
  const extensions = EXTENSIONS[type] ?? [];
  const hasOne = extensions.some((extension) => name.toLowerCase().endsWith(`.${extension}`));
  return hasOne || extensions.length === 0 ? name || "file" : `${name || "image"}.${extensions[0]}`;
}

/** The application's pages; each gives back status, HTML and perhaps a cookie. */
function routesOf(signer, ownUrl) {
  // Who a browser is, by what is in its cookie. An application with users has that already.
  const visitors = new Map();
  const cookieOf = ({ headers: { cookie = "" } }) =>
    new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(cookie)?.[1];

  return {
    "/": async (request) => {
      let id = cookieOf(request);
      if (!visitors.has(id)) {
        id = randomUUID();
        visitors.set(id, randomUUID());
      }
      const form = await signer.form(visitors.get(id), `${ownUrl}/uploaded`, SIZES.most);
      // Lax: the store's redirect, which comes from another site, has to bring it along.
      return [200, formPage(form, SIZES), `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`];
    },

    // Anybody can write this address with any key. The signer knows whose it is.
    "/uploaded": async (request, query) => {
      const visitor = visitors.get(cookieOf(request));
      const key = query.get("key");
      const details = visitor && key && (await signer.details(visitor, key));
      if (!details) {
        return [404, messagePage("Nothing here", "There is no such upload of yours.")];
      }
      if (details.bytes < SIZES.least) {
        await signer.remove(visitor, key);
        const sizes = `It has ${details.bytes.toLocaleString("en")} bytes, and ${SIZES.least.toLocaleString("en")} are the least.`;
        return [422, messagePage("Too small", `${sizes} It was not kept: pick another file.`)];
      }
      const fileName = fileNameOf(details);
      const [preview, download] = await Promise.all([
        signer.url(visitor, key),
        signer.url(visitor, key, fileName),
      ]);
      return [200, confirmPage(details, { key, preview, download, fileName })];
    },
  };
}

/**
 * Starts the application: its URL and a function that stops it. `ready` is what `cargo xtask dev` tells of
 * the signer and the store.
 */
export async function start({ ready, port = 0, log = console }) {
  const server = createServer();
  await once(server.listen(port, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  const routes = routesOf(new Signer(ready), url);
  const store = new URL(ready.store).origin;
  const headers = {
    // A form's policy holds for its redirect too.
    "content-security-policy": [
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src data: ${store}`,
      `form-action 'self' ${store}; base-uri 'none'; frame-ancestors 'none'`,
    ].join("; "),
    "content-type": "text/html; charset=utf-8",
    // A form is for one upload, and a signed link for one person.
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };

  async function answer({ method, url: target, headers: sent }) {
    // Not by new URL, which takes the path of `GET //a` for a host.
    const [, pathname, query] = /^([^?]*)\??(.*)$/.exec(target);
    if (!["GET", "HEAD"].includes(method) || !Object.hasOwn(routes, pathname)) {
      return [404, messagePage("Nothing here", "There is no such page.")];
    }
    try {
      return await routes[pathname]({ headers: sent }, new URLSearchParams(query));
    } catch (error) {
      log.error(error);
      const text = "The signer or the store did not answer as it should. Try again in a moment.";
      return [502, messagePage("Not now", text)];
    }
  }

  server.on("request", async (request, response) => {
    if (Object.hasOwn(FILES, request.url)) {
      const [file, type] = FILES[request.url];
      const text = await readFile(new URL(file, import.meta.url));
      return response.writeHead(200, { "content-type": type }).end(text);
    }
    const [status, text, cookie] = await answer(request);
    response.writeHead(status, { ...headers, ...(cookie && { "set-cookie": cookie }) }).end(text);
  });
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url, stop };
}

if (pathToFileURL(process.argv[1]).href === import.meta.url) {
  const ready = JSON.parse(await readFile(process.env.EDGE_SIGNER_READY_FILE, "utf8"));
  const { url } = await start({ ready, port: Number(process.env.PORT ?? 8800) });
  console.log(`Application: ${url}/`);
}
