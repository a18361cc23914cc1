//! Every verifier that a session token can reach, held to the vectors of Wycheproof
//! (<https://github.com/C2SP/wycheproof>).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use edge_signer::crypto::{
    Ed25519PublicKey, Hash, P256PublicKey, RsaPadding, RsaPublicKey, hmac_verifies,
};
use wycheproof::{TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// Collects what differs, so that one run shows all of it.
#[derive(Default)]
struct Outcome {
    run: usize,
    differing: Vec<String>,
}

impl Outcome {
    fn compare(&mut self, test: &str, expected: TestResult, accepted: bool) {
        self.run += 1;
        // "Acceptable" is what some libraries take and we needn't.
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
            let key = RsaPublicKey::from_parts(&group.key.n, &group.key.e).expect("a usable key");
            for test in group.tests {
                let accepted = key.verifies(RsaPadding::Pkcs1v15(hash), &test.msg, &test.sig);
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
    for name in [
        TestName::RsaPss2048Sha256Mgf1SaltLen32,
        TestName::RsaPss3072Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha256Mgf1SaltLen32,
        // Another salt than RFC 7518 wants: none of it may be accepted.
        TestName::RsaPss2048Sha256Mgf1SaltLen0,
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = RsaPublicKey::from_parts(&group.key.n, &group.key.e).expect("a usable key");
            for test in group.tests {
                let expected = match test.result {
                    TestResult::Valid if group.salt_size != 32 => TestResult::Invalid,
                    // There, a salt of 32 bytes is what makes some invalid.
                    TestResult::Invalid if group.salt_size != 32 => TestResult::Acceptable,
                    as_written => as_written,
                };
                let accepted = key.verifies(RsaPadding::PssSha256, &test.msg, &test.sig);
                outcome.compare(&format!("{name:?} {}", test.tc_id), expected, accepted);
            }
        }
    }
    outcome.check(427);
}

#[test]
fn ecdsa_p256() {
    let mut outcome = Outcome::default();
    // In r and s of a fixed length, as tokens have it.
    let name = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let key = P256PublicKey::from_sec1(&group.key.key).expect("a point of the curve");
        for test in group.tests {
            let accepted = key.verifies(&test.msg, &test.sig);
            outcome.compare(&format!("r, s {}", test.tc_id), test.result, accepted);
        }
    }
    // In DER, which tokens don't have: refused even where it is valid.
    let name = ecdsa::TestName::EcdsaSecp256r1Sha256;
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let key = P256PublicKey::from_sec1(&group.key.key).expect("a point of the curve");
        for test in group.tests {
            let accepted = key.verifies(&test.msg, &test.sig);
            outcome.compare(&format!("DER {}", test.tc_id), TestResult::Invalid, accepted);
        }
    }
    outcome.check(746);
}

#[test]
fn ed25519() {
    let mut outcome = Outcome::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = Ed25519PublicKey::from_bytes(&group.key.pk).expect("a usable key");
        for test in group.tests {
            let accepted = key.verifies(&test.msg, &test.sig);
            outcome.compare(&format!("Ed25519 {}", test.tc_id), test.result, accepted);
        }
    }
    outcome.check(151);
}
