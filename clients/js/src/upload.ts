import { EdgeSignerError } from "./error.js";
import { accept } from "./accept.js";
import { attempt } from "./attempt.js";
import { EDGE_SECONDS, either } from "./ask.js";
import { send } from "./send.js";
import type { Ask } from "./ask.js";
import type { components } from "./openapi.js";
import type { CallOptions, PresignAnswer, Uploaded, UploadOptions, UploadState } from "./types.js";

type Schemas = components["schemas"];

const MIB = 1024 * 1024;
/** S3's limit. */
const MOST_PARTS = 10_000;

/** The same where the store makes an object of parts, which may take it ten minutes. */
const COMPLETION_SECONDS = 720;

/** What is asked of the edge for the object, in one piece or in parts. */
const requestOf = (file: Blob, { store, key, contentType, fields }: UploadOptions) => ({
  ...fields,
  store,
  key,
  content_type: contentType ?? (file.type || "application/octet-stream"),
});

export function upload(ask: Ask, file: Blob, options: UploadOptions): Promise<Uploaded> {
  const { resume, threshold = 100_000_000 } = options;
  return resume || file.size > threshold ? inParts(ask, file, options) : whole(ask, file, options);
}

async function whole(ask: Ask, file: Blob, options: UploadOptions): Promise<Uploaded> {
  let signed: PresignAnswer, end: number;
  const sign = async () => {
    const begun = Date.now();
    signed = await ask<PresignAnswer>(
      "/v1/presign",
      {
        ...requestOf(file, options),
        operation: "PutObject",
        content_length: file.size,
        create_only: options.createOnly,
      },
      options,
      EDGE_SECONDS,
    );
    // By this clock alone, which may differ from the edge's.
    end = begun + Date.parse(signed.expires_at) - Date.parse(signed.signed_at);
  };
  await sign();
  const { etag } = await attempt(async () => {
    // A one-time key buys no second URL.
    if (Date.now() >= end && !options.fields?.one_time_key) await sign();
    return send(signed, file, options);
  }, options);
  const { upload } = signed!;
  return upload ? accept(ask, upload.id, options) : { key: options.key, etag };
}

/** The file's date, which a Blob that isn't a file doesn't have. */
const dateOf = (file: Blob) => (file as Partial<File>).lastModified;

async function begin(ask: Ask, file: Blob, options: UploadOptions): Promise<UploadState> {
  const { size } = file;
  const begun = await ask<Schemas["MultipartUpload"]>(
    "/v1/multipart",
    requestOf(file, options),
    options,
    EDGE_SECONDS,
  );
  const least = Math.ceil(size / MOST_PARTS);
  return {
    store: begun.store,
    key: begun.key,
    uploadId: begun.upload_id,
    partSize: Math.max(options.partSize ?? Math.max(8, Math.ceil(least / MIB)) * MIB, least),
    size,
    modified: dateOf(file),
    etags: {},
  };
}

const namesOf = ({ store, key, uploadId }: UploadState) => ({ store, key, upload_id: uploadId });

export const discard = (ask: Ask, state: UploadState, options?: CallOptions) =>
  ask<void>("/v1/multipart/abort", namesOf(state), options);

/** What the store has of an upload that was begun before: parts that are whole, and whose ETag is known. */
async function lookUp(ask: Ask, state: UploadState, options: UploadOptions): Promise<UploadState> {
  const list = () =>
    ask<Schemas["WrittenParts"]>("/v1/multipart/list", namesOf(state), options, EDGE_SECONDS);
  const { parts } = await attempt(list, options);
  const etags: UploadState["etags"] = {};
  for (const { part_number: number, etag, size } of parts) {
    // Some stores' lists have none; then it is what the store said when it got the part.
    const known = etag ?? state.etags[number];
    if (known && size === sizeOf(state, number)) etags[number] = known;
  }
  return { ...state, etags };
}

const startOf = ({ partSize }: UploadState, number: number) => (number - 1) * partSize;
const sizeOf = (state: UploadState, number: number) =>
  Math.min(state.partSize, state.size - startOf(state, number));

async function inParts(ask: Ask, file: Blob, options: UploadOptions): Promise<Uploaded> {
  const { resume, parallel = 3, stall, onProgress, onState } = options;
  if (resume && (resume.size !== file.size || resume.modified !== dateOf(file))) {
    const detail = "The upload that is to go on was of another file, or the file has changed.";
    throw new EdgeSignerError("client", 0, "other_file", detail);
  }
  const state = resume ? await lookUp(ask, resume, options) : await begin(ask, file, options);
  const { size, etags } = state;
  const numbers = Array.from({ length: Math.ceil(size / state.partSize) }, (_, index) => index + 1);

  const loaded = numbers.map((number) => (etags[number] ? sizeOf(state, number) : 0));
  const tell = (number: number, bytes: number) => {
    loaded[number - 1] = bytes;
    onProgress?.({ loaded: loaded.reduce((sum, part) => sum + part, 0), total: size });
  };
  const keep = () => onState?.({ ...state, etags: { ...etags } });

  // One that fails stops the others.
  const failure = new AbortController();
  const signal = either(failure.signal, options.signal);

  const sendPart = async (number: number) => {
    tell(number, 0);
    const start = startOf(state, number);
    const body = file.slice(start, start + sizeOf(state, number));
    // Signed anew for each attempt: by then, the URL of the last one may have expired.
    const { parts } = await ask<Schemas["SignedParts"]>(
      "/v1/multipart/parts",
      { ...namesOf(state), parts: [{ part_number: number, content_length: body.size }] },
      { signal },
      EDGE_SECONDS,
    );
    const onPart = ({ loaded }: { loaded: number }) => tell(number, loaded);
    const { etag } = await send(parts[0]!, body, { signal, stall, onProgress: onPart });
    if (etag) return etag;
    const detail =
      "The bucket's CORS rules have to expose ETag, without which nothing is completed.";
    throw new EdgeSignerError("client", 0, "etag_hidden", detail);
  };

  const missing = numbers.filter((number) => !etags[number]);
  const sendParts = async () => {
    try {
      for (let number; !signal.aborted && (number = missing.shift());) {
        const part = number;
        etags[part] = await attempt(() => sendPart(part), { ...options, signal }, part);
        tell(part, sizeOf(state, part));
        keep();
      }
    } catch (error) {
      failure.abort(error);
    }
  };
  keep();
  await Promise.all(Array.from({ length: parallel }, sendParts));
  signal.throwIfAborted();

  const parts = numbers.map((number) => ({ part_number: number, etag: etags[number] }));
  // The same answer each time, so one that was lost can be had again.
  const complete = () =>
    ask<Schemas["CompletedUpload"]>(
      "/v1/multipart/complete",
      { ...namesOf(state), parts, create_only: options.createOnly },
      options,
      COMPLETION_SECONDS,
    );
  const { upload: inside, etag } = await attempt(complete, options);
  return inside ? accept(ask, inside.id, options) : { key: state.key, etag };
}
