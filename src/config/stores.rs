//! `[vars.STORES]`: the buckets.

use serde_json::Value;

use crate::s3::Store;
use crate::variables::{Faults, Table};

/// Reads all stores, the default first.
pub(super) fn read_stores(
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
