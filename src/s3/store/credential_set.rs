use crate::secret::Secret;
use crate::sigv4::{AccessKeyId, Credentials, ExpiresIn};
use crate::time::Timestamp;
use crate::variables::{Faults, Table, secret_name};

/// One of a store's credentials, from the secrets whose names begin with `name`.
#[derive(Clone, Debug)]
pub struct CredentialSet {
    /// The prefix of its secrets' names.
    pub name: String,
    /// The credentials.
    pub credentials: Credentials,
    /// When the store stops accepting them; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Whether they can't read, by the operator's word.
    pub writes_only: bool,
}

impl CredentialSet {
    /// The longest life of a URL that they sign at `now`; `None` if they have expired.
    pub fn max_expires(&self, now: Timestamp) -> Option<ExpiresIn> {
        let Some(expires_at) = self.expires_at else { return Some(ExpiresIn::MAX) };
        match now.seconds_until(expires_at) {
            0 => None,
            left => Some(ExpiresIn::from_seconds(left).unwrap_or(ExpiresIn::MAX)),
        }
    }
}

/// The purpose of a store's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::s3) enum Purpose {
    /// `credentials`, which are required.
    All,
    /// `write_credentials`, which are optional.
    Writes,
    /// `accept_credentials`, for an inbox.
    Accepts,
}

impl Purpose {
    const fn setting(self) -> &'static str {
        match self {
            Self::All => "credentials",
            Self::Writes => "write_credentials",
            Self::Accepts => "accept_credentials",
        }
    }
}

/// Reads a store's credentials: one name or several. The last complete set is the newest, and one has to be complete.
/// Secrets of the others may be missing: they are put and deleted one at a time, while the edge keeps signing.
pub(in crate::s3) fn read(
    purpose: Purpose,
    table: &Table<'_>,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<Vec<CredentialSet>> {
    let setting = purpose.setting();
    if purpose != Purpose::All && table.value(setting).is_none() {
        return Some(Vec::new());
    }
    let is_list = table.value(setting).is_some_and(serde_json::Value::is_array);
    let names: Vec<&str> = if is_list {
        table.list(setting, secret_name)?
    } else {
        vec![table.required(setting, secret_name)?]
    };
    let is_whole = |name: &&str| {
        let mut suffixes = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"].iter();
        suffixes.all(|suffix| value(secret, name, suffix).is_some())
    };
    let whole: Vec<&str> = names.iter().copied().filter(|name| is_whole(name)).collect();
    // If no set is complete, the faults name the first.
    let to_read = if whole.is_empty() { names.into_iter().take(1).collect() } else { whole };
    if to_read.is_empty() {
        table.fault(setting, "has to name at least one");
    }
    let sets: Vec<CredentialSet> =
        to_read.iter().filter_map(|name| read_one(name, purpose, faults, secret)).collect();
    (sets.len() == to_read.len() && !sets.is_empty()).then_some(sets)
}

/// Reads `NAME_ACCESS_KEY_ID`, `NAME_SECRET_ACCESS_KEY` and, if present, `NAME_SESSION_TOKEN` and `NAME_EXPIRES_AT`.
fn read_one(
    name: &str,
    purpose: Purpose,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<CredentialSet> {
    let required = |suffix: &str| {
        let found = value(secret, name, suffix);
        if found.is_none() {
            let name = format!("{name}_{suffix}");
            let help = format!("this secret is missing: npx wrangler secret put {name}");
            faults.add(name, help);
        }
        found
    };
    let (id, key) = (required("ACCESS_KEY_ID"), required("SECRET_ACCESS_KEY"));
    let expires_at = match value(secret, name, "EXPIRES_AT") {
        None => Some(None),
        Some(text) => {
            let moment = Timestamp::parse_rfc3339(&text);
            if moment.is_none() {
                let help = "has to be a time such as 2026-01-15T12:34:56Z";
                faults.add(format!("{name}_EXPIRES_AT"), help);
            }
            moment.map(Some)
        }
    };
    let token = value(secret, name, "SESSION_TOKEN");
    let id = AccessKeyId::new(&id?)
        .map_err(|error| faults.add(format!("{name}_ACCESS_KEY_ID"), error.to_string()))
        .ok()?;
    let credentials = Credentials::new(id, Secret::new(key?), token.map(Secret::new))
        .map_err(|error| faults.add(format!("{name}_SESSION_TOKEN"), error.to_string()))
        .ok()?;
    let writes_only = purpose == Purpose::Writes;
    Some(CredentialSet { name: name.to_owned(), credentials, expires_at: expires_at?, writes_only })
}

fn value(secret: &dyn Fn(&str) -> Option<String>, name: &str, suffix: &str) -> Option<String> {
    secret(&format!("{name}_{suffix}")).filter(|value| !value.is_empty())
}
