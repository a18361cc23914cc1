use pollster::block_on;
use serde_json::json;

use super::*;
use crate::encoding::base64url;
use crate::secret::Secret;
use crate::session::testing::MemoryDirectory;
use crate::session::{Authenticator, NoSession, SessionMemory};
use crate::variables::{Faults, Table};

const NOW: u64 = 1_767_225_600;

fn secret() -> Secret {
    Secret::new("0123456789abcdef0123456789abcdef".to_owned())
}

fn issue(secret: &Secret, claims: &Map<String, Value>) -> String {
    crate::jwt::issue_hs256(secret.expose().as_bytes(), claims)
}

/// An issuer whose entry has these settings besides the required ones; else the faults' paths.
fn issuer_with(settings: &Value) -> Result<Issuer, Vec<String>> {
    let faults = Faults::default();
    let mut entry = json!({
        "issuer": "https://issuer.example", "audience": "edge-signer", "algorithms": ["HS256"],
        "secret": "SECRET",
    });
    entry.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let table = Table::new("ISSUERS[0]", &entry, &faults).unwrap();
    let read = |_: &str| Some(secret().expose().to_owned());
    let issuer = Issuer::read(table, &faults, &read);
    let paths: Vec<String> = faults.into_vec().into_iter().map(|fault| fault.path).collect();
    if paths.is_empty() { Ok(issuer.unwrap()) } else { Err(paths) }
}

fn claims() -> Value {
    json!({
        "iss": "https://issuer.example", "aud": "edge-signer", "sub": "alice",
        "exp": NOW + 600, "iat": NOW, "jti": "t1", "role": "member",
    })
}

fn check(token: &str) -> Result<Session, TokenFault> {
    check_at(token, issuer_with(&json!({})).unwrap())
}

fn check_at(token: &str, issuer: Issuer) -> Result<Session, TokenFault> {
    let authenticator = Authenticator {
        issuers: &[issuer],
        revocable: false,
        directory: &MemoryDirectory::default(),
        memory: &SessionMemory::default(),
        now: Timestamp::from_unix_seconds(NOW),
    };
    block_on(authenticator.authenticate(token)).map(|session| Session::clone(&session)).map_err(
        |why| match why {
            NoSession::Refused(fault) => fault,
            other => panic!("{other:?}"),
        },
    )
}

fn check_claims(changes: &Value) -> Result<Session, TokenFault> {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    check(&issue(&secret(), claims.as_object().unwrap()))
}

fn with_header(header: &Value) -> String {
    let signed = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims().to_string().as_bytes())
    );
    let tag = crate::crypto::hmac_sha256(secret().expose().as_bytes(), signed.as_bytes());
    let signature = base64url(&tag);
    format!("{signed}.{signature}")
}

#[test]
fn a_good_token_is_a_session() {
    let session = check_claims(&json!({})).unwrap();
    assert_eq!(
        (session.issuer.as_str(), session.subject.as_str()),
        ("https://issuer.example", "alice")
    );
    assert_eq!(session.token_id.as_deref(), Some("t1"));
    assert_eq!(session.expires_at.unix_seconds(), NOW + 600);
    assert_eq!(session.accepted_until.unix_seconds(), NOW + 630);
    assert_eq!(session.claims.text("role"), Some("member"));
    assert!(check_claims(&json!({ "aud": ["other", "edge-signer"] })).is_ok());
}

/// The example of RFC 7515 A.1 has no `aud` and was good until 2011; its signature is what counts.
#[test]
fn the_signature_is_that_of_rfc_7515() {
    let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                   eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                   cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let key =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let tag = crate::crypto::hmac_sha256(&base64url_decode(key).unwrap(), message.as_bytes());
    assert_eq!(base64url(&tag), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

#[test]
fn times_are_held_with_leeway() {
    for (changes, expected) in [
        (json!({ "exp": NOW - 29 }), None),
        (json!({ "exp": NOW - 30 }), Some(TokenFault::Expired)),
        (json!({ "exp": 0 }), Some(TokenFault::Expired)),
        (json!({ "nbf": NOW + 30 }), None),
        (json!({ "nbf": NOW + 31 }), Some(TokenFault::NotYetValid)),
        (json!({ "iat": NOW + 31 }), Some(TokenFault::NotYetValid)),
    ] {
        assert_eq!(check_claims(&changes).err(), expected, "{changes}");
    }
}

#[test]
fn of_a_moment_with_a_fraction_the_whole_seconds_count() {
    let now = |fraction: f64| 1_767_225_600.0 + fraction;
    for (changes, expected) in [
        (json!({ "exp": now(600.123_456), "iat": now(-0.5), "nbf": now(-0.5) }), None),
        (json!({ "exp": now(-29.5) }), Some(TokenFault::Expired)),
        (json!({ "exp": now(-28.5) }), None),
        (json!({ "nbf": now(30.9) }), None),
        (json!({ "nbf": now(31.1) }), Some(TokenFault::NotYetValid)),
    ] {
        assert_eq!(check_claims(&changes).err(), expected, "{changes}");
    }
}

#[test]
fn claims_that_are_missing_or_wrong_are_refused() {
    for (changes, expected) in [
        (json!({ "iss": "https://issuer.example/" }), TokenFault::UnknownIssuer),
        (json!({ "iss": null }), TokenFault::UnknownIssuer),
        (json!({ "aud": "other" }), TokenFault::Audience),
        (json!({ "aud": ["other"] }), TokenFault::Audience),
        (json!({ "aud": null }), TokenFault::Audience),
        (json!({ "exp": null }), TokenFault::Claim("exp")),
        (json!({ "exp": "1767226200" }), TokenFault::Claim("exp")),
        (json!({ "exp": 9_007_199_254_740_992.0 }), TokenFault::Claim("exp")),
        (json!({ "iat": -0.5 }), TokenFault::Claim("iat")),
        (json!({ "exp": 1e300 }), TokenFault::Claim("exp")),
        (json!({ "exp": -1 }), TokenFault::Claim("exp")),
        (json!({ "nbf": "soon" }), TokenFault::Claim("nbf")),
        (json!({ "sub": null }), TokenFault::Claim("sub")),
        (json!({ "sub": "" }), TokenFault::Claim("sub")),
        (json!({ "sub": 7 }), TokenFault::Claim("sub")),
        (json!({ "jti": 7 }), TokenFault::Claim("jti")),
    ] {
        assert_eq!(check_claims(&changes).err(), Some(expected), "{changes}");
    }
}

#[test]
fn a_token_may_be_for_any_of_several_audiences() {
    let settings = json!({ "audience": ["https://a.example", "https://b.example"] });
    for (audience, is_for_us) in [
        (json!("https://a.example"), true),
        (json!("https://b.example"), true),
        (json!(["https://c.example", "https://b.example"]), true),
        (json!("https://c.example"), false),
        (json!("https://a.example https://b.example"), false),
        (json!(["https://c.example"]), false),
        (json!([]), false),
        (json!([["https://a.example"]]), false),
        (json!({ "https://a.example": true }), false),
        (json!(null), false),
    ] {
        let mut claims = claims();
        claims["aud"] = audience.clone();
        let token = issue(&secret(), claims.as_object().unwrap());
        let expected = (!is_for_us).then_some(TokenFault::Audience);
        let issuer = issuer_with(&settings).unwrap();
        assert_eq!(check_at(&token, issuer).err(), expected, "{audience}");
    }
    // Clerk's tokens have no `aud`: `azp` names the page that asked for them.
    let settings = json!({ "audience": ["https://app.example"], "audience_claim": "azp" });
    for (azp, expected) in
        [("https://app.example", None), ("https://evil.example", Some(TokenFault::Audience))]
    {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("aud");
        claims["azp"] = json!(azp);
        let token = issue(&secret(), claims.as_object().unwrap());
        assert_eq!(check_at(&token, issuer_with(&settings).unwrap()).err(), expected, "{azp}");
    }
    for wrong in [json!([]), json!([""]), json!(["a", 1]), json!(1), json!({}), json!("")] {
        let faults = issuer_with(&json!({ "audience": wrong })).unwrap_err();
        assert!(faults.iter().all(|path| path.starts_with("ISSUERS[0].audience")), "{wrong}");
        assert!(!faults.is_empty(), "{wrong}");
    }
}

#[test]
fn a_type_can_be_required() {
    let types = [None, Some("JWT"), Some("jwt"), Some("at+jwt"), Some("application/AT+JWT")];
    for (required, expected) in [
        (json!({}), [true; 5]),
        (json!({ "typ": "at+jwt" }), [false, false, false, true, true]),
        (json!({ "typ": "application/at+jwt" }), [false, false, false, true, true]),
        (json!({ "typ": "JWT" }), [false, true, true, false, false]),
    ] {
        for (typ, is_taken) in types.into_iter().zip(expected) {
            let mut header = json!({ "alg": "HS256" });
            if let Some(typ) = typ {
                header["typ"] = json!(typ);
            }
            let answer = check_at(&with_header(&header), issuer_with(&required).unwrap());
            let expected = (!is_taken).then_some(TokenFault::Type);
            assert_eq!(answer.err(), expected, "{required} {typ:?}");
        }
    }
    for wrong in [json!(""), json!("logout+jwt"), json!("any"), json!(["at+jwt"]), json!(1)] {
        let faults = issuer_with(&json!({ "typ": wrong })).unwrap_err();
        assert_eq!(faults, ["ISSUERS[0].typ"], "{wrong}");
    }
}

#[test]
fn only_the_issuers_algorithm_is_accepted() {
    for alg in [
        "ES256", "EdDSA", "Ed25519", "ed25519", "none", "None", "nOnE", "HS512", "RS256", "hs256",
        "",
    ] {
        let token = with_header(&json!({ "alg": alg }));
        assert_eq!(check(&token).err(), Some(TokenFault::Algorithm), "{alg}");
    }
    for crit in [json!(["exp"]), json!([]), json!(null)] {
        let critical = with_header(&json!({ "alg": "HS256", "crit": crit }));
        assert_eq!(check(&critical).err(), Some(TokenFault::CriticalExtension));
    }
    for header in [json!(["HS256"]), json!("HS256"), json!(null)] {
        assert_eq!(check(&with_header(&header)).err(), Some(TokenFault::Malformed), "{header}");
    }
    assert_eq!(check(&with_header(&json!({}))).err(), Some(TokenFault::Algorithm));
    for (header, expected) in [
        (json!({ "typ": "at+jwt" }), None),
        (json!({ "typ": "application/AT+JWT" }), None),
        (json!({ "typ": "jwt" }), None),
        (json!({ "typ": "dpop+jwt" }), Some(TokenFault::Type)),
        (json!({ "typ": "" }), Some(TokenFault::Type)),
        (json!({ "typ": 1 }), Some(TokenFault::Type)),
        (json!({ "kid": "any" }), None),
        (json!({ "kid": "../../etc/passwd" }), None),
        (json!({ "kid": 1 }), Some(TokenFault::KeyId)),
        (json!({ "kid": null }), Some(TokenFault::KeyId)),
        (json!({ "kid": "k".repeat(257) }), Some(TokenFault::KeyId)),
        (json!({ "jwk": {}, "jku": "https://evil.example", "x5u": "https://evil.example" }), None),
    ] {
        let mut header = header;
        header["alg"] = json!("HS256");
        assert_eq!(check(&with_header(&header)).err(), expected, "{header}");
    }
    let payload = claims().to_string();
    let nested_twice = payload.replace("\"sub\":", "\"org\":{\"id\":1,\"id\":2},\"sub\":");
    let deep = format!("\"x\":{}{},\"sub\":", "[".repeat(17), "]".repeat(17));
    let too_deep = payload.replace("\"sub\":", &deep);
    let twice = payload.replace("\"sub\":", "\"sub\":\"bob\",\"sub\":");
    for (header, payload) in [
        (r#"{"alg":"HS256","alg":"HS256"}"#, &payload),
        (r#"{"alg":"HS256"}"#, &twice),
        (r#"{"alg":"HS256"}"#, &nested_twice),
        (r#"{"alg":"HS256"}"#, &too_deep),
    ] {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let tag = crate::crypto::hmac_sha256(secret().expose().as_bytes(), signed.as_bytes());
        let token = format!("{signed}.{}", base64url(&tag));
        assert_eq!(check(&token).err(), Some(TokenFault::Malformed), "{header} {payload}");
    }
}

#[test]
fn tokens_that_were_changed_are_refused() {
    let good = issue(&secret(), claims().as_object().unwrap());
    assert!(check(&good).is_ok());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let foreign = issue(&Secret::new("x".repeat(32)), claims().as_object().unwrap());
    for (token, expected) in [
        (String::new(), TokenFault::Malformed),
        ("a.b".to_owned(), TokenFault::Malformed),
        (signed.to_owned(), TokenFault::Malformed),
        (format!("{signed}."), TokenFault::Signature),
        (format!("{good}="), TokenFault::Malformed),
        (format!("{good} "), TokenFault::Malformed),
        (format!("{good}.{signature}"), TokenFault::Malformed),
        (format!("{signed}.{}", base64url(&[0; 32])), TokenFault::Signature),
        (foreign, TokenFault::Signature),
        ("x".repeat(8 * 1024 + 1), TokenFault::TooLong),
    ] {
        assert_eq!(check(&token).err(), Some(expected), "{token}");
    }
}

/// Auth.js encrypts its cookies with `dir`, so the second part is empty.
#[test]
fn an_encrypted_token_is_refused_and_the_log_says_why() {
    let header = base64url(br#"{"alg":"dir","enc":"A256CBC-HS512"}"#);
    let fault = Token::parse(&format!("{header}..aXY.Y2lwaGVy.dGFn")).unwrap_err();
    assert_eq!(fault, TokenFault::Encrypted);
    assert!(fault.reason().starts_with("Encrypted: the token is encrypted"), "{}", fault.reason());
    assert_eq!(TokenFault::Expired.reason(), "Expired");
}
