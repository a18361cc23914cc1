#!/usr/bin/env bash
# got with an empty searchParams cuts the signature off the URL
#
# Expected: {} adds nothing, as params {} of axios and query {} of ofetch add nothing.
# Seen:     the whole query is gone from the request, the signature with it; { a: 1 } replaces it. ky 1.14.3 leaves it
#           for {} and drops it for { a: undefined }, which names nothing either.
# Versions: got 15.1.0, ky 1.14.3, beside them axios 1.21.1, ofetch 1.5.1 (npm)             Date: 2026-11-28
# Source:   https://github.com/sindresorhus/got/blob/main/documentation/2-options.md (searchParams)
# To do:    Call got and ky with a presigned URL and no searchParams at all; mind wrappers that pass searchParams always.
#           The store's answer is AccessDenied, not SignatureDoesNotMatch, because there is no signature left.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund got@15.1.0 ky@1.14.3 axios@1.21.1 ofetch@1.5.1 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import got from 'got';
import ky from 'ky';
import axios from 'axios';
import { ofetch } from 'ofetch';
let asked;
const s = http.createServer((q, r) => { asked = q.url; r.end('ok'); });
await new Promise((done) => s.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${s.address().port}/photos/cat.png?X-Amz-Signature=0`;
const clients = {
  got: (p) => got(url, { searchParams: p }),
  ky: (p) => ky(url, { searchParams: p }),
  axios: (p) => axios.get(url, { params: p }),
  ofetch: (p) => ofetch(url, { query: p }),
};
for (const [text, params] of [['{}', {}], ['{ a: undefined }', { a: undefined }], ['{ a: 1 }', { a: 1 }]]) {
  for (const [name, get] of Object.entries(clients)) {
    await get(params);
    console.log(`${name} with ${text}: ${asked}`);
  }
}
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
got with {}: /photos/cat.png
ky with {}: /photos/cat.png?X-Amz-Signature=0
axios with {}: /photos/cat.png?X-Amz-Signature=0
ofetch with {}: /photos/cat.png?X-Amz-Signature=0
got with { a: undefined }: /photos/cat.png
ky with { a: undefined }: /photos/cat.png
axios with { a: undefined }: /photos/cat.png?X-Amz-Signature=0
ofetch with { a: undefined }: /photos/cat.png?X-Amz-Signature=0
got with { a: 1 }: /photos/cat.png?a=1
ky with { a: 1 }: /photos/cat.png?a=1
axios with { a: 1 }: /photos/cat.png?X-Amz-Signature=0&a=1
ofetch with { a: 1 }: /photos/cat.png?X-Amz-Signature=0&a=1
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
