//! The problem of a quota that is used up: it says how much is left, and when the quota begins anew.

use http::StatusCode;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::quota::wire::Left;
use crate::time::Timestamp;

/// It is 403, not 429: libraries repeat a 429 by themselves, here for hours or weeks, while a smaller upload may fit at
/// once.
pub(super) fn quota_exceeded(Left { bytes, objects, ends }: Left) -> Problem {
    let ends = Timestamp::from_unix_seconds(ends).to_string();
    let of_bytes = bytes.map(|left| format!("{left} bytes"));
    let of_objects = objects.map(|left| format!("{left} objects"));
    let left: Vec<String> = of_bytes.into_iter().chain(of_objects).collect();
    let left = if left.is_empty() { String::new() } else { format!(": {}", left.join(" and ")) };
    let detail = format!(
        "This is more than is left of the quota{left}. It begins anew at {ends}; what was signed and isn't uploaded is \
         given back before."
    );
    let mut quota = Map::new();
    for (name, left) in [("bytes_left", bytes), ("objects_left", objects)] {
        if let Some(left) = left {
            quota.insert(name.to_owned(), left.into());
        }
    }
    quota.insert("ends_at".to_owned(), ends.into());
    Problem::new(StatusCode::FORBIDDEN, "quota_exceeded", detail)
        .with_member("quota", Value::Object(quota))
}
