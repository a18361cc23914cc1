//! `/v1/presign`: one presigned URL, asked for in a JSON body or a query string.

use serde::{Serialize, Serializer};

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::caller::caller;
use crate::api::signing::{SigningRequest, sign};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Request, Response};
use crate::config::Config;
use crate::encoding::shorten;
use crate::ledger::OneTimeKey;
use crate::s3::{
    CopySource, InvalidParameter, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation,
    PARAMETERS, Parameter, PresignedRequest, Target, attachment, check_prefix,
};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// Several times what a request needs that uses every field.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The fields that aren't parameters of S3's.
const OWN_FIELDS: [&str; 13] = [
    "store",
    "operation",
    "key",
    "prefix",
    "expires_in",
    "cacheable",
    "one_time_key",
    "download_as",
    "copy_source.key",
    "copy_source.version_id",
    "metadata.*",
    "tags.*",
    "headers.*",
];

/// The fields that are objects.
const OBJECTS: [&str; 8] =
    ["response", "checksum", "sse", "sse_customer", "copy_source", "metadata", "tags", "headers"];

/// `GET /v1/presign`
pub(in crate::api) async fn from_query<P: Platform>(
    request: &Request<'_>,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let wanted = parse(Fields::from_query(request.query)?, edge.config)?;
    sign(&wanted, &caller, edge).await.map(|given| answer(&given.what))
}

/// `POST /v1/presign`
pub(in crate::api) async fn from_body<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let wanted = parse(fields, edge.config)?;
    sign(&wanted, &caller, edge).await.map(|given| answer(&given.what))
}

/// Reads the fields of one presign request.
pub(in crate::api) fn parse(
    mut fields: Fields,
    config: &Config,
) -> Result<SigningRequest<'_>, Error> {
    let operation = fields.required_text("operation")?;
    let operation = Operation::parse(&operation).map_err(|why| invalid("operation", why))?;
    parse_as(operation, fields, config)
}

/// The same where the route says which operation it is.
pub(in crate::api) fn parse_as(
    operation: Operation,
    mut fields: Fields,
    config: &Config,
) -> Result<SigningRequest<'_>, Error> {
    let store = config.store(fields.text("store")?.as_deref())?;
    let target = if operation.is_on_prefix() {
        let prefix = fields.text("prefix")?.unwrap_or_default();
        check_prefix(&prefix)?;
        Target::Prefix(prefix)
    } else {
        Target::Object(ObjectKey::new(&fields.required_text("key")?)?)
    };
    let expires_in = parse_expires_in(&mut fields)?;
    let cacheable = fields.flag("cacheable")?;
    let one_time_key = parse_one_time_key(&mut fields)?;
    if cacheable && one_time_key.is_some() {
        return Err(invalid(
            "cacheable",
            "a URL that costs a one-time key can't be asked for again",
        ));
    }

    let mut builder = ObjectRequestBuilder::new(operation, target);
    // Most requests name an object and nothing else.
    if !fields.is_empty() {
        set_parameters(&mut fields, &mut builder, |_| true)?;
        set_other_parameters(&mut fields, &mut builder)?;
    }
    let parameters = PARAMETERS.iter().map(|parameter| parameter.field);
    fields.finish(&OBJECTS, OWN_FIELDS.into_iter().chain(parameters))?;
    let request = build(builder)?;
    Ok(SigningRequest { store, request, expires_in, cacheable, one_time_key })
}

/// Takes the parameters of S3's that have a field of their own, of those that `wanted` names.
pub(in crate::api) fn set_parameters(
    fields: &mut Fields,
    builder: &mut ObjectRequestBuilder,
    wanted: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    let mut checksums = 0;
    for parameter in PARAMETERS.iter().filter(|parameter| wanted(parameter.field)) {
        if let Some(value) = fields.of_kind(parameter.field, parameter.kind)? {
            builder.set(parameter, &value).map_err(|why| invalid(parameter.field, why))?;
            checksums += u32::from(parameter.field.starts_with("checksum."));
        }
    }
    if checksums > 1 {
        return Err(invalid("checksum", "S3 takes one checksum an upload"));
    }
    Ok(())
}

/// Takes what is a map, names an object or is made into a parameter.
fn set_other_parameters(
    fields: &mut Fields,
    builder: &mut ObjectRequestBuilder,
) -> Result<(), Error> {
    if let Some(file_name) = fields.text("download_as")? {
        download_as(&file_name, builder).map_err(|why| invalid("download_as", why))?;
    }
    if let Some(key) = fields.text("copy_source.key")? {
        let version_id = fields.text("copy_source.version_id")?;
        let source = CopySource { key: ObjectKey::new(&key)?, version_id };
        builder.copy_from(source).map_err(|why| invalid("copy_source", why))?;
    } else if fields.has("copy_source.version_id") {
        return Err(Error::MissingField("copy_source.key"));
    }
    for (name, value) in fields.texts_below("metadata.")? {
        builder.bind_metadata(&name, &value).map_err(|why| header_error(&name, why))?;
    }
    let tags = fields.texts_below("tags.")?;
    if !tags.is_empty() {
        builder.bind_tags(&tags).map_err(|why| invalid("tags", why))?;
    }
    for (name, value) in fields.texts_below("headers.")? {
        builder.bind_header(&name, &value).map_err(|why| header_error(&name, why))?;
    }
    Ok(())
}

/// Has the object saved as a file of this name.
pub(in crate::api) fn download_as(
    file_name: &str,
    builder: &mut ObjectRequestBuilder,
) -> Result<(), InvalidParameter> {
    let parameter = Parameter::of_field("response.content_disposition");
    parameter.map_or(Ok(()), |parameter| builder.set(parameter, &attachment(file_name)))
}

/// The finished request.
pub(in crate::api) fn build(builder: ObjectRequestBuilder) -> Result<ObjectRequest, Error> {
    builder.build().map_err(|(field, why)| match why {
        InvalidParameter::Missing(_) => Error::MissingField(field),
        _ => invalid(field, why),
    })
}

/// Reads `one_time_key`.
pub(in crate::api) fn parse_one_time_key(fields: &mut Fields) -> Result<Option<OneTimeKey>, Error> {
    let key = fields.text("one_time_key")?;
    let key = key.map(|key| OneTimeKey::from_caller(&key)).transpose();
    key.map_err(Error::InvalidOneTimeKey)
}

/// Reads `expires_in`.
pub(in crate::api) fn parse_expires_in(fields: &mut Fields) -> Result<Option<ExpiresIn>, Error> {
    let seconds = fields.integer("expires_in", Error::InvalidExpiry)?;
    seconds.map(ExpiresIn::from_seconds).transpose().map_err(|_| Error::InvalidExpiry)
}

fn header_error(name: &str, why: InvalidParameter) -> Error {
    Error::InvalidHeader { name: shorten(name), why }
}

/// The answer of one request.
#[derive(Serialize)]
pub(in crate::api) struct Answer<'a> {
    url: &'a str,
    method: &'static str,
    #[serde(serialize_with = "as_object")]
    headers: &'a [(String, String)],
    signed_at: Timestamp,
    expires_at: Timestamp,
}

impl<'a> Answer<'a> {
    pub(in crate::api) fn new(presigned: &'a PresignedRequest) -> Self {
        let PresignedRequest { url, method, headers, validity } = presigned;
        let (signed_at, expires_at) = (validity.signed_at, validity.expires_at());
        Self { url, method, headers, signed_at, expires_at }
    }

    /// As JSON. It is made of texts, of which none can't be written.
    pub(in crate::api) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn as_object<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

fn answer(presigned: &PresignedRequest) -> Response {
    Response::json(200, Answer::new(presigned).to_json())
}
