#!/usr/bin/env bash
# Firefox says the page's origin in the preflight of a redirected upload, and null in the upload
#
# Expected: Origin: null in both, once a redirect has led from one foreign origin to another (Fetch, "redirect-tainted
#           origin"), as Chromium does.
# Seen:     Firefox's preflight has the page's origin, its PUT has null. Chromium has null in both. Both end with status 200
#           only where the store allows what each of the two says.
# Versions: Firefox ESR 153.8.0, Chromium 156 (Debian 12), driven by playwright-core 1.64.1 (npm)     Date: 2026-11-28
# Source:   https://fetch.spec.whatwg.org/#serializing-a-request-origin
# To do:    A bucket's CORS rules for uploads by a link from a page of a third origin allow every origin: "null" alone fails
#           in Firefox, the page's alone fails everywhere. Or the link streams, or the page asks for the store's URL itself.
# Needs:    firefox-esr and chromium-headless-shell on the PATH, or their paths in FIREFOX and CHROMIUM
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
chromium=$(command -v "${CHROMIUM:-chromium-headless-shell}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund playwright-core@1.64.1 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import { chromium, firefox } from 'playwright-core';
let seen = [], page;
const server = (answer) => new Promise((done) => {
  const s = http.createServer((q, r) => q.resume().on('end', () => answer(q, r)));
  s.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${s.address().port}`));
});
const cors = (q) => ({
  'access-control-allow-origin': q.headers.origin ?? '*',
  'access-control-allow-methods': 'PUT',
  'access-control-allow-headers': 'content-type',
});
const store = await server((q, r) => {
  seen.push(`${q.method} ${q.headers.origin === page ? "the page's" : q.headers.origin}`);
  r.writeHead(200, cors(q)).end();
});
const edge = await server((q, r) => (q.method === 'PUT'
  ? r.writeHead(307, { ...cors(q), location: `${store}/photos/cat.png` }).end()
  : r.writeHead(200, cors(q)).end()));
page = await server((q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'));
for (const [name, start] of [
  ['Firefox', () => firefox.launch({ channel: 'moz-firefox', executablePath: process.argv[2] })],
  ['Chromium', () => chromium.launch({ executablePath: process.argv[3], args: ['--no-sandbox'] })],
]) {
  seen = [];
  const browser = await start();
  const tab = await browser.newPage();
  await tab.goto(page);
  const status = await tab.evaluate((url) => fetch(url, { method: 'PUT', body: new Blob(['a'], { type: 'image/png' }) })
    .then((r) => r.status, (e) => e.name), `${edge}/l/token`);
  console.log(`${name}: ${seen.join(', ')}: ${status}`);
  await browser.close();
}
process.exit();
JS
node --no-warnings run.mjs "$firefox" "$chromium" > seen.txt

cat > recorded.txt <<'END'
Firefox: OPTIONS the page's, PUT null: 200
Chromium: OPTIONS null, PUT null: 200
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
