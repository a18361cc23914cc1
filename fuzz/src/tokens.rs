use edge_signer::api::Method;
use edge_signer::crypto::{NONCE_BYTES, hmac_sha256};
use edge_signer::encoding::base64url;
use edge_signer::ledger::Shard;
use edge_signer::link::{Bind, Link, LinkId, LinkKeys, Network};
use edge_signer::secret::Secret;
use edge_signer::session::testing::MemoryDirectory;
use edge_signer::session::{Authenticator, NoSession, Session, SessionMemory};
use edge_signer::time::Timestamp;
use pollster::block_on;
use serde_json::Value;
use serde_json::value::RawValue;

use super::edge::{SESSION_SECRET, config, member_gets, send};
use super::parts::lines;
use super::support::NOW;

fn authenticate(token: &str) -> Result<std::rc::Rc<Session>, NoSession> {
    let (directory, memory) = (MemoryDirectory::default(), SessionMemory::default());
    let authenticator = Authenticator {
        issuers: &config().issuers,
        revocable: true,
        directory: &directory,
        memory: &memory,
        now: Timestamp::from_unix_seconds(NOW),
    };
    block_on(authenticator.authenticate(token))
}

/// A header and claims, a line each. As a token that is signed they make a session only where they say all that one
/// needs; with another signature, or as they stand, they never do.
pub fn session_token(data: &[u8]) {
    let [header, claims] = lines(data);
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let mut signature = hmac_sha256(SESSION_SECRET.as_bytes(), signed.as_bytes());
    let session = authenticate(&format!("{signed}.{}", base64url(&signature)));
    if let Ok(session) = session {
        let member = |text: &str, name: &str| -> Value {
            serde_json::from_str::<Value>(text).expect("it was read")[name].clone()
        };
        assert_eq!(member(&header, "alg"), "HS256");
        assert_eq!(member(&header, "crit"), Value::Null);
        assert_eq!(member(&claims, "iss"), "https://app.example.com");
        assert_eq!(member(&claims, "sub"), session.subject.as_str());
        assert!(!session.subject.is_empty() && session.accepted_until.unix_seconds() > NOW);
        let audience = member(&claims, "aud");
        let is_ours = |audience: &Value| audience == "edge-signer";
        assert!(is_ours(&audience) || audience.as_array().unwrap().iter().any(is_ours));
    }
    signature[data.len() % 32] ^= 1 << (data.len() % 8);
    assert!(authenticate(&format!("{signed}.{}", base64url(&signature))).is_err());
    assert!(authenticate(&format!("{signed}.")).is_err());
    assert!(authenticate(&String::from_utf8_lossy(data)).is_err());
}

/// A link's terms and the request in it. What nobody sealed doesn't open, nor what was changed; what was sealed opens
/// as it was, and is redeemed or refused.
pub fn link_token(data: &[u8]) {
    let keys = config().link_keys.as_ref().unwrap();
    let text = String::from_utf8_lossy(data);
    assert!(keys.open(&text).is_none(), "it opens what nobody sealed");
    let [terms, request] = lines(data);
    let Ok(request) = RawValue::from_string(request) else { return };
    let terms = terms.into_bytes();
    let term = |index: usize| terms.get(index).copied().unwrap_or_default();
    let sealed = keys.seal(link(&term, request, keys), &[term(9); NONCE_BYTES]);

    let opened = keys.open(&sealed);
    assert_eq!(format!("{:?}", link_of(&term, data, keys)), format!("{:?}", opened));
    for (at, to) in [(term(10), term(11)), (term(12), term(13))] {
        let at = (usize::from(at) << 8 | usize::from(to)) % sealed.len();
        let mut changed = sealed.clone().into_bytes();
        changed[at] = if changed[at] == to { to ^ 1 } else { to };
        let changed = String::from_utf8_lossy(&changed);
        assert!(keys.open(&changed).is_none(), "it opens though byte {at} was changed");
    }
    let others = LinkKeys::new(&[Secret::new("another key for links, of 32 bytes".to_owned())]);
    assert!(others.unwrap().open(&sealed).is_none(), "another key opens it");

    let mut redemption = member_gets(&format!("/l/{sealed}"), "");
    let methods = [Method::GET, Method::HEAD, Method::PUT, Method::POST];
    redemption.method = methods[usize::from(term(8) % 4)].clone();
    redemption.set("cf-connecting-ip", Some("192.0.2.1".to_owned()));
    redemption.set("origin", (term(7) % 2 == 1).then(|| "https://app.example.com".to_owned()));
    send(config(), &redemption, b"", None);
}

fn link_of(term: &impl Fn(usize) -> u8, data: &[u8], keys: &LinkKeys) -> Option<Link> {
    let [_, request] = lines(data);
    RawValue::from_string(request).ok().map(|request| link(term, request, keys))
}

fn link(term: &impl Fn(usize) -> u8, request: Box<RawValue>, keys: &LinkKeys) -> Link {
    let (issuer, subject) = ("https://app.example.com", "alice");
    let uses = Some(u32::from(term(0) % 4)).filter(|uses| *uses > 0);
    let expires_at = Timestamp::from_unix_seconds(NOW - 1 + u64::from(term(1)) * 60);
    let shard = Shard { number: term(2).into(), ..Shard::default() };
    let bind = [
        Bind::Holder,
        Bind::Subject,
        Network::parse("192.0.2.0/24").map_or(Bind::Holder, Bind::Network),
        Network::parse("2001:db8::/32").map_or(Bind::Holder, Bind::Network),
    ];
    Link {
        id: LinkId::new([term(3); 16], shard, expires_at, uses, (issuer, subject), keys),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        rule: "members".to_owned(),
        expires_in: Some(term(1).into()),
        stream: term(4) % 2 == 1,
        confirm: term(4) / 2 % 2 == 1,
        grace: u64::from(term(5) % 3) * 30,
        url_expires_in: u64::from(term(6)),
        max_bytes: Some(u64::from(term(5))).filter(|bytes| *bytes > 100),
        bind: bind[usize::from(term(7) % 4)],
        password: None,
        request,
    }
}
