// Requests sent exactly as written, without the normalisation of URLs that clients do.

import { once } from "node:events";
import { request as ask } from "node:http";

/** Asks a server by GET for a target as it is: the answer's status. */
export async function rawRequest(origin, target) {
  const { hostname, port } = new URL(origin);
  const [answer] = await once(ask({ hostname, port, path: target }).end(), "response");
  answer.resume();
  return answer.statusCode;
}
