//! Reading configuration: JSON values by name, every fault collected with its path.

use std::cell::RefCell;
use std::fmt::Display;

use serde_json::{Map, Value};

/// One thing that is wrong with the configuration. It never holds a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `RULES[2].keys[0]`, or a secret's or binding's name.
    pub path: String,
    /// What is wrong, and what is valid.
    pub detail: String,
}

/// Collects the readers' faults.
#[derive(Debug, Default)]
pub struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    /// Adds one.
    pub fn add(&self, path: impl Into<String>, detail: impl Into<String>) {
        self.0.borrow_mut().push(Fault { path: path.into(), detail: detail.into() });
    }

    /// All faults, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0.into_inner()
    }
}

/// Checks that a text is the name of a secret: upper-case letters, digits and `_`. Another text may be the secret
/// itself in the wrong place, so the error never repeats it.
pub fn secret_name(name: &str) -> Result<&str, &'static str> {
    let valid = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if !name.is_empty() && name.bytes().all(valid) {
        Ok(name)
    } else {
        Err("has to be the name of a secret: upper-case letters, digits and _")
    }
}

/// A JSON object that is read name by name; names that aren't read are faults.
#[derive(Debug)]
pub struct Table<'v> {
    path: String,
    entries: &'v Map<String, Value>,
    known: RefCell<Vec<&'static str>>,
    faults: &'v Faults,
}

impl<'v> Table<'v> {
    /// Reads a value that has to be an object.
    pub fn new(path: impl Into<String>, value: &'v Value, faults: &'v Faults) -> Option<Self> {
        let path = path.into();
        let Some(entries) = value.as_object() else {
            faults.add(path, "has to be a table");
            return None;
        };
        Some(Self { path, entries, known: RefCell::default(), faults })
    }

    /// The table's path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of one of this table's entries.
    pub fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// Adds a fault of one of this table's entries.
    pub fn fault(&self, name: &str, detail: impl Into<String>) {
        self.faults.add(self.path_of(name), detail);
    }

    /// Whether there is an entry of that name.
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The raw value, if present.
    pub fn value(&self, name: &'static str) -> Option<&'v Value> {
        self.known.borrow_mut().push(name);
        self.entries.get(name)
    }

    /// An optional table.
    pub fn table(&self, name: &'static str) -> Option<Self> {
        Self::new(self.path_of(name), self.value(name)?, self.faults)
    }

    /// An optional text.
    pub fn text(&self, name: &'static str) -> Option<&'v str> {
        let text = self.value(name)?.as_str();
        if text.is_none() {
            self.fault(name, "has to be a text");
        }
        text
    }

    /// A required text that `parse` accepts.
    pub fn required<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&'v str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.entries.contains_key(name) {
            self.known.borrow_mut().push(name);
            self.fault(name, "is missing");
            return None;
        }
        self.parsed(name, parse)
    }

    /// An optional text that `parse` accepts.
    pub fn parsed<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&'v str) -> Result<T, E>,
    ) -> Option<T> {
        parse(self.text(name)?).map_err(|error| self.fault(name, error.to_string())).ok()
    }

    /// An optional table of claims and the values that they must have.
    pub fn claims(&self, name: &'static str) -> Option<Map<String, Value>> {
        let claims = self.value(name)?.as_object().cloned();
        if claims.is_none() {
            self.fault(name, "has to be a table of claims, such as { role = \"member\" }");
        }
        claims
    }

    /// An optional whole number.
    pub fn integer(&self, name: &'static str) -> Option<u64> {
        let number = self.value(name)?.as_u64();
        if number.is_none() {
            self.fault(name, "has to be a whole number, 0 or more");
        }
        number
    }

    /// `true` or `false`; `false` by default.
    pub fn flag(&self, name: &'static str) -> bool {
        self.optional_flag(name).unwrap_or(false)
    }

    /// `true` or `false`; `None` if it is missing.
    pub fn optional_flag(&self, name: &'static str) -> Option<bool> {
        let flag = self.value(name)?.as_bool();
        if flag.is_none() {
            self.fault(name, "has to be true or false");
        }
        flag
    }

    /// A text, or a list of one or more, each of which `parse` accepts. `None` if it is missing or no item can be read.
    pub fn one_or_more<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl Fn(&'v str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        match self.value(name)? {
            Value::Array(items) if items.is_empty() => {
                self.fault(name, "is an empty list");
                None
            }
            Value::Array(_) => self.list(name, parse),
            Value::String(_) => self.parsed(name, parse).map(|one| vec![one]),
            _ => {
                self.fault(name, "has to be a text or a list of texts");
                None
            }
        }
    }

    /// A list of texts, each of which `parse` accepts. `None` if it is missing.
    pub fn list<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl Fn(&'v str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let Some(items) = self.value(name)?.as_array() else {
            self.fault(name, "has to be a list");
            return None;
        };
        let read = |(index, item): (usize, &'v Value)| {
            let indexed = format!("{name}[{index}]");
            let Some(text) = item.as_str() else {
                self.fault(&indexed, "has to be a text");
                return None;
            };
            parse(text).map_err(|error| self.fault(&indexed, error.to_string())).ok()
        };
        Some(items.iter().enumerate().filter_map(read).collect())
    }

    /// Reports the names that weren't read. Call it last.
    pub fn finish(self) {
        let known = self.known.borrow();
        for name in self.entries.keys().filter(|name| !known.contains(&name.as_str())) {
            self.fault(name, format!("is not known; known are: {}", known.join(", ")));
        }
    }
}
