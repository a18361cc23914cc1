//! Lists, tables and secrets of the environment.

use serde_json::Value;

use crate::secret::Secret;
use crate::variables::{Faults, Table};

/// The fewest bytes of a secret that isn't an issuer's.
const MIN_SECRET_BYTES: usize = 32;

pub(super) fn read_list(
    name: &str,
    value: Option<&Value>,
    faults: &Faults,
    mut read: impl FnMut(Table<'_>),
) {
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

pub(super) fn read_table<T: Default>(
    name: &str,
    value: Option<&Value>,
    faults: &Faults,
    read: impl FnOnce(Table<'_>) -> T,
) -> T {
    let table = value.and_then(|value| Table::new(name, value, faults));
    table.map(read).unwrap_or_default()
}

pub(super) fn read_secret(
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
