//! A route of one operation has only that operation's fields.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::s3::{ObjectKey, ObjectRequestBuilder, Operation, PARAMETERS, Parameter, Target};

/// Requests for only these operations, and the fields that the edge itself sets.
const NARROW: [(&str, &[Operation], &[&str]); 6] = [
    ("MultipartCreateRequest", &[Operation::CreateMultipartUpload], &[]),
    ("MultipartPartsRequest", &[Operation::UploadPart], &["part_number"]),
    ("MultipartListRequest", &[Operation::ListParts], &["max_parts", "part_number_marker"]),
    ("MultipartCompleteRequest", &[Operation::CompleteMultipartUpload], &[]),
    ("MultipartAbortRequest", &[Operation::AbortMultipartUpload], &[]),
    ("LinkRequest", &[Operation::GetObject, Operation::PutObject], &[]),
];

/// Keeps the fields that one of the operations takes, and makes fields required that all of them need.
pub(super) fn narrow(name: &str, schema: &mut Value) {
    let Some((_, operations, own)) = NARROW.iter().find(|(known, ..)| *known == name) else {
        return;
    };
    let properties = schema["properties"].as_object_mut().unwrap();
    properties.retain(|name, _| {
        let is_taken = operations.iter().any(|operation| takes(*operation, name));
        is_taken && !own.contains(&name.as_str())
    });
    let is_needed = |name: &str| match Parameter::of_field(name) {
        Some(row) => operations.iter().all(|operation| row.required_by.contains(operation)),
        None => name == "key",
    };
    let needed: Vec<String> = properties.keys().filter(|name| is_needed(name)).cloned().collect();
    for name in &needed {
        not_null(&mut properties[name]);
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let required: BTreeSet<String> =
        required.iter().filter_map(|name| name.as_str().map(str::to_owned)).chain(needed).collect();
    schema["required"] = json!(required);
}

/// Whether an operation takes a field, by asking the builder of its requests.
fn takes(operation: Operation, field: &str) -> bool {
    let target = Target::Object(ObjectKey::new("a").unwrap());
    let mut builder = ObjectRequestBuilder::new(operation, target);
    let text = |text: &str| text.to_owned();
    if let Some(row) = PARAMETERS.iter().find(|row| row.field == field) {
        return row.operations.contains(&operation);
    }
    match field {
        "key" => !operation.is_on_prefix(),
        "prefix" => operation.is_on_prefix(),
        "download_as" => takes(operation, "response.content_disposition"),
        "copy_source.key" | "copy_source.version_id" => operation.copies(),
        "metadata.*" => builder.bind_metadata("a", "b").is_ok(),
        "tags.*" => builder.bind_tags(&[(text("a"), text("b"))]).is_ok(),
        "headers.*" => ["range", "if-match", "cache-control", "content-md5"]
            .iter()
            .any(|name| builder.bind_header(name, "a").is_ok()),
        _ => true,
    }
}

/// Removes `null` from a schema.
pub(super) fn not_null(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = members.get("type") {
        let others: Vec<Value> = types.iter().filter(|kind| *kind != "null").cloned().collect();
        let types = if let [one] = others.as_slice() { one.clone() } else { json!(others) };
        members.insert("type".to_owned(), types);
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(ways)) = members.get_mut("anyOf") {
        ways.retain(|way| way.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(one)] = ways.as_slice() {
            let one = one.clone();
            members.shift_remove("anyOf");
            members.extend(one);
        }
    }
}
