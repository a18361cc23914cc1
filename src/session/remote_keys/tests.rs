use pollster::block_on;
use serde_json::json;

use super::*;
use crate::session::testing::MemoryDirectory;

const URL: &str = "https://issuer.example/keys";
const NOW: u64 = 1_767_225_600;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(NOW + seconds)
}

/// A set with a key of each name.
fn document(names: &[&str]) -> String {
    let key = |name: &&str| {
        // The public key of RFC 8037 appendix A.2.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": name })
    };
    json!({ "keys": names.iter().map(key).collect::<Vec<_>>() }).to_string()
}

struct Issuer {
    directory: MemoryDirectory,
    memory: KeyMemory,
}

impl Issuer {
    fn new(names: &[&str]) -> Self {
        let issuer = Self { directory: MemoryDirectory::default(), memory: KeyMemory::default() };
        issuer.publishes(&document(names), Some(600));
        issuer
    }

    fn publishes(&self, document: &str, max_age: Option<u64>) {
        let fetched = FetchedKeys { document: document.to_owned(), max_age };
        self.directory.key_sets.borrow_mut().insert(URL.to_owned(), fetched);
    }

    fn dies(&self) {
        self.directory.key_sets.borrow_mut().clear();
    }

    /// Whether the key is there; an error if nobody can tell.
    fn has(&self, name: &str, seconds: u64) -> Result<bool, DirectoryUnavailable> {
        self.has_at(&KeySetAddress { url: URL.to_owned(), service: None }, name, seconds)
    }

    fn has_at(
        &self,
        address: &KeySetAddress,
        name: &str,
        seconds: u64,
    ) -> Result<bool, DirectoryUnavailable> {
        let keys = self.memory.keys_at(address, Some(name), &self.directory, at(seconds));
        block_on(keys).map(|set| set.keys.has(name))
    }

    fn fetches(&self) -> u32 {
        self.directory.fetches.get()
    }

    /// Another isolate, which shares KV.
    fn forget(&mut self) {
        self.memory = KeyMemory::default();
    }
}

#[test]
fn a_fresh_set_is_fetched_once() {
    let issuer = Issuer::new(&["a"]);
    for seconds in [0, 1, 599] {
        assert_eq!(issuer.has("a", seconds), Ok(true));
    }
    assert_eq!(issuer.fetches(), 1);
    assert_eq!(issuer.has("a", 600), Ok(true));
    assert_eq!(issuer.fetches(), 2);
}

#[test]
fn the_lifetime_is_held_within_bounds() {
    for (max_age, still_fresh, stale) in [
        (Some(0), 299, 300),
        (Some(600), 599, 600),
        (None, 3599, 3600),
        (Some(u64::MAX), 43_199, 43_200),
    ] {
        let issuer = Issuer::new(&["a"]);
        issuer.publishes(&document(&["a"]), max_age);
        let fetches: Vec<u32> = [0, still_fresh, stale]
            .map(|seconds| {
                issuer.has("a", seconds).unwrap();
                issuer.fetches()
            })
            .to_vec();
        assert_eq!(fetches, [1, 1, 2], "{max_age:?}");
    }
}

#[test]
fn an_unknown_key_is_looked_for_once_a_cool_down() {
    let issuer = Issuer::new(&["a"]);
    assert_eq!(issuer.has("a", 0), Ok(true));
    issuer.publishes(&document(&["a", "b"]), Some(600));
    // The set was fetched a moment ago.
    assert_eq!(issuer.has("b", 9), Ok(false));
    assert_eq!(issuer.fetches(), 1);
    assert_eq!(issuer.has("b", 10), Ok(true));
    for seconds in [11, 12, 19] {
        assert_eq!(issuer.has("no such key", seconds), Ok(false));
    }
    assert_eq!(issuer.fetches(), 2);
}

#[test]
fn an_outage_is_survived_for_a_day() {
    let issuer = Issuer::new(&["a"]);
    assert_eq!(issuer.has("a", 0), Ok(true));
    issuer.dies();
    assert_eq!(issuer.has("a", 601), Ok(true));
    // A key that may be new can't be told from a missing one.
    assert!(issuer.has("b", 602).is_err());
    let fetches = issuer.fetches();
    assert_eq!(issuer.has("a", 605), Ok(true));
    assert_eq!(issuer.fetches(), fetches, "fetched again within the cool-down");
    assert_eq!(issuer.has("a", 86_399), Ok(true));
    assert!(issuer.has("a", 86_400).is_err());
    issuer.publishes(&document(&["a"]), None);
    assert!(issuer.has("a", 86_405).is_err(), "within the cool-down");
    assert_eq!(issuer.has("a", 86_410), Ok(true));
}

#[test]
fn a_document_that_is_no_key_set_is_an_outage() {
    let private = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","d":"x","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let symmetric = r#"{"keys":[{"kty":"oct","k":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]}"#;
    for document in ["", "<html>", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, private, symmetric] {
        let issuer = Issuer::new(&["a"]);
        issuer.publishes(document, None);
        assert!(issuer.has("a", 0).is_err(), "{document}");
        issuer.publishes(&self::document(&["a"]), Some(600));
        assert_eq!(issuer.has("a", 10), Ok(true));
        issuer.publishes(document, None);
        assert_eq!(issuer.has("a", 1000), Ok(true), "the last good set serves: {document}");
    }
}

#[test]
fn isolates_share_sets_through_kv() {
    let mut issuer = Issuer::new(&["a"]);
    assert_eq!(issuer.has("a", 0), Ok(true));
    issuer.dies();
    issuer.forget();
    assert_eq!(issuer.has("a", 599), Ok(true));
    assert_eq!(issuer.fetches(), 1);
    issuer.forget();
    assert_eq!(issuer.has("a", 86_399), Ok(true), "the last good set serves");
    issuer.forget();
    assert!(issuer.has("a", 86_400).is_err());
}

#[test]
fn what_kv_holds_is_not_believed_beyond_reason() {
    let issuer = Issuer::new(&["a"]);
    let entry = |document: String, fetched_at: u64| {
        let entry = json!({
            "document": document, "fetched_at": NOW + fetched_at, "fresh_until": u64::MAX,
        });
        issuer.directory.entries.borrow_mut().insert(entry_name(URL), entry.to_string());
    };
    entry(document(&["planted"]), 1000);
    assert_eq!(issuer.has("planted", 0), Ok(false), "a date that is ahead");
    issuer.directory.entries.borrow_mut().insert(entry_name(URL), "{".to_owned());
    assert_eq!(issuer.has("a", 700), Ok(true));
    entry(document(&["b"]), 2000);
    assert_eq!(issuer.has("b", 2000), Ok(true));
    assert_eq!(issuer.has("b", 2000 + MAX_FRESH - 1), Ok(true));
    assert_eq!(issuer.has("b", 2000 + MAX_FRESH), Ok(false), "fresh for half a day at the most");
}

#[test]
fn without_kv_each_isolate_fetches_for_itself() {
    let mut issuer = Issuer::new(&["a"]);
    issuer.directory.is_down.set(true);
    assert_eq!(issuer.has("a", 0), Ok(true));
    issuer.forget();
    assert_eq!(issuer.has("a", 0), Ok(true));
    assert_eq!(issuer.fetches(), 2);
}

/// The same URL through a binding and on the network are different addresses.
#[test]
fn a_service_binding_is_another_address() {
    let issuer = Issuer::new(&["of the network"]);
    let bound = KeySetAddress { url: URL.to_owned(), service: Some("AUTH".to_owned()) };
    let document = document(&["of the service"]);
    let fetched = FetchedKeys { document, max_age: None };
    issuer.directory.key_sets.borrow_mut().insert(format!("AUTH: {URL}"), fetched);
    assert_eq!(issuer.has("of the network", 0), Ok(true));
    assert_eq!(issuer.has_at(&bound, "of the service", 0), Ok(true));
    assert_eq!(issuer.has_at(&bound, "of the network", 0), Ok(false));
    assert_eq!(issuer.has("of the service", 0), Ok(false));
    assert_eq!(issuer.fetches(), 2);
}
