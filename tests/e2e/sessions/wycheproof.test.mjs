// The verifiers that session tokens reach in workerd, tested with Wycheproof's vectors. tests/wycheproof.rs does the
// same natively.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withModule } from "../support/workerd.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The vectors are those of the package that the native test has them from. */
function folder() {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 };
  const metadata = execFileSync("cargo", ["metadata", "--format-version", "1"], options);
  const found = JSON.parse(metadata).packages.find(({ name }) => name === "wycheproof");
  return join(dirname(found.manifest_path), "src", "data");
}

const verifier = readFileSync(join(root, "src/edge/web_crypto.mjs"), "utf8");
const worker = `${verifier}
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export default {
  async fetch(request) {
    const { key, algorithm, tests } = await request.json();
    const answers = tests.map(({ msg, sig }) => verifies(key, algorithm, bytes(msg), bytes(sig)));
    return Response.json((await Promise.all(answers)).map((answer) => answer ?? "unusable"));
  },
};`;

const pkcs1 = (bits, hash) => ({
  file: `rsa_signature_${bits}_sha${hash}`,
  algorithm: { name: "RSASSA-PKCS1-v1_5", hash: `SHA-${hash}` },
});
const pss = (bits, hash, salt = hash / 8) => ({
  file: `rsa_pss_${bits}_sha${hash}_mgf1_${salt}`,
  algorithm: { name: "RSA-PSS", hash: `SHA-${hash}`, saltLength: hash / 8 },
  // With a salt of another length than RFC 7518 requires nothing is valid, and an invalid test may be invalid for its
  // salt.
  isForeign: salt !== hash / 8,
});
const ecdsa = (bits, hash) => ({
  file: `ecdsa_secp${bits}r1_sha${hash}_p1363`,
  algorithm: { name: "ECDSA", namedCurve: `P-${bits}`, hash: `SHA-${hash}` },
});

const sets = {
  "RSASSA-PKCS1-v1_5": [
    2330,
    [2048, 3072, 4096].flatMap((bits) => [256, 384, 512].map((hash) => pkcs1(bits, hash))),
  ],
  "RSASSA-PSS": [
    1065,
    [
      ...[2048, 3072, 4096].map((bits) => pss(bits, 256)),
      ...[pss(2048, 384), pss(4096, 384), pss(4096, 512)],
      ...[pss(2048, 256, 0), pss(4096, 512, 32)],
    ],
  ],
  ECDSA: [860, [ecdsa(256, 256), ecdsa(384, 384), ecdsa(521, 512)]],
  Ed25519: [151, [{ file: "ed25519", algorithm: { name: "Ed25519" } }]],
};

const base64url = (hex) => Buffer.from(hex.replace(/^(00)+/, ""), "hex").toString("base64url");

/** What src/session/ makes of a key: of a JWK, the numbers alone. */
function jwkOf({ publicKey }, { namedCurve: crv }) {
  if (publicKey.modulus !== undefined) {
    const [n, e] = [publicKey.modulus, publicKey.publicExponent].map(base64url);
    return { kty: "RSA", n, e };
  }
  if (publicKey.pk !== undefined) {
    return {
      kty: "OKP",
      crv: "Ed25519",
      x: Buffer.from(publicKey.pk, "hex").toString("base64url"),
    };
  }
  const point = Buffer.from(publicKey.uncompressed, "hex").subarray(1);
  const half = point.length / 2;
  const [x, y] = [point.subarray(0, half), point.subarray(half)];
  return { kty: "EC", crv, x: x.toString("base64url"), y: y.toString("base64url") };
}

test("Wycheproof's vectors in workerd", () =>
  withModule(worker, async (url) => {
    const data = folder();
    for (const [what, [expected, files]] of Object.entries(sets)) {
      let run = 0;
      const differing = [];
      for (const { file, algorithm, isForeign = false } of files) {
        const { testGroups } = JSON.parse(readFileSync(join(data, `${file}_test.json`), "utf8"));
        for (const group of testGroups) {
          const key = JSON.stringify(jwkOf(group, algorithm));
          const how = JSON.stringify(algorithm);
          const { tests } = group;
          const body = JSON.stringify({ key, algorithm: how, tests });
          const answers = await (await fetch(url, { method: "POST", body })).json();
          for (const [index, { tcId, result }] of tests.entries()) {
            run += 1;
            if (result === "acceptable" || (isForeign && result === "invalid")) continue;
            const isValid = result === "valid" && !isForeign;
            if (answers[index] !== isValid) differing.push(`${file} ${tcId}: ${answers[index]}`);
          }
        }
      }
      assert.deepEqual(differing, [], what);
      assert.equal(run, expected, what);
    }
  }));
