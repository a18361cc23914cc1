// Requests that no client makes that puts URLs in order first.

import { once } from "node:events";
import { request as ask } from "node:http";

/** Asks a server by GET for a target as it is: the answer's status. */
export async function rawRequest(origin, target) {
  const { hostname, port } = new URL(origin);
  const [answer] = await once(ask({ hostname, port, path: target }).end(), "response");
  answer.resume();
  return answer.statusCode;
}
