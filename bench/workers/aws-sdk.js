import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

import { worker } from "./peer.js";

let client;

function presign(env, key, expiresIn, now) {
  client ??= new S3Client({
    region: env.REGION,
    credentials: {
      accessKeyId: env.PHOTOS_ACCESS_KEY_ID,
      secretAccessKey: env.PHOTOS_SECRET_ACCESS_KEY,
    },
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const command = new GetObjectCommand({ Bucket: env.BUCKET, Key: key });
  return getSignedUrl(client, command, { expiresIn, signingDate: now });
}

export default worker(presign);
