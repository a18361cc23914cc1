// Makes a session of each kind for the claims in its argument, with keys of its own, and prints them:
// {"secret","hs256","rs256","jwk"}.

import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const claims = JSON.parse(process.argv[2]);
const now = Math.floor(Date.now() / 1000);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(alg, kid, issuer, signature) {
  const header = base64url({ alg, typ: "JWT", ...(kid && { kid }) });
  const payload = base64url({ ...claims, iss: issuer, iat: now, exp: now + 24 * 3600 });
  const text = `${header}.${payload}`;
  return `${text}.${signature(text).toString("base64url")}`;
}

const [hs256Issuer, rs256Issuer] = process.argv.slice(3);
const secret = randomBytes(32).toString("hex");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const hmac = (text) => createHmac("sha256", secret).update(text).digest();
const rsa = (text) => sign("sha256", Buffer.from(text), privateKey);
console.log(
  JSON.stringify({
    secret,
    hs256: token("HS256", undefined, hs256Issuer, hmac),
    rs256: token("RS256", "bench", rs256Issuer, rsa),
    jwk: { ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "RS256", use: "sig" },
  }),
);
