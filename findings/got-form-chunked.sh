#!/usr/bin/env bash
# got posts a FormData in chunks, which S3's forms don't take
#
# Expected: the length of a FormData whose parts are all known is sent, as fetch does.
# Seen:     got 15 sends Transfer-Encoding: chunked and no Content-Length. fetch, axios and superagent send the length,
#           the last two also for a file's stream. The order of the fields is kept by all.
# Versions: got 15.1.0, beside it Node's fetch, axios 1.21.1, superagent 10.4.2           Date: 2026-11-28
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html (Content-Length is required: 411)
# To do:    Send a form of POST /v1/forms by fetch, axios or superagent; or with got make the bytes first:
#           const r = new Response(form); got.post(url, { body: Buffer.from(await r.arrayBuffer()),
#           headers: { 'content-type': r.headers.get('content-type') } }).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund got@15.1.0 axios@1.21.1 superagent@10.4.2 >/dev/null
printf hello > cat.txt

cat > run.mjs <<'JS'
import http from 'node:http';
import fs from 'node:fs';
import got from 'got';
import axios from 'axios';
import superagent from 'superagent';
let seen;
const s = http.createServer((q, r) => {
  const parts = [];
  q.on('data', (d) => parts.push(d));
  q.on('end', () => {
    const names = [...Buffer.concat(parts).toString().matchAll(/form-data; name="([^"]+)"/g)].map((m) => m[1]);
    const how = q.headers['content-length'] ? 'Content-Length' : q.headers['transfer-encoding'];
    seen = `${how}; ${names.join(', ')}`;
    r.writeHead(204).end();
  });
});
await new Promise((done) => s.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${s.address().port}/`;
const fields = { key: 'users/alice/${filename}', policy: 'e30=', 'x-amz-signature': '00' };
const form = async () => {
  const f = new FormData();
  for (const [k, v] of Object.entries(fields)) f.append(k, v);
  f.append('file', await fs.openAsBlob('cat.txt'), 'cat.txt');
  return f;
};
const show = (name) => console.log(`${name}: ${seen}`);
await got.post(url, { body: await form() }); show('got, FormData');
const whole = new Response(await form());
await got.post(url, {
  headers: { 'content-type': whole.headers.get('content-type') },
  body: Buffer.from(await whole.arrayBuffer()),
}); show('got, bytes of it');
await fetch(url, { method: 'POST', body: await form() }); show('fetch, FormData');
await axios.post(url, await form()); show('axios, FormData');
await axios.postForm(url, { ...fields, file: fs.createReadStream('cat.txt') }); show('axios.postForm, stream');
await superagent.post(url).field(fields).attach('file', fs.createReadStream('cat.txt')); show('superagent, stream');
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
got, FormData: chunked; key, policy, x-amz-signature, file
got, bytes of it: Content-Length; key, policy, x-amz-signature, file
fetch, FormData: Content-Length; key, policy, x-amz-signature, file
axios, FormData: Content-Length; key, policy, x-amz-signature, file
axios.postForm, stream: Content-Length; key, policy, x-amz-signature, file
superagent, stream: Content-Length; key, policy, x-amz-signature, file
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
