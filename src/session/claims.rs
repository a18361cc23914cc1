use serde_json::{Map, Value};

/// What the issuer says of a session: the token's payload.
#[derive(Clone, Debug, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Takes a payload.
    pub const fn new(payload: Map<String, Value>) -> Self {
        Self(payload)
    }

    /// A claim's value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a text and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A claim that is a list of texts, or one text alone (RFC 7519 §4.1.3 allows both for `aud`).
    pub fn one_or_many(&self, name: &str) -> Vec<&str> {
        match self.get(name) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the claim is `wanted`, or a list that holds it.
    pub fn has(&self, name: &str, wanted: &Value) -> bool {
        match self.get(name) {
            Some(Value::Array(items)) => items.contains(wanted),
            Some(value) => value == wanted,
            None => false,
        }
    }
}
