#!/usr/bin/env bash
# s3rver answers a suffix range from the wrong end
#
# Expected: Range: bytes=-2 asks for the last two bytes, and gets them with 206.
# Seen:     206 with Content-Range: bytes 0-2/…, the first three bytes. Readers of archives and columns begin with such a
#           range: remotezip finds no zip file. bytes=2-3 and bytes=3- are right.
# Versions: s3rver 3.7.1 (npm), remotezip 0.12.6 (PyPI)                                     Date: 2026-11-28
# Source:   https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2 (suffix-range)
# To do:    Don't test range readers against s3rver; the project's own development store answers them as S3 does.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund s3rver@3.7.1 >/dev/null 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check remotezip==0.12.6 boto3==1.43.117 botocore==1.43.117

cat > server.cjs <<'JS'
const S3rver = require('s3rver');
new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: 'data', configureBuckets: [{ name: 'my-photos' }] })
  .run().then((at) => require('fs').writeFileSync('port', String(at.port)));
JS
node --no-warnings server.cjs &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done

cat > run.py <<'PY'
import io, zipfile
import boto3, requests
from botocore.config import Config
from remotezip import RemoteZip

s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{open('port').read()}", region_name="us-east-1",
                  aws_access_key_id="S3RVER", aws_secret_access_key="S3RVER",
                  config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))

def url(op, key):
    return s3.generate_presigned_url(op, Params={"Bucket": "my-photos", "Key": key})

def put(key, body):
    requests.put(url("put_object", key), data=body).raise_for_status()

put("letters", b"abcdefgh")
for wanted in ("bytes=2-3", "bytes=3-", "bytes=-2"):
    r = requests.get(url("get_object", "letters"), headers={"range": wanted})
    print(f"{wanted}: {r.status_code} {r.headers['content-range']} {r.text}")
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    z.writestr("big.bin", bytes(100_000))
put("cats.zip", archive.getvalue())
try:
    print("remotezip:", RemoteZip(url("get_object", "cats.zip")).namelist())
except zipfile.BadZipFile as e:
    print("remotezip:", e)
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
bytes=2-3: 206 bytes 2-3/8 cd
bytes=3-: 206 bytes 3-7/8 defgh
bytes=-2: 206 bytes 0-2/8 abc
remotezip: File is not a zip file
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
