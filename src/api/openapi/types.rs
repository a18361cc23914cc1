//! Schemas of checked values.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::parameters::{TEXT, schema_of};
use crate::api::inbox::verdict::ScanVerdict;
use crate::api::links::opening::Tried;
use crate::api::links::request::{LinkDelivery, Uses};
use crate::api::operate::revocations::{Moment, RevocationExpiresIn};
use crate::api::presign::form_request::SuccessStatus;
use crate::api::presign::{Pairs, Parameters};
use crate::api::wire::values::{LinkExpiresIn, NotEmpty, Prefix, Seconds, Texts, Whole};
use crate::ledger::OneTimeKey;
use crate::link::Password;
use crate::s3::{ObjectKey, Operation, PARAMETERS};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// A type with a name in the document, or one that is written where it is used.
macro_rules! schemas {
    ($($type:ty, $name:literal, $inline:literal: $schema:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                $inline
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                Schema::try_from($schema).unwrap()
            }
        }
    )*};
}

schemas! {
    ObjectKey, "ObjectKey", false: json!({
        "description": "The object's key, not encoded: 1 to 1024 bytes of UTF-8, no control character, and no \
                        segment that is `.` or `..`.",
        "type": "string", "maxLength": ObjectKey::MAX_BYTES, "pattern": TEXT,
        "not": { "pattern": "(^|/)\\.{1,2}(/|$)" },
    });
    Prefix, "Prefix", false: json!({
        "description": "What the listed keys begin with. It is empty, which is also what counts without it, or has \
                        the form of a key. The rule has to allow every key that begins so. Taken by ListObjectsV2.",
        "type": "string", "maxLength": ObjectKey::MAX_BYTES, "pattern": TEXT.replace('+', "*"),
        "not": { "pattern": "(^|/)\\.{1,2}(/|$)" },
    });
    ExpiresIn, "ExpiresIn", false: json!({
        "description": "For how many seconds what is signed is good: the least of this (300 where it is missing), \
                        the limit of the rule that allows it, and what is left of the session and of the store's \
                        credentials; `expires_at` in the answer says what came of it. With `cacheable`, and at \
                        `/f/…`, it is the length of the window.",
        "type": "integer", "minimum": ExpiresIn::MIN.seconds(), "maximum": ExpiresIn::MAX_SECONDS,
    });
    OneTimeKey, "OneTimeKey", false: json!({
        "description": "A value that can be spent once, such as a UUID: 1 to 256 bytes of UTF-8 without control \
                        characters. A second request of the same issuer and subject with it is answered with \
                        `one_time_key_used`; it is remembered at least until the session that spent it ends. Where \
                        the rule spends the session token itself, the field is refused.",
        "type": "string", "maxLength": 256, "pattern": TEXT,
    });
    Operation, "Operation", false: json!({
        "description": "What the URL does, under S3's name for it.",
        "type": "string", "enum": Operation::ALL.map(Operation::as_str),
    });
    LinkExpiresIn, "LinkExpiresIn", true: json!({
        "type": "integer", "minimum": 1, "maximum": LinkExpiresIn::MAX,
    });
    Password, "Password", true: json!({
        "type": "string", "minLength": Password::MIN_CHARACTERS, "maxLength": Password::MAX_BYTES, "pattern": TEXT,
    });
    Tried, "Tried", true: json!({ "type": "string" });
    NotEmpty, "NotEmpty", true: json!({ "type": "string", "minLength": 1 });
    Uses, "Uses", true: json!({
        "anyOf": [
            { "type": "integer", "minimum": 1, "maximum": Uses::MOST },
            { "type": "string", "const": "unlimited" },
        ],
    });
    LinkDelivery, "LinkDelivery", true: json!({ "type": "string", "enum": ["redirect", "stream"] });
    ScanVerdict, "ScanVerdict", true: json!({ "type": "string", "enum": ["clean", "infected"] });
    SuccessStatus, "SuccessStatus", true: json!({ "type": "integer", "enum": [200, 201, 204] });
    Moment, "Moment", true: json!({ "type": "integer", "minimum": 0 });
    RevocationExpiresIn, "RevocationExpiresIn", true: json!({
        "type": "integer", "minimum": RevocationExpiresIn::BOUNDS.start(),
        "maximum": RevocationExpiresIn::BOUNDS.end(),
    });
    Texts, "Texts", true: json!({
        "type": ["object", "null"], "additionalProperties": { "type": ["string", "null"] },
    });
    Pairs, "Pairs", true: json!({ "type": "object", "additionalProperties": { "type": "string" } });
    Timestamp, "Timestamp", true: json!({ "type": "string", "format": "date-time" });
    Parameters, "Parameters", false: {
        let properties: Vec<(String, Value)> =
            PARAMETERS.iter().map(|row| (row.field.to_owned(), schema_of(row))).collect();
        json!({ "type": "object", "properties": Value::from_iter(properties) })
    };
    PartChecksum, "PartChecksum", false: {
        let own = PARAMETERS.iter().filter_map(|row| {
            let mut schema = schema_of(row);
            schema["type"] = json!("string");
            Some((row.field.strip_prefix("checksum.")?.to_owned(), schema))
        });
        json!({
            "description": "The checksum of the part's body: one. Where a part is signed, the store verifies it; in \
                            a list, it is there where the store says it.",
            "type": "object", "additionalProperties": false, "properties": own.collect::<Value>(),
        })
    };
    Problem, "Problem", false: super::files::words()["components"]["schemas"]["Problem"].clone();
    OpenApiDocument, "OpenApiDocument", false:
        super::files::words()["components"]["schemas"]["OpenApiDocument"].clone();
}

/// The checksum of a part, by its name.
pub(in crate::api) struct PartChecksum;

/// A refusal.
pub(in crate::api) struct Problem;

/// This document.
pub(super) struct OpenApiDocument;

impl<const LEAST: u64, const MOST: u64> JsonSchema for Whole<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

impl<const LEAST: u64, const MOST: u64> JsonSchema for Seconds<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}
