//! Tokens of every algorithm, made by another implementation. Each is accepted only with its own key and algorithm.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use ed25519_dalek::{Signer, SigningKey};
use edge_signer::crypto::{Mac, Signature, SignatureVerifier, UnusableKey};
use edge_signer::encoding::{base64url, base64url_decode};
use edge_signer::session::testing::MemoryDirectory;
use edge_signer::session::{
    Algorithm, Authenticator, Directory, DirectoryUnavailable, FetchedKeys, Issuer, KeySetAddress,
    NoSession, Revocation, Revoked, SessionMemory, TokenFault,
};
use edge_signer::time::Timestamp;
use edge_signer::variables::{Faults, Table};
use pollster::block_on;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Fixture {
    now: u64,
    secret: String,
    keys: Map<String, Value>,
    tokens: Vec<TokenOf>,
}

#[derive(Deserialize)]
struct TokenOf {
    alg: String,
    key: Option<String>,
    token: String,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../fixtures/session/tokens.json")).unwrap()
}

/// An issuer whose entry has these settings and a name.
fn issuer(settings: &Value, secret: &str) -> Result<Issuer, Vec<String>> {
    let mut entry = json!({ "issuer": "https://issuer.example", "audience": "edge-signer" });
    entry.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let faults = Faults::default();
    let table = Table::new("ISSUERS[0]", &entry, &faults).unwrap();
    let read = Issuer::read(table, &faults, &|_| Some(secret.to_owned()));
    let faults: Vec<String> = faults
        .into_vec()
        .into_iter()
        .map(|fault| format!("{}: {}", fault.path, fault.detail))
        .collect();
    if faults.is_empty() { Ok(read.unwrap()) } else { Err(faults) }
}

/// A directory in which something happens while an entry is being read.
struct WhileReading<F> {
    entries: MemoryDirectory,
    then: F,
}

impl<F> SignatureVerifier for WhileReading<F> {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        self.entries.verifies(signature).await
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        self.entries.mac_verifies(mac).await
    }
}

impl<F: Fn(&MemoryDirectory)> Directory for WhileReading<F> {
    async fn fetch_keys(
        &self,
        address: &KeySetAddress,
    ) -> Result<FetchedKeys, DirectoryUnavailable> {
        self.entries.fetch_keys(address).await
    }

    fn has_entries(&self) -> bool {
        true
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        let read = self.entries.read(names).await;
        (self.then)(&self.entries);
        read
    }

    async fn write(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Result<(), DirectoryUnavailable> {
        self.entries.write(name, value, seconds).await
    }

    async fn remove(&self, name: &str) -> Result<(), DirectoryUnavailable> {
        self.entries.remove(name).await
    }
}

#[test]
fn a_session_that_was_read_before_a_revocation_is_not_remembered_after_it() {
    let Fixture { now, secret, tokens, .. } = fixture();
    let shown = tokens.iter().find(|token| token.alg == "HS256").unwrap();
    let issuers =
        [issuer(&json!({ "algorithms": ["HS256"], "secret": "SECRET" }), &secret).unwrap()];
    let now = Timestamp::from_unix_seconds(now + 1);
    let memory = SessionMemory::default();
    let revocation = Revocation {
        issuer: "https://issuer.example".to_owned(),
        revoked: Revoked::IssuedBefore(now.plus(1)),
    };
    let directory = WhileReading {
        entries: MemoryDirectory::default(),
        // What the operator's route does in the same isolate.
        then: |entries: &MemoryDirectory| {
            block_on(revocation.record(None, entries, now)).unwrap();
            memory.forget_sessions();
        },
    };
    let ask = || {
        let directory = &directory;
        let authenticator =
            Authenticator { issuers: &issuers, revocable: true, directory, memory: &memory, now };
        block_on(authenticator.authenticate(&shown.token)).map(drop)
    };
    assert_eq!(ask(), Ok(()), "it was read before");
    assert_eq!(memory.remembered(), 0);
    assert_eq!(ask(), Err(NoSession::Refused(TokenFault::Revoked)));
}

fn authenticate(token: &str, issuer: Issuer, directory: &MemoryDirectory) -> Result<(), NoSession> {
    let authenticator = Authenticator {
        issuers: &[issuer],
        revocable: false,
        directory,
        memory: &SessionMemory::default(),
        now: Timestamp::from_unix_seconds(fixture().now + 1),
    };
    block_on(authenticator.authenticate(token)).map(drop)
}

#[test]
fn each_algorithm_is_accepted_with_its_own_key_and_with_no_other() {
    let Fixture { secret, keys, tokens, .. } = fixture();
    let algorithms: Vec<Algorithm> =
        tokens.iter().map(|token| Algorithm::parse(&token.alg).unwrap()).collect();
    for algorithm in Algorithm::ALL {
        assert!(algorithms.contains(&algorithm), "no token of {}", algorithm.as_str());
    }
    for configured in &tokens {
        let settings = match &configured.key {
            None => json!({ "algorithms": [configured.alg], "secret": "SECRET" }),
            Some(key) => json!({ "algorithms": [configured.alg], "keys": [keys[key]] }),
        };
        for shown in &tokens {
            let issuer = issuer(&settings, &secret).unwrap();
            let answer = authenticate(&shown.token, issuer, &MemoryDirectory::default());
            let expected =
                (shown.alg != configured.alg).then_some(NoSession::Refused(TokenFault::Algorithm));
            assert_eq!(answer.err(), expected, "{} at {}", shown.alg, configured.alg);
        }
    }
}

#[test]
fn a_key_set_at_a_url_serves_all_public_algorithms() {
    let Fixture { keys, tokens, .. } = fixture();
    let document = json!({ "keys": keys.values().collect::<Vec<_>>() }).to_string();
    let directory = MemoryDirectory::default();
    let url = "https://issuer.example/keys";
    directory.key_sets.borrow_mut().insert(url.to_owned(), FetchedKeys { document, max_age: None });
    let public: Vec<&TokenOf> = tokens.iter().filter(|token| token.key.is_some()).collect();
    let algorithms: Vec<&str> = public.iter().map(|token| token.alg.as_str()).collect();
    for token in public {
        let issuer = issuer(&json!({ "algorithms": algorithms, "jwks_url": url }), "").unwrap();
        assert_eq!(authenticate(&token.token, issuer, &directory), Ok(()), "{}", token.alg);
    }
}

/// RFC 9864 §2.2 calls `Ed25519` what RFC 8037 §3.1 calls `EdDSA`, and both are written.
#[test]
fn ed25519_goes_by_either_of_its_names() {
    const NAMES: [&str; 2] = ["EdDSA", "Ed25519"];
    let Fixture { keys, .. } = fixture();
    let signing = SigningKey::from_bytes(&[7; 32]);
    let mut jwk = keys["ed"].clone();
    jwk["x"] = Value::from(base64url(signing.verifying_key().as_bytes()));
    let url = "https://issuer.example/keys";
    for configured in NAMES {
        for published in [None, Some("EdDSA"), Some("Ed25519")] {
            jwk["alg"] = published.map_or(Value::Null, Value::from);
            let directory = MemoryDirectory::default();
            let document = json!({ "keys": [jwk] }).to_string();
            let fetched = FetchedKeys { document, max_age: None };
            directory.key_sets.borrow_mut().insert(url.to_owned(), fetched);
            for shown in NAMES {
                let token = ed25519_token(&signing, shown);
                for source in [json!({ "jwks_url": url }), json!({ "keys": [jwk] })] {
                    let mut settings = source;
                    settings["algorithms"] = json!([configured]);
                    let issuer = issuer(&settings, "").unwrap();
                    let answer = authenticate(&token, issuer, &directory);
                    assert_eq!(answer, Ok(()), "{shown} at {configured}, {settings}");
                }
            }
        }
    }
}

/// A token of the fixture's moment, whose header says that it is signed with `alg`.
fn ed25519_token(key: &SigningKey, alg: &str) -> String {
    let now = fixture().now;
    let claims = json!({
        "iss": "https://issuer.example", "aud": "edge-signer", "sub": "alice",
        "iat": now, "exp": now + 600,
    });
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let header = json!({ "alg": alg, "typ": "JWT", "kid": "ed" });
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = key.sign(signed.as_bytes()).to_bytes();
    format!("{signed}.{}", base64url(&signature))
}

/// Key sets hold keys for other purposes and of unknown kinds (RFC 7517 §5).
#[test]
fn a_key_that_can_not_be_used_leaves_the_others_of_its_set() {
    let Fixture { keys, tokens, .. } = fixture();
    let good: Vec<Value> = keys.values().cloned().collect();
    let changed = |name: &str, member: &str, value: Value| {
        let mut jwk = keys[name].clone();
        jwk["kid"] = json!("unusable");
        jwk[member] = value;
        jwk
    };
    // Coordinates of the right length that are no point, once with the good key's name, and once without a name, so
    // that it is tried first.
    let mut off_curve = changed("ec", "y", json!("A".repeat(43)));
    off_curve["kid"] = json!("ec");
    let mut nameless = off_curve.clone();
    nameless.as_object_mut().unwrap().remove("kid");
    let url = "https://issuer.example/keys";
    for unusable in [
        changed("rsa", "alg", json!("RSA-OAEP-256")),
        changed("rsa", "alg", json!("RS1")),
        changed("rsa", "use", json!("enc")),
        changed("rsa", "key_ops", json!(["encrypt"])),
        changed("rsa", "n", json!("wQ")),
        changed("rsa", "d", json!("AQAB")),
        changed("ec", "crv", json!("secp256k1")),
        changed("ec", "y", json!("AAAA")),
        changed("ec", "crv", json!("P-384")),
        off_curve,
        nameless,
        changed("ec", "alg", json!("ECDH-ES")),
        changed("ed", "crv", json!("X25519")),
        changed("ed", "crv", json!("Ed448")),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "unusable" }),
        json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "unusable" }),
        json!("a key"),
    ] {
        for at in [0, good.len()] {
            let mut set = good.clone();
            set.insert(at, unusable.clone());
            let directory = MemoryDirectory::default();
            let document = json!({ "keys": set }).to_string();
            let fetched = FetchedKeys { document, max_age: None };
            directory.key_sets.borrow_mut().insert(url.to_owned(), fetched);
            for token in tokens.iter().filter(|token| token.key.is_some()) {
                let settings = json!({ "algorithms": [token.alg], "jwks_url": url });
                let issuer = issuer(&settings, "").unwrap();
                let answer = authenticate(&token.token, issuer, &directory);
                assert_eq!(answer, Ok(()), "{} beside {unusable}", token.alg);
            }
        }
    }
}

#[test]
fn a_key_that_is_no_point_of_its_curve_verifies_nothing() {
    let Fixture { keys, tokens, .. } = fixture();
    for (alg, name, member) in
        [("ES256", "ec", "y"), ("ES384", "p384", "y"), ("ES512", "p521", "y"), ("EdDSA", "ed", "x")]
    {
        let mut jwk = keys[name].clone();
        // A y of 2 is on none of these curves.
        let bytes = base64url_decode(jwk[member].as_str().unwrap()).unwrap().len();
        let mut two = vec![0; bytes];
        two[if name == "ed" { 0 } else { bytes - 1 }] = 2;
        jwk[member] = json!(base64url(&two));
        let issuer = issuer(&json!({ "algorithms": [alg], "keys": [jwk] }), "").unwrap();
        let token = tokens.iter().find(|token| token.alg == alg).unwrap();
        let answer = authenticate(&token.token, issuer, &MemoryDirectory::default());
        assert_eq!(answer, Err(NoSession::Refused(TokenFault::UnusableKey)), "{alg}");
    }
}

#[test]
fn a_changed_token_is_refused() {
    let Fixture { secret, keys, tokens, .. } = fixture();
    for TokenOf { alg, key, token } in &tokens {
        let settings = match key {
            None => json!({ "algorithms": [alg], "secret": "SECRET" }),
            Some(key) => json!({ "algorithms": [alg], "keys": [keys[key]] }),
        };
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let flipped: String = signature
            .char_indices()
            .map(|(index, c)| if index == 7 { if c == 'A' { 'B' } else { 'A' } } else { c })
            .collect();
        let of_another = tokens.iter().find(|other| other.alg != *alg).unwrap();
        let other_signature = of_another.token.rsplit_once('.').unwrap().1;
        for changed in [
            format!("{signed}.{flipped}"),
            format!("{signed}."),
            format!("{signed}.{other_signature}"),
        ] {
            let issuer = issuer(&settings, &secret).unwrap();
            let answer = authenticate(&changed, issuer, &MemoryDirectory::default());
            let expected = Err(NoSession::Refused(TokenFault::Signature));
            assert_eq!(answer, expected, "{alg}: {changed}");
        }
    }
}

#[test]
fn keys_and_algorithms_of_different_kinds_are_a_fault_of_the_configuration() {
    let Fixture { secret, keys, .. } = fixture();
    let rsa = &keys["rsa"];
    let mut private = rsa.clone();
    private["d"] = json!("AQAB");
    let mut small = rsa.clone();
    small["n"] = json!("wQ");
    let symmetric = json!({ "kty": "oct", "k": "c2VjcmV0" });
    for (settings, expected) in [
        (json!({ "algorithms": ["HS256"], "keys": [rsa] }), "ISSUERS[0].algorithms"),
        (json!({ "algorithms": ["RS256"], "secret": "SECRET" }), "ISSUERS[0].algorithms"),
        (json!({ "algorithms": ["RS256", "HS256"], "secret": "SECRET" }), "ISSUERS[0].algorithms"),
        (json!({ "algorithms": ["none"], "secret": "SECRET" }), "ISSUERS[0].algorithms[0]"),
        (json!({ "algorithms": [], "secret": "SECRET" }), "ISSUERS[0].algorithms"),
        (json!({ "algorithms": ["RS256"], "keys": [private] }), "ISSUERS[0].keys[0]"),
        (json!({ "algorithms": ["RS256"], "keys": [small] }), "ISSUERS[0].keys[0]"),
        (json!({ "algorithms": ["RS256"], "keys": [symmetric] }), "ISSUERS[0].keys[0]"),
        (json!({ "algorithms": ["RS256"] }), "ISSUERS[0].jwks_url"),
        (
            json!({ "algorithms": ["RS256"], "jwks_url": "http://issuer.example/keys" }),
            "ISSUERS[0].jwks_url",
        ),
        (
            json!({ "algorithms": ["RS256"], "jwks_url": "https://i.example/keys", "keys": [rsa] }),
            "ISSUERS[0].jwks_url",
        ),
        (json!({ "opaque": true, "algorithms": ["RS256"] }), "ISSUERS[0].algorithms"),
        (json!({ "access_team": "a", "auth0_domain": "b" }), "ISSUERS[0].issuer"),
        (json!({ "access_team": "a/b" }), "ISSUERS[0].access_team"),
    ] {
        let faults = issuer(&settings, &secret).expect_err("a fault");
        assert!(
            faults.iter().any(|fault| fault.starts_with(&format!("{expected}: "))),
            "{settings}: {faults:?}"
        );
    }
    for (algorithm, length) in [("HS256", 31), ("HS384", 47), ("HS512", 63)] {
        let settings = json!({ "algorithms": [algorithm], "secret": "SECRET" });
        assert!(issuer(&settings, &"x".repeat(length)).is_err(), "{algorithm}");
        assert!(issuer(&settings, &"x".repeat(length + 1)).is_ok(), "{algorithm}");
    }
}
