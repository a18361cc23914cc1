// What the operator is shown of one photo: who was given a URL for it, and who used it.

import { photoOf } from "./signer.mjs";
import { sha256 } from "./logs.mjs";

/** What is found about URLs, in words for the operator; the others are no reason for alarm. */
const FINDINGS = {
  replay: ({ networks }) =>
    networks.length > 1 ? "was used from a second network" : "was used again",
  other_network: () => "was used from another network than it was given to",
  after_revocation: () => "was used after the session that asked for it had been revoked",
  false_tag: () => "was used for something else: somebody has the store's key",
};
const SIGNED_ELSEWHERE =
  "Somebody reached it by a URL that this edge didn't give out: whoever has the store's key.";

/** Those that can be chosen: photos that are stored, and uploads that were refused. */
export function choices(photos, report, uploads) {
  const refused = report.urls.flatMap(({ upload, key }) => {
    const photo = uploads.get(upload)?.outcome === "refused" && key && photoOf(key);
    return photo ? [photo] : [];
  });
  return { photos, refused: refused.reverse() };
}

/** One of them; undefined where nothing is known of the key. */
export async function history(key, { photos, refused }, report, uploads, logs) {
  const photo = photos.find((photo) => photo.key === key);
  const known = photo ?? refused.find((photo) => photo.key === key);
  if (known === undefined) return undefined;
  const hash = sha256(key);
  const urls = report.urls.filter(({ key_sha256 }) => key_sha256 === hash);
  const findings = report.findings.filter(({ key_sha256 }) => key_sha256 === hash);
  return {
    ...known,
    upload: [...uploads.values()].findLast(({ key_sha256 }) => key_sha256 === hash),
    urls: urls.sort((a, b) => (a.time < b.time ? -1 : 1)).map((url) => shown(url, findings)),
    // The store's log has the bucket in the path, or not.
    isSignedElsewhere: report.findings.some(
      ({ kind, path }) => ["untagged", "false_tag"].includes(kind) && path?.endsWith(`/${key}`),
    ),
    inVain: await logs.refused(key),
  };
}

/** A URL, and what stands out about it. */
function shown(url, findings) {
  const kinds = findings.filter(({ tag }) => tag === url.tag).map(({ kind }) => kind);
  return { ...url, remarks: kinds.flatMap((kind) => FINDINGS[kind]?.(url) ?? []) };
}

/** All that stands out about a photo, a sentence each. */
export const remarks = ({ urls, isSignedElsewhere }) => [
  ...urls.flatMap(({ subject, remarks }) =>
    remarks.map((remark) => `A URL that ${subject} was given ${remark}.`),
  ),
  ...(isSignedElsewhere ? [SIGNED_ELSEWHERE] : []),
];
