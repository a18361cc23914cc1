//! `/v1/uppy/sign`: the endpoint behind `signRequest` of Uppy's AWS S3 plugin
//! (<https://uppy.io/docs/aws-s3/#signrequest>). Uppy describes the HTTP request that it is about to make; the
//! operation follows from that.

use serde::{Deserialize, Serialize};

use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::presign::form::{FormAnswer, FormKey, form};
use crate::api::presign::{FormRequest, ObjectFields, Pairs, Parameters};
use crate::api::signing::caller::caller;
use crate::api::signing::{Given, UploadTicket, sign, stumbles_over};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::api::wire::values::Whole;
use crate::policy::Dimension;
use crate::s3::{ObjectKey, Operation};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

pub(in crate::api) const MAX_BODY_BYTES: usize = 16 * 1024;
/// Headers that no script can set: the browser sends them by itself.
const OF_THE_BROWSER: [&str; 2] = ["content-length", "host"];

/// The request that Uppy is about to make. A field that is `null` counts as absent where the request has the field.
/// Numbers are written without fraction and exponent.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct UppySignRequest {
    /// The name of a configured store. Without it the first configured store is used.
    store: Option<String>,
    /// The request's method.
    method: String,
    key: ObjectKey,
    /// The object's type, which is bound where it is given. Taken by PutObject and CreateMultipartUpload.
    content_type: Option<String>,
    /// Which upload in parts, where it is about one that has begun.
    upload_id: Option<String>,
    /// Which part of it.
    part_number: Option<Whole<1, 10_000>>,
    expires_in: Option<ExpiresIn>,
}

/// A presigned URL, or a form.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(in crate::api) enum UppySignAnswer {
    /// A presigned URL.
    Url {
        /// Where to send the request to.
        #[cfg_attr(test, schemars(extend("format" = "uri")))]
        url: String,
        /// The headers to send, without those that browsers set themselves.
        headers: Pairs,
        /// The object's key.
        key: String,
        /// The upload that it is, where it goes into an inbox.
        #[serde(skip_serializing_if = "Option::is_none")]
        upload: Option<UploadTicket>,
    },
    /// A form.
    Form {
        /// Where to send the request to.
        #[cfg_attr(test, schemars(extend("format" = "uri")))]
        url: String,
        /// The fields to send, before the file, which is sent last as `file`.
        fields: Pairs,
        /// When the store begins to refuse a form, in UTC and whole seconds.
        expires_at: Timestamp,
        /// The object's key.
        key: String,
        /// The upload that it is, where it goes into an inbox.
        #[serde(skip_serializing_if = "Option::is_none")]
        upload: Option<UploadTicket>,
    },
}

/// `POST /v1/uppy/sign`
pub(in crate::api) async fn sign_request<P: Platform>(
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let asked: UppySignRequest = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
    let operation = operation(&asked)?;
    let key = asked.key.as_str().to_owned();
    // Credentials for one URL bind no header, so the file's type is sent unsigned.
    let is_scoped = edge.config.store(asked.store.as_deref())?.is_scoped(operation);
    let unbound_type = asked.content_type.clone().filter(|_| is_scoped);

    // Uppy doesn't send the file's size, so a URL can't bind it. If a rule requires a bound, a form has it.
    let wanted = asked.object(!is_scoped).into_signing_request(operation, edge.config)?;
    let over = stumbles_over(&wanted, &caller, edge.config);
    if operation == Operation::PutObject && matches!(over, Some(Dimension::Size | Dimension::Quota))
    {
        let form = form(asked.form(!is_scoped), FormKey::Name, &caller, edge).await?;
        let FormAnswer { url, fields, expires_at, upload } = form;
        return Ok(Response::of(&UppySignAnswer::Form { url, fields, expires_at, key, upload }));
    }
    let Given { what: presigned, upload, .. } = sign(&wanted, &caller, edge).await?;
    let unbound = unbound_type.map(|media_type| ("content-type".to_owned(), media_type));
    let headers = presigned.headers.into_iter().chain(unbound);
    let headers = headers.filter(|(name, _)| !OF_THE_BROWSER.contains(&name.as_str())).collect();
    let (url, headers) = (presigned.url, Pairs(headers));
    Ok(Response::of(&UppySignAnswer::Url { url, headers, key, upload }))
}

fn operation(asked: &UppySignRequest) -> Result<Operation, Error> {
    let (of_upload, of_part) = (asked.upload_id.is_some(), asked.part_number.is_some());
    match (asked.method.as_str(), of_upload, of_part) {
        ("PUT", false, false) => Ok(Operation::PutObject),
        ("PUT", true, true) => Ok(Operation::UploadPart),
        ("POST", false, false) => Ok(Operation::CreateMultipartUpload),
        ("POST", true, false) => Ok(Operation::CompleteMultipartUpload),
        ("GET", true, false) => Ok(Operation::ListParts),
        ("DELETE", true, false) => Ok(Operation::AbortMultipartUpload),
        ("DELETE", false, false) => Ok(Operation::DeleteObject),
        _ => Err(invalid(
            "method",
            "is none that Uppy makes with this uploadId and partNumber: PUT, POST, GET of an upload, DELETE",
        )),
    }
}

impl UppySignRequest {
    /// The request in the names of a presign request.
    fn object(&self, binds_type: bool) -> ObjectFields {
        let mut parameters = Parameters::default();
        let part_number = self.part_number.map(|Whole(number)| number.to_string());
        for (field, value) in [
            ("content_type", self.content_type.clone().filter(|_| binds_type)),
            ("upload_id", self.upload_id.clone()),
            ("part_number", part_number),
        ] {
            if let Some(value) = value {
                parameters.set(field, value);
            }
        }
        ObjectFields {
            store: self.store.clone(),
            key: Some(self.key.clone()),
            expires_in: self.expires_in,
            parameters,
            ..ObjectFields::default()
        }
    }

    /// The request in the names of a form.
    fn form(self, binds_type: bool) -> FormRequest {
        FormRequest {
            store: self.store,
            key: self.key.as_str().to_owned(),
            content_type: self.content_type.filter(|_| binds_type),
            expires_in: self.expires_in,
            ..FormRequest::default()
        }
    }
}
