// Verifying signatures by the runtime's Web Cryptography. What key and algorithm are is decided in web_crypto.rs.

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
