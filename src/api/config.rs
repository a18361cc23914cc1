//! The whole configuration: read once, all of it or nothing.

use serde_json::Value;

use super::cors::Cors;
use super::error::Error;
use super::fields::shorten;
use crate::config::{Fault, Faults, Table};
use crate::policy::Rule;
use crate::s3::Store;
use crate::session::Issuer;

/// The name of the KV binding that records spends.
pub const ONE_TIME_KV: &str = "ONE_TIME_KV";
/// The name of the Durable Object binding that records spends.
pub const LEDGER: &str = "LEDGER";

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
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    stores: Vec<Store>,
    /// Who may vouch for a session.
    pub issuers: Vec<Issuer>,
    /// Who may do what.
    pub rules: Vec<Rule>,
    /// What records spends.
    pub ledger: LedgerKind,
    /// Which pages may call the API.
    pub cors: Cors,
    /// Whether the routes for development are there.
    pub development: bool,
}

impl Config {
    /// Reads all of it, or names everything that is wrong with it.
    pub fn read(environment: &impl Environment) -> Result<Self, Vec<Fault>> {
        let faults = Faults::default();
        let secret = |name: &str| environment.secret(name);
        let [stores_var, issuers_var, rules_var, one_time_var, cors_var] =
            ["STORES", "ISSUERS", "RULES", "ONE_TIME", "CORS"].map(|name| environment.var(name));

        let stores = read_stores(stores_var.as_ref(), &faults, &secret);
        // Rules name the stores that are configured, whether or not each could be read.
        let store_names: Vec<&str> = stores_var
            .as_ref()
            .and_then(Value::as_object)
            .map(|stores| stores.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let issuers = read_list("ISSUERS", issuers_var.as_ref(), &faults, |table| {
            Issuer::read(table, &faults, &secret)
        });
        for (index, issuer) in issuers.iter().enumerate() {
            if issuers[..index].iter().any(|earlier| earlier.issuer == issuer.issuer) {
                faults.add("ISSUERS", format!("{} is named twice", issuer.issuer));
            }
        }
        let rules = read_list("RULES", rules_var.as_ref(), &faults, |table| {
            Rule::read(table, &store_names)
        });
        let ledger = read_ledger_kind(one_time_var.as_ref(), &faults);
        require_binding(ledger, environment, &faults);
        let cors = cors_var.as_ref().and_then(|value| Table::new("CORS", value, &faults));
        let cors = cors.map(Cors::read).unwrap_or_default();

        let faults = faults.into_vec();
        if faults.is_empty() {
            let development = environment.var("DEVELOPMENT") == Some(Value::Bool(true));
            Ok(Self { stores, issuers, rules, ledger, cors, development })
        } else {
            Err(faults)
        }
    }

    /// All stores, the default first.
    pub(super) fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// The store of that name; without a name the first, which is the default.
    pub(super) fn store(&self, name: Option<&str>) -> Result<&Store, Error> {
        let found = match name {
            None => self.stores.first(),
            Some(name) => self.stores.iter().find(|store| store.name() == name),
        };
        found.ok_or_else(|| Error::NoSuchStore {
            name: shorten(name.unwrap_or_default()),
            known: self.stores.iter().map(Store::name).collect::<Vec<_>>().join(", "),
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

fn read_list<T>(
    name: &str,
    value: Option<&Value>,
    faults: &Faults,
    read: impl Fn(Table<'_>) -> Option<T>,
) -> Vec<T> {
    let Some(items) = value.and_then(Value::as_array).filter(|items| !items.is_empty()) else {
        faults.add(name, format!("has to be a list with at least one entry: [[vars.{name}]]"));
        return Vec::new();
    };
    let read = |(index, value)| {
        let table = Table::new(format!("{name}[{index}]"), value, faults)?;
        read(table)
    };
    items.iter().enumerate().filter_map(read).collect()
}

fn read_ledger_kind(value: Option<&Value>, faults: &Faults) -> LedgerKind {
    let Some(table) = value.and_then(|value| Table::new("ONE_TIME", value, faults)) else {
        return LedgerKind::Kv;
    };
    let kind = table.required("ledger", |kind| match kind {
        "kv" => Ok(LedgerKind::Kv),
        "durable" => Ok(LedgerKind::Durable),
        _ => Err("has to be kv or durable"),
    });
    table.finish();
    kind.unwrap_or(LedgerKind::Kv)
}

fn require_binding(ledger: LedgerKind, environment: &impl Environment, faults: &Faults) {
    let (name, help) = match ledger {
        LedgerKind::Kv => (
            ONE_TIME_KV,
            "this KV binding is missing: npx wrangler kv namespace create ONE_TIME_KV, and name it under \
             [[kv_namespaces]]",
        ),
        LedgerKind::Durable => (
            LEDGER,
            "this Durable Object binding is missing: name the class LedgerObject under \
             [[durable_objects.bindings]] and in [[migrations]]",
        ),
    };
    if !environment.has_binding(name) {
        faults.add(name, help);
    }
}
