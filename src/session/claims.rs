use std::borrow::Cow;
use std::slice;

use serde_json::{Map, Value};

/// A session's claims: the token's payload.
#[derive(Clone, Debug, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Takes a payload.
    pub const fn new(payload: Map<String, Value>) -> Self {
        Self(payload)
    }

    /// A claim's value. If no claim has exactly this name, dots lead into nested objects: `realm_access.roles`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let (first, rest) = name.split_once('.')?;
            let nested = self.0.get(first)?;
            rest.split('.').try_fold(nested, |value, name| value.as_object()?.get(name))
        })
    }

    /// A claim that is a text and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A claim's texts: the one of a text or a whole number, or those of a list, whose other items are left out. For
    /// rules that allow.
    pub fn texts(&self, name: &str) -> Vec<Cow<'_, str>> {
        self.items(name).iter().filter_map(scalar_text).collect()
    }

    /// The texts of a claim that has only texts and whole numbers; `None` if it is missing, an empty list, or has
    /// another item. For rules that forbid, and for names.
    pub fn whole_texts(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let items = self.items(name);
        if items.is_empty() { None } else { items.iter().map(scalar_text).collect() }
    }

    fn items(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::Array(items)) => items,
            Some(value) => slice::from_ref(value),
            None => &[],
        }
    }

    /// Whether the claim is `wanted`, or a list that holds it. One of a list of wanted values is enough.
    pub fn has(&self, name: &str, wanted: &Value) -> bool {
        let is = |wanted: &Value| match self.get(name) {
            Some(Value::Array(items)) => items.contains(wanted),
            Some(value) => value == wanted,
            None => false,
        };
        match wanted {
            Value::Array(any) => any.iter().any(is),
            one => is(one),
        }
    }
}

fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) if !number.is_f64() => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}
