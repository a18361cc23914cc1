#!/usr/bin/env bash
# hono/jwt takes no access token whose typ is at+jwt
#
# Expected: an access token of RFC 9068 is verified like another; jose, jsonwebtoken, fast-jwt, njwt, jwt-simple and
#           @tsndr/cloudflare-worker-jwt take it, and so does the edge.
# Seen:     hono knows no typ but JWT, and refuses the header before it looks at the signature: verify with a secret,
#           verifyWithJwks with the keys, and the middleware "hono/jwk", which answers 401.
# Versions: hono 4.13.19, jose 6.2.18 (npm)                                                 Date: 2026-11-28
# Source:   https://github.com/honojs/hono/pull/2488 (made typ optional; another value stayed refused)
# To do:    Where a Hono Worker and the edge share a session of an issuer that writes at+jwt (oidc-provider, Auth0's
#           RFC 9068 profile, Keycloak where it is switched on), verify with jose in the Hono Worker.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund hono@4.13.19 jose@6.2.18 >/dev/null

cat > run.mjs <<'JS'
import { Hono } from 'hono';
import { jwk } from 'hono/jwk';
import { verify, verifyWithJwks } from 'hono/jwt';
import * as jose from 'jose';
const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
const key = { ...(await jose.exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' };
const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex');
const app = new Hono().use(jwk({ keys: [key], alg: ['ES256'] })).get('/', (c) => c.text('in'));
const say = async (work) => { try { await work(); return 'accepted'; } catch (e) { return e.name; } };
for (const typ of [undefined, 'JWT', 'at+jwt']) {
  const make = (header, k) => new jose.SignJWT({ sub: 'alice' }).setProtectedHeader({ ...header, ...(typ && { typ }) }).setIssuedAt().setExpirationTime('1m').sign(k);
  const es = await make({ alg: 'ES256', kid: 'k' }, privateKey);
  const hs = await make({ alg: 'HS256' }, new TextEncoder().encode(secret));
  const answer = await app.request('/', { headers: { authorization: `Bearer ${es}` } });
  console.log(`typ ${typ ?? 'missing'}: jose ${await say(() => jose.jwtVerify(es, jose.createLocalJWKSet({ keys: [key] })))};`,
    `hono verify ${await say(() => verify(hs, secret, 'HS256'))};`,
    `verifyWithJwks ${await say(() => verifyWithJwks(es, { keys: [key], allowedAlgorithms: ['ES256'] }))};`,
    `middleware ${answer.status}`);
}
JS
node --no-warnings run.mjs > seen.txt

cat > recorded.txt <<'END'
typ missing: jose accepted; hono verify accepted; verifyWithJwks accepted; middleware 200
typ JWT: jose accepted; hono verify accepted; verifyWithJwks accepted; middleware 200
typ at+jwt: jose accepted; hono verify JwtHeaderInvalid; verifyWithJwks JwtHeaderInvalid; middleware 401
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"
