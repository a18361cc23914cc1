// Signatures of Ed25519 (RFC 8032) that a careless verifier accepts.

import { createHash, createPublicKey, verify } from "node:crypto";

/** The order of the base point. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const littleEndian = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const bytesOf = (number) => Buffer.from(number.toString(16).padStart(64, "0"), "hex").reverse();
const sha512 = (...parts) => createHash("sha512").update(Buffer.concat(parts)).digest();

/**
 * The encodings of all points whose order divides 8, canonical ones and those with y + p or the sign of a zero,
 * which a decoder without checks reads as the same points; and the order.
 */
export const smallOrder = [
  ["0100000000000000000000000000000000000000000000000000000000000000", 1],
  ["0100000000000000000000000000000000000000000000000000000000000080", 1],
  ["eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", 1],
  ["eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 1],
  ["ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", 2],
  ["ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 2],
  ["0000000000000000000000000000000000000000000000000000000000000000", 4],
  ["0000000000000000000000000000000000000000000000000000000000000080", 4],
  ["edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", 4],
  ["edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 4],
  ["26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", 8],
  ["26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", 8],
  ["c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", 8],
  ["c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", 8],
].map(([encoding, order]) => ({ point: Buffer.from(encoding, "hex"), order: BigInt(order) }));

const basePoint = Buffer.from(`58${"66".repeat(31)}`, "hex");

const challenge = (r, publicKey, message) => littleEndian(sha512(r, publicKey, message)) % L;

/**
 * The signature that anybody can make for a public key of small order: with s = 1 and R the base point the
 * equation s·B = R + k·A holds where k·A is nothing. That is so for one message in `order`: undefined for
 * the others.
 */
export function forge({ point, order }, message) {
  const k = challenge(basePoint, point, message);
  return k % order === 0n ? Buffer.concat([basePoint, bytesOf(1n)]) : undefined;
}

/** The same signature with s + L, which means the same and isn't reduced. */
export function unreduced(signature) {
  const s = littleEndian(signature.subarray(32));
  return Buffer.concat([signature.subarray(0, 32), bytesOf(s + L)]);
}

/**
 * The key's own signature with a point of small order as R, so that it isn't bound to a nonce. With the neutral
 * element the equation holds; with the others it does for who multiplies it by 8.
 */
export function withWeakNonce({ privateKey, jwk }, message, { point }) {
  const seed = Buffer.from(privateKey.export({ format: "jwk" }).d, "base64url");
  const scalar = sha512(seed).subarray(0, 32);
  scalar[0] &= 0xf8;
  scalar[31] = (scalar[31] & 0x7f) | 0x40;
  const k = challenge(point, Buffer.from(jwk.x, "base64url"), message);
  return Buffer.concat([point, bytesOf((k * littleEndian(scalar)) % L)]);
}

/** Whether OpenSSL, which doesn't look at orders, takes a signature by the key with these 32 bytes. */
export function isTakenByOpenssl(point, message, signature) {
  const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(point).toString("base64url") };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify(null, Buffer.from(message), key, signature);
}
