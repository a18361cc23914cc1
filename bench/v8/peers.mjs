// The other signers, each set up as its own documentation shows, with all that can be prepared prepared. Each
// export makes a function from the index of a key to a URL.

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { AwsV4Signer } from "aws4fetch";

const amzDate = (seconds) => new Date(seconds * 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");

export function aws4fetch({ bucket, region, keys, expires, signedAt, id, secret }) {
  const urls = keys.map((key) => {
    const url = new URL(`https://${bucket}.s3.${region}.amazonaws.com/${key}`);
    url.searchParams.set("X-Amz-Expires", expires);
    return url.toString();
  });
  const settings = {
    accessKeyId: id,
    secretAccessKey: secret,
    service: "s3",
    region,
    datetime: amzDate(signedAt),
    signQuery: true,
    // Its signing keys, kept from one call to the next.
    cache: new Map(),
  };
  return async (index) => {
    const signed = await new AwsV4Signer({ ...settings, url: urls[index] }).sign();
    return signed.url.toString();
  };
}

export function awsSdk({ bucket, region, keys, expires, signedAt, id, secret }) {
  const client = new S3Client({
    region,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const signingDate = new Date(signedAt * 1000);
  return (index) => {
    const command = new GetObjectCommand({ Bucket: bucket, Key: keys[index] });
    return getSignedUrl(client, command, { expiresIn: expires, signingDate });
  };
}
