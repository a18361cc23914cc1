// What programs do with the client, and what its types have to keep them from. Compiled by client.test.mjs, never
// run.

import { createClient, EdgeSignerError, send } from "edge-signer-client";
import type { components, LinkAnswer, Progress, UploadState } from "edge-signer-client";

const client = createClient({ edge: "https://sign.example.com", token: async () => "a token" });
createClient();
createClient({ token: "a token" });

export async function presign(file: File): Promise<string | null> {
  const signed = await client.presign({
    operation: "PutObject",
    key: "users/alice/cat.png",
    content_type: file.type,
    content_length: file.size,
    checksum: { sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
  });
  const expiry: string = signed.expires_at;
  const { etag } = await send(signed, file, { onProgress: ({ loaded }) => console.log(loaded) });
  return etag ?? expiry;
}

export async function upload(file: File, signal: AbortSignal): Promise<UploadState | undefined> {
  let state: UploadState | undefined;
  const onProgress = ({ loaded, total }: Progress) => console.log(loaded / total);
  const key = `users/alice/${file.name}`;
  const options = { key, onProgress, signal, onState: (now: UploadState) => (state = now) };
  try {
    await client.upload(file, { ...options, createOnly: true, fields: { metadata: { a: "b" } } });
    await client.upload(file, { ...options, resume: JSON.parse("{}") as UploadState });
  } catch (error) {
    if (!(error instanceof EdgeSignerError)) throw error;
    const code: string = error.code;
    const status: number = error.status;
    console.log(code, status, error.detail, error.requestId, error.problem?.dimension);
  }
  if (state !== undefined) await client.discard(state);
  return state;
}

export async function link(): Promise<LinkAnswer> {
  const terms = { uses: 3, expires_in: 60, delivery: "stream" } as const;
  const made = await client.link({ operation: "PutObject", key: "users/alice/a", ...terms });
  await send(made, new Blob(["hello"]));
  await client.redeem(made, new Blob(["hello"]), { onProgress: ({ total }) => console.log(total) });
  return made;
}

// As the document has it, for what the client doesn't do.
export const parts: components["schemas"]["MultipartPartsRequest"] = {
  key: "users/alice/cat.mp4",
  upload_id: "VXBsb2FkIElE",
  part_numbers: [1, 2],
};

export const mistakes = [
  // @ts-expect-error: no such operation
  () => client.presign({ operation: "PutObjects", key: "a" }),
  // @ts-expect-error: no such field
  () => client.presign({ operation: "PutObject", key: "a", contentType: "image/png" }),
  // @ts-expect-error: a size is a number
  () => client.presign({ operation: "PutObject", key: "a", content_length: "5" }),
  // @ts-expect-error: links are for two operations alone
  () => client.link({ operation: "DeleteObject", key: "a" }),
  // @ts-expect-error: an upload needs a key
  () => client.upload(new Blob([]), {}),
  // @ts-expect-error: a file isn't its name
  () => client.upload("cat.png", { key: "a" }),
  // @ts-expect-error: an upload in parts is named by more than its key
  () => client.discard({ key: "a" }),
  // @ts-expect-error: a token is a text
  () => createClient({ token: 5 }),
  // @ts-expect-error: an upload needs a key here too
  (): typeof parts => ({ upload_id: "VXBsb2FkIElE", part_numbers: [1] }),
];
