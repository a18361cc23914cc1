//! Turns the schemas of structs into those of the document: fields of a rest struct become the struct's own, dotted
//! names become nested objects.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::files::json_file;
use super::groups::GROUPS;
use super::narrow::{narrow, not_null};
use super::players::for_players;
use super::schemas::Schemas;

/// All schemas, by name.
pub(super) struct Shaped {
    /// With dotted names, as a query has them.
    flat: Map<String, Value>,
    nested: Map<String, Value>,
}

impl Shaped {
    pub(super) fn of(mut schemas: Schemas) -> Self {
        let mut requests = schemas.requests.take_definitions(true);
        let answers = schemas.answers.take_definitions(true);
        for schema in requests.values_mut() {
            tidy(schema);
        }
        let mut flat = Map::new();
        for (name, schema) in &requests {
            let mut whole = with_rest(schema, &requests);
            if whole.get("properties").is_some() && whole.get("additionalProperties").is_none() {
                whole["additionalProperties"] = json!(false);
            }
            narrow(name, &mut whole);
            flat.insert(name.clone(), whole);
        }
        let nested = flat.iter().map(|(name, schema)| (name.clone(), nest(schema)));
        let mut nested: Map<String, Value> = nested.collect();
        for (name, mut schema) in answers {
            tidy(&mut schema);
            nested.entry(name).or_insert(schema);
        }
        let mut constraints = json_file(include_str!("constraints.json"));
        constraints["LinkRequest"]["allOf"].as_array_mut().unwrap().extend(for_players());
        for (name, extra) in constraints.as_object().unwrap() {
            let schema = nested.get_mut(name).unwrap_or_else(|| panic!("no schema {name}"));
            constrain(schema, extra, name);
        }
        Self { flat, nested }
    }

    /// The parameters of a query that is read into a struct.
    pub(super) fn query(&self, name: &str) -> Vec<Value> {
        let schema = &self.flat[name];
        let required = names(schema.get("required"));
        let properties = schema["properties"].as_object().unwrap();
        properties
            .iter()
            .filter(|(name, _)| !name.ends_with(".*"))
            .map(|(field, schema)| {
                let mut schema = schema.clone();
                not_null(&mut schema);
                let mut parameter = json!({ "name": field.trim_end_matches(".**"), "in": "query" });
                if required.contains(field.as_str()) {
                    parameter["required"] = json!(true);
                }
                let members = schema.as_object_mut();
                if let Some(description) =
                    members.and_then(|schema| schema.shift_remove("description"))
                {
                    parameter["description"] = description;
                }
                if field.ends_with(".**") {
                    parameter["style"] = json!("deepObject");
                    parameter["explode"] = json!(true);
                    let texts = json!({ "type": "string" });
                    schema = json!({ "type": "object", "additionalProperties": texts });
                } else if let Some(limits) = self.limits(name, field) {
                    merge(&mut schema, &limits);
                    not_null(&mut schema);
                }
                parameter["schema"] = schema;
                parameter
            })
            .collect()
    }

    /// The entry in `constraints.json` for a field of a struct that is no body.
    fn limits(&self, name: &str, field: &str) -> Option<Value> {
        let (group, inner) = field.split_once('.').unwrap_or((field, ""));
        let mut property = self.nested.get(name)?.get("properties")?.get(group)?;
        if !inner.is_empty() {
            property = property.get("properties")?.get(inner)?;
        }
        let mut property = property.clone();
        property.as_object_mut()?.shift_remove("description");
        Some(property)
    }

    pub(super) fn into_definitions(self, known: &Value) -> Value {
        let mut definitions = self.nested;
        for (name, schema) in known.as_object().unwrap() {
            definitions.insert(name.clone(), schema.clone());
        }
        Value::Object(definitions)
    }
}

/// Removes additions by schemars that the document doesn't need.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.shift_remove("default");
            members.shift_remove("title");
            let is_of_rust = |format: &Value| {
                format.as_str().is_some_and(|text| text.starts_with("uint") || text == "double")
            };
            if members.get("format").is_some_and(is_of_rust) {
                members.shift_remove("format");
            }
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text
                    .split("\n\n")
                    .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect::<Vec<_>>()
                    .join("\n\n");
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn names(list: Option<&Value>) -> BTreeSet<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn schema_of_reference<'a>(schema: &Value, all: &'a Map<String, Value>) -> Option<&'a Value> {
    all.get(schema.get("$ref")?.as_str()?.rsplit('/').next()?)
}

/// A struct with the fields of its rest struct, or of the struct that it wraps.
fn with_rest(schema: &Value, all: &Map<String, Value>) -> Value {
    let mut whole = schema.clone();
    let rest = schema.get("properties").and_then(|properties| properties.get("*"));
    let rest = rest.or_else(|| schema.get("$ref").map(|_| schema));
    let Some(rest) = rest.and_then(|rest| schema_of_reference(rest, all)) else { return whole };
    let rest = with_rest(rest, all);
    whole.as_object_mut().unwrap().shift_remove("$ref");
    whole["type"] = json!("object");
    let own = whole.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut required = names(schema.get("required"));
    required.remove("*");
    required.extend(names(rest.get("required")).into_iter().filter(|name| *name != "*"));
    let required: Vec<&str> = required.into_iter().collect();
    let required = json!(required);
    let mut properties = Map::new();
    for (name, property) in own.iter().filter(|(name, _)| *name != "*") {
        properties.insert(name.clone(), property.clone());
    }
    for (name, property) in rest["properties"].as_object().unwrap() {
        properties.entry(name.clone()).or_insert_with(|| property.clone());
    }
    whole["properties"] = Value::Object(properties);
    whole["required"] = required;
    whole
}

/// Dotted names as members of objects.
fn nest(schema: &Value) -> Value {
    let mut nested = schema.clone();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return nested;
    };
    let mut members = Map::new();
    for (name, property) in properties {
        match name.split_once('.') {
            Some((group, "*" | "**")) => {
                members.insert(group.to_owned(), property.clone());
            }
            Some((group, inner)) => {
                let about = GROUPS.iter().find(|(known, _)| *known == group);
                let (_, about) = about.unwrap_or_else(|| panic!("{group} isn't described"));
                let object = members.entry(group).or_insert_with(|| {
                    json!({
                        "description": about, "type": ["object", "null"],
                        "additionalProperties": false, "properties": {},
                    })
                });
                object["properties"][inner] = property.clone();
            }
            None => {
                members.insert(name.clone(), property.clone());
            }
        }
    }
    nested["properties"] = Value::Object(members);
    nested
}

/// Adds the schema's entry in `constraints.json`: to an existing property its members, otherwise to the schema itself.
fn constrain(schema: &mut Value, extra: &Value, name: &str) {
    for (key, value) in extra.as_object().unwrap() {
        if key == "properties" {
            for (field, more) in value.as_object().unwrap() {
                let property = schema["properties"].get_mut(field);
                let property = property.unwrap_or_else(|| panic!("{name} has no {field}"));
                constrain_property(property, more, &format!("{name}.{field}"));
            }
        } else {
            schema[key] = value.clone();
        }
    }
}

fn constrain_property(property: &mut Value, more: &Value, path: &str) {
    if more.get("properties").is_some() {
        return constrain(property, more, path);
    }
    merge(property, more);
}

fn merge(schema: &mut Value, more: &Value) {
    if schema.is_boolean() {
        *schema = json!({});
    }
    let more = more.as_object().unwrap();
    // A value that is never there, or one of a few, has no other type. Generators handle a list of `null` better than
    // the type `null`.
    let is_never = more.get("enum") == Some(&json!([null]));
    if let Some(members) = schema.as_object_mut().filter(|_| more.contains_key("enum")) {
        members.retain(|key, _| key != "anyOf" && key != "$ref" && !(is_never && key == "type"));
    }
    for (key, value) in more {
        schema[key] = value.clone();
    }
}

/// Removes schemas that nothing refers to.
pub(super) fn keep_referenced(document: &mut Value) {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(path)) = members.get("$ref")
                    && let Some(name) = path.strip_prefix("#/components/schemas/")
                {
                    found.insert(name.to_owned());
                }
                members.values().for_each(|value| collect(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut schemas = document["components"]["schemas"].take();
    let mut kept = BTreeSet::new();
    collect(document, &mut kept);
    loop {
        let mut more = kept.clone();
        for name in &kept {
            collect(&schemas[name], &mut more);
        }
        if more.len() == kept.len() {
            break;
        }
        kept = more;
    }
    schemas.as_object_mut().unwrap().retain(|name, _| kept.contains(name));
    document["components"]["schemas"] = schemas;
}
