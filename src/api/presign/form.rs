//! `/v1/forms`: a browser form that uploads straight to the store, held to a POST policy.

use serde::Serialize;
use serde_json::json;

use super::form_request::{FormRequest, SuccessStatus};
use super::one::Pairs;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::{Given, Scene, Upload, UploadTicket, permit_form};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::Whole;
use crate::policy::{FormWish, TypeBound};
use crate::s3::{
    Act, Form, InvalidKey, MAX_PUT_BYTES, ObjectKey, SignableForm, Store, Target, check_prefix,
    is_metadata,
};
use crate::sigv4::{ExpiresIn, Headers};
use crate::time::Timestamp;

pub(in crate::api) const MAX_BODY_BYTES: usize = 64 * 1024;

/// What S3 replaces with the name of the file that the browser sends.
const FILE_NAME: &str = "${filename}";

/// How `key` is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum FormKey {
    /// One object, or with `${filename}` at its end one that is named after the browser's file.
    Template,
    /// One object. A file's name or a claim is part of it, so it may contain any text.
    Name,
}

/// Fields of a form that `fields` may set and `starts_with` may leave open within a prefix.
const EXTRA_FIELDS: [&str; 7] = [
    "acl",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "expires",
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
];

/// `POST /v1/forms`
pub(in crate::api) async fn make<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let asked = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    Ok(Response::of(&form(asked, FormKey::Template, &caller, edge).await?))
}

/// A form that a browser can post as `multipart/form-data`. Whoever has it may upload within its policy until it
/// expires.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::api) struct FormAnswer {
    /// Where to post it to.
    pub(in crate::api) url: String,
    /// The fields to send, before the file, which is sent last as `file`. What `content_type_starts_with` and
    /// `starts_with` leave to the page is not among them.
    pub(in crate::api) fields: Pairs,
    /// When the store begins to refuse it, in UTC and whole seconds.
    pub(in crate::api) expires_at: Timestamp,
    /// The upload that it is, where it goes into an inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) upload: Option<UploadTicket>,
}

/// The form that a request asks for: its address and its fields.
pub(in crate::api) async fn form<P: Platform>(
    mut asked: FormRequest,
    key: FormKey,
    caller: &Caller,
    edge: &Edge<'_, P>,
) -> Result<FormAnswer, Error> {
    let store = edge.config.store(asked.store.as_deref())?;
    let (expires_in, one_time_key) = (asked.expires_in, asked.one_time_key.take());
    let draft = draft(asked, key, store)?;

    let permitted = permit_form(&draft.wish, one_time_key, Scene { caller, edge })?;
    let most = draft.most_bytes(permitted.max_bytes());
    let key = draft.wish.target.as_str();
    let placed = permitted.place(draft.upload(store, expires_in));
    let (permitted, placed) = permitted.with(placed)?;
    let (inside, placed) = placed.unzip();
    let charge = permitted.charge_of_form((store, key), most, expires_in, placed.as_ref());
    let form = draft.within(most, inside);
    let make = |by| SignableForm::new(form, store, by);
    let signable = permitted.signable_by(store, Act::Form, expires_in, charge, make).await?;
    let paid = signable.into_inbox(placed).pay().await?;
    let Given { what: form, validity, upload, .. } = paid.sign();
    let (url, expires_at) = (store.bucket_url().clone(), validity.expires_at());
    Ok(FormAnswer { url, fields: Pairs(form.fields), expires_at, upload })
}

/// A form before its size is bounded, and its wish.
struct Draft<'a> {
    form: Form,
    wish: FormWish<'a>,
}

impl Draft<'_> {
    /// The largest file: the requested size, within the rule's limit.
    fn most_bytes(&self, of_rule: Option<u64>) -> u64 {
        let of_wish = self.wish.max_bytes.unwrap_or(MAX_PUT_BYTES);
        of_rule.unwrap_or(MAX_PUT_BYTES).min(of_wish)
    }

    /// The upload that the form makes.
    fn upload<'d>(&'d self, store: &'d Store, expires_in: Option<ExpiresIn>) -> Upload<'d> {
        let is_header = |name: &str| self.wish.headers.iter().any(|header| header == name);
        let headers = self.form.fields.iter().filter(|(name, _)| is_header(name)).cloned();
        let content_type = match &self.wish.content_type {
            TypeBound::Exactly(declared) => declared,
            TypeBound::StartsWith(_) | TypeBound::Unbound => "",
        };
        let (act, key, size) = (Act::Form, self.wish.target.as_str(), None);
        Upload { store, act, key, content_type, size, headers: headers.collect(), expires_in }
    }

    /// The form for files of at most that size, with another key if it uploads into an inbox.
    fn within(self, most: u64, inside: Option<ObjectKey>) -> Form {
        let Self { mut form, wish } = self;
        let own = form.fields.iter_mut().find(|(name, _)| name == "key");
        if let (Some(inside), Some((_, key))) = (inside, own) {
            inside.as_str().clone_into(key);
        }
        form.conditions.push(json!(["content-length-range", wish.min_bytes, most]));
        form
    }
}

fn draft(asked: FormRequest, meant: FormKey, store: &Store) -> Result<Draft<'_>, Error> {
    let key = asked.key;
    if meant == FormKey::Name && key.contains(FILE_NAME) {
        return Err(invalid(
            "key",
            "has ${filename}, which no form can have as it is: rename the file",
        ));
    }
    let target = match key.strip_suffix(FILE_NAME) {
        Some(prefix) => {
            check_prefix(prefix)?;
            Target::Prefix(prefix.to_owned())
        }
        None => Target::Object(ObjectKey::new(&key)?),
    };
    if key.matches(FILE_NAME).count() > 1 || (key.contains(FILE_NAME) && !key.ends_with(FILE_NAME))
    {
        return Err(invalid("key", "may have ${filename} once, at its end"));
    }
    if key.len() > ObjectKey::MAX_BYTES {
        return Err(InvalidKey::TooLong.into());
    }
    let mut form = Form {
        bucket: store.bucket_in_forms().to_owned(),
        fields: vec![("key".to_owned(), key)],
        conditions: Vec::new(),
    };
    let content_type = bind_type(asked.content_type, asked.content_type_starts_with, &mut form)?;
    add_success_action(asked.success_action_redirect, asked.success_action_status, &mut form)?;
    let mut headers = Vec::new();
    for (name, value) in asked.metadata.0 {
        if name.is_empty() {
            return Err(invalid("metadata", "has an entry without a name"));
        }
        let name = format!("x-amz-meta-{}", name.to_ascii_lowercase());
        if !is_metadata(&name) {
            return Err(invalid(
                &name,
                "is an order to some stores, not metadata: choose another name",
            ));
        }
        push_field(&mut form, &mut headers, name, value)?;
    }
    for (name, value) in asked.fields.0 {
        let name = name.to_ascii_lowercase();
        if !EXTRA_FIELDS.contains(&name.as_str()) {
            let detail = format!("can't be set; these can: {}", EXTRA_FIELDS.join(", "));
            return Err(invalid(&format!("fields.{name}"), detail));
        }
        push_field(&mut form, &mut headers, name, value)?;
    }
    let is_open = !asked.starts_with.0.is_empty();
    for (name, prefix) in asked.starts_with.0 {
        let name = name.to_ascii_lowercase();
        if !is_metadata(&name) && !EXTRA_FIELDS[1..5].contains(&name.as_str()) {
            return Err(invalid(&format!("starts_with.{name}"), "can't be left to the browser"));
        }
        let given = form.fields.iter().find(|(present, _)| *present == name);
        if given.is_some_and(|(_, value)| !value.starts_with(&prefix)) {
            let detail = "is not what the field's own value begins with";
            return Err(invalid(&format!("starts_with.{name}"), detail));
        }
        form.conditions.push(json!(["starts-with", format!("${name}"), prefix]));
    }
    let min_bytes = asked.min_bytes.map_or(0, |Whole(bytes)| bytes);
    let max_bytes = asked.max_bytes.map(|Whole(bytes)| bytes);
    if max_bytes.is_some_and(|most| most < min_bytes) {
        return Err(invalid("max_bytes", "is less than min_bytes"));
    }
    let (store_name, spelling) = (store.name(), store.spelling(Act::Form));
    let wish = FormWish {
        store: store_name,
        spelling,
        target,
        content_type,
        headers,
        is_open,
        min_bytes,
        max_bytes,
    };
    Ok(Draft { form, wish })
}

fn bind_type(
    exact: Option<String>,
    prefix: Option<String>,
    form: &mut Form,
) -> Result<TypeBound, Error> {
    match (exact, prefix) {
        (Some(_), Some(_)) => {
            Err(invalid("content_type_starts_with", "and content_type exclude each other"))
        }
        (Some(exact), None) => {
            check_text("content_type", &exact)?;
            form.fields.push(("content-type".to_owned(), exact.clone()));
            Ok(TypeBound::Exactly(exact))
        }
        (None, Some(prefix)) => {
            check_text("content_type_starts_with", &prefix)?;
            form.conditions.push(json!(["starts-with", "$content-type", prefix]));
            Ok(TypeBound::StartsWith(prefix))
        }
        (None, None) => Ok(TypeBound::Unbound),
    }
}

fn add_success_action(
    url: Option<String>,
    status: Option<SuccessStatus>,
    form: &mut Form,
) -> Result<(), Error> {
    if let Some(url) = url {
        // A URL with another scheme could run in the page that posts the form.
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(invalid("success_action_redirect", "has to be an http or https URL"));
        }
        check_text("success_action_redirect", &url)?;
        form.fields.push(("success_action_redirect".to_owned(), url));
    }
    if let Some(SuccessStatus(status)) = status {
        form.fields.push(("success_action_status".to_owned(), status.to_string()));
    }
    Ok(())
}

fn push_field(
    form: &mut Form,
    headers: &mut Vec<String>,
    name: String,
    value: String,
) -> Result<(), Error> {
    check_text(&name, &value)?;
    // A name that isn't valid for a header would be lost on the way.
    Headers::new().push(&name, &value).map_err(|why| invalid(&name, why))?;
    if form.fields.iter().any(|(present, _)| *present == name) {
        return Err(invalid(&name, "is given twice"));
    }
    headers.push(if name == "acl" { "x-amz-acl".to_owned() } else { name.clone() });
    form.fields.push((name, value));
    Ok(())
}

fn check_text(name: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() || value.chars().any(char::is_control) || value.contains("${filename}") {
        return Err(invalid(name, "is empty, has a control character or ${filename}"));
    }
    Ok(())
}
