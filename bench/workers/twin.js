// Reads the same two headers, prints as long a line and answers with as many bytes and headers as edge-signer does for one
// presigned GET, but decides and signs nothing.

const URL_BEGIN = "https://my-photos.s3.eu-central-1.amazonaws.com";
// As long as a query-signed one.
const QUERY = `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${"A".repeat(63)}&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=${"0".repeat(64)}`;
const HASH = "0".repeat(64);
const headers = { "content-type": "application/json", "cache-control": "no-store" };
const encoder = new TextEncoder();

const time = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

export default {
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    const session = request.headers.get("authorization");
    const id = request.headers.get("cf-ray") ?? crypto.randomUUID();
    if (session === null) return new Response(null, { status: 401 });
    const now = Date.now();
    const [signed_at, expires_at] = [time(now), time(now + 300_000)];
    const url = `${URL_BEGIN}/${searchParams.get("key")}${QUERY}`;
    console.log(
      `{"event":"decision","time":"${signed_at}","request_id":"${id}","issuer":"https://app.example.com","subject":"alice","operation":"GetObject","store":"photos","key_sha256":"${HASH}","rule":"members keep their own files","outcome":"allowed","expires_at":"${expires_at}"}`,
    );
    const answer = `{"url":"${url}","method":"GET","headers":{},"signed_at":"${signed_at}","expires_at":"${expires_at}"}`;
    return new Response(encoder.encode(answer), { headers });
  },
};
