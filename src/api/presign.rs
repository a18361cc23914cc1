//! `/v1/presign`: one presigned URL, asked for in a JSON body or a query string.

use serde_json::{Map, Value, json};

use super::App;
use super::config::Config;
use super::error::Error;
use super::fields::{Fields, invalid};
use super::http::{Body, BodyFault, Request, Response};
use super::sign::{Carrier, SigningRequest, caller, sign};
use crate::one_time::{Ledger, OneTimeKey};
use crate::s3::{
    Checksum, InvalidParameter, ObjectKey, ObjectRequest, Operation, PresignedRequest,
    ResponseOverride,
};
use crate::sigv4::ExpiresIn;

/// Several times what a request needs that uses every field.
const MAX_BODY_BYTES: usize = 64 * 1024;

const KNOWN_FIELDS: &str = "store, operation, key, expires_in, version_id, response.content_type, \
     response.content_disposition, response.content_language, response.content_encoding, \
     response.cache_control, response.expires, content_type, content_length, checksum.sha256, \
     checksum.sha1, checksum.crc32, checksum.crc32c, checksum.crc64nvme, create_only, headers.*, \
     one_time_key";

/// `GET /v1/presign`
pub(super) async fn from_query<L: Ledger>(
    request: &Request,
    config: &Config,
    app: &App<'_, L>,
) -> Result<Response, Error> {
    let caller = caller(request, Carrier::Bearer, config, app)?;
    let wanted = parse(Fields::from_query(&request.query)?, config)?;
    sign(wanted, &caller, config, app).await.map(|presigned| answer(&presigned))
}

/// `POST /v1/presign`
pub(super) async fn from_body<L: Ledger>(
    request: &Request,
    body: impl Body,
    config: &Config,
    app: &App<'_, L>,
) -> Result<Response, Error> {
    let caller = caller(request, Carrier::Bearer, config, app)?;
    if !is_json(request.content_type.as_deref()) {
        return Err(Error::UnsupportedMediaType);
    }
    let body = body.read(MAX_BODY_BYTES).await;
    let body = body.map_err(|fault| match fault {
        BodyFault::TooLarge => Error::BodyTooLarge { limit: MAX_BODY_BYTES },
        BodyFault::Interrupted => Error::MalformedBody("it ended before it was whole.".to_owned()),
    })?;
    let wanted = parse(Fields::from_json(&body)?, config)?;
    sign(wanted, &caller, config, app).await.map(|presigned| answer(&presigned))
}

/// A form post can't carry this type across origins without a preflight.
fn is_json(content_type: Option<&str>) -> bool {
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Reads the fields of one presign request.
fn parse(mut fields: Fields, config: &Config) -> Result<SigningRequest<'_>, Error> {
    let store = config.store(fields.text("store")?.as_deref())?;
    let operation = fields.required_text("operation")?;
    let operation = Operation::parse(&operation).map_err(|why| invalid("operation", why))?;
    let key = ObjectKey::new(&fields.required_text("key")?)?;
    let expires_in = parse_expires_in(&mut fields)?;
    let one_time_key = fields.text("one_time_key")?;
    let one_time_key = one_time_key.map(|key| OneTimeKey::from_caller(&key)).transpose();
    let one_time_key = one_time_key.map_err(Error::InvalidOneTimeKey)?;

    let mut request = ObjectRequest::new(operation, key);
    parse_parameters(&mut fields, &mut request)?;
    fields.finish(&["response", "checksum", "headers"], KNOWN_FIELDS)?;
    Ok(SigningRequest { store, request, expires_in, one_time_key })
}

/// Reads `expires_in`.
pub(super) fn parse_expires_in(fields: &mut Fields) -> Result<Option<ExpiresIn>, Error> {
    let seconds = fields.integer("expires_in", Error::InvalidExpiry)?;
    seconds.map(ExpiresIn::from_seconds).transpose().map_err(|_| Error::InvalidExpiry)
}

fn parse_parameters(fields: &mut Fields, request: &mut ObjectRequest) -> Result<(), Error> {
    if let Some(version_id) = fields.text("version_id")? {
        request.select_version(&version_id).map_err(|why| invalid("version_id", why))?;
    }
    for which in ResponseOverride::ALL {
        let name = response_field(which);
        if let Some(value) = fields.text(name)? {
            request.override_response(which, &value).map_err(|why| invalid(name, why))?;
        }
    }
    if let Some(content_type) = fields.text("content_type")? {
        request.bind_content_type(&content_type).map_err(|why| invalid("content_type", why))?;
    }
    let wrong = invalid("content_length", "has to be a whole number of bytes, 0 or more");
    if let Some(bytes) = fields.integer("content_length", wrong)? {
        request.bind_content_length(bytes).map_err(|why| invalid("content_length", why))?;
    }
    let mut checksums = 0;
    for which in Checksum::ALL {
        let name = checksum_field(which);
        if let Some(value) = fields.text(name)? {
            request.bind_checksum(which, &value).map_err(|why| invalid(name, why))?;
            checksums += 1;
        }
    }
    if checksums > 1 {
        return Err(invalid("checksum", "S3 takes one checksum an upload"));
    }
    if fields.flag("create_only")? {
        request.make_create_only().map_err(|why| invalid("create_only", why))?;
    }
    for (name, value) in fields.texts_below("headers.")? {
        request.bind_header(&name, &value).map_err(|why| header_error(name, why))?;
    }
    Ok(())
}

fn header_error(name: String, why: InvalidParameter) -> Error {
    Error::InvalidHeader { name, why }
}

const fn response_field(which: ResponseOverride) -> &'static str {
    match which {
        ResponseOverride::ContentType => "response.content_type",
        ResponseOverride::ContentDisposition => "response.content_disposition",
        ResponseOverride::ContentLanguage => "response.content_language",
        ResponseOverride::ContentEncoding => "response.content_encoding",
        ResponseOverride::CacheControl => "response.cache_control",
        ResponseOverride::Expires => "response.expires",
    }
}

const fn checksum_field(which: Checksum) -> &'static str {
    match which {
        Checksum::Sha256 => "checksum.sha256",
        Checksum::Sha1 => "checksum.sha1",
        Checksum::Crc32 => "checksum.crc32",
        Checksum::Crc32c => "checksum.crc32c",
        Checksum::Crc64nvme => "checksum.crc64nvme",
    }
}

fn answer(presigned: &PresignedRequest) -> Response {
    let headers: Map<String, Value> =
        presigned.headers.iter().map(|(n, v)| (n.clone(), Value::from(v.as_str()))).collect();
    let body = json!({
        "url": presigned.url,
        "method": presigned.method,
        "headers": headers,
        "signed_at": presigned.signed_at.to_string(),
        "expires_at": presigned.expires_at.to_string(),
    });
    Response::json(200, body.to_string())
}
