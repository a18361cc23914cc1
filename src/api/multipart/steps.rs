//! `/v1/multipart…`: uploads in parts. The edge itself creates, lists, completes and aborts; the parts'
//! bytes go straight to the store. Completing is in [`super::complete`], what a store lists in
//! [`super::part_list`], and how it is asked in [`super::store_call`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::part_list::WrittenPart;
use super::store_call::{Pays, Upload, unreadable};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::presign::one::{Answer, parse_as};
use crate::api::routes::Step;
use crate::api::signing::caller::caller;
use crate::api::signing::{Given, SigningRequest, sign_all};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json};
use crate::api::wire::http::{Body, Request, Response};
use crate::s3::{Operation, PresignedRequest};
use crate::xml;

/// 10,000 parts with their checksums.
pub(in crate::api) const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// The fields of a list that whoever presigns one may set.
const PAGING: [&str; 2] = ["max_parts", "part_number_marker"];
/// The fields of a list of all pages.
const OF_LIST: [&str; 3] = ["store", "key", "upload_id"];
/// The most URLs that one request signs.
const MAX_SIGNED_PARTS: usize = 1000;

/// Takes one step of an upload.
pub(in crate::api) async fn take<P: Platform>(
    step: Step,
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let mut fields = read_json(request, body, MAX_BODY_BYTES).await?;
    let upload = Upload { caller: &caller, edge };
    let answer = match step {
        Step::Create => upload.create(fields).await?,
        Step::SignParts => upload.sign_parts(fields).await?,
        Step::List => upload.list(fields).await?,
        Step::Complete => {
            let parts = fields.list("parts")?;
            upload.complete(fields, parts).await?
        }
        Step::Abort => {
            upload.abort(fields).await?;
            return Ok(Response::empty(204));
        }
    };
    Ok(Response::json(200, answer.to_string()))
}

/// A part to be signed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartToSign {
    part_number: u64,
    content_length: Option<u64>,
    #[serde(default)]
    checksum: BTreeMap<String, String>,
}

impl<P: Platform> Upload<'_, P> {
    pub(in crate::api) async fn create(&self, fields: Fields) -> Result<Value, Error> {
        let wanted = parse_as(Operation::CreateMultipartUpload, fields, self.edge.config)?;
        let (store, key) = (wanted.store.name().to_owned(), key_of(&wanted));
        let answer = self.call(wanted, "", Pays::Yes).await?;
        let upload_id =
            xml::text(&answer.body, "UploadId").ok_or_else(|| unreadable("UploadId"))?;
        Ok(json!({ "store": store, "key": key, "upload_id": upload_id }))
    }

    pub(in crate::api) async fn sign_parts(&self, mut fields: Fields) -> Result<Value, Error> {
        refuse_one_time_key(&fields)?;
        let numbers: Vec<u64> = fields.list("part_numbers")?.unwrap_or_default();
        let parts: Vec<PartToSign> = fields.list("parts")?.unwrap_or_default();
        let numbered = numbers.into_iter().map(|part_number| PartToSign {
            part_number,
            content_length: None,
            checksum: BTreeMap::new(),
        });
        let parts: Vec<PartToSign> = numbered.chain(parts).collect();
        if parts.is_empty() || parts.len() > MAX_SIGNED_PARTS {
            return Err(invalid("parts", "has to name 1 to 1000 parts, or part_numbers has to"));
        }
        let mut wanted = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut one = fields.clone();
            one.insert_integer("part_number", part.part_number)?;
            if let Some(bytes) = part.content_length {
                one.insert_integer("content_length", bytes)?;
            }
            for (name, value) in &part.checksum {
                one.insert_text(&format!("checksum.{name}"), value)?;
            }
            wanted.push(parse_as(Operation::UploadPart, one, self.edge.config)?);
        }
        let signed = sign_all(&wanted, self.caller, self.edge).await?;
        let show = |(given, part): (&Given<PresignedRequest>, &PartToSign)| {
            let mut answer = json!(Answer::new(&given.what));
            answer["part_number"] = Value::from(part.part_number);
            answer
        };
        let signed_parts: Vec<Value> = signed.iter().zip(&parts).map(show).collect();
        Ok(json!({ "parts": signed_parts }))
    }

    pub(in crate::api) async fn list(&self, fields: Fields) -> Result<Value, Error> {
        refuse_one_time_key(&fields)?;
        // The edge asks for all pages, in the size that the store has them.
        if let Some(field) = PAGING.into_iter().find(|field| fields.has(field)) {
            return Err(Error::UnknownField { field: field.to_owned(), known: OF_LIST.join(", ") });
        }
        let parts = self.written_parts(&fields, Pays::Yes).await?;
        Ok(json!({ "parts": parts.iter().map(WrittenPart::to_json).collect::<Vec<_>>() }))
    }

    pub(in crate::api) async fn abort(&self, fields: Fields) -> Result<(), Error> {
        let wanted = parse_as(Operation::AbortMultipartUpload, fields, self.edge.config)?;
        self.call(wanted, "", Pays::Yes).await.map(drop)
    }
}

/// A key is spent for one thing.
fn refuse_one_time_key(fields: &Fields) -> Result<(), Error> {
    if fields.has("one_time_key") {
        return Err(invalid("one_time_key", "is taken where the upload is created, not here"));
    }
    Ok(())
}

fn key_of(wanted: &SigningRequest<'_>) -> String {
    wanted.request.key().to_owned()
}
