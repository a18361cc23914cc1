//! The parts of the document that types can't express, kept beside the code.

use serde_json::Value;

pub(super) fn words() -> Value {
    json_file(include_str!("words.json"))
}

pub(super) fn json_file(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
