use super::{Algorithm, VerifyingKey};
use crate::config::{Faults, Table, secret_name};
use crate::secret::Secret;

/// Who may vouch for a session.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The value of `iss`, byte for byte.
    pub issuer: String,
    /// A value that `aud` has to hold.
    pub audience: String,
    /// The algorithms that its tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How far the issuer's clock may be from ours, in seconds.
    pub leeway: u64,
    /// What verifies its tokens.
    pub key: VerifyingKey,
}

impl Issuer {
    /// Seconds; enough for clocks that are set by NTP.
    const DEFAULT_LEEWAY: u64 = 30;
    const MAX_LEEWAY: u64 = 300;

    /// Reads `[[vars.ISSUERS]]`.
    pub fn read(
        table: Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let not_empty = |text: &str| {
            if text.is_empty() { Err("is empty") } else { Ok(text.to_owned()) }
        };
        let issuer = table.required("issuer", not_empty);
        let audience = table.required("audience", not_empty);
        let algorithms = table.list("algorithms", Algorithm::parse);
        if algorithms.as_ref().is_none_or(Vec::is_empty) {
            table.fault("algorithms", "has to name at least one algorithm, such as [\"HS256\"]");
        }
        let leeway = table.integer("leeway").unwrap_or(Self::DEFAULT_LEEWAY);
        if leeway > Self::MAX_LEEWAY {
            table.fault("leeway", format!("is more than {} seconds", Self::MAX_LEEWAY));
        }
        let key = table.required("secret", secret_name).and_then(|name| {
            let key = secret(name).unwrap_or_default();
            if key.is_empty() {
                let help = format!("this secret is missing: npx wrangler secret put {name}");
                faults.add(name, help);
                None
            } else if key.len() < 32 {
                faults.add(
                    name,
                    "is shorter than 32 bytes, which HS256 needs (RFC 7518 section 3.2)",
                );
                None
            } else {
                Some(VerifyingKey::Hmac(Secret::new(key)))
            }
        });
        table.finish();
        Some(Self {
            issuer: issuer?,
            audience: audience?,
            algorithms: algorithms.unwrap_or_default(),
            leeway,
            key: key?,
        })
    }
}
