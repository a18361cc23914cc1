#!/usr/bin/env bash
# Authlib writes an EC key's coordinate without its leading zero; most take it, PyJWT doesn't
#
# Expected: Authlib drops the zero byte with which x or y of one key in 128 begins, though RFC 7518 section 6.2.1.2 wants
#           all 32; WebCrypto and jose refuse such a key.
# Seen:     Authlib does write 31 bytes. But WebCrypto and jose take it, and so do Node's createPublicKey, joserfc, jwcrypto
#           and python-jose, so tests with them show nothing. PyJWT refuses: "Coords should be 32 bytes".
#           joserfc, PyJWT, python-jose, jwcrypto, Node write 32.
# Versions: Authlib 1.9.10, joserfc 1.8.0, PyJWT 2.15.1, python-jose 3.5.0, jwcrypto 1.6.1 (PyPI); jose 6.2.18 (npm)
#                                                                                           Date: 2026-11-28
# Source:   https://www.rfc-editor.org/rfc/rfc7518#section-6.2.1.2
# To do:    An issuer built with Authlib publishes its keys by joserfc, which writes all bytes, or makes another key where
#           x or y isn't 43 characters long. The edge puts the zeros back.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund jose@6.2.18 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
  authlib==1.9.10 joserfc==1.8.0 pyjwt==2.15.1 'python-jose[cryptography]==3.5.0' jwcrypto==1.6.1

cat > run.py <<'PY'
import base64, json
import jwt as pyjwt
from authlib.jose import ECKey as AuthlibKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jwk as python_jose
from joserfc.jwk import ECKey
from jwcrypto import jwk

while True:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    if public.public_numbers().x >> 248 == 0 and public.public_numbers().x >> 240:
        break
pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
writers = {
    "Authlib": lambda: AuthlibKey.import_key(pem).as_dict(),
    "joserfc": lambda: ECKey.import_key(pem).as_dict(),
    "PyJWT": lambda: json.loads(pyjwt.algorithms.ECAlgorithm.to_jwk(public)),
    "python-jose": lambda: python_jose.construct(pem.decode(), "ES256").to_dict(),
    "jwcrypto": lambda: json.loads(jwk.JWK.from_pem(pem).export_public()),
}
for name, write in writers.items():
    x = write()["x"]
    print(f"{name} writes an x of {len(base64.urlsafe_b64decode(x + '=='))} bytes")
short = {k: writers["Authlib"]()[k] for k in ("kty", "crv", "x", "y")}
readers = {
    "Authlib": lambda: AuthlibKey.import_key(short).as_pem(),
    "joserfc": lambda: ECKey.import_key(short).as_pem(),
    "PyJWT": lambda: pyjwt.PyJWK(short, "ES256"),
    "python-jose": lambda: python_jose.construct(short, "ES256").to_pem(),
    "jwcrypto": lambda: jwk.JWK(**short).export_to_pem(),
}
for name, read in readers.items():
    try:
        read()
        print(f"{name} reads 31 bytes")
    except Exception as e:
        print(f"{name} refuses 31 bytes: {e}")
json.dump(short, open("short.json", "w"))
PY
cat > run.mjs <<'JS'
import fs from 'node:fs';
import { createPublicKey, webcrypto } from 'node:crypto';
import { importJWK } from 'jose';
const key = JSON.parse(fs.readFileSync('short.json', 'utf8'));
const readers = {
  WebCrypto: () => webcrypto.subtle.importKey('jwk', key, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']),
  createPublicKey: () => createPublicKey({ key, format: 'jwk' }),
  jose: () => importJWK(key, 'ES256'),
};
for (const [name, read] of Object.entries(readers)) {
  try { await read(); console.log(`${name} reads 31 bytes`); } catch (e) { console.log(`${name} refuses 31 bytes: ${e.name}`); }
}
JS
venv/bin/python run.py > seen.txt 2> errors || { cat errors; exit 1; }
node --no-warnings run.mjs >> seen.txt

cat > recorded.txt <<'END'
Authlib writes an x of 31 bytes
joserfc writes an x of 32 bytes
PyJWT writes an x of 32 bytes
python-jose writes an x of 32 bytes
jwcrypto writes an x of 32 bytes
Authlib reads 31 bytes
joserfc reads 31 bytes
PyJWT refuses 31 bytes: Coords should be 32 bytes for curve P-256
python-jose reads 31 bytes
jwcrypto reads 31 bytes
WebCrypto reads 31 bytes
createPublicKey reads 31 bytes
jose reads 31 bytes
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
