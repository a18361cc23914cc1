#!/usr/bin/env bash
# The verifiers of Standard Webhooks take no Headers of fetch, and those of Svix 2 give nothing back
#
# Expected: verify(await request.text(), request.headers) works where a request is that of fetch, as in a Worker, and gives back
#           the message, as Svix 1 did and standardwebhooks does.
# Seen:     in JavaScript both say "Missing required headers" to a Headers: it has no keys of its own. A plain object does, in any
#           case. svix 2 returns undefined and None: a verified message isn't parsed. Several signatures, the first of them of
#           another secret, are fine everywhere; so is the secret without whsec_.
# Versions: standardwebhooks 1.1.1, svix 2.5.0, svix 1.99.1 (npm); standardwebhooks 1.1.0, svix 2.9.1 (PyPI)    Date: 2026-11-29
# Source:   https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-headers-sending-metadata-to-consumers
# To do:    verify(text, Object.fromEntries(request.headers)), and JSON.parse(text) behind it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund standardwebhooks@1.1.1 svix@2.5.0 svix1@npm:svix@1.99.1 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check standardwebhooks==1.1.0 svix==2.9.1

cat > run.mjs <<'JS'
import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const key = randomBytes(32);
const secret = `whsec_${key.toString('base64')}`;
const text = '{"type":"upload.accepted"}';
const at = Math.floor(Date.now() / 1000);
const sign = (by) => `v1,${createHmac('sha256', by).update(`message-1.${at}.${text}`).digest('base64')}`;
const headers = { 'webhook-id': 'message-1', 'webhook-timestamp': String(at), 'webhook-signature': `${sign(randomBytes(32))} ${sign(key)}` };
writeFileSync('message.json', JSON.stringify({ secret, text, headers }));
for (const name of ['standardwebhooks', 'svix', 'svix1']) {
  const { Webhook } = require(name);
  for (const [how, given] of [['a plain object', headers], ['Headers', new Headers(headers)], ['Object.fromEntries of it', Object.fromEntries(new Headers(headers))]]) {
    let end;
    try { end = JSON.stringify(new Webhook(secret).verify(text, given)) ?? 'undefined'; } catch (error) { end = error.message; }
    console.log(`${name} with ${how}: ${end}`);
  }
}
JS
cat > run.py <<'PY'
import json
import standardwebhooks, svix

message = json.load(open("message.json"))
for name, module in (("standardwebhooks", standardwebhooks), ("svix", svix)):
    webhook = module.Webhook(message["secret"])
    print(f"{name} of PyPI: {webhook.verify(message['text'], message['headers'])}")
PY
{ node --no-warnings run.mjs; venv/bin/python run.py; } > seen.txt

cat > recorded.txt <<'END'
standardwebhooks with a plain object: {"type":"upload.accepted"}
standardwebhooks with Headers: Missing required headers
standardwebhooks with Object.fromEntries of it: {"type":"upload.accepted"}
svix with a plain object: undefined
svix with Headers: Missing required headers
svix with Object.fromEntries of it: undefined
svix1 with a plain object: {"type":"upload.accepted"}
svix1 with Headers: Missing required headers
svix1 with Object.fromEntries of it: {"type":"upload.accepted"}
standardwebhooks of PyPI: {'type': 'upload.accepted'}
svix of PyPI: None
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
