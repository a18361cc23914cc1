#!/usr/bin/env bash
# Uppy's XHR upload calls a presigned PUT failed that the store has taken
#
# Expected: an answer of 200 counts as uploaded.
# Seen:     S3 answers a PUT with 200 and an empty body. @uppy/xhr-upload wants JSON there, and puts the file among the
#           failed ones, although the whole of it arrived. With getResponseData it is among the successful ones.
# Versions: @uppy/core 6.3.1, @uppy/xhr-upload 6.0.0, jsdom 26.1.0 (npm)                    Date: 2026-11-28
# Source:   https://github.com/transloadit/uppy/issues/5349
# To do:    Take @uppy/aws-s3 (docs/api.md, Uppy). If it has to be xhr-upload: method PUT, formData false, and
#           getResponseData: () => ({ url: '' }). Else a user tries again, which create_only answers with 412.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund @uppy/core@6.3.1 @uppy/xhr-upload@6.0.0 jsdom@26.1.0 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import { JSDOM } from 'jsdom';
let got;
const s = http.createServer((q, r) => {
  let n = 0;
  q.on('data', (d) => (n += d.length));
  q.on('end', () => {
    if (q.method === 'PUT') got = `PUT of ${n} bytes, ${q.headers['content-type']}`;
    r.writeHead(200, { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'PUT', 'access-control-allow-headers': 'content-type', etag: '"0"' });
    r.end();
  });
});
await new Promise((done) => s.listen(0, '127.0.0.1', done));
const endpoint = `http://127.0.0.1:${s.address().port}/photos/cat.png?X-Amz-Signature=0`;
const { window } = new JSDOM('', { url: 'http://127.0.0.1/' });
for (const name of ['window', 'document', 'navigator', 'XMLHttpRequest', 'FormData', 'File', 'Blob', 'Event', 'CustomEvent', 'ProgressEvent']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true });
}
const { default: Uppy } = await import('@uppy/core');
const { default: XHRUpload } = await import('@uppy/xhr-upload');
for (const extra of [{}, { getResponseData: () => ({ url: '' }) }]) {
  const uppy = new Uppy({ logger: { debug() {}, warn() {}, error() {} } });
  uppy.use(XHRUpload, { endpoint, method: 'PUT', formData: false, shouldRetry: () => false, ...extra });
  uppy.addFile({ name: 'cat.png', type: 'image/png', data: new window.File(['hello'], 'cat.png', { type: 'image/png' }) });
  const { successful, failed } = await uppy.upload();
  console.log(`${Object.keys(extra)[0] ?? 'as it comes'}: the store got ${got}; successful ${successful.length}, failed ${failed.length}`);
}
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
as it comes: the store got PUT of 5 bytes, image/png; successful 0, failed 1
getResponseData: the store got PUT of 5 bytes, image/png; successful 1, failed 0
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
