#!/usr/bin/env bash
# axios in Node: a Blob's type replaces the Content-Type that the caller gave
#
# Expected: a header that the caller names is sent as it is, whatever the Blob says, as fetch does.
# Seen:     axios sends the Blob's type instead. A Blob without a type, or a Buffer, leaves the header alone.
# Versions: axios 1.21.1 (npm), beside it undici 7.30.2's fetch                             Date: 2026-11-28
# Source:   https://github.com/axios/axios/issues/3232 (the same in browsers, taken back there)
# To do:    A signed content-type has to be sent letter by letter. Give axios the bytes, or a Blob with the signed type
#           (blob.slice(0, blob.size, type)), or use fetch.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund axios@1.21.1 undici@7.30.2 >/dev/null

cat > run.mjs <<'JS'
import http from 'node:http';
import axios from 'axios';
import { fetch } from 'undici';
let type;
const s = http.createServer((q, r) => { type = q.headers['content-type']; q.resume().on('end', () => r.end()); });
await new Promise((done) => s.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${s.address().port}/photos/cat.png?X-Amz-SignedHeaders=content-type%3Bhost`;
const headers = { 'content-type': 'application/octet-stream' };
const typed = new Blob(['hello'], { type: 'image/png' });
const show = (name) => console.log(`${name}: ${type}`);
console.log(`signed: ${headers['content-type']}; the Blob says ${typed.type}`);
await axios.put(url, typed, { headers }); show(`axios ${axios.VERSION}, Blob with a type`);
await axios.put(url, new Blob(['hello']), { headers }); show(`axios ${axios.VERSION}, Blob without`);
await axios.put(url, Buffer.from('hello'), { headers }); show(`axios ${axios.VERSION}, Buffer`);
await fetch(url, { method: 'PUT', body: typed, headers }); show('fetch, Blob with a type');
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
signed: application/octet-stream; the Blob says image/png
axios 1.21.1, Blob with a type: image/png
axios 1.21.1, Blob without: application/octet-stream
axios 1.21.1, Buffer: application/octet-stream
fetch, Blob with a type: application/octet-stream
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
