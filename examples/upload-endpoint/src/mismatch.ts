// What the store says to a type that wasn't signed, and why.

import type { PresignAnswer } from "edge-signer-client";
import { outcome } from "./page.js";

/** The store's answer to a request, in the form that S3 has for refusals. */
interface StoreAnswer {
  status: number;
  code: string;
  xml: string;
}

/** Sends a file as another type than the one that was signed. */
export async function sendAs(
  type: string,
  signed: PresignAnswer,
  file: File,
  signal: AbortSignal,
): Promise<StoreAnswer> {
  const headers = { "content-type": type };
  const response = await fetch(signed.url, { method: signed.method, headers, body: file, signal });
  const xml = await response.text();
  return { status: response.status, code: /<Code>([^<]*)/.exec(xml)?.[1] ?? "", xml };
}

/**
 * The edge's own account of it, which it gives in development alone: the first line that differs between what was
 * signed and what the store saw.
 */
async function difference(
  edge: string,
  signed: PresignAnswer,
  { xml }: StoreAnswer,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { url, method, headers } = signed;
  const response = await fetch(`${edge}/dev/explain`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url, method, headers, error_xml: xml }),
    signal,
  });
  const explained = response.ok ? await response.json() : undefined;
  if (!explained?.difference) return {};
  const { difference } = explained;
  return { "Line that was signed": difference.signed, "Line that the store saw": difference.seen };
}

export async function explain(
  edge: string,
  signed: PresignAnswer,
  type: string,
  answer: StoreAnswer,
  signal: AbortSignal,
): Promise<HTMLElement> {
  const own = signed.headers["content-type"] ?? "";
  const entries = { "Signed type": own, "Type that was sent": type };
  const said = { "The store said": `${answer.status} ${answer.code}`.trim() };
  if (answer.status < 300) {
    return type === own
      ? outcome(true, "Stored: it is the type that was signed.", { ...entries, ...said })
      : outcome(false, "Failure: the store took a type that was not signed.", {
          ...entries,
          ...said,
        });
  }
  const lines = await difference(edge, signed, answer, signal).catch(() => ({}));
  return outcome(
    true,
    "Refused, as it has to be. Nothing was stored.",
    { ...entries, ...said, ...lines },
    `The type is one of the signed headers: the signature is made of the line “content-type:${own}”. The store makes it again of the headers that came, gets another one, and refuses the request before it stores anything. Nobody without the store's secret key can make a signature for another type; the edge makes one only for types that a rule allows.`,
  );
}
