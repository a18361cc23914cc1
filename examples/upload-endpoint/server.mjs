// The front end at an origin of its own, as it is where a web server or a CDN has it: the files of public/, and the
// session that in production comes of signing in.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const publicFolder = fileURLToPath(new URL("public", import.meta.url));
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** Serves it on a loopback port; port 0 takes a free one. `ready` says where the edge is, and has a session for it. */
export async function start({ port, ready }) {
  const server = createServer(async (request, response) => {
    // Not by new URL, which takes the path of `GET //a` for a host.
    const [pathname] = request.url.split("?");
    if (pathname === "/dev-session.json") {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      const { edge, token, store_name: store } = ready;
      response.end(JSON.stringify({ edge, token, store, subject: "dev" }));
      return;
    }
    const name = normalize(pathname === "/" ? "/index.html" : `/${pathname}`);
    const type = TYPES[extname(name)];
    const bytes = type && (await readFile(join(publicFolder, name)).catch(() => undefined));
    response.writeHead(bytes ? 200 : 404, { "content-type": type ?? "text/plain" });
    response.end(bytes ?? "There is no such file.");
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const ready = JSON.parse(await readFile(process.env.EDGE_SIGNER_READY_FILE, "utf8"));
  const { url } = await start({ port: Number(process.env.PORT ?? 5173), ready });
  console.log(`The same page at another origin: ${url}/`);
}
