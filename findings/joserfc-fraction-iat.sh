#!/usr/bin/env bash
# joserfc and Authlib refuse a token of this very second whose iat has a fraction
#
# Expected: a NumericDate may have a fraction (RFC 7519 section 2), and a token that was just made is accepted.
# Seen:     joserfc and Authlib compare iat with the whole seconds of their clock, without leeway, and say "issued in the
#           future" until the next second begins. Each refuses its own token so; PyJWT, python-jose, jwcrypto take it.
# Versions: joserfc 1.8.0, Authlib 1.9.10, PyJWT 2.15.1, python-jose 3.5.0, jwcrypto 1.6.1 (PyPI)  Date: 2026-11-28
# Source:   https://github.com/authlib/authlib/issues/801 (whether iat may be a float)
# To do:    Whoever issues session tokens writes int(time.time()), or a datetime, never time.time(). The edge takes
#           fractions by their whole seconds (docs/sessions.md), so such a token works there and not everywhere.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
  joserfc==1.8.0 authlib==1.9.10 pyjwt==2.15.1 python-jose==3.5.0 jwcrypto==1.6.1

cat > run.py <<'PY'
import base64, secrets, time, warnings
warnings.simplefilter("ignore")
import jwt as pyjwt
from authlib.jose import jwt as authlib_jwt
from jose import jwt as python_jose
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import OctKey
from jwcrypto import jwk, jwt as jwcrypto_jwt

secret = secrets.token_hex(32)
octet = OctKey.import_key(secret)
other = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="))

def joserfc(token):
    joserfc_jwt.JWTClaimsRegistry().validate(joserfc_jwt.decode(token, octet).claims)

libraries = {
    "joserfc 1.8.0": joserfc,
    "Authlib 1.9.10": lambda t: authlib_jwt.decode(t, secret).validate(),
    "PyJWT 2.15.1": lambda t: pyjwt.decode(t, secret, ["HS256"]),
    "python-jose 3.5.0": lambda t: python_jose.decode(t, secret, ["HS256"]),
    "jwcrypto 1.6.1": lambda t: jwcrypto_jwt.JWT(jwt=t, key=other),
}

def at(fraction):
    while not fraction <= time.time() % 1 < fraction + 0.2:
        time.sleep(0.01)

def make(whole):
    now = time.time()
    return joserfc_jwt.encode({"alg": "HS256"}, {"sub": "alice", "iat": int(now) if whole else now, "exp": int(now) + 60}, octet)

def verdict(check, token):
    try:
        check(token)
        return "accepted"
    except Exception as e:
        return str(e).split(": ", 1)[-1]

for name, check in libraries.items():
    at(0.3)
    whole, fraction = verdict(check, make(True)), verdict(check, token := make(False))
    at(0.1)
    print(f"{name}: whole seconds: {whole}; with a fraction: {fraction}; the same a second later: {verdict(check, token)}")
PY
venv/bin/python run.py > seen.txt 2> errors || { cat errors; exit 1; }

cat > recorded.txt <<'END'
joserfc 1.8.0: whole seconds: accepted; with a fraction: The token was issued in the future; the same a second later: accepted
Authlib 1.9.10: whole seconds: accepted; with a fraction: The token is not valid as it was issued in the future; the same a second later: accepted
PyJWT 2.15.1: whole seconds: accepted; with a fraction: accepted; the same a second later: accepted
python-jose 3.5.0: whole seconds: accepted; with a fraction: accepted; the same a second later: accepted
jwcrypto 1.6.1: whole seconds: accepted; with a fraction: accepted; the same a second later: accepted
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
