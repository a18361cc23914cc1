#!/usr/bin/env bash
# workerd hangs up on a body that a redirect didn't read, and browsers then send the upload again
#
# Expected: a Worker may answer a PUT with 307 before it has read the body: the client is redirected, as it is after it.
# Seen:     With 60 MB the connection is reset before the client has read the 307. Both browsers repeat the PUT by themselves,
#           because the connection had been used before, and then report a network error: the Worker has got it more than
#           once, though the page asked once. With less it is a matter of luck, from 50 kB on. Where the body is read, all is well.
# Versions: workerd 1.20261117.1, driven through playwright-core 1.64.1 (npm) by Firefox ESR 153.8.0 and Chromium 156 (Debian 12)
#                                                                                           Date: 2026-11-28
# Source:   https://github.com/capnproto/capnproto, c++/src/kj/compat/http.h, HttpServerSettings: canceledUploadGraceBytes
# To do:    Where workerd is called without anything before it, read the body, or ask for the URL first and upload to that. What
#           counts requests must be ready for a PUT that comes again.
# Needs:    firefox-esr and chromium-headless-shell on the PATH, or their paths in FIREFOX and CHROMIUM
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
chromium=$(command -v "${CHROMIUM:-chromium-headless-shell}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund playwright-core@1.64.1 workerd@1.20261117.1 >/dev/null

cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker.mjs", esModule = embed "worker.mjs")], compatibilityDate = "2026-10-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
CAPNP
cat > worker.mjs <<'JS'
let puts = 0;
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/puts') { const seen = puts; puts = 0; return new Response(String(seen)); }
    if (request.method !== 'PUT') return new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } });
    if (pathname === '/stored') { await request.arrayBuffer(); return new Response('stored'); }
    puts += 1;
    if (pathname === '/read') await request.arrayBuffer();
    return new Response(null, { status: 307, headers: { location: '/stored' } });
  },
};
JS
cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { chromium, firefox } from 'playwright-core';
const worker = spawn('node_modules/.bin/workerd', ['serve', 'config.capnp', '--control-fd=3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true });
const port = await new Promise((done) => {
  let text = '';
  worker.stdio[3].on('data', (part) => {
    text += part;
    const found = /"port":\s*(\d+)/.exec(text);
    if (found) done(found[1]);
  });
});
const url = `http://127.0.0.1:${port}`;
for (const [name, start] of [
  ['Firefox', () => firefox.launch({ channel: 'moz-firefox', executablePath: process.argv[2] })],
  ['Chromium', () => chromium.launch({ executablePath: process.argv[3], args: ['--no-sandbox'] })],
]) {
  const browser = await start();
  const tab = await browser.newPage();
  for (const path of ['/read', '/unread']) {
    // The upload then goes over a connection that has been used before.
    await tab.goto(url);
    const end = await tab.evaluate((path) => fetch(path, { method: 'PUT', body: new Blob([new Uint8Array(60_000_000)]) })
      .then((r) => r.status, (e) => e.name), path);
    const puts = Number(await (await fetch(`${url}/puts`)).text());
    console.log(`${name}, ${path}: ${end}, the Worker got ${puts === 1 ? 'one PUT' : 'more than one PUT'}`);
  }
  await browser.close();
}
process.kill(-worker.pid);
process.exit();
JS
node --no-warnings run.mjs "$firefox" "$chromium" > seen.txt

cat > recorded.txt <<'END'
Firefox, /read: 200, the Worker got one PUT
Firefox, /unread: TypeError, the Worker got more than one PUT
Chromium, /read: 200, the Worker got one PUT
Chromium, /unread: TypeError, the Worker got more than one PUT
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
