#!/usr/bin/env bash
# moto writes access logs that no parser of S3's reads
#
# Expected: with logging on, an object in the target bucket has a line a request in S3's form: the bucket's name, the key, the
#           request and the user agent in quotes, the query of a presigned URL in the request.
# Seen:     the bucket is always "originbucket" and the key "-", every operation is one of a BUCKET, nothing but the referrer is in
#           quotes, the query stands in the host's field, and of the five fields between status and referrer there are four.
# Versions: moto 5.2.5 (PyPI), boto3 1.43.117                                               Date: 2026-11-29
# Source:   https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
# To do:    Test what reads access logs with the lines in the project's fixtures/access-logs, or with a store's own: edge-signer
#           audit join counts moto's lines as unreadable.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check \
  'moto[s3]==5.2.5' flask==3.1.3 flask-cors==6.0.5 boto3==1.43.117 botocore==1.43.117 requests==2.34.2
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PORT
venv/bin/moto_server -H 127.0.0.1 -p "$PORT" > moto.log 2>&1 & server=$!

cat > run.py <<'PY'
import os, re, socket, time
import boto3, requests
from botocore.config import Config

for _ in range(200):
    try:
        socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))).close()
        break
    except OSError:
        time.sleep(0.1)
s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{os.environ['PORT']}", region_name="us-east-1",
                  config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
for bucket in ("my-photos", "my-logs"):
    s3.create_bucket(Bucket=bucket)
group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
grants = [{"Grantee": group, "Permission": right} for right in ("WRITE", "READ_ACP")]
s3.put_bucket_acl(Bucket="my-logs", AccessControlPolicy={"Owner": {"ID": "a"}, "Grants": grants})
s3.put_object(Bucket="my-photos", Key="a.txt", Body=b"hello")
s3.put_bucket_logging(Bucket="my-photos", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "my-logs", "TargetPrefix": ""}})
url = s3.generate_presigned_url("get_object", Params={"Bucket": "my-photos", "Key": "a.txt"})
print("GET", requests.get(url, headers={"user-agent": "a program"}).status_code)
for entry in s3.list_objects_v2(Bucket="my-logs")["Contents"]:
    line = s3.get_object(Bucket="my-logs", Key=entry["Key"])["Body"].read().decode()
    _, bucket, _, after = re.fullmatch(r"(\S+) (\S+) (\[.+?\]) (.+)", line, re.S).groups()
    fields = after.split()
    print(f"bucket {bucket}, operation {fields[3]}, key {fields[4]}, request {' '.join(fields[5:8])}")
    print(f"between status and referrer: {' '.join(fields[9:fields.index(chr(34) + '-' + chr(34))])}; user agent: {' '.join(fields[14:16])}")
    print("quotes:", line.count('"'), "- the signature is in the host's field:", "X-Amz-Signature=" in line.split("AuthHeader ")[1])
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
GET 200
bucket originbucket, operation REST.GET.BUCKET, key -, request GET /my-photos/a.txt HTTP/1.1
between status and referrer: - - 1 2; user agent: a program
quotes: 2 - the signature is in the host's field: True
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
