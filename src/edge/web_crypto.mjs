// Verifying signatures and hashing passwords by the runtime's Web Cryptography. What key and algorithm are is decided in web_crypto.rs.

/**
 * Whether `signature` is over `message`; undefined where the key can't be used. Key, a JWK, and algorithm are JSON: the
 * algorithm has the members that importing needs beside those that verifying needs.
 */
export async function verifies(key, algorithm, message, signature) {
  const how = JSON.parse(algorithm);
  let imported;
  try {
    imported = await crypto.subtle.importKey("jwk", JSON.parse(key), how, false, ["verify"]);
  } catch {
    return undefined;
  }
  try {
    return await crypto.subtle.verify(how, imported, signature, message);
  } catch {
    return false;
  }
}

/** 32 bytes of PBKDF2 with HMAC-SHA-256. */
export async function pbkdf2Sha256(password, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}
