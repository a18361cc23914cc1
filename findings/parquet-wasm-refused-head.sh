#!/usr/bin/env bash
# parquet-wasm takes the size of a refusal for that of the file
#
# Expected: where HEAD is refused, as it is for a presigned GET, readParquetStream says so, or asks the end of the file by a range
#           as ParquetFile.fromUrl of the same package does; hyparquet asks for a range then, too.
# Seen:     it reads Content-Length of the 403, looks for the footer there, and says that the file is corrupt. With a
#           Content-Length beside the 403 that is the file's, it reads it.
# Versions: parquet-wasm 0.8.0, hyparquet 1.33.0, hyparquet-writer 0.16.9 (npm)             Date: 2026-11-29
# Source:   https://www.rfc-editor.org/rfc/rfc9110#section-8.6
# To do:    ParquetFile.fromUrl, which asks no HEAD; or the edge's stable link, /f/{store}/{key}, which takes HEAD.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund parquet-wasm@0.8.0 hyparquet@1.33.0 hyparquet-writer@0.16.9 >/dev/null

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { asyncBufferFromUrl, parquetMetadataAsync } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import init, { ParquetFile, readParquetStream } from 'parquet-wasm/esm/parquet_wasm.js';
await init({ module_or_path: readFileSync('node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm') });
const bytes = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'a', data: Array.from({ length: 5000 }, (_, i) => i), type: 'INT32' }] }));
let asked;
const store = http.createServer((q, r) => {
  asked.push(q.method);
  if (q.method === 'HEAD') return r.writeHead(403, { 'content-length': q.url === '/size' ? bytes.length : 243 }).end();
  const [, from, to] = q.headers.range.match(/^bytes=(\d*)-(\d*)$/);
  const start = from ? Number(from) : Math.max(0, bytes.length - Number(to));
  const end = from && to ? Math.min(bytes.length, Number(to) + 1) : bytes.length;
  r.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }).end(bytes.subarray(start, end));
});
await new Promise((done) => store.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${store.address().port}`;
const stream = async (path) => {
  let rows = 0;
  for await (const batch of await readParquetStream(url + path)) rows += batch.numRows;
  return rows;
};
for (const [name, work] of [
  ['readParquetStream, 403 with 243 bytes', () => stream('/refusal')],
  ["readParquetStream, 403 with the file's length", () => stream('/size')],
  ['ParquetFile.fromUrl', async () => (await ParquetFile.fromUrl(`${url}/refusal`)).metadata().fileMetadata().numRows()],
  ['hyparquet', async () => Number((await parquetMetadataAsync(await asyncBufferFromUrl({ url: `${url}/refusal` }))).num_rows)],
]) {
  asked = [];
  const end = await work().then((rows) => `${rows} rows`, (e) => String(e.message ?? e));
  console.log(`${name}: ${end}; first ${asked[0]}`);
}
process.exit();
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
readParquetStream, 403 with 243 bytes: Parquet error: Invalid Parquet file. Corrupt footer; first HEAD
readParquetStream, 403 with the file's length: 5000 rows; first HEAD
ParquetFile.fromUrl: 5000 rows; first GET
hyparquet: 5000 rows; first HEAD
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
