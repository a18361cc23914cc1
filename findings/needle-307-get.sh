#!/usr/bin/env bash
# needle turns a PUT into a GET at a 307
#
# Expected: the method and the body are kept; that is what 307 is for.
# Seen:     the second request is a GET without a body, with the Content-Type of the upload, and needle reports its 200.
#           With follow_keep_method the PUT is repeated with its body.
# Versions: needle 3.5.0 (npm)                                                              Date: 2026-11-28
# Source:   https://github.com/tomas/needle, README, option follow_keep_method
# To do:    For an upload link: needle("put", link, bytes, { follow_max: 3, follow_keep_method: true, headers }).
#           Without it the use is spent and the store refuses the GET, whose signature is for PUT.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund needle@3.5.0 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import needle from 'needle';
import { createRequire } from 'node:module';
const { version } = createRequire(import.meta.url)('needle/package.json');
let seen = [];
const server = (name, status, headers) => new Promise((done) => {
  const s = http.createServer((q, r) => {
    let n = 0;
    q.on('data', (d) => (n += d.length));
    q.on('end', () => { seen.push(`${name} ${q.method} ${n} bytes`); r.writeHead(status, headers); r.end(); });
  });
  s.listen(0, '127.0.0.1', () => done(s.address().port));
});
const store = await server('store', 200, {});
const edge = await server('edge', 307, { location: `http://127.0.0.1:${store}/photos/cat.png` });
for (const extra of [{}, { follow_keep_method: true }]) {
  const headers = { 'content-type': 'image/png', 'if-none-match': '*' };
  const r = await needle('put', `http://127.0.0.1:${edge}/l/token`, Buffer.from('hello'), { headers, follow_max: 3, ...extra });
  console.log(`needle ${version} ${JSON.stringify(extra)}: status ${r.statusCode}; ${seen.join('; ')}`);
  seen = [];
}
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
needle 3.5.0 {}: status 200; edge PUT 5 bytes; store GET 0 bytes
needle 3.5.0 {"follow_keep_method":true}: status 200; edge PUT 5 bytes; store PUT 5 bytes
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
