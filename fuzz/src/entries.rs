use std::cell::RefCell;

use edge_signer::crypto::{Mac, RustCrypto, Signature, SignatureVerifier, UnusableKey};
use edge_signer::ledger::{
    Entries, KvLedger, Ledger, LedgerUnavailable, OneTimeKey, Shard, Spend, SpendId, Terms, Use,
};
use edge_signer::session::{
    Authenticator, Claims, Directory, DirectoryUnavailable, FetchedKeys, KeySetAddress, Session,
    SessionMemory,
};
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::{Value, json};

use super::edge::config;
use super::support::{NOW, token};

/// One entry of KV, whatever name it is asked for by.
struct One(RefCell<String>);

impl Entries for &One {
    async fn get(&self, _: &str) -> Result<Option<String>, LedgerUnavailable> {
        Ok(Some(self.0.borrow().clone()))
    }

    async fn put(&self, _: &str, value: &str, seconds: u64) -> Result<(), LedgerUnavailable> {
        assert!(seconds > 0, "an entry is written for no time");
        value.clone_into(&mut self.0.borrow_mut());
        Ok(())
    }

    fn put_behind(&self, _: String, value: String, _: u64) {
        value.clone_into(&mut self.0.borrow_mut());
    }
}

impl SignatureVerifier for One {
    async fn verifies(&self, signature: Signature<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.verifies(signature).await
    }

    async fn mac_verifies(&self, mac: Mac<'_>) -> Result<bool, UnusableKey> {
        RustCrypto.mac_verifies(mac).await
    }
}

impl Directory for One {
    async fn fetch_keys(&self, _: &KeySetAddress) -> Result<FetchedKeys, DirectoryUnavailable> {
        Err(DirectoryUnavailable("no issuer is reached".to_owned()))
    }

    fn has_entries(&self) -> bool {
        true
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<String>>, DirectoryUnavailable> {
        Ok(vec![Some(self.0.borrow().clone()); names.len()])
    }

    async fn write(&self, _: &str, _: &str, _: Option<u64>) -> Result<(), DirectoryUnavailable> {
        Ok(())
    }

    async fn remove(&self, _: &str) -> Result<(), DirectoryUnavailable> {
        Ok(())
    }
}

/// A text that KV has: as a ledger's record, as an opaque session and as a revocation. What can't be read refuses; a
/// record that can grants no use too many, and what is written of it can be read again.
pub fn kv_record(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    ledger(&text);
    sessions(&text);
}

fn ledger(text: &str) {
    let entry = One(RefCell::new(text.to_owned()));
    let ledger = KvLedger(&entry);
    let now = Timestamp::from_unix_seconds(NOW);
    let (session, key) = (session(), OneTimeKey::from_caller("k").unwrap());
    let id = SpendId::new(&session, &key);
    let shard = Shard::of(&id, None, None, 1);
    let one = Use {
        id: &id,
        shard,
        now,
        until: now.plus(60),
        terms: Terms::Link { most: Some(3), browser: None },
    };
    let before = block_on(ledger.history(&id, shard, one.until));
    let foreseen = block_on(ledger.foresee(one));
    assert_eq!(*entry.0.borrow(), text, "a look has written");
    let spent = block_on(ledger.spend(one));
    assert_eq!(foreseen, spent);
    assert_eq!(before.is_err(), spent.is_err(), "{before:?} {spent:?}");
    let (Ok(before), Ok(spent)) = (before, spent) else { return };
    if let Spend::Fresh { left } = spent {
        let after =
            block_on(ledger.history(&id, shard, one.until)).expect("what it writes it can read");
        assert_eq!(left, Some(3 - after.count));
        let counts_on = after.count == before.count.saturating_add(1) && !before.revoked;
        assert!(counts_on || after.count == 1, "{before:?} {after:?}");
    } else {
        assert_eq!(*entry.0.borrow(), text, "a refusal has written");
    }
    // Without a limit it counts all the same.
    block_on(ledger.spend(Use { terms: Terms::Link { most: None, browser: None }, ..one }))
        .expect("it was read before");
    block_on(ledger.revoke(&id, shard, now, now.plus(60))).expect("it was read before");
    assert_eq!(block_on(ledger.spend(one)), Ok(Spend::Revoked));
}

fn sessions(text: &str) {
    let entry = One(RefCell::new(text.to_owned()));
    let memory = SessionMemory::default();
    let authenticator = |revocable| Authenticator {
        issuers: &config().issuers,
        revocable,
        directory: &entry,
        memory: &memory,
        now: Timestamp::from_unix_seconds(NOW),
    };
    let read: Option<Value> = serde_json::from_str(text).ok();
    if let Ok(session) = block_on(authenticator(false).authenticate("es_fuzz")) {
        let claims = read.as_ref().expect("an entry that is no JSON is no session");
        assert_eq!(claims["sub"], session.subject.as_str());
        assert!(session.accepted_until.unix_seconds() > NOW);
        assert_eq!(session.issuer, "https://sessions.example.com");
    }
    // Whatever is written where a revocation is, a session comes through only past one that can be read.
    if block_on(authenticator(true).authenticate(&token(json!({})))).is_ok() {
        let bans = read.expect("an entry that is no JSON revokes");
        assert!(bans.is_object() || bans.as_array().is_some_and(|bans| !bans.is_empty()), "{bans}");
    }
}

fn session() -> Session {
    Session {
        issuer: "i".to_owned(),
        subject: "s".to_owned(),
        token_id: None,
        issued_at: None,
        expires_at: Timestamp::from_unix_seconds(0),
        accepted_until: Timestamp::from_unix_seconds(0),
        claims: Claims::default(),
    }
}
