//! Verifying signatures and hashing passwords by the runtime's Web Cryptography (<https://www.w3.org/TR/WebCryptoAPI/>).

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::platform::WorkerPlatform;
use super::runtime::error_text;
use crate::crypto::{
    Curve, Hash, HashFailed, Mac, PASSWORD_HASH_BYTES, PASSWORD_SALT_BYTES, PasswordHasher,
    PublicKey, Signature, SignatureScheme, SignatureVerifier, UnusableKey,
};
use crate::encoding::base64url;

#[wasm_bindgen(module = "/src/edge/web_crypto.mjs")]
extern "C" {
    fn verifies(key: &str, algorithm: &str, message: Uint8Array, signature: Uint8Array) -> Promise;

    #[wasm_bindgen(js_name = pbkdf2Sha256)]
    fn pbkdf2_sha256(password: Uint8Array, salt: Uint8Array, iterations: u32) -> Promise;
}

impl PasswordHasher for WorkerPlatform<'_> {
    async fn pbkdf2_sha256(
        &self,
        password: &[u8],
        salt: &[u8; PASSWORD_SALT_BYTES],
        iterations: u32,
    ) -> Result<[u8; PASSWORD_HASH_BYTES], HashFailed> {
        let [password, salt] = [password, salt].map(Uint8Array::from);
        let hashed = JsFuture::from(pbkdf2_sha256(password, salt, iterations)).await;
        let hashed = hashed.map_err(|error| HashFailed(error_text(&error)))?;
        let bytes = Uint8Array::new(&hashed).to_vec();
        bytes
            .try_into()
            .map_err(|_| HashFailed("the runtime gave a hash of another length".to_owned()))
    }
}

impl SignatureVerifier for WorkerPlatform<'_> {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        let Signature { key, scheme, message, bytes } = signature;
        ask(&jwk(key), &algorithm(scheme), message, bytes).await
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        let k = base64url(mac.secret.expose().as_bytes());
        let algorithm = format!(r#"{{"name":"HMAC","hash":"{}"}}"#, name(mac.hash).0);
        ask(&format!(r#"{{"kty":"oct","k":"{k}"}}"#), &algorithm, mac.message, mac.tag).await
    }
}

async fn ask(
    key: &str,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, UnusableKey> {
    // The runtime goes on when this memory may be another's: it gets copies.
    let [message, signature] = [message, signature].map(Uint8Array::from);
    let answer = JsFuture::from(verifies(key, algorithm, message, signature)).await;
    answer.ok().and_then(|answer| answer.as_bool()).ok_or(UnusableKey)
}

fn jwk(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa(key) => {
            let [n, e] = [key.modulus(), key.exponent()].map(base64url);
            format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
        }
        PublicKey::Ec(key) => {
            let [x, y] = [key.x(), key.y()].map(base64url);
            format!(r#"{{"kty":"EC","crv":"{}","x":"{x}","y":"{y}"}}"#, key.curve().name())
        }
        PublicKey::Ed25519(key) => {
            let x = base64url(key.as_bytes());
            format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)
        }
    }
}

/// What importing a key and verifying with it take, in one.
fn algorithm(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::RsaPkcs1(hash) => {
            format!(r#"{{"name":"RSASSA-PKCS1-v1_5","hash":"{}"}}"#, name(hash).0)
        }
        SignatureScheme::RsaPss(hash) => {
            let (hash, bytes) = name(hash);
            format!(r#"{{"name":"RSA-PSS","hash":"{hash}","saltLength":{bytes}}}"#)
        }
        SignatureScheme::Ecdsa(curve) => {
            let hash = match curve {
                Curve::P256 => Hash::Sha256,
                Curve::P384 => Hash::Sha384,
                Curve::P521 => Hash::Sha512,
            };
            let (curve, hash) = (curve.name(), name(hash).0);
            format!(r#"{{"name":"ECDSA","namedCurve":"{curve}","hash":"{hash}"}}"#)
        }
        SignatureScheme::Ed25519 => r#"{"name":"Ed25519"}"#.to_owned(),
    }
}

/// A hash's name, and its bytes.
const fn name(hash: Hash) -> (&'static str, usize) {
    match hash {
        Hash::Sha256 => ("SHA-256", 32),
        Hash::Sha384 => ("SHA-384", 48),
        Hash::Sha512 => ("SHA-512", 64),
    }
}
