//! Example requests: each asks for everything that one rule, or two, would allow.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::side::Side;
use crate::policy::rule::is_harmless;
use crate::policy::{CompletedSize, Delivery, DeliveryKind, MediaRange, Rule};
use crate::s3::{
    CopySource, Kind, MAX_PUT_BYTES, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation,
    PARAMETERS, Parameter, ParameterLocation, Target,
};

/// A request as a body of the API has it.
#[derive(Clone, Debug)]
pub struct Example {
    /// What it does.
    pub operation: Operation,
    /// The store's name.
    pub store: String,
    /// The key, or the prefix.
    pub key: String,
    /// The key of a copy's source.
    pub source: Option<String>,
    pub(super) version: bool,
    /// Parameters by field, and their texts.
    pub(super) parameters: Vec<(&'static Parameter, String)>,
    pub(super) tags: bool,
    pub(super) completed: CompletedSize,
    /// How the object is to be handed over.
    pub(super) delivery: Delivery,
}

/// Media types that stand for all.
pub(super) fn types(old: &Side<'_>, new: &Side<'_>) -> Vec<String> {
    let rules = old.policy.rules().iter().chain(new.policy.rules());
    let ranges = rules.flat_map(|rule| {
        let accepted = rule.accept.iter().flat_map(|accept| &accept.types);
        rule.content_types.iter().flatten().chain(accepted)
    });
    let mut types: BTreeSet<String> = ranges.map(MediaRange::example).collect();
    types.insert("x-any/x-any".to_owned());
    types.into_iter().collect()
}

/// Requests that ask for the most that all of `rules` allow; none if no request fits them.
pub(super) fn most(rules: &[&Rule], operation: Operation, types: &[String]) -> Vec<Example> {
    let all = |allows: &dyn Fn(&Rule) -> bool| rules.iter().all(|rule| allows(rule));
    let limit = rules.iter().filter_map(|rule| rule.max_bytes).min();
    // A quota of bytes needs some size too.
    let is_counted = rules.iter().any(|rule| rule.quota.is_some_and(|it| it.bytes.is_some()));
    let bytes = limit.or(is_counted.then_some(MAX_PUT_BYTES));
    let mut parameters: Vec<(&'static Parameter, String)> = PARAMETERS
        .iter()
        .filter(|parameter| parameter.required_by.contains(&operation))
        .map(|parameter| (parameter, sample(parameter)))
        .collect();
    for parameter in PARAMETERS.iter().filter(|one| one.operations.contains(&operation)) {
        let ParameterLocation::Header(name) = parameter.location else { continue };
        if !is_harmless(name) && all(&|rule| rule.allows_header(name)) {
            parameters.push((parameter, sample(parameter)));
        }
    }
    let is_upload = matches!(
        operation,
        Operation::PutObject | Operation::CreateMultipartUpload | Operation::CopyObject
    );
    let tags = is_upload && all(&|rule| rule.allows_header("x-amz-tagging"));
    let versions = Parameter::of_field("version_id");
    let takes_version =
        operation.copies() || versions.is_some_and(|known| known.operations.contains(&operation));
    let version = takes_version && all(&|rule| rule.versions);
    if version && !operation.copies() {
        parameters.extend(versions.map(|known| (known, "v".to_owned())));
    }
    let mut completed = CompletedSize::Unknown;
    match (operation, bytes) {
        (Operation::PutObject | Operation::UploadPart, Some(bytes)) => {
            let length = Parameter::of_field("content_length");
            parameters.extend(length.map(|known| (known, bytes.min(MAX_PUT_BYTES).to_string())));
        }
        (Operation::CompleteMultipartUpload, _) => {
            completed = limit.map_or(completed, CompletedSize::Known);
        }
        _ => {}
    }
    let plain = Example {
        operation,
        store: String::new(),
        key: String::new(),
        source: None,
        version,
        parameters,
        tags,
        completed,
        delivery: Delivery::Url,
    };
    let mut asks = Vec::new();
    for delivery in deliveries(rules, operation) {
        let plain = Example { delivery, ..plain.clone() };
        let content_type = Parameter::of_field("content_type").filter(|_| is_upload);
        for text in types.iter().filter(|_| is_upload) {
            let mut typed = plain.clone();
            typed.parameters.extend(content_type.map(|known| (known, text.clone())));
            asks.push(typed);
        }
        asks.push(plain);
    }
    asks
}

/// The deliveries that all rules allow, with the most uses.
fn deliveries(rules: &[&Rule], operation: Operation) -> Vec<Delivery> {
    let uses = rules.iter().filter_map(|rule| rule.max_uses).min();
    let is_for_links = matches!(operation, Operation::GetObject | Operation::PutObject);
    let ways = [DeliveryKind::Url, DeliveryKind::Redirect, DeliveryKind::Stream];
    let allowed = ways.into_iter().filter(|kind| {
        (*kind == DeliveryKind::Url || is_for_links)
            && rules.iter().all(|rule| rule.delivery.contains(kind))
    });
    let of = |kind| match kind {
        DeliveryKind::Url => Delivery::Url,
        DeliveryKind::Redirect => Delivery::Link { stream: false, uses },
        DeliveryKind::Stream => Delivery::Link { stream: true, uses },
    };
    allowed.map(of).collect()
}

/// A value that the parameter takes.
fn sample(parameter: &Parameter) -> String {
    match parameter.kind {
        Kind::Text if parameter.field == "object_attributes" => "ETag".to_owned(),
        Kind::Text => "x".to_owned(),
        Kind::Integer(least, _) => least.to_string(),
        Kind::OneOf(values) => values.first().copied().unwrap_or_default().to_owned(),
        Kind::Base64(bytes) => crate::encoding::base64(&vec![0; bytes]),
        Kind::Flag(_) => "true".to_owned(),
    }
}

impl Example {
    /// The request; `None` if there is no such request.
    pub(super) fn request(&self) -> Option<ObjectRequest> {
        let target = if self.operation.is_on_prefix() {
            Target::Prefix(self.key.clone())
        } else {
            Target::Object(ObjectKey::new(&self.key).ok()?)
        };
        let mut builder = ObjectRequestBuilder::new(self.operation, target);
        for (parameter, value) in &self.parameters {
            builder.set(parameter, value).ok()?;
        }
        if self.tags {
            builder.bind_tags(&[("t".to_owned(), "t".to_owned())]).ok()?;
        }
        if let Some(source) = &self.source {
            let version_id = self.version.then(|| "v".to_owned());
            let source = CopySource { key: ObjectKey::new(source).ok()?, version_id };
            builder.copy_from(source).ok()?;
        }
        builder.build().ok()
    }

    /// The body of `POST /v1/presign`, or for a link of `POST /v1/links`.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("operation".to_owned(), json!(self.operation.as_str()));
        body.insert("store".to_owned(), json!(self.store));
        let name = if self.operation.is_on_prefix() { "prefix" } else { "key" };
        body.insert(name.to_owned(), json!(self.key));
        if let Some(source) = &self.source {
            body.insert("copy_source.key".to_owned(), json!(source));
            if self.version {
                body.insert("copy_source.version_id".to_owned(), json!("v"));
            }
        }
        for (parameter, value) in &self.parameters {
            let value = match (parameter.kind, value.parse::<u64>()) {
                (Kind::Integer(..), Ok(number)) => json!(number),
                (Kind::Flag(_), _) => json!(value == "true"),
                _ => json!(value),
            };
            body.insert(parameter.field.to_owned(), value);
        }
        if self.tags {
            body.insert("tags".to_owned(), json!({ "t": "t" }));
        }
        if let Delivery::Link { stream, uses } = self.delivery {
            let way = if stream { "stream" } else { "redirect" };
            body.insert("delivery".to_owned(), json!(way));
            let uses = uses.map_or_else(|| json!("unlimited"), |uses| json!(uses));
            body.insert("uses".to_owned(), uses);
        }
        Value::Object(body)
    }

    /// The bytes of the parts that it completes, if they decide.
    pub const fn completed_bytes(&self) -> Option<u64> {
        match self.completed {
            CompletedSize::Known(bytes) => Some(bytes),
            CompletedSize::Unknown | CompletedSize::Pending => None,
        }
    }
}
