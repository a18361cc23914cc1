//! The whole configuration: read once, all of it or nothing.

use serde_json::Value;

use super::bindings;
use super::cors::Cors;
use super::error::Error;
use super::fields::shorten;
use super::store_limits;
use crate::config::{Fault, Faults, Table, secret_name};
use crate::one_time::{LinkKeys, Region};
use crate::policy::{KeyTemplate, Policy};
use crate::s3::Store;
use crate::secret::Secret;
use crate::session::{Issuer, KeySource};

/// The name of the KV binding that records spends.
pub const ONE_TIME_KV: &str = "ONE_TIME_KV";
/// The name of the Durable Object binding that records spends.
pub const LEDGER: &str = "LEDGER";

/// The name of the KV binding that holds opaque sessions, revocations, and key sets that were fetched.
pub const SESSIONS_KV: &str = "SESSIONS";
/// The name of the Analytics Engine binding that decisions are written to, where it is there.
pub const DECISIONS: &str = "DECISIONS";
/// The cookie that carries a session where nothing else is configured. The `__Host-` prefix keeps other
/// hosts from setting it.
const SESSION_COOKIE: &str = "__Host-session";
/// The least bytes of a secret that isn't an issuer's.
const MIN_SECRET_BYTES: usize = 32;

/// Where configuration comes from: a Worker's environment, or a test's.
pub trait Environment {
    /// A variable's value.
    fn var(&self, name: &str) -> Option<Value>;
    /// A secret's value.
    fn secret(&self, name: &str) -> Option<String>;
    /// Whether a binding (KV namespace, Durable Object, …) of that name is there.
    fn has_binding(&self, name: &str) -> bool;
}

/// What records spends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// Workers KV: best effort, because KV has no compare-and-set.
    Kv,
    /// A Durable Object: exact.
    Durable,
    /// KV in front of it: exact, and refuses at the nearest edge what is known to be spent.
    Layered,
}

/// How spends are recorded.
#[derive(Clone, Copy, Debug)]
pub struct OneTimeSettings {
    /// What records them.
    pub ledger: LedgerKind,
    /// Among how many objects they are spread.
    pub shards: u16,
    /// Where the objects of one-time keys live, and of links whose maker is nowhere known.
    pub location_hint: Option<Region>,
    /// How often an object deletes rows that have expired, in seconds.
    pub sweep_every: u64,
}

/// Where uploads through Companion's routes go.
#[derive(Clone, Debug, Default)]
pub struct CompanionSettings {
    /// The store's name; the default store where it isn't given.
    pub store: Option<String>,
    /// How the objects are named.
    pub key: KeyTemplate,
}

impl Default for OneTimeSettings {
    fn default() -> Self {
        Self { ledger: LedgerKind::Layered, shards: 256, location_hint: None, sweep_every: 3600 }
    }
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    stores: Vec<Store>,
    /// Who may vouch for a session.
    pub issuers: Vec<Issuer>,
    /// Who may do what.
    pub policy: Policy,
    /// The cookie that carries a session.
    pub session_cookie: String,
    /// The operator's secret, where sessions can be revoked.
    pub admin_secret: Option<Secret>,
    /// Whether audit lines have the objects' keys.
    pub audit_keys: bool,
    /// How spends are recorded.
    pub one_time: OneTimeSettings,
    /// What links are sealed with, where there are links.
    pub link_keys: Option<LinkKeys>,
    /// Where uploads through Companion's routes go.
    pub companion: CompanionSettings,
    /// Which pages may call the API.
    pub cors: Cors,
    /// Whether the routes for development are there.
    pub development: bool,
    /// What isn't wrong and yet keeps the edge from signing what rules allow.
    pub warnings: Vec<Fault>,
}

impl Config {
    /// Reads all of it, or names everything that is wrong with it.
    pub fn read(environment: &impl Environment) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let secret = |name: &str| environment.secret(name);
        let var = |name: &str| environment.var(name);
        let (stores_var, rules_var) = (var("STORES"), var("RULES"));

        let stores = read_stores(stores_var.as_ref(), &faults, &secret);
        // Rules name the stores that are configured, whether or not each could be read.
        let store_names: Vec<&str> = stores_var
            .as_ref()
            .and_then(Value::as_object)
            .map(|stores| stores.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let mut issuers = Vec::new();
        read_list("ISSUERS", var("ISSUERS").as_ref(), &faults, |table| {
            issuers.extend(Issuer::read(table, &faults, &secret));
        });
        let mut policy = Policy::default();
        read_list("RULES", rules_var.as_ref(), &faults, |table| {
            policy.read_rule(table, &store_names);
        });
        let one_time = OneTimeSettings::read(var("ONE_TIME").as_ref(), &faults);
        bindings::require_ledger(one_time.ledger, environment, &faults);
        let link_keys = read_table("LINKS", var("LINKS").as_ref(), &faults, |table| {
            let names = table.list("keys", secret_name).unwrap_or_default();
            if names.is_empty() {
                table.fault("keys", "has to name at least one secret, such as [\"LINK_KEY\"]");
            }
            table.finish();
            let read = |name: &&str| read_secret(name, &faults, &secret);
            LinkKeys::new(&names.iter().filter_map(read).collect::<Vec<_>>())
        });
        let companion = read_table("COMPANION", var("COMPANION").as_ref(), &faults, |table| {
            let store = table.parsed("store", |name| {
                store_names.contains(&name).then(|| name.to_owned()).ok_or("is not one of STORES")
            });
            let key = table.parsed("key", KeyTemplate::parse).unwrap_or_default();
            table.finish();
            CompanionSettings { store, key }
        });
        let cors =
            read_table("CORS", var("CORS").as_ref(), &faults, |table| Some(Cors::read(table)));
        let session_cookie = read_table("SESSION", var("SESSION").as_ref(), &faults, |table| {
            let cookie = table.parsed("cookie", cookie_name);
            table.finish();
            cookie
        });
        let admin_secret = read_table("REVOCATION", var("REVOCATION").as_ref(), &faults, |table| {
            let name = table.required("admin_secret", secret_name);
            table.finish();
            read_secret(name?, &faults, &secret)
        });
        let audit_keys = read_table("AUDIT", var("AUDIT").as_ref(), &faults, |table| {
            let keys = table.flag("keys");
            table.finish();
            keys
        });
        let is_opaque = |issuer: &&Issuer| matches!(issuer.keys, KeySource::Opaque);
        let opaque = issuers.iter().filter(is_opaque).count();
        if opaque > 1 {
            faults
                .add("ISSUERS", "has more than one opaque entry; a token can't say which it is of");
        }
        let needs_sessions = opaque > 0 || var("REVOCATION").is_some();
        bindings::require_sessions(needs_sessions, environment, &faults);
        bindings::require_key_services(&issuers, environment, &faults);

        let warnings = store_limits::check(&stores, &policy, &faults);
        let faults = faults.into_vec();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            stores,
            issuers,
            policy,
            session_cookie: session_cookie.unwrap_or_else(|| SESSION_COOKIE.to_owned()),
            admin_secret,
            audit_keys,
            one_time,
            link_keys,
            companion,
            cors: cors.unwrap_or_default(),
            development: var("DEVELOPMENT") == Some(Value::Bool(true)),
            warnings,
        })
    }

    /// Whether Cloudflare Access vouches for sessions.
    pub(super) fn takes_access(&self) -> bool {
        self.issuers.iter().any(|issuer| issuer.is_access)
    }

    /// All stores, the default first.
    pub(super) fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The store of that name; without a name the first, which is the default.
    pub(super) fn store(&self, name: Option<&str>) -> Result<&Store, Error> {
        let found = self.stores.iter().find(|store| name.is_none_or(|name| store.name() == name));
        found.ok_or_else(|| {
            let known = self.stores.iter().map(Store::name).collect::<Vec<_>>().join(", ");
            let name = shorten(name.unwrap_or_default());
            let detail = format!("There is no store {name:?}; there is: {known}.");
            Error::NoSuchStore { reason: detail.clone(), detail }
        })
    }
}

fn read_stores(
    value: Option<&Value>,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Vec<Store> {
    let stores = value.and_then(Value::as_object).filter(|stores| !stores.is_empty());
    let Some(stores) = stores else {
        faults.add("STORES", "has to be a table with at least one store: [vars.STORES.photos]");
        return Vec::new();
    };
    let read = |(name, value): (&String, &Value)| {
        let path = format!("STORES.{name}");
        // A name of digits alone would come before the others, whatever the order in the file: JSON
        // objects in JavaScript put such names first.
        let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(valid) {
            faults
                .add(&path, "a store's name begins with a letter and has letters, digits, - and _");
        }
        Table::new(path, value, faults).and_then(|table| Store::read(name, table, faults, secret))
    };
    stores.iter().filter_map(read).collect()
}

fn read_list(name: &str, value: Option<&Value>, faults: &Faults, mut read: impl FnMut(Table<'_>)) {
    let Some(items) = value.and_then(Value::as_array).filter(|items| !items.is_empty()) else {
        faults.add(name, format!("has to be a list with at least one entry: [[vars.{name}]]"));
        return;
    };
    for (index, value) in items.iter().enumerate() {
        if let Some(table) = Table::new(format!("{name}[{index}]"), value, faults) {
            read(table);
        }
    }
}

fn read_table<T: Default>(
    name: &str,
    value: Option<&Value>,
    faults: &Faults,
    read: impl FnOnce(Table<'_>) -> T,
) -> T {
    let table = value.and_then(|value| Table::new(name, value, faults));
    table.map(read).unwrap_or_default()
}

/// RFC 6265 §4.1.1.
fn cookie_name(name: &str) -> Result<String, &'static str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if !name.is_empty() && name.bytes().all(valid) {
        Ok(name.to_owned())
    } else {
        Err("has to be a cookie's name, such as __Host-session")
    }
}

fn read_secret(
    name: &str,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<Secret> {
    let value = secret(name).unwrap_or_default();
    if value.is_empty() {
        faults.add(name, format!("this secret is missing: npx wrangler secret put {name}"));
        None
    } else if value.len() < MIN_SECRET_BYTES {
        faults.add(name, format!("is shorter than {MIN_SECRET_BYTES} bytes"));
        None
    } else {
        Some(Secret::new(value))
    }
}

impl OneTimeSettings {
    /// Reads `[vars.ONE_TIME]`.
    pub fn read(value: Option<&Value>, faults: &Faults) -> Self {
        let default = Self::default();
        let Some(table) = value.and_then(|value| Table::new("ONE_TIME", value, faults)) else {
            return default;
        };
        let ledger = table.required("ledger", |kind| match kind {
            "kv" => Ok(LedgerKind::Kv),
            "durable" => Ok(LedgerKind::Durable),
            "layered" => Ok(LedgerKind::Layered),
            _ => Err("has to be kv, durable or layered"),
        });
        let shards = table.integer("shards").unwrap_or_else(|| default.shards.into());
        if !(1..=4096).contains(&shards) {
            table.fault("shards", "has to be 1 to 4096");
        }
        let sweep_every = table.integer("sweep_every").unwrap_or(default.sweep_every);
        if !(1..=86_400).contains(&sweep_every) {
            table.fault("sweep_every", "has to be 1 to 86400 seconds");
        }
        let location_hint = table.parsed("location_hint", Region::parse);
        table.finish();
        Self {
            ledger: ledger.unwrap_or(default.ledger),
            shards: u16::try_from(shards).unwrap_or(default.shards),
            location_hint,
            sweep_every,
        }
    }
}
