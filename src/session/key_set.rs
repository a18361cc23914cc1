use serde_json::{Map, Value};

use super::{Algorithm, VerifyingKey};
use crate::crypto::{Curve, EcPublicKey, Ed25519PublicKey, PublicKey, RsaPublicKey};
use crate::encoding::base64url_decode;

/// A key, with its `kid` and `alg`.
#[derive(Clone, Debug)]
pub struct NamedKey {
    /// `kid`
    pub id: Option<String>,
    /// `alg`: the one algorithm that it is for.
    pub algorithm: Option<Algorithm>,
    /// The key.
    pub key: VerifyingKey,
}

/// The keys of one issuer.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<NamedKey>);

impl KeySet {
    /// More keys than any issuer has at a time: a bound on the work that a document can cause.
    const MAX_KEYS: usize = 64;

    /// A set of these keys.
    pub const fn new(keys: Vec<NamedKey>) -> Self {
        Self(keys)
    }

    /// Reads a document of RFC 7517 §5. Keys that can't verify a session's token are left out: symmetric and private
    /// ones, ones for encryption, and ones of unknown kinds or sizes.
    pub fn parse(document: &[u8]) -> Result<Self, &'static str> {
        let document = str::from_utf8(document).ok();
        let document = document.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let document = document.ok_or("is not JSON")?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or("has no list of keys")?;
        if keys.len() > Self::MAX_KEYS {
            return Err("has more than 64 keys");
        }
        let usable: Vec<NamedKey> =
            keys.iter().filter_map(Value::as_object).filter_map(|jwk| jwk_key(jwk).ok()).collect();
        if usable.is_empty() { Err("has no key that can be used") } else { Ok(Self(usable)) }
    }

    /// Whether there's a key of this name, or no key has a name, so that each may be the one.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
            || self.0.iter().all(|key| key.id.is_none())
    }

    /// The keys that may verify a token with this `kid` and `alg`. For a token that names a key these are that key and
    /// the keys without a name.
    pub(super) fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &VerifyingKey> {
        self.0
            .iter()
            .filter(move |key| id.is_none() || key.id.is_none() || key.id.as_deref() == id)
            .filter(move |key| key.algorithm.is_none_or(|only| only == algorithm))
            .map(|key| &key.key)
            .filter(move |key| algorithm.takes(key))
    }
}

/// Members that only private keys have (RFC 7518 §6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

const UNKNOWN_KIND: &str = "has an unknown kind; use RSA, EC with P-256, P-384 or P-521, OKP \
                            with Ed25519";

/// Reads a public key of RFC 7517 §4.
pub(super) fn jwk_key(jwk: &Map<String, Value>) -> Result<NamedKey, &'static str> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| {
        text(name).and_then(base64url_decode).ok_or("has a member that is not base64url")
    };
    if PRIVATE.iter().any(|name| jwk.contains_key(*name)) {
        return Err("is a private or a symmetric key; give the public one");
    }
    if text("use").is_some_and(|of| of != "sig") {
        return Err("is not for signatures");
    }
    let operations = jwk.get("key_ops").and_then(Value::as_array);
    if operations.is_some_and(|all| !all.contains(&Value::from("verify"))) {
        return Err("is not for verifying");
    }
    let key = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => RsaPublicKey::from_parts(&bytes("n")?, &bytes("e")?)
            .map(PublicKey::Rsa)
            .ok_or("is not an RSA key of 2048 to 4096 bits with an odd exponent"),
        (Some("EC"), Some(name)) => {
            let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name);
            EcPublicKey::from_coordinates(curve.ok_or(UNKNOWN_KIND)?, &bytes("x")?, &bytes("y")?)
                .map(PublicKey::Ec)
                .ok_or("has coordinates that are empty or longer than its curve has")
        }
        (Some("OKP"), Some("Ed25519")) => Ed25519PublicKey::from_bytes(&bytes("x")?)
            .map(PublicKey::Ed25519)
            .ok_or("is not a usable point of Ed25519"),
        _ => Err(UNKNOWN_KIND),
    };
    let key = VerifyingKey::Public(key?);
    let algorithm = text("alg").map(Algorithm::parse).transpose()?;
    if algorithm.is_some_and(|algorithm| !algorithm.takes(&key)) {
        return Err("names an algorithm that is not for keys of its kind");
    }
    Ok(NamedKey { id: text("kid").map(str::to_owned), algorithm, key })
}
