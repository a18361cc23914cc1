use serde_json::json;

use super::*;
use crate::ledger::{Jurisdiction, LocationHint, Shard};
use crate::link::Network;
use crate::secret::Secret;
use crate::time::Timestamp;

const NONCE: [u8; NONCE_BYTES] = [5; NONCE_BYTES];

fn keys(secrets: &[&str]) -> LinkKeys {
    let secrets: Vec<Secret> = secrets.iter().map(|s| Secret::new((*s).to_owned())).collect();
    LinkKeys::new(&secrets).unwrap()
}

fn link(keys: &LinkKeys, bind: Bind) -> Link {
    let shard = Shard { jurisdiction: None, location_hint: Some(LocationHint::Weur), number: 300 };
    let expires_at = Timestamp::from_unix_seconds(1_767_225_600);
    let id = LinkId::new([7; 16], shard, expires_at, Some(3), ("i", "alice"), keys);
    let request = json!({ "operation": "GetObject", "key": "users/alice/a" }).to_string();
    Link {
        id,
        issuer: "i".to_owned(),
        subject: "alice".to_owned(),
        rule: "members".to_owned(),
        expires_in: Some(86_400),
        stream: true,
        confirm: false,
        grace: 20,
        url_expires_in: 5,
        max_bytes: Some(9),
        bind,
        password: None,
        request: RawValue::from_string(request).unwrap(),
    }
}

#[test]
fn a_link_comes_out_as_it_went_in() {
    let keys = keys(&["one secret"]);
    let network = Bind::Network(Network::parse("192.0.2.0/24").unwrap());
    for bind in [Bind::Holder, Bind::Subject, network] {
        let link = link(&keys, bind);
        let before = format!("{link:?}");
        let token = keys.seal(link, &NONCE);
        let opened = keys.open(&token).unwrap();
        assert_eq!(format!("{opened:?}"), before);
        assert_eq!(opened.id.uses(), Some(3));
        assert_eq!(opened.id.shard().object_name(), "weur-012c");
        // Its request can't be read from the token.
        let bytes = base64url_decode(&token).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("alice"));
    }
}

#[test]
fn a_token_that_was_changed_is_no_link() {
    let keys = keys(&["one secret"]);
    let token = keys.seal(link(&keys, Bind::Holder), &NONCE);
    let bytes = base64url_decode(&token).unwrap();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(keys.open(&base64url(&changed)).is_none(), "byte {index}, bit {bit}");
        }
        assert!(keys.open(&base64url(&bytes[..index])).is_none(), "cut at {index}");
    }
    for other in [format!("{token}A"), format!("{token}="), token.replace('_', "/"), String::new()]
    {
        assert!(other == token || keys.open(&other).is_none(), "{other}");
    }
}

#[test]
fn keys_rotate() {
    let old = keys(&["old"]);
    let both = keys(&["new", "old"]);
    let new = keys(&["new"]);
    let token = old.seal(link(&old, Bind::Holder), &NONCE);
    assert!(both.open(&token).is_some());
    assert!(new.open(&token).is_none(), "sealed with a key that is gone");
    let token = both.seal(link(&both, Bind::Holder), &NONCE);
    assert!(new.open(&token).is_some());
    assert!(old.open(&token).is_none());
}

#[test]
fn a_links_name_is_its_makers() {
    let keys = keys(&["one secret"]);
    let id = link(&keys, Bind::Holder).id;
    let verify = |issuer, subject| LinkId::verify(id.as_str(), issuer, subject, &keys);
    assert_eq!(verify("i", "alice"), Some(id.clone()));
    for (issuer, subject) in [("i", "bob"), ("j", "alice"), ("ia", "lice"), ("", "ialice")] {
        assert_eq!(verify(issuer, subject), None, "{issuer} {subject}");
    }
    let bytes = base64url_decode(id.as_str()).unwrap();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert_eq!(LinkId::verify(&base64url(&changed), "i", "alice", &keys), None, "{index}");
    }
    for shard in [
        Shard::default(),
        Shard {
            jurisdiction: Some(Jurisdiction::Fedramp),
            location_hint: Some(LocationHint::Me),
            number: 4095,
        },
    ] {
        let expires_at = Timestamp::from_unix_seconds(253_402_300_799);
        let id = LinkId::new([0; 16], shard, expires_at, None, ("i", "alice"), &keys);
        let verified = LinkId::verify(id.as_str(), "i", "alice", &keys).unwrap();
        assert_eq!((verified.shard(), verified.uses()), (shard, None));
        assert_eq!(verified.expires_at(), expires_at);
    }
}

/// A token of version 1.
const OF_BEFORE: &str = "AaT_t2MFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUADEYQYF9rrjJ4ZP5t3AjuvijuORPcvMSQ1vX5w37mLFR6eOEhGYsn1c0lrHEY3rXOyg4ytsSoKGcLrJcycShNDcprcefkJtlzOzGt199eDHwM-xMZS3gD1bG8OgUjLsCjO6GojO4yLHJlWHiCDC3JfrlAkp7uvhZm2nRP_49RgjZWzsNxkWJ8Q9xsp3G8w2l4JKh2LuhHVMhHlh-uE2sgGpVjZGdQY9j5E0kRpVHnat1thLXPzzJdxpnYMJCj4c0gK-UA";

#[test]
fn a_link_of_before_opens_and_does_not_say_when_it_was_made() {
    let keys = keys(&["one secret"]);
    let opened = keys.open(OF_BEFORE).unwrap();
    assert_eq!(opened.made_at(), None);
    let expected = Link { expires_in: None, ..link(&keys, Bind::Subject) };
    assert_eq!(format!("{opened:?}"), format!("{expected:?}"));
    // The seal covers the version.
    let mut bytes = base64url_decode(OF_BEFORE).unwrap();
    bytes[0] = VERSION;
    assert!(keys.open(&base64url(&bytes)).is_none());
}

#[test]
fn a_link_says_when_it_was_made_and_is_no_longer_for_it() {
    let keys = keys(&["one secret"]);
    for (expires_in, made_at) in [(1, 1_767_225_599), (2_592_000, 1_764_633_600)] {
        let made = Link { expires_in: Some(expires_in), ..link(&keys, Bind::Subject) };
        let token = keys.seal(made, &NONCE);
        let opened = keys.open(&token).unwrap();
        assert_eq!(opened.made_at(), Some(Timestamp::from_unix_seconds(made_at)));
        assert!(token.len() <= OF_BEFORE.len(), "{} {}", token.len(), OF_BEFORE.len());
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_password_is_sealed_as_a_hash_and_costs_other_links_nothing() {
    use crate::crypto::RustCrypto;
    use crate::link::Password;
    use pollster::block_on;

    let keys = keys(&["one secret"]);
    let password = Password::new("correct horse".to_owned()).unwrap();
    let hash = block_on(PasswordHash::of(&password, [1; 16], &RustCrypto)).unwrap();
    let with = Link { password: Some(hash.clone()), ..link(&keys, Bind::Subject) };
    let token = keys.seal(with, &NONCE);
    assert_eq!(keys.open(&token).unwrap().password, Some(hash));
    let without = keys.seal(link(&keys, Bind::Subject), &NONCE);
    assert!(token.len() > without.len() + 80 && without.len() <= OF_BEFORE.len());
}
