#!/usr/bin/env bash
# python-jose stops at the first key of a set that is of another kind, though kid names a later one
#
# Expected: the token's kid picks the key, or all keys are tried; a key of another kind, or of one that it doesn't know,
#           is passed over (RFC 7517 section 5).
# Seen:     with an RSA key, or a post-quantum one (AKP, RFC 9964), before the EC key that the token names, decoding fails
#           with "Incorrect key type". Behind it they do no harm. PyJWT, joserfc and jwcrypto pick by kid.
# Versions: python-jose 3.5.0, beside it PyJWT 2.15.1, joserfc 1.8.0, jwcrypto 1.6.1 (PyPI)  Date: 2026-11-28
# Source:   https://github.com/mpdavis/python-jose/issues/138
# To do:    The edge serves the keys that it can use whatever stands beside them. A server that checks the same sessions
#           with python-jose picks the key itself: next(k for k in keys if k["kid"] == get_unverified_header(t)["kid"]).
#           Do this before the issuer changes from RS256 to ES256: during the change both stand in the set.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
  'python-jose[cryptography]==3.5.0' pyjwt==2.15.1 joserfc==1.8.0 jwcrypto==1.6.1

cat > run.py <<'PY'
import json, time
import jwt as pyjwt
from jose import jwt as python_jose
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from jwcrypto import jwk, jwt as jwcrypto_jwt

ec = jwk.JWK.generate(kty="EC", crv="P-256", kid="new", alg="ES256", use="sig")
rsa = jwk.JWK.generate(kty="RSA", size=2048, kid="old", alg="RS256", use="sig")
new, old = json.loads(ec.export_public()), json.loads(rsa.export_public())
later = {"kty": "AKP", "alg": "ML-DSA-65", "kid": "later", "use": "sig", "pub": "AAAA"}
token = pyjwt.encode({"sub": "alice", "exp": int(time.time()) + 60}, ec.export_to_pem(True, None), "ES256", headers={"kid": "new"})

libraries = {
    "python-jose": lambda keys: python_jose.decode(token, {"keys": keys}, ["ES256"]),
    "python-jose, key picked": lambda keys: python_jose.decode(
        token, next(k for k in keys if k["kid"] == python_jose.get_unverified_header(token)["kid"]), ["ES256"]),
    "PyJWT": lambda keys: pyjwt.decode(token, pyjwt.PyJWKSet.from_dict({"keys": keys})["new"], ["ES256"]),
    "joserfc": lambda keys: joserfc_jwt.decode(token, KeySet.import_key_set({"keys": keys}), ["ES256"]),
    "jwcrypto": lambda keys: jwcrypto_jwt.JWT(jwt=token, key=jwk.JWKSet.from_json(json.dumps({"keys": keys}))),
}
sets = {"EC": [new], "EC, RSA, AKP": [new, old, later], "RSA, EC": [old, new], "AKP, EC": [later, new]}
for name, check in libraries.items():
    for kinds, keys in sets.items():
        try:
            check(keys)
            print(f"{name}: {kinds}: accepted")
        except Exception as e:
            print(f"{name}: {kinds}: {type(e).__name__}: {e}")
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
python-jose: EC: accepted
python-jose: EC, RSA, AKP: accepted
python-jose: RSA, EC: JWKError: Incorrect key type. Expected: 'EC', Received: RSA
python-jose: AKP, EC: JWKError: Incorrect key type. Expected: 'EC', Received: AKP
python-jose, key picked: EC: accepted
python-jose, key picked: EC, RSA, AKP: accepted
python-jose, key picked: RSA, EC: accepted
python-jose, key picked: AKP, EC: accepted
PyJWT: EC: accepted
PyJWT: EC, RSA, AKP: accepted
PyJWT: RSA, EC: accepted
PyJWT: AKP, EC: accepted
joserfc: EC: accepted
joserfc: EC, RSA, AKP: accepted
joserfc: RSA, EC: accepted
joserfc: AKP, EC: accepted
jwcrypto: EC: accepted
jwcrypto: EC, RSA, AKP: accepted
jwcrypto: RSA, EC: accepted
jwcrypto: AKP, EC: accepted
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
