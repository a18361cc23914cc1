// The documents of the API, by the names that they have in openapi.json, and what the client adds to them.

import type { components } from "./openapi.js";
import type { EdgeSignerError } from "./error.js";

type Schemas = components["schemas"];

export type PresignRequest = Schemas["PresignRequest"];
export type PresignAnswer = Schemas["PresignAnswer"];
export type LinkRequest = Schemas["LinkRequest"];
export type LinkAnswer = Schemas["LinkAnswer"];
export type Problem = Schemas["Problem"];

/** What `send` needs to know: a presigned URL, or a link for an upload. */
export type Sendable = Pick<PresignAnswer, "url" | "headers"> & { method: string };

/** Bytes that the store has, or that are on their way to it. */
export interface Progress {
  loaded: number;
  total: number;
}

/** A further attempt that is about to be made. */
export interface Retry {
  /** Which part; undefined where the file goes in one piece, or where it isn't about a part. */
  part: number | undefined;
  /** How many attempts have failed. */
  failed: number;
  /** Milliseconds until the next one. */
  delay: number;
  error: EdgeSignerError;
}

/**
 * An upload in parts that has begun: all that it takes to go on with it, in this page or, as JSON, in another.
 * It grants nothing by itself.
 */
export interface UploadState {
  store: string;
  key: string;
  uploadId: string;
  partSize: number;
  /** The file's, by which another one is told from it. */
  size: number;
  modified?: number | undefined;
  /** What the store said to each part that it has, by its number. */
  etags: Record<number, string>;
}

export interface CallOptions {
  /** Breaks off; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface SendOptions extends CallOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Seconds without progress after which an attempt has failed; 60 where it isn't given, `Infinity` for none. */
  stall?: number | undefined;
}

export interface RedeemOptions extends SendOptions {
  /** The link's, where it has one. */
  password?: string | undefined;
}

export interface UploadOptions extends SendOptions {
  key: string;
  /** The edge's first one where it isn't given. */
  store?: string | undefined;
  /** The file's own where it isn't given, else `application/octet-stream`. */
  contentType?: string | undefined;
  /** Whether the store has to refuse where the key is taken. */
  createOnly?: boolean | undefined;
  /** Further fields of the request, by their names in the API. */
  fields?:
    | Pick<
        PresignRequest,
        "one_time_key" | "metadata" | "tags" | "acl" | "storage_class" | "sse" | "headers"
      >
    | undefined;
  /** Larger files go in parts; 100,000,000 bytes where it isn't given. */
  threshold?: number | undefined;
  /** Bytes of a part, 5 MiB or more; 8 MiB where it isn't given, more where that would be over 10,000 parts. */
  partSize?: number | undefined;
  /** How many parts go at a time; 3 where it isn't given. */
  parallel?: number | undefined;
  /** How often a part, the completion, or a file in one piece, is tried again; 4 times where it isn't given. */
  retries?: number | undefined;
  /** Milliseconds before the second attempt, twice as many before each further one; 500 where it isn't given. */
  backoff?: number | undefined;
  onRetry?: ((retry: Retry) => void) | undefined;
  /** Called when an upload in parts has begun and whenever the store has got a part. */
  onState?: ((state: UploadState) => void) | undefined;
  /** Called when the file is in an inbox and is about to be looked at. */
  onChecking?: (() => void) | undefined;
  /** What `onState` was called with last: goes on with that upload. */
  resume?: UploadState | undefined;
}

export interface Uploaded {
  key: string;
  /** The store's name of what it has got; null where its CORS rules hide it. */
  etag: string | null;
}

export interface ClientOptions {
  /** The edge's origin; the page's own where it isn't given. */
  edge?: string | undefined;
  /** A session token, or what gives one for each call. Without it the session is in a cookie. */
  token?: string | (() => string | Promise<string>) | undefined;
}

export interface Client {
  /** `POST /v1/presign`: one presigned URL. */
  presign(request: PresignRequest, options?: CallOptions): Promise<PresignAnswer>;
  /** `POST /v1/links`: a link that can be passed on. */
  link(request: LinkRequest, options?: CallOptions): Promise<LinkAnswer>;
  /** Sends a file by a link for an upload, with progress that is true; it spends one use. */
  redeem(link: Sendable, file: Blob, options?: RedeemOptions): Promise<{ etag: string | null }>;
  /** Brings a file to the store, in one piece or in parts. */
  upload(file: Blob, options: UploadOptions): Promise<Uploaded>;
  /** Gives up an upload in parts: the store throws away what it has of it. */
  discard(state: UploadState, options?: CallOptions): Promise<void>;
}
