#!/usr/bin/env bash
# Bun, obstore, django-storages and s3-lite-client presign another key than the one they were given
#
# Expected: a key is kept as it is: S3 takes "a", "/a", "a/", "a//b" for four objects. boto3 and the AWS SDK keep it.
# Seen:     Bun's S3Client drops all leading and trailing slashes, and makes \ a /.
#           obstore drops one at each end, and refuses a//b with a TypeError about the type of its argument.
#           django-storages makes a//b a/b. s3-lite-client takes a ? for the beginning of the query: "what?.txt" is the
#           key "what" and a parameter ".txt". All of these URLs are well signed, for the other key.
# Versions: bun 1.4.5, @bradenmacdonald/s3-lite-client 1.0.0 (npm); obstore 0.12.1, django-storages 1.14.6 (Django 5.2.19),
#           boto3 1.43.117 (PyPI)                                                           Date: 2026-11-28
# Source:   https://github.com/oven-sh/bun/issues/34959
# To do:    The edge signs keys to the byte. What one of these wrote as "folder/" lies at "folder": ask the edge for the
#           key that ListObjectsV2 shows, not for the one in the old program. A name that a user typed may have a ?
set -euo pipefail
dir=$(mktemp -d)
trap 'wait; rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund bun@1.4.5 @bradenmacdonald/s3-lite-client@1.0.0 >/dev/null &
npm=$!
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check \
  obstore==0.12.1 django-storages==1.14.6 boto3==1.43.117 botocore==1.43.117 django==5.2.19
wait "$npm"
node node_modules/bun/install.js >/dev/null 2>&1 || true
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
export AWS_EC2_METADATA_DISABLED=true AWS_REGION=eu-central-1

cat > run.ts <<'TS'
import { S3Client } from 'bun';
const s3 = new S3Client({ bucket: 'my-photos', region: 'eu-central-1', accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY });
for (const key of ['a', '/a', '//a', 'a/', 'a//', 'a//b', 'a\\b']) console.log(`bun: ${key} -> ${decodeURIComponent(new URL(s3.presign(key)).pathname.replace('/my-photos/', ''))}`);
TS
cat > run.mjs <<'JS'
import { S3Client } from '@bradenmacdonald/s3-lite-client';
const s3 = new S3Client({
  endPoint: 'https://s3.eu-central-1.amazonaws.com', region: 'eu-central-1', bucket: 'my-photos',
  accessKey: process.env.AWS_ACCESS_KEY_ID, secretKey: process.env.AWS_SECRET_ACCESS_KEY,
});
for (const key of ['/a', 'a/', 'a//b', 'what#.txt', 'what%.txt', 'what?.txt']) {
  const url = new URL(await s3.getPresignedUrl('GET', key));
  console.log(`s3-lite-client: ${key} -> ${decodeURIComponent(url.pathname.replace('/my-photos/', ''))}`);
}
JS
cat > run.py <<'PY'
import datetime, os, urllib.parse
import boto3, obstore
from botocore.config import Config
from django.conf import settings
from obstore.store import S3Store
settings.configure()
from storages.backends.s3 import S3Storage

access, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
sdk = boto3.client("s3", region_name="eu-central-1", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
store = S3Store("my-photos", region="eu-central-1", access_key_id=access, secret_access_key=secret)
django = S3Storage(bucket_name="my-photos", region_name="eu-central-1", access_key=access, secret_key=secret, addressing_style="path", signature_version="s3v4")
ways = {
    "boto3": lambda key: sdk.generate_presigned_url("get_object", Params={"Bucket": "my-photos", "Key": key}),
    "obstore": lambda key: obstore.sign(store, "GET", key, datetime.timedelta(seconds=60)),
    "django-storages": django.url,
}
for name, way in ways.items():
    for key in ["a", "a/", "a//b", "what?.txt"] + ([] if name == "django-storages" else ["/a"]):
        try:
            path = urllib.parse.unquote(urllib.parse.urlsplit(way(key)).path)
            print(f"{name}: {key} -> {path.removeprefix('/my-photos/')}")
        except TypeError as e:
            print(f"{name}: {key} -> TypeError: {e}")
PY
{ node_modules/.bin/bun run.ts; node --no-warnings run.mjs; venv/bin/python run.py; } > seen.txt

cat > recorded.txt <<'END'
bun: a -> a
bun: /a -> a
bun: //a -> a
bun: a/ -> a
bun: a// -> a
bun: a//b -> a//b
bun: a\b -> a/b
s3-lite-client: /a -> /a
s3-lite-client: a/ -> a/
s3-lite-client: a//b -> a//b
s3-lite-client: what#.txt -> what#.txt
s3-lite-client: what%.txt -> what%.txt
s3-lite-client: what?.txt -> what
boto3: a -> a
boto3: a/ -> a/
boto3: a//b -> a//b
boto3: what?.txt -> what?.txt
boto3: /a -> /a
obstore: a -> a
obstore: a/ -> a
obstore: a//b -> TypeError: Expected string path or sequence of string paths.
obstore: what?.txt -> what?.txt
obstore: /a -> a
django-storages: a -> a
django-storages: a/ -> a/
django-storages: a//b -> a/b
django-storages: what?.txt -> what?.txt
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
