//! Messages to an address that the configuration names, signed as Standard Webhooks has it
//! (<https://www.standardwebhooks.com/>), so that its libraries verify them.

use http::Method;

use crate::crypto::{HmacKey, hmac_sha256, hmac_sha256_verifies};
use crate::encoding::{base64, base64_decode};
use crate::s3::AuthorizedRequest;
use crate::secret::Secret;
use crate::sigv4::Origin;
use crate::time::Timestamp;
use crate::variables::{Faults, Table, secret_name};

/// Where messages go, and what they are signed with.
#[derive(Clone, Debug)]
pub struct Hook {
    url: String,
    /// In base64, the newest last; at least one.
    keys: Vec<Secret>,
}

/// A message that is signed.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it goes, and its headers.
    pub request: AuthorizedRequest,
    /// Its body, in JSON.
    pub body: String,
}

/// A message that came, and what it says of its signature.
#[derive(Clone, Copy, Debug)]
pub struct SignedMessage<'m> {
    /// Its name: `webhook-id`.
    pub id: &'m str,
    /// When it was signed: `webhook-timestamp`.
    pub timestamp: &'m str,
    /// Its signatures: `webhook-signature`.
    pub signatures: &'m str,
    /// Its body.
    pub body: &'m [u8],
}

/// Why a message isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSignature {
    /// No secret of ours has signed it.
    Forged,
    /// It was signed too long ago, or is to be.
    Stale,
}

/// How far a message's time may be from ours, in seconds.
const TOLERANCE: u64 = 300;
/// The most signatures of a message that are looked at.
const MOST_SIGNATURES: usize = 8;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// How many bytes the key in a secret may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

impl Hook {
    /// Reads a table of that name: `url`, and `secret`, the name of a secret or a list of them.
    pub(super) fn read(
        parent: &Table<'_>,
        name: &'static str,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let table = parent.table(name)?;
        let hook = Self::of(&table, faults, secret);
        table.finish();
        hook
    }

    /// Reads what a table has of it.
    pub(super) fn of(
        table: &Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let url = table.required("url", check_url);
        let names = table.one_or_more("secret", secret_name);
        if !table.has("secret") {
            table.fault("secret", "is missing");
        }
        let names = names?;
        let keys: Vec<Secret> =
            names.iter().filter_map(|name| read_key(name, faults, secret)).collect();
        (keys.len() == names.len()).then_some(Self { url: url?, keys })
    }

    /// A message of that name, which stays the same where it is sent again.
    pub(super) fn message(&self, id: &str, body: String, now: Timestamp) -> Message {
        let at = now.unix_seconds();
        let text = format!("{id}.{at}.{body}");
        let sign = |key: &Secret| {
            let key = base64_decode(key.expose()).unwrap_or_default();
            format!("v1,{}", base64(&hmac_sha256(&key, text.as_bytes())))
        };
        let signatures: Vec<String> = self.keys.iter().map(sign).collect();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let request = AuthorizedRequest { method: &Method::POST, url: self.url.clone(), headers };
        Message { request, body }
    }

    /// Whether a message that came was signed with one of the secrets, and not long ago.
    pub(super) fn verify(
        &self,
        message: &SignedMessage<'_>,
        now: Timestamp,
    ) -> Result<(), BadSignature> {
        let SignedMessage { id, timestamp, signatures, body } = message;
        let read = |signature: &str| base64_decode(signature.strip_prefix("v1,")?);
        let given = signatures.split(' ').take(MOST_SIGNATURES).filter_map(read);
        let given: Vec<Vec<u8>> = given.collect();
        let begin = format!("{id}.{timestamp}.");
        let is_of = |key: &Secret| {
            let key = base64_decode(key.expose()).unwrap_or_default();
            let own = HmacKey::new(&key).after(begin.as_bytes()).of(body);
            // Over hashes of both, so that the time says nothing of either.
            let is_own = |tag: &Vec<u8>| hmac_sha256_verifies(b"", &own, &hmac_sha256(b"", tag));
            given.iter().fold(false, |is_signed, tag| is_signed | is_own(tag))
        };
        if !self.keys.iter().fold(false, |is_signed, key| is_signed | is_of(key)) {
            return Err(BadSignature::Forged);
        }
        let at = timestamp.parse().ok().filter(|at| now.unix_seconds().abs_diff(*at) <= TOLERANCE);
        at.map(drop).ok_or(BadSignature::Stale)
    }
}

/// `https:`, or `http:` on the machine itself.
fn check_url(url: &str) -> Result<String, &'static str> {
    const HELP: &str = "has to be an https URL";
    let (origin, rest) = Origin::parse_prefix(url).map_err(|_| HELP)?;
    let is_plain = rest.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    if origin.is_private() && is_plain { Ok(url.to_owned()) } else { Err(HELP) }
}

fn read_key(
    name: &str,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<Secret> {
    let Some(text) = secret(name).filter(|text| !text.is_empty()) else {
        faults.add(name, format!("this secret is missing: npx wrangler secret put {name}"));
        return None;
    };
    let key = text.strip_prefix(PREFIX);
    let is_key = |key: &&str| base64_decode(key).is_some_and(|it| KEY_BYTES.contains(&it.len()));
    let key = key.filter(is_key).map(|key| Secret::new(key.to_owned()));
    if key.is_none() {
        faults.add(name, "has to be whsec_ and 24 to 64 random bytes in base64");
    }
    key
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(table: &Value, secret: &str) -> Result<Hook, Vec<String>> {
        let faults = Faults::default();
        let value = json!({ "scanner": table });
        let table = Table::new("UPLOADS", &value, &faults).unwrap();
        let hook = Hook::read(&table, "scanner", &faults, &|name| {
            (name != "MISSING").then(|| secret.to_owned())
        });
        table.finish();
        let paths: Vec<String> = faults.into_vec().into_iter().map(|it| it.path).collect();
        if paths.is_empty() { Ok(hook.unwrap()) } else { Err(paths) }
    }

    /// The example of the documentation of Standard Webhooks' libraries.
    #[test]
    fn a_message_is_signed_as_others_sign_it() {
        let hook = read(&json!({ "url": "https://a.example/x", "secret": "S" }), SECRET).unwrap();
        let body = r#"{"test": 2432232314}"#.to_owned();
        let now = Timestamp::from_unix_seconds(1_614_265_330);
        let message = hook.message("msg_p5jXN8AQM9LWM0D4loKWxJek", body, now);
        let headers = message.request.headers;
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned();
        assert_eq!(headers[3], ("webhook-signature".to_owned(), signature.clone()));
        assert_eq!(headers[2].1, "1614265330");

        let two = json!({ "url": "https://a.example/x", "secret": ["S", "S"] });
        let message =
            read(&two, SECRET).unwrap().message("msg_p5jXN8AQM9LWM0D4loKWxJek", message.body, now);
        assert_eq!(message.request.headers[3].1, format!("{signature} {signature}"));
        assert!(!format!("{:?}", read(&two, SECRET)).contains("MfKQ9r8"));
    }

    #[test]
    fn a_message_that_comes_is_held_to_its_signature_and_its_time() {
        let hook = read(&json!({ "url": "https://a/", "secret": ["S", "S"] }), SECRET).unwrap();
        let at = 1_614_265_330;
        let good = SignedMessage {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: "1614265330",
            signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            body: br#"{"test": 2432232314}"#,
        };
        let verify = |message: SignedMessage<'_>, now| {
            hook.verify(&message, Timestamp::from_unix_seconds(now))
        };
        for now in [at - 300, at, at + 300] {
            assert_eq!(verify(good, now), Ok(()));
        }
        for now in [0, at - 301, at + 301, u64::MAX] {
            assert_eq!(verify(good, now), Err(BadSignature::Stale), "{now}");
        }
        let forged = [
            SignedMessage { id: "msg_other", ..good },
            SignedMessage { timestamp: "1614265331", ..good },
            SignedMessage { timestamp: "01614265330", ..good },
            SignedMessage { timestamp: "", ..good },
            SignedMessage { body: br#"{"test": 2432232315}"#, ..good },
            SignedMessage { body: b"", ..good },
            // The dots may stand elsewhere, and the text be the same.
            SignedMessage { id: "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", ..good },
        ];
        for message in forged {
            assert_eq!(verify(message, at), Err(BadSignature::Forged), "{message:?}");
        }
        let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let all = [other; 7].join(" ");
        for signatures in
            [format!("{all} {}", good.signatures), format!("v1a,x {}", good.signatures)]
        {
            let message = SignedMessage { signatures: &signatures, ..good };
            assert_eq!(verify(message, at), Ok(()), "{signatures}");
        }
        for signatures in [
            "",
            "v1,",
            "v1",
            other,
            &good.signatures[3..],
            &good.signatures.replace("v1", "v2"),
            &good.signatures.replace('=', ""),
            &format!("{}AA==", good.signatures),
            &format!("{all} {other} {}", good.signatures),
        ] {
            let message = SignedMessage { signatures, ..good };
            assert_eq!(verify(message, at), Err(BadSignature::Forged), "{signatures}");
        }
        let stranger = read(
            &json!({ "url": "https://a/", "secret": "S" }),
            "whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        );
        let now = Timestamp::from_unix_seconds(at);
        assert_eq!(stranger.unwrap().verify(&good, now), Err(BadSignature::Forged));
    }

    #[test]
    fn an_address_is_private_and_a_secret_is_one() {
        for url in ["https://a.example/x?y", "http://127.0.0.1:8080/", "http://localhost/x"] {
            assert!(read(&json!({ "url": url, "secret": "S" }), SECRET).is_ok(), "{url}");
        }
        for url in [
            "http://a.example/",
            "a.example",
            "https://me@a.example/",
            "https://a/ b",
            "https://a/#b",
            "ftp://a/",
        ] {
            let faults = read(&json!({ "url": url, "secret": "S" }), SECRET).unwrap_err();
            assert_eq!(faults, ["UPLOADS.scanner.url"], "{url}");
        }
        for secret in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%"]
        {
            let faults = read(&json!({ "url": "https://a/", "secret": "S" }), secret).unwrap_err();
            assert_eq!(faults, ["S"], "{secret}");
        }
        for (table, path) in [
            (json!({ "url": "https://a/" }), "UPLOADS.scanner.secret"),
            (json!({ "url": "https://a/", "secret": [] }), "UPLOADS.scanner.secret"),
            (json!({ "url": "https://a/", "secret": SECRET }), "UPLOADS.scanner.secret"),
            (json!({ "url": "https://a/", "secret": "MISSING" }), "MISSING"),
            (json!({ "secret": "S" }), "UPLOADS.scanner.url"),
            (json!({ "url": "https://a/", "secret": "S", "key": "S" }), "UPLOADS.scanner.key"),
        ] {
            assert_eq!(read(&table, SECRET).unwrap_err(), [path], "{table}");
        }
    }
}
