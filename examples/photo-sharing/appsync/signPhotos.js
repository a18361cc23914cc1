// A function on the HTTP data source EdgeSigner: one call for the URLs of all photos of the page.

import { runtime, util } from "@aws-appsync/utils";

export function request(ctx) {
  const { items } = ctx.prev.result;
  if (items.length === 0) {
    runtime.earlyReturn(ctx.prev.result);
  }
  const requests = items.map(({ owner, id }) => ({
    operation: "GetObject",
    key: `photos/${owner}/${id}`,
    // The same URL for everybody who asks within the same five minutes, and an answer of the store that
    // browsers keep as long: without both, each view would fetch the photo again.
    cacheable: true,
    expires_in: 300,
    response: { cache_control: "private, max-age=300" },
  }));
  // The application's own session. Where an earlier function fetched it from Secrets Manager, it is in the
  // stash.
  const session = ctx.stash.signerSession ?? ctx.env.SIGNER_SESSION;
  return {
    method: "POST",
    resourcePath: "/v1/presign/batch",
    params: {
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${session}` },
      body: JSON.stringify({ requests }),
    },
  };
}

export function response(ctx) {
  if (ctx.error || ctx.result.statusCode !== 200) {
    // For the log: the signer's answer has a request id, under which its own log says more.
    console.error(ctx.error ?? ctx.result);
    util.error("The photos can't be shown just now.", "SignerUnavailable");
  }
  const { results } = JSON.parse(ctx.result.body);
  const items = ctx.prev.result.items.map(({ id, owner, title, visibility }, index) => {
    // A result without a URL is a refusal, of this photo alone.
    const url = results[index].url ?? null;
    return { id, owner, title, visibility, url };
  });
  return { items, nextToken: ctx.prev.result.nextToken };
}
