//! Which links are for players, and the fields that they require.

use serde_json::{Value, json};

use crate::s3::PLAYED_ENDINGS;

/// Rules of `LinkRequest`: audio and video need `stream`, or a life of their URLs.
pub(super) fn for_players() -> [Value; 2] {
    let endings = PLAYED_ENDINGS.map(in_any_case).join("|");
    let by_name = json!({ "key": { "pattern": format!("\\.({endings})/*$") } });
    let by_type = json!({
        "response": {
            "type": "object",
            "required": ["content_type"],
            "properties": {
                "content_type": { "type": "string", "pattern": "^(audio|video)/" },
            },
        },
    });
    [by_name, by_type].map(|mut properties| {
        let required: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        properties["operation"] = json!({ "const": "GetObject" });
        let said = |field: &str, schema: Value| json!({ "required": [field], "properties": { field: schema } });
        json!({
            "if": { "required": required, "properties": properties },
            "then": {
                "anyOf": [
                    said("delivery", json!({ "const": "stream" })),
                    said("url_expires_in", json!({ "type": "integer" })),
                    said("download_as", json!({ "type": "string" })),
                ],
            },
        })
    })
}

/// JSON Schema has no flag to ignore case.
fn in_any_case(text: &str) -> String {
    let either = |c: char| match c.to_ascii_uppercase() {
        upper if upper == c => c.to_string(),
        upper => format!("[{upper}{c}]"),
    };
    text.chars().map(either).collect()
}
