#!/usr/bin/env bash
# An empty upload goes out in chunks: needle's empty Buffer, Deno's empty Blob
#
# Expected: a body of no bytes, held in memory, is sent with Content-Length: 0.
# Seen:     needle sends an empty Buffer, and Deno's fetch an empty Blob (or File), with Transfer-Encoding: chunked and
#           without Content-Length. One byte more, and both send Content-Length. Deno sends an empty Uint8Array with it,
#           and needle the header that the caller gives.
# Versions: needle 3.5.0, deno 2.9.6 (npm)                                                  Date: 2026-11-28
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (Content-Length)
# To do:    content_length 0 is signed, so such a PUT is refused. With needle give content-length yourself; in Deno send
#           new Uint8Array(0) in place of an empty Blob.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false DENO_DIR="$dir/.deno" DENO_NO_UPDATE_CHECK=1
npm install --silent --no-audit --no-fund needle@3.5.0 deno@2.9.6 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import { execFile } from 'node:child_process';
import needle from 'needle';
let how;
const s = http.createServer((q, r) => {
  how = q.headers['transfer-encoding'] ?? `content-length ${q.headers['content-length']}`;
  q.resume().on('end', () => r.end());
});
await new Promise((done) => s.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${s.address().port}/photos/empty`;
const show = (name) => console.log(`${name}: ${how}`);
await needle('put', url, Buffer.alloc(0), {}); show('needle 3.5.0, Buffer of 0 bytes');
await needle('put', url, Buffer.alloc(1), {}); show('needle 3.5.0, Buffer of 1 byte');
await needle('put', url, Buffer.alloc(0), { headers: { 'content-length': '0' } }); show('needle 3.5.0, Buffer of 0 bytes, header given');
for (const body of ['new Blob([])', 'new Blob(["x"])', 'new Uint8Array(0)']) {
  const code = `const r = await fetch(${JSON.stringify(url)}, { method: "PUT", body: ${body} }); await r.body?.cancel()`;
  await new Promise((done, fail) => execFile('node_modules/.bin/deno', ['eval', code], (e) => (e ? fail(e) : done())));
  show(`deno 2.9.6, ${body}`);
}
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
needle 3.5.0, Buffer of 0 bytes: chunked
needle 3.5.0, Buffer of 1 byte: content-length 1
needle 3.5.0, Buffer of 0 bytes, header given: content-length 0
deno 2.9.6, new Blob([]): chunked
deno 2.9.6, new Blob(["x"]): content-length 1
deno 2.9.6, new Uint8Array(0): content-length 0
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
