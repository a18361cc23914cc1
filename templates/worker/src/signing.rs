//! Your rules, and what is signed by them.

use std::error::Error;
use std::fmt;

use edge_signer::policy::{CompletedSize, Delivery, Policy, Wish};
use edge_signer::s3::{
    ObjectKey, ObjectRequestBuilder, Operation, Sender, SignableRequest, Store, Target, Validity,
};
use edge_signer::session::{Claims, Session};
use edge_signer::sigv4::ExpiresIn;
use edge_signer::time::Timestamp;
use edge_signer::variables::{Faults, Table};
use serde_json::{Map, Value, json};

/// The store's name in rules.
const STORE: &str = "files";

/// Who may do what. Change this.
fn rules() -> Value {
    json!([
        {
            "name": "teams read their reports",
            "allow": ["GetObject"],
            "stores": [STORE],
            "keys": ["reports/{team}/**", "shared/**"],
            "max_expires": 300,
        },
        { "name": "drafts stay inside", "deny": ["*"], "keys": ["reports/*/drafts/**"] },
    ])
}

/// A store, and the rules.
pub struct Signing {
    store: Store,
    policy: Policy,
}

/// Why nothing is signed.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// No object can have this key.
    Key,
    /// No rule allows it.
    NotAllowed,
    /// The store's credentials have expired, or the store doesn't keep what would be signed.
    Unavailable,
}

/// What is wrong with the configuration: where, and what would do.
#[derive(Debug)]
pub struct Misconfigured(String);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misconfigured {}

impl Signing {
    /// Reads the store's table; `secret` gives the secrets that it names.
    pub fn read(
        store: &Value,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Misconfigured> {
        let faults = Faults::default();
        let table = Table::new("STORE", store, &faults);
        let store = table.and_then(|table| Store::read(STORE, table, &faults, secret));
        let mut policy = Policy::default();
        for (index, rule) in rules().as_array().into_iter().flatten().enumerate() {
            if let Some(table) = Table::new(format!("rules[{index}]"), rule, &faults) {
                policy.read_rule(table, &[STORE]);
            }
        }
        let faults = faults.into_vec();
        match store {
            Some(store) if faults.is_empty() => Ok(Self { store, policy }),
            _ => {
                let told = faults.iter().map(|fault| format!("{}: {}", fault.path, fault.detail));
                Err(Misconfigured(told.collect::<Vec<_>>().join("\n")))
            }
        }
    }

    /// A URL by which the team reads an object, if a rule allows it.
    pub fn url(&self, team: &str, key: &str, now: Timestamp) -> Result<String, Refused> {
        let key = ObjectKey::new(key).map_err(|_| Refused::Key)?;
        let wanted = ObjectRequestBuilder::new(Operation::GetObject, Target::Object(key));
        let wanted = wanted.build().map_err(|_| Refused::Key)?;
        let session = session(team, now);
        let wish = Wish {
            store: STORE,
            spelling: self.store.spelling(Operation::GetObject.into()),
            request: &wanted,
            completed: CompletedSize::Unknown,
            delivery: Delivery::Url,
            begun: None,
        };
        let grant = self.policy.decide(&session, &wish).map_err(|_| Refused::NotAllowed)?;
        let by = self.store.current_credentials(now).ok_or(Refused::Unavailable)?;
        let most =
            grant.max_expires(&session, now).min(by.max_expires(now).unwrap_or(ExpiresIn::MAX));
        let signable = SignableRequest::new(&self.store, by.clone(), &wanted, Sender::Client);
        let signable = signable.map_err(|_| Refused::Unavailable)?;
        Ok(signable.sign(Validity::from_now(now, None, most), None).url)
    }
}

/// What the rules know of whoever asks. A token's claims would stand here as they are.
fn session(team: &str, now: Timestamp) -> Session {
    let claims = Map::from_iter([("team".to_owned(), Value::from(team))]);
    let expires_at = now.plus(3600);
    Session {
        issuer: "my-signer".to_owned(),
        subject: team.to_owned(),
        token_id: None,
        issued_at: None,
        expires_at,
        accepted_until: expires_at,
        claims: Claims::new(claims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The credentials of AWS's documentation.
    fn secret(name: &str) -> Option<String> {
        let secret = match name {
            "FILES_ACCESS_KEY_ID" => "AKIAIOSFODNN7EXAMPLE",
            "FILES_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            _ => return None,
        };
        Some(secret.to_owned())
    }

    fn signing() -> Signing {
        let store = json!({
            "bucket": "examplebucket", "region": "us-east-1", "provider": "aws", "credentials": "FILES",
        });
        Signing::read(&store, &secret).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-01-15T12:34:56Z").unwrap()
    }

    #[test]
    fn a_team_reads_its_reports_and_what_is_shared() {
        let url = signing().url("blue", "reports/blue/january.pdf", now()).unwrap();
        let (path, query) = url.split_once('?').unwrap();
        assert!(path.starts_with("https://examplebucket.s3."), "{path}");
        assert!(path.ends_with("/reports/blue/january.pdf"), "{path}");
        for part in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Fus-east-1%2Fs3%2Faws4_request",
            "X-Amz-Date=20260115T123456Z",
            "X-Amz-Expires=300",
            "X-Amz-Signature=",
        ] {
            assert!(query.contains(part), "{part} {query}");
        }
        assert!(
            signing().url("blue", "shared/a b.pdf", now()).unwrap().contains("/shared/a%20b.pdf?")
        );
    }

    #[test]
    fn all_else_is_refused() {
        let signing = signing();
        for key in ["reports/red/january.pdf", "reports/blue/drafts/a.pdf", "other", "reports/blue"]
        {
            assert_eq!(signing.url("blue", key, now()), Err(Refused::NotAllowed), "{key}");
        }
        assert_eq!(signing.url("blue", "", now()), Err(Refused::Key));
        assert_eq!(signing.url("blue/../red", "reports/red/a", now()), Err(Refused::NotAllowed));
    }

    #[test]
    fn what_is_missing_is_named() {
        let store = json!({ "bucket": "examplebucket", "credentials": "FILES" });
        let why = Signing::read(&store, &|_| None).err().unwrap().to_string();
        assert!(why.contains("STORE.region") && why.contains("FILES_ACCESS_KEY_ID"), "{why}");
    }
}
