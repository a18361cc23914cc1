#!/usr/bin/env bash
# Forms at stores for tests: s3rver leaves ${filename} as it is, moto's 201 has no XML
#
# Expected: s3rver, which has whole forms, puts the file's name where ${filename} stands; moto, which has little of them,
#           doesn't. Both answer success_action_status 201 with the XML that says where the object is.
# Seen:     the other way round: s3rver makes an object whose key ends in the nine characters ${filename}, so each upload
#           replaces the last one; moto puts the name in. s3rver sends the XML, moto 201 with an empty body.
# Versions: s3rver 3.7.1 (npm), moto 5.2.5 (PyPI)                                           Date: 2026-11-28
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html (key, success_action_status)
# To do:    Test forms of POST /v1/forms against the project's own development store. With s3rver give a whole key; with
#           moto take the key from the form and the file's name, not from the answer.
set -euo pipefail
dir=$(mktemp -d)
servers=()
trap 'for p in "${servers[@]}"; do kill "$p"; wait "$p" 2>/dev/null || true; done; rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund s3rver@3.7.1 >/dev/null 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check \
  'moto[s3]==5.2.5' flask==3.1.3 flask-cors==6.0.5 boto3==1.43.117 botocore==1.43.117
export KEY=AKIAIOSFODNN7EXAMPLE SECRET=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
read -r S3RVER MOTO < <(python3 -c '
import socket
all = [socket.socket() for _ in range(2)]
for s in all: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in all))')
export S3RVER MOTO
cat > server.cjs <<'JS'
const S3rver = require('s3rver');
new S3rver({ address: '127.0.0.1', port: Number(process.env.S3RVER), silent: true, directory: 'kept', configureBuckets: [{ name: 'my-photos' }] }).run();
JS
node --no-warnings server.cjs & servers+=($!)
venv/bin/moto_server -H 127.0.0.1 -p "$MOTO" > moto.log 2>&1 & servers+=($!)

cat > run.py <<'PY'
import os, re, socket, time
import boto3, requests
from botocore.config import Config

for name in ("s3rver", "moto"):
    port = int(os.environ[name.upper()])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    key, secret = ("S3RVER", "S3RVER") if name == "s3rver" else (os.environ["KEY"], os.environ["SECRET"])
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
                      config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
    if name == "moto":
        s3.create_bucket(Bucket="my-photos")
    form = s3.generate_presigned_post("my-photos", "users/alice/${filename}", Fields={"success_action_status": "201"}, Conditions=[{"success_action_status": "201"}])
    for file in ("cat.png", "dog.png"):
        r = requests.post(form["url"], data=form["fields"], files={"file": (file, b"hello", "image/png")})
        said = re.search("<Key>(.+?)</Key>", r.text)
        print(f"{name}: {file}: {r.status_code}, the answer's key: {said[1] if said else 'none'}")
    print(f"{name}: objects:", " ".join(o["Key"] for o in s3.list_objects_v2(Bucket="my-photos")["Contents"]))
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
s3rver: cat.png: 201, the answer's key: users/alice/${filename}
s3rver: dog.png: 201, the answer's key: users/alice/${filename}
s3rver: objects: users/alice/${filename}
moto: cat.png: 201, the answer's key: none
moto: dog.png: 201, the answer's key: none
moto: objects: users/alice/cat.png users/alice/dog.png
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
