import { AwsV4Signer } from "aws4fetch";

import { worker } from "./peer.js";

/** Its signing keys, kept from one request to the next. */
const cache = new Map();

async function presign(env, key, expiresIn, now) {
  const path = key.split("/").map(encodeURIComponent).join("/");
  const url = `https://${env.BUCKET}.s3.${env.REGION}.amazonaws.com/${path}?X-Amz-Expires=${expiresIn}`;
  const signer = new AwsV4Signer({
    url,
    accessKeyId: env.PHOTOS_ACCESS_KEY_ID,
    secretAccessKey: env.PHOTOS_SECRET_ACCESS_KEY,
    service: "s3",
    region: env.REGION,
    datetime: now.toISOString().replace(/[:-]|\.\d{3}/g, ""),
    signQuery: true,
    cache,
  });
  const signed = await signer.sign();
  return signed.url.toString();
}

export default worker(presign);
