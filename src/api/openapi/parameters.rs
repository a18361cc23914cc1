//! A description of each S3 parameter. Everything else about it is in the table of `s3`.

use serde_json::{Value, json};

use crate::s3::{Kind, Operation, PARAMETERS, Parameter, ParameterLocation};

/// The pattern of texts that become no header: everything except control characters.
pub(super) const TEXT: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]+$";

/// One line for each parameter. The operations that take it are added.
const DESCRIPTIONS: [(&str, &str); PARAMETERS.len()] = [
    ("version_id", "The object's version."),
    ("response.content_type", "The `Content-Type` of the store's answer."),
    ("response.content_disposition", "The `Content-Disposition` of the store's answer."),
    ("response.content_language", "The `Content-Language` of the store's answer."),
    ("response.content_encoding", "The `Content-Encoding` of the store's answer."),
    ("response.cache_control", "The `Cache-Control` of the store's answer."),
    ("response.expires", "The `Expires` of the store's answer."),
    (
        "content_type",
        "The media type that the object has to get: printable ASCII. Taken by PutObject, \
         CreateMultipartUpload and CopyObject. Where the rule names media types, PutObject and \
         CreateMultipartUpload need it, and it has to be one of them.",
    ),
    (
        "content_length",
        "The exact size in bytes that the body has to have, up to 5 GiB. Taken by PutObject and UploadPart. \
         Where the rule has a limit, it is needed and may not exceed it.",
    ),
    ("checksum.sha256", "The SHA-256 of the body, in base64 with padding."),
    ("checksum.sha1", "The SHA-1 of the body, in base64 with padding."),
    ("checksum.crc32", "The CRC-32 of the body, in base64 with padding."),
    ("checksum.crc32c", "The CRC-32C of the body, in base64 with padding."),
    ("checksum.crc64nvme", "The CRC-64/NVME of the body, in base64 with padding."),
    ("checksum_algorithm", "The algorithm of the object's checksum."),
    (
        "checksum_type",
        "What the object's checksum is made of: the parts' checksums (`COMPOSITE`) or the object's bytes \
         (`FULL_OBJECT`). AWS has SHA256 and SHA1 of parts alone, CRC64NVME of the object alone, and CRC32 \
         and CRC32C of either; what it does where this isn't given follows from the algorithm.",
    ),
    (
        "create_only",
        "Whether the store refuses the request where the key is taken already. The other operations refuse \
         `false` as well.",
    ),
    ("acl", "The canned ACL of the object."),
    ("storage_class", "The storage class of the object."),
    (
        "sse.algorithm",
        "How the store encrypts the object: `AES256` with keys of its own, the others with those of a key \
         service.",
    ),
    ("sse.kms_key_id", "Which key of the key service: printable ASCII."),
    (
        "sse.bucket_key",
        "Whether the store encrypts with a key of the bucket's, made from that of the key service.",
    ),
    ("sse_customer.algorithm", "The algorithm of the client's own key."),
    ("sse_customer.key", "The client's own key: 32 bytes, in base64 with padding."),
    ("sse_customer.key_md5", "The MD5 of the client's own key, in base64 with padding."),
    ("upload_id", "Which upload in parts."),
    (
        "part_number",
        "Which part. Needed by UploadPart and UploadPartCopy; GetObject and HeadObject take it to read one \
         part.",
    ),
    ("max_parts", "The most parts in one page of the list."),
    ("part_number_marker", "The list begins behind this part."),
    ("delimiter", "Keys that have this behind the prefix are listed together."),
    ("max_keys", "The most keys in the list."),
    ("continuation_token", "Where the list before this one ended."),
    ("start_after", "The list begins behind this key."),
    (
        "copy_source.if_match",
        "The ETag that the source has to have, as the store gives it; else the store answers 412.",
    ),
    ("copy_source.if_none_match", "The ETag that the source must not have, as the store gives it."),
    (
        "copy_source.if_modified_since",
        "The source has to have been written after this moment, as HTTP writes it: `Thu, 15 Jan 2026 12:00:00 GMT`.",
    ),
    (
        "copy_source.if_unmodified_since",
        "The source must not have been written after this moment, as HTTP writes it.",
    ),
    (
        "copy_source_range",
        "The bytes of the source that become the part, such as `bytes=0-5242879`: printable ASCII.",
    ),
    ("metadata_directive", "Whether the copy gets the source's metadata or that of the request."),
    ("tagging_directive", "Whether the copy gets the source's tags or those of the request."),
    ("object_attributes", "Which attributes, such as `ETag,ObjectSize`: printable ASCII."),
];

/// A parameter's schema, as a member of a body: it may be `null`.
pub(super) fn schema_of(parameter: &Parameter) -> Value {
    let own = DESCRIPTIONS.iter().find(|(field, _)| *field == parameter.field);
    let (_, own) = own.unwrap_or_else(|| panic!("{} has no description", parameter.field));
    let is_needed = parameter.required_by == parameter.operations;
    let taken = if is_needed { "Taken and needed by" } else { "Taken by" };
    let description = format!("{own} {taken} {}.", listed(parameter.operations));
    let mut schema = match parameter.kind {
        Kind::Text => {
            let is_header = matches!(parameter.location, ParameterLocation::Header(_));
            json!({ "type": "string", "pattern": if is_header { "^[ -~]*[!-~][ -~]*$" } else { TEXT } })
        }
        Kind::Integer(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::OneOf(values) => json!({ "type": "string", "enum": values }),
        Kind::Base64(length) => json!({ "type": "string", "pattern": base64_pattern(length) }),
        Kind::Flag(_) => json!({ "type": "boolean" }),
    };
    schema["type"] = json!([schema["type"], "null"]);
    if let Some(values) = schema["enum"].as_array_mut() {
        values.push(Value::Null);
    } else if let Some(members) = schema.as_object_mut() {
        members.shift_remove("enum");
    }
    schema["description"] = json!(description);
    schema
}

/// `A`, `A and B`, `A, B and C`.
fn listed(operations: &[Operation]) -> String {
    let names: Vec<&str> = operations.iter().map(|operation| operation.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Base64 of so many bytes, with padding. The remaining bits decide which characters may come last before it (RFC 4648
/// §3.5).
fn base64_pattern(length: usize) -> String {
    let whole = length / 3 * 4;
    match length % 3 {
        0 => format!("^[A-Za-z0-9+/]{{{whole}}}$"),
        1 => format!("^[A-Za-z0-9+/]{{{}}}[AQgw]==$", whole + 1),
        _ => format!("^[A-Za-z0-9+/]{{{}}}[AEIMQUYcgkosw048]=$", whole + 2),
    }
}
