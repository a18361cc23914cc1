//! Every verifier that a session token can reach, tested with Wycheproof's vectors
//! (<https://github.com/C2SP/wycheproof>).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use edge_signer::crypto::{
    Curve, EcPublicKey, Ed25519PublicKey, Hash, PublicKey, RsaPublicKey, RustCrypto, Signature,
    SignatureScheme, SignatureVerifier, hmac_verifies,
};
use pollster::block_on;
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// Collects the differences, so that one run shows all of them.
#[derive(Default)]
struct Outcome {
    run: usize,
    differing: Vec<String>,
}

impl Outcome {
    fn compare(&mut self, test: &str, expected: TestResult, accepted: bool) {
        self.run += 1;
        // "Acceptable" is what some libraries accept and this one needn't.
        let differs = match expected {
            TestResult::Valid => !accepted,
            TestResult::Invalid => accepted,
            TestResult::Acceptable => false,
        };
        if differs {
            self.differing.push(format!("{test}: {expected:?}, accepted: {accepted}"));
        }
    }

    fn check(self, expected_run: usize) {
        assert!(self.differing.is_empty(), "{}", self.differing.join("\n"));
        assert_eq!(self.run, expected_run);
    }
}

/// Whether a token's signature verifies.
fn verifies(key: &PublicKey, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
    Signature::new(key, scheme, message, signature)
        .is_some_and(|signature| block_on(RustCrypto.verifies(signature)).expect("a usable key"))
}

fn rsa_key(n: &[u8], e: &[u8]) -> PublicKey {
    PublicKey::Rsa(RsaPublicKey::from_parts(n, e).expect("a key of a usable size"))
}

#[test]
fn hmac() {
    let mut outcome = Outcome::default();
    for (name, hash, bytes) in [
        (mac::TestName::HmacSha256, Hash::Sha256, 32),
        (mac::TestName::HmacSha384, Hash::Sha384, 48),
        (mac::TestName::HmacSha512, Hash::Sha512, 64),
    ] {
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                // A token's tag is never shortened (RFC 7518 §3.2).
                let whole = test.tag.len() == bytes;
                let expected = if whole { test.result } else { TestResult::Invalid };
                let accepted = hmac_verifies(hash, &test.key, &test.msg, &test.tag);
                outcome.compare(&format!("{hash:?} {}", test.tc_id), expected, accepted);
            }
        }
    }
    outcome.check(522);
}

#[test]
fn rsa_pkcs1_v15() {
    use rsa_pkcs1_verify::TestName;
    let mut outcome = Outcome::default();
    for (name, hash) in [
        (TestName::Rsa2048Sha256, Hash::Sha256),
        (TestName::Rsa2048Sha384, Hash::Sha384),
        (TestName::Rsa2048Sha512, Hash::Sha512),
        (TestName::Rsa3072Sha256, Hash::Sha256),
        (TestName::Rsa3072Sha384, Hash::Sha384),
        (TestName::Rsa3072Sha512, Hash::Sha512),
        (TestName::Rsa4096Sha256, Hash::Sha256),
        (TestName::Rsa4096Sha384, Hash::Sha384),
        (TestName::Rsa4096Sha512, Hash::Sha512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in group.tests {
                let scheme = SignatureScheme::RsaPkcs1(hash);
                let accepted = verifies(&key, scheme, &test.msg, &test.sig);
                outcome.compare(&format!("{name:?} {}", test.tc_id), test.result, accepted);
            }
        }
    }
    outcome.check(2330);
}

#[test]
fn rsa_pss() {
    use rsa_pss_verify::TestName;
    let mut outcome = Outcome::default();
    for (name, hash) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, Hash::Sha256),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, Hash::Sha256),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, Hash::Sha256),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, Hash::Sha384),
        (TestName::RsaPss4096Sha384Mgf1SaltLen48, Hash::Sha384),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, Hash::Sha512),
        // A salt of another length than RFC 7518 requires: nothing may be accepted.
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, Hash::Sha256),
        (TestName::RsaPss4096Sha512Mgf1SaltLen32, Hash::Sha512),
    ] {
        let salt = match hash {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        };
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in group.tests {
                let expected = match test.result {
                    TestResult::Valid if group.salt_size != salt => TestResult::Invalid,
                    // There, a salt of that length is what makes some tests invalid.
                    TestResult::Invalid if group.salt_size != salt => TestResult::Acceptable,
                    as_written => as_written,
                };
                let scheme = SignatureScheme::RsaPss(hash);
                let accepted = verifies(&key, scheme, &test.msg, &test.sig);
                outcome.compare(&format!("{name:?} {}", test.tc_id), expected, accepted);
            }
        }
    }
    outcome.check(1065);
}

#[test]
fn ecdsa() {
    use ecdsa::TestName;
    let mut outcome = Outcome::default();
    for (curve, name, in_der) in [
        (Curve::P256, TestName::EcdsaSecp256r1Sha256P1363, TestName::EcdsaSecp256r1Sha256),
        (Curve::P384, TestName::EcdsaSecp384r1Sha384P1363, TestName::EcdsaSecp384r1Sha384),
        (Curve::P521, TestName::EcdsaSecp521r1Sha512P1363, TestName::EcdsaSecp521r1Sha512),
    ] {
        // With r and s of a fixed length, as in tokens. In DER, which tokens don't use, valid signatures are refused
        // too.
        for (name, is_in_der) in [(name, false), (in_der, true)] {
            for group in ecdsa::TestSet::load(name).unwrap().test_groups {
                let (x, y) = group.key.key[1..].split_at(curve.bytes());
                let key = EcPublicKey::from_coordinates(curve, x, y).expect("whole coordinates");
                let key = PublicKey::Ec(key);
                for test in group.tests {
                    let expected = if is_in_der { TestResult::Invalid } else { test.result };
                    let scheme = SignatureScheme::Ecdsa(curve);
                    let accepted = verifies(&key, scheme, &test.msg, &test.sig);
                    outcome.compare(&format!("{name:?} {}", test.tc_id), expected, accepted);
                }
            }
        }
    }
    outcome.check(2390);
}

#[test]
fn ed25519() {
    let mut outcome = Outcome::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = Ed25519PublicKey::from_bytes(&group.key.pk).expect("a usable key");
        let key = PublicKey::Ed25519(key);
        for test in group.tests {
            let accepted = verifies(&key, SignatureScheme::Ed25519, &test.msg, &test.sig);
            outcome.compare(&format!("Ed25519 {}", test.tc_id), test.result, accepted);
        }
    }
    outcome.check(151);
}
