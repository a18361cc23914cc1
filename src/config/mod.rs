//! The whole configuration, which is read once and only counts as a whole.

mod allowed_origin;
mod audit;
mod bindings;
mod cors;
mod environment;
mod files;
mod inbox;
mod one_time;
mod public_suffix;
mod quotas;
mod rate_limits;
mod sections;
mod session;
mod store_limits;
mod stores;

pub use audit::AuditSettings;
pub use cors::Cors;
pub use environment::{
    ASSETS, DECISIONS, Environment, LEDGER, LIMITER, ONE_TIME_KV, QUOTA, SESSIONS_KV,
};
pub use files::FILES;
pub use inbox::INBOX;
pub use one_time::{LedgerKind, OneTimeSettings};
pub use quotas::QuotaSettings;
pub use rate_limits::{Counter, RateLimit, RateLimits};
pub use session::{SessionSettings, SignIn};

use std::fmt;

use serde_json::Value;

use crate::encoding::shorten;
use crate::inbox::UploadSettings;
use crate::link::LinkKeys;
use crate::policy::{KeyTemplate, Policy};
use crate::s3::Store;
use crate::secret::Secret;
use crate::session::{Issuer, KeySource};
use crate::variables::{Fault, Faults, secret_name};
use sections::{read_list, read_secret, read_table};

/// Where uploads through Companion's routes go.
#[derive(Clone, Debug, Default)]
pub struct CompanionSettings {
    /// The store's name; by default the default store.
    pub store: Option<String>,
    /// The template of the objects' keys.
    pub key: KeyTemplate,
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    stores: Vec<Store>,
    /// The issuers of sessions.
    pub issuers: Vec<Issuer>,
    /// The rules.
    pub policy: Policy,
    /// The session cookie, and the sign-in page.
    pub session: SessionSettings,
    /// The operator's secret, if sessions can be revoked.
    pub admin_secret: Option<Secret>,
    /// The settings of audit lines and tags.
    pub audit: AuditSettings,
    /// How spends are recorded.
    pub one_time: OneTimeSettings,
    /// How often somebody may ask.
    pub rate_limits: RateLimits,
    /// How quotas are kept, if a rule has one.
    pub quotas: Option<QuotaSettings>,
    /// The scanner of uploads into inboxes, and the receiver of their outcomes.
    pub uploads: UploadSettings,
    /// The keys that seal links, if there are links.
    pub link_keys: Option<LinkKeys>,
    /// Where uploads through Companion's routes go.
    pub companion: CompanionSettings,
    /// The pages that may call the API.
    pub cors: Cors,
    /// Whether the routes for development exist.
    pub development: bool,
    /// Settings that aren't wrong but keep the edge from signing what rules allow, or lead around an inbox.
    pub warnings: Vec<Fault>,
}

impl Config {
    /// Reads all of it, or returns all faults.
    pub fn read(environment: &impl Environment) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let secret = |name: &str| environment.secret(name);
        let var = |name: &str| environment.var(name);
        let setting = |name: &str| files::setting(name, environment, &faults);
        let (stores_var, rules_var) = (setting("STORES"), setting("RULES"));

        let stores = stores::read_stores(stores_var.as_ref(), &faults, &secret);
        // Rules may name every configured store, even one that couldn't be read.
        let store_names: Vec<&str> = stores_var
            .as_ref()
            .and_then(Value::as_object)
            .map(|stores| stores.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let mut issuers = Vec::new();
        read_list("ISSUERS", setting("ISSUERS").as_ref(), &faults, |table| {
            issuers.extend(Issuer::read(table, &faults, &secret));
        });
        let mut policy = Policy::default();
        read_list("RULES", rules_var.as_ref(), &faults, |table| {
            policy.read_rule(table, &store_names);
        });
        let one_time = OneTimeSettings::read(var("ONE_TIME").as_ref(), &faults);
        bindings::require_ledger(one_time.ledger, environment, &faults);
        let rate_limits =
            RateLimits::read(var("RATE_LIMITS").as_ref(), one_time.ledger, environment, &faults);
        let quotas = QuotaSettings::read(var("QUOTAS").as_ref(), &policy, environment, &faults);
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
        let session =
            read_table("SESSION", var("SESSION").as_ref(), &faults, SessionSettings::read);
        let admin_secret = read_table("REVOCATION", var("REVOCATION").as_ref(), &faults, |table| {
            let name = table.required("admin_secret", secret_name);
            table.finish();
            read_secret(name?, &faults, &secret)
        });
        let audit_var = var("AUDIT");
        let audit = AuditSettings::read(audit_var.as_ref(), &faults, &secret);
        audit::require_tag_key(audit_var.as_ref(), &stores, &policy, &faults);
        let is_opaque = |issuer: &&Issuer| matches!(issuer.keys, KeySource::Opaque);
        let opaque = issuers.iter().filter(is_opaque).count();
        if opaque > 1 {
            faults.add(
                "ISSUERS",
                "has more than one opaque entry, and an opaque token doesn't name its issuer",
            );
        }
        let needs_sessions = opaque > 0 || var("REVOCATION").is_some();
        bindings::require_sessions(needs_sessions, environment, &faults);
        bindings::require_key_services(&issuers, environment, &faults);

        let uploads_var = var("UPLOADS");
        let uploads = read_table("UPLOADS", uploads_var.as_ref(), &faults, |table| {
            UploadSettings::read(table, &faults, &secret)
        });
        let queue = uploads.queue.as_ref();
        inbox::require(uploads_var.as_ref(), queue, &policy, environment, &faults);
        inbox::close(&stores, &mut policy, uploads.max_copy, environment, &faults);
        let mut warnings = store_limits::check(&stores, &policy, &faults);
        warnings.extend(inbox::ways_around(&stores, &policy));
        let faults = faults.into_vec();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            stores,
            issuers,
            policy,
            session,
            admin_secret,
            audit,
            one_time,
            rate_limits,
            quotas,
            uploads,
            link_keys,
            companion,
            cors: cors.unwrap_or_default(),
            development: var("DEVELOPMENT") == Some(Value::Bool(true)),
            warnings,
        })
    }

    /// Whether Cloudflare Access vouches for sessions.
    pub(crate) fn takes_access(&self) -> bool {
        self.issuers.iter().any(|issuer| issuer.is_access)
    }

    /// All stores, the default first.
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The store of that name; without a name the first, which is the default.
    pub(crate) fn store(&self, name: Option<&str>) -> Result<&Store, NoSuchStore> {
        let found = self.stores.iter().find(|store| name.is_none_or(|name| store.name() == name));
        found.ok_or_else(|| NoSuchStore {
            name: shorten(name.unwrap_or_default()),
            known: self.stores.iter().map(Store::name).collect::<Vec<_>>().join(", "),
        })
    }
}

/// No store of that name is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchStore {
    name: String,
    known: String,
}

impl fmt::Display for NoSuchStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "There is no store {:?}. Configured stores: {}.", self.name, self.known)
    }
}
