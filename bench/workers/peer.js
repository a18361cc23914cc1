// What both peers share: the session by jose, one presigned GET, the answer in the product's shape.

import { jwtVerify } from "jose";

const EXPIRES_IN = 300;

let key;

/** The secret, imported once an isolate. */
async function sessionKey(env) {
  key ??= await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(env.SESSION_SECRET),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  return key;
}

const problem = (status) => new Response(null, { status });

/** A Worker that signs by `presign(env, key, expiresIn, now)`. */
export const worker = (presign) => ({
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (pathname !== "/v1/presign") return problem(404);
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (!token) return problem(401);
    let session;
    try {
      session = await jwtVerify(token, await sessionKey(env), {
        issuer: env.ISSUER,
        audience: env.AUDIENCE,
        algorithms: ["HS256"],
      });
    } catch {
      return problem(401);
    }
    const { sub, role } = session.payload;
    const objectKey = searchParams.get("key") ?? "";
    const isAllowed = role === "member" && objectKey.startsWith(`users/${sub}/`);
    if (!isAllowed || searchParams.get("operation") !== "GetObject") return problem(403);

    const now = new Date();
    const url = await presign(env, objectKey, EXPIRES_IN, now);
    const time = (at) => at.toISOString().replace(/\.\d{3}/, "");
    return Response.json({
      url,
      method: "GET",
      headers: {},
      signed_at: time(now),
      expires_at: time(new Date(now.getTime() + EXPIRES_IN * 1000)),
    });
  },
});
