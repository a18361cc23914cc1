// A stand-in for AWS STS on loopback that verifies every signature, and its own computation of SigV4.

import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { ready } from "./stack.mjs";

/** SHA-256 in hexadecimal digits. */
export const sha256Hex = (bytes) => createHash("sha256").update(bytes).digest("hex");

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** The SigV4 signature of a canonical request; `scope` is `date/region/service/aws4_request`. */
export function signatureOf(canonicalRequest, { secret, time, scope }) {
  const key = scope.split("/").reduce(hmac, `AWS4${secret}`);
  const lines = ["AWS4-HMAC-SHA256", time, scope, sha256Hex(canonicalRequest)];
  return hmac(key, lines.join("\n")).toString("hex");
}

/** The parent's credentials: AWS's documented example. */
export const parent = {
  id: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/** A session token with characters that a URL has to escape. */
export const SESSION_TOKEN = "a/b+c=";

const MUST_BE_SIGNED = ["content-type", "host", "x-amz-content-sha256", "x-amz-date"];

/** What is wrong with a request's signature; undefined where nothing is. */
function faultOf({ method, url, headers }, body) {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/([^, ]+), SignedHeaders=([^, ]+), Signature=([0-9a-f]{64})$/;
  const [, id, scope, signed, signature] = pattern.exec(headers.authorization ?? "") ?? [];
  if (id === undefined) return "IncompleteSignature";
  if (method !== "POST" || url !== "/") return "InvalidAction";
  if (id !== parent.id) return "InvalidClientTokenId";
  const time = headers["x-amz-date"] ?? "";
  const moment = time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  const age = Math.abs(Date.now() - Date.parse(moment));
  if (!(age < 15 * 60_000)) return "RequestExpired";
  if (scope !== `${time.slice(0, 8)}/us-east-1/sts/aws4_request`) return "SignatureDoesNotMatch";
  const names = signed.split(";");
  const isSorted = names.join() === [...new Set(names)].sort().join();
  const needed = Object.keys(headers).filter((name) => name.startsWith("x-amz-"));
  const areThere = [...MUST_BE_SIGNED, ...needed].every((name) => names.includes(name));
  if (!isSorted || !areThere) return "SignatureDoesNotMatch";
  const hash = sha256Hex(body);
  if (headers["x-amz-content-sha256"] !== hash) return "SignatureDoesNotMatch";
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, " ")}\n`);
  const canonicalRequest = ["POST", "/", "", lines.join(""), signed, hash].join("\n");
  const expected = signatureOf(canonicalRequest, { secret: parent.secret, time, scope });
  return signature === expected ? undefined : "SignatureDoesNotMatch";
}

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

const refusal = (code) => `<ErrorResponse xmlns="${namespace}">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>It is refused.</Message></Error>
  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
</ErrorResponse>
`;

const answer = (expiration) => `<AssumeRoleResponse xmlns="${namespace}">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>ARO123EXAMPLE123:edge-signer</AssumedRoleId>
      <Arn>arn:aws:sts::123456789012:assumed-role/edge/edge-signer</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${ready.access_key_id}</AccessKeyId>
      <SecretAccessKey>${ready.secret_access_key}</SecretAccessKey>
      <SessionToken>${SESSION_TOKEN}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</AssumeRoleResponse>
`;

/** A moment in whole seconds, as the Worker writes it. */
export const rfc3339 = (milliseconds) =>
  `${new Date(milliseconds).toISOString().slice(0, "2026-01-01T00:00:00".length)}Z`;

/**
 * A stand-in. Tests set `behaviour`: what becomes of requests whose signature is good.
 *
 * - `answer`: credentials for as long as was asked for, or for `seconds` where that is set
 * - `refuse`: 403, as where the role's trust policy says no
 * - `garbage`: 200, and no XML
 * - `incomplete`: 200, and credentials without a session token
 * - `fail`: 500
 * - `stall`: nothing at all
 * - `hangUp`: the connection is closed
 */
export class Sts {
  behaviour = "answer";
  /** For how long credentials are good, whatever was asked for. */
  seconds = undefined;
  /** The fields of the requests with a good signature, in their order. */
  calls = [];
  /** What was wrong with the signatures of the others. */
  refused = [];
  /** When the last credentials expire that were given out. */
  expiration = undefined;

  #server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    this.#take(request, Buffer.concat(chunks), response);
  });

  /** Starts one on a free port. */
  static async start() {
    const sts = new Sts();
    await once(sts.#server.listen(0, "127.0.0.1"), "listening");
    sts.url = `http://127.0.0.1:${sts.#server.address().port}`;
    return sts;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(request, body, response) {
    const send = (status, text) =>
      response.writeHead(status, { "content-type": "text/xml" }).end(text);
    const fault = faultOf(request, body);
    if (fault !== undefined) {
      this.refused.push(fault);
      return send(403, refusal(fault));
    }
    const fields = Object.fromEntries(new URLSearchParams(body.toString()));
    this.calls.push({ ...fields, Policy: JSON.parse(fields.Policy) });
    switch (this.behaviour) {
      case "answer":
        return send(200, this.#answer(fields));
      case "refuse":
        return send(403, refusal("AccessDenied"));
      case "garbage":
        return send(200, "<html><p>It works!</p></html>");
      case "incomplete":
        return send(200, this.#answer(fields).replace(/<SessionToken>.*<\/SessionToken>/, ""));
      case "fail":
        return send(500, refusal("InternalFailure"));
      case "stall":
        return undefined;
      case "hangUp":
        return request.socket.destroy();
      default:
        throw new Error(this.behaviour);
    }
  }

  #answer({ DurationSeconds }) {
    const seconds = this.seconds ?? Number(DurationSeconds);
    this.expiration = rfc3339(Date.now() + 1000 * seconds);
    return answer(this.expiration);
  }
}
