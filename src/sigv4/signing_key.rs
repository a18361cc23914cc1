//! Stage 3: the key, derived from the secret access key.

use std::cell::RefCell;
use std::fmt;

use zeroize::Zeroizing;

use super::InvalidInput;
use super::string_to_sign::{Service, SigningRegion, StringToSign, TERMINATOR};
use crate::crypto::{HmacKey, P256Key, hmac_sha256};
use crate::encoding::{Hex32, Slash, hex, percent_encode};
use crate::secret::Secret;
use crate::time::AmzDate;

/// The public name of a key pair: 1 to 128 printable ASCII characters, without `/` and `,`, which
/// would end it inside `Credential=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// Checks an access key id.
    pub fn new(id: &str) -> Result<Self, InvalidInput> {
        let valid = (1..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b',');
        valid.then(|| Self(id.to_owned())).ok_or(InvalidInput::AccessKeyId)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A signing key and its scope.
pub struct SigningKey {
    kind: Kind,
    /// `access key id/scope`, as requests name it.
    credential: String,
    encoded_credential: String,
    scope_start: usize,
    /// SigV4's key after the last beginning.
    last: RefCell<Option<Begun>>,
}

enum Kind {
    /// SigV4's key, for one date, region and service.
    Hmac(HmacKey),
    /// SigV4A's key, for as long as the credentials last.
    Ecdsa(Box<P256Key>),
}

/// A key after the first lines of the strings to sign of one second, which are hashed once.
struct Begun {
    lines: String,
    key: HmacKey,
}

impl SigningKey {
    /// Derives the key of a secret access key for a date, region and service.
    pub fn derive(
        access_key_id: &AccessKeyId,
        secret_access_key: &Secret,
        time: AmzDate,
        region: &SigningRegion,
        service: &Service,
    ) -> Self {
        let (date, service) = (time.date(), service.as_str());
        let (id, secret) = (access_key_id.as_str(), secret_access_key.expose());
        let (kind, scope) = match region {
            SigningRegion::One(region) => {
                let region = region.as_str();
                let key = derive_hmac(secret, [date, region, service, TERMINATOR]);
                let scope = format!("{date}/{region}/{service}/{TERMINATOR}");
                (Kind::Hmac(HmacKey::new(&*key)), scope)
            }
            // The regions have their own parameter.
            SigningRegion::Set(_) => {
                let key = derive_ecdsa(id, secret);
                (Kind::Ecdsa(Box::new(key)), format!("{date}/{service}/{TERMINATOR}"))
            }
        };
        let credential = format!("{id}/{scope}");
        let encoded_credential = percent_encode(&credential, Slash::Encode);
        Self {
            kind,
            credential,
            encoded_credential,
            scope_start: id.len() + 1,
            last: RefCell::default(),
        }
    }

    /// `access key id/date/region/service/aws4_request`: the value of `Credential`.
    pub fn credential(&self) -> &str {
        &self.credential
    }

    /// The same, encoded for a query.
    pub(super) fn encoded_credential(&self) -> &str {
        &self.encoded_credential
    }

    /// `date/region/service/aws4_request`, in SigV4A `date/service/aws4_request`.
    pub fn scope(&self) -> &str {
        &self.credential[self.scope_start..]
    }

    /// Stage 4: appends the signature in lower-case hexadecimal, 64 characters of an HMAC, or an ECDSA
    /// signature in DER.
    pub fn sign_into(&self, out: &mut String, string_to_sign: &StringToSign<'_>) {
        match &self.kind {
            Kind::Hmac(key) => {
                let hash = Hex32::new(&string_to_sign.canonical_request);
                let mut last = self.last.borrow_mut();
                let begun = match &mut *last {
                    Some(begun) if string_to_sign.begins_with(&begun.lines) => begun,
                    last => last.insert(Begun::of(key, string_to_sign)),
                };
                out.push_str(Hex32::new(&begun.key.of(hash.as_str().as_bytes())).as_str());
            }
            Kind::Ecdsa(key) => {
                out.push_str(&hex(&key.sign(string_to_sign.to_string().as_bytes())));
            }
        }
    }

    /// The signature of another text: a form's policy.
    pub fn sign_text(&self, text: &str) -> String {
        match &self.kind {
            Kind::Hmac(key) => hex(&key.of(text.as_bytes())),
            Kind::Ecdsa(key) => hex(&key.sign(text.as_bytes())),
        }
    }
}

impl Begun {
    fn of(key: &HmacKey, string_to_sign: &StringToSign<'_>) -> Self {
        let lines = string_to_sign.beginning_text();
        Self { key: key.after(lines.as_bytes()), lines }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.credential)
    }
}

/// Four HMACs in a row: `"AWS4" + secret`, then date, region, service, `aws4_request`.
pub(super) fn derive_hmac(secret: &str, scope: [&str; 4]) -> Zeroizing<[u8; 32]> {
    let [date, rest @ ..] = scope;
    let secret = Zeroizing::new(format!("AWS4{secret}"));
    let of_date = Zeroizing::new(hmac_sha256(secret.as_bytes(), date.as_bytes()));
    rest.iter().fold(of_date, |key, part| Zeroizing::new(hmac_sha256(&*key, part.as_bytes())))
}

/// A scalar from secret and access key id, by the counter mode of NIST SP 800-108 with HMAC-SHA-256. The counter rises
/// until the result plus one is below the order of P-256.
///
/// Source: "Deriving a signing key" for SigV4A in
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn derive_ecdsa(access_key_id: &str, secret: &str) -> P256Key {
    let key = Zeroizing::new(format!("AWS4A{secret}"));
    let mut counter = 1_u8;
    loop {
        let mut input = Zeroizing::new(Vec::new());
        input.extend_from_slice(&1_u32.to_be_bytes());
        input.extend_from_slice(b"AWS4-ECDSA-P256-SHA256\0");
        input.extend_from_slice(access_key_id.as_bytes());
        input.push(counter);
        // The length of the result in bits.
        input.extend_from_slice(&256_u32.to_be_bytes());
        let mut candidate = Zeroizing::new(hmac_sha256(key.as_bytes(), &input));
        if add_one(&mut candidate)
            && let Some(key) = P256Key::from_scalar(&candidate)
        {
            return key;
        }
        // Each round fails with a chance of 2^-32; 255 in a row don't happen.
        counter = counter.wrapping_add(1);
    }
}

/// Adds one to a big-endian number; `false` if it overflows.
fn add_one(number: &mut [u8; 32]) -> bool {
    for byte in number.iter_mut().rev() {
        let (sum, overflow) = byte.overflowing_add(1);
        *byte = sum;
        if !overflow {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::Region;
    use crate::time::Timestamp;

    #[test]
    fn one_is_added_with_carry() {
        let mut number = [0; 32];
        number[30] = 1;
        number[31] = 0xff;
        assert!(add_one(&mut number));
        assert_eq!(number[30..], [2, 0]);
        assert!(!add_one(&mut [0xff; 32]));
    }

    /// Although the beginning is hashed once, no signature depends on the one before.
    #[test]
    fn whatever_was_signed_before_a_signature_is_its_own() {
        let (id, secret) =
            (AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(), Secret::new("s".into()));
        let region = SigningRegion::One(Region::new("us-east-1").unwrap());
        let date = Timestamp::from_unix_seconds(0).amz_date();
        let key = SigningKey::derive(&id, &secret, date, &region, &Service::s3());
        let (times, scopes) =
            (["19700101T000000Z", "19700101T000001Z"], [key.scope(), "a", "a\nb", ""]);
        for (round, time) in times.into_iter().cycle().take(4).enumerate() {
            for scope in scopes.into_iter().chain(scopes) {
                let canonical_request = [u8::try_from(round).unwrap(); 32];
                let algorithm = region.algorithm();
                let string = StringToSign { algorithm, time, scope, canonical_request };
                let mut signature = String::new();
                key.sign_into(&mut signature, &string);
                assert_eq!(signature, key.sign_text(&string.to_string()), "{string}");
            }
        }
    }
}
