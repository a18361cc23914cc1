//! `/companion/s3/…`: the S3 routes of Uppy's Companion
//! (<https://uppy.io/docs/companion/>), which have no authentication there and a session here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::edge::Edge;
use crate::api::multipart::GivenPart;
use crate::api::multipart::Upload;
use crate::api::multipart::steps::MAX_BODY_BYTES;
use crate::api::ports::Platform;
use crate::api::presign::form::{FormKey, form};
use crate::api::routes::CompanionStep;
use crate::api::signing::audit::Line;
use crate::api::signing::audit_record::AuditRecord;
use crate::api::signing::caller::{Caller, caller};
use crate::api::wire::error::Error;
use crate::api::wire::fields::{Fields, invalid, read_json, read_json_but};
use crate::api::wire::http::{Body, Request, Response};
use crate::encoding::{Slash, hex, percent_encode};
use crate::policy::{Dimension, Refusal};
use crate::s3::InvalidKey;

/// The most bytes that S3 takes in one part: 5 GiB.
const MAX_PART: u64 = 5 * 1024 * 1024 * 1024;
/// The most parts that one request signs.
const MAX_BATCH: usize = 1000;

/// A part as Companion names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompanionPart {
    #[serde(rename = "PartNumber")]
    part_number: u64,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(rename = "Size")]
    size: Option<u64>,
}

/// Takes one step.
pub(in crate::api) async fn take<P: Platform>(
    step: &CompanionStep,
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let companion = Companion { caller: &caller, edge };
    let query = || Fields::from_query(request.query);
    let answer = match step {
        CompanionStep::Params => companion.params(query()?).await?,
        CompanionStep::Create => {
            // Uppy sends what it knows of a file; it isn't kept, for S3's headers hold ASCII alone.
            let file = read_json_but(&["metadata"], request, body, MAX_BODY_BYTES).await?;
            companion.create(file).await?
        }
        CompanionStep::List { upload_id } => companion.list(upload_id, query()?).await?,
        CompanionStep::SignPart { upload_id, part_number } => {
            companion.sign_part(upload_id, part_number, query()?).await?
        }
        CompanionStep::SignBatch { upload_id } => companion.sign_batch(upload_id, query()?).await?,
        CompanionStep::Complete { upload_id } => {
            let parts = read_json(request, body, MAX_BODY_BYTES).await?;
            companion.complete(upload_id, query()?, parts).await?
        }
        CompanionStep::Abort { upload_id } => {
            let fields = companion.of_upload(upload_id, query()?)?;
            companion.upload().abort(fields).await?;
            json!({})
        }
    };
    Ok(Response::json(200, answer.to_string()))
}

struct Companion<'a, P> {
    caller: &'a Caller,
    edge: &'a Edge<'a, P>,
}

impl<P: Platform> Companion<'_, P> {
    fn upload(&self) -> Upload<'_, P> {
        Upload { caller: self.caller, edge: self.edge }
    }

    /// `GET params?filename=&type=&metadata[…]=`: a form for a whole file.
    async fn params(&self, asked: Fields) -> Result<Value, Error> {
        let NewFile { fields, .. } = self.new_file(asked)?;
        let form = form(fields, FormKey::Name, self.caller, self.edge).await?;
        Ok(json!({ "method": "POST", "url": form["url"], "fields": form["fields"] }))
    }

    /// `POST multipart` with `filename`, `type` and `metadata`.
    async fn create(&self, asked: Fields) -> Result<Value, Error> {
        let NewFile { fields, key } = self.new_file(asked)?;
        let created = self.upload().create(fields).await?;
        let bucket = self.edge.config.store(self.edge.config.companion.store.as_deref())?.bucket();
        Ok(json!({ "key": key, "uploadId": created["upload_id"], "bucket": bucket }))
    }

    /// `GET multipart/{uploadId}?key=`
    async fn list(&self, upload_id: &str, asked: Fields) -> Result<Value, Error> {
        let listed = self.upload().list(self.of_upload(upload_id, asked)?).await?;
        let parts = listed["parts"].as_array().into_iter().flatten();
        // Uppy sends back what it is told: a part that the store gives no ETag for has to be sent again.
        let parts = parts.filter(|part| part["etag"].is_string());
        let show = |part: &Value| {
            json!({
                "PartNumber": part["part_number"], "ETag": part["etag"], "Size": part["size"],
            })
        };
        Ok(parts.map(show).collect())
    }

    /// `GET multipart/{uploadId}/{partNumber}?key=`
    async fn sign_part(
        &self,
        upload_id: &str,
        part_number: &str,
        asked: Fields,
    ) -> Result<Value, Error> {
        let fields = self.of_upload(upload_id, asked)?;
        let signed = self.sign_parts(fields, &[part_number]).await?;
        Ok(json!({ "url": signed[0]["url"], "expires": signed[0]["expires_at"] }))
    }

    /// `GET multipart/{uploadId}/batch?key=&partNumbers=1,2,3`
    async fn sign_batch(&self, upload_id: &str, mut asked: Fields) -> Result<Value, Error> {
        let numbers = asked.required_text("partNumbers")?;
        let numbers: Vec<&str> = numbers.split(',').collect();
        if numbers.len() > MAX_BATCH {
            return Err(invalid("partNumbers", "has more than 1000 entries"));
        }
        let fields = self.of_upload(upload_id, asked)?;
        let signed = self.sign_parts(fields, &numbers).await?;
        let urls = signed.iter().map(|part| (part["part_number"].to_string(), part["url"].clone()));
        Ok(json!({ "presignedUrls": urls.collect::<Map<_, _>>() }))
    }

    async fn sign_parts(&self, mut fields: Fields, numbers: &[&str]) -> Result<Vec<Value>, Error> {
        let read = |number: &&str| {
            let digits = number.bytes().all(|b| b.is_ascii_digit());
            number.parse::<u64>().ok().filter(|_| digits).map(Value::from)
        };
        let numbers: Option<Vec<Value>> = numbers.iter().map(read).collect();
        let numbers = numbers.ok_or_else(|| invalid("partNumber", "has to be 1 to 10000"))?;
        fields.insert_list("part_numbers", &Value::from(numbers))?;
        let signed = self.upload().sign_parts(fields).await?;
        Ok(signed["parts"].as_array().cloned().unwrap_or_default())
    }

    /// `POST multipart/{uploadId}/complete?key=` with `parts`.
    async fn complete(
        &self,
        upload_id: &str,
        asked: Fields,
        mut body: Fields,
    ) -> Result<Value, Error> {
        let parts: Option<Vec<CompanionPart>> = body.list("parts")?;
        body.finish(&[], ["parts"])?;
        let is_too_large = |part: &CompanionPart| part.size.is_some_and(|size| size > MAX_PART);
        if parts.iter().flatten().any(is_too_large) {
            return Err(invalid("parts", "has a Size above 5 GiB"));
        }
        let ours = |CompanionPart { part_number, etag, .. }| GivenPart {
            part_number,
            etag,
            checksum: BTreeMap::new(),
        };
        let parts: Option<Vec<GivenPart>> =
            parts.map(|parts| parts.into_iter().map(ours).collect());
        let fields = self.of_upload(upload_id, asked)?;
        let completed = self.upload().complete(fields, parts).await?;
        let store = self.edge.config.store(self.edge.config.companion.store.as_deref())?;
        let key = completed["key"].as_str().unwrap_or_default();
        let path = percent_encode(key, Slash::Keep);
        let location = format!("{}/{path}", store.bucket_url().trim_end_matches('/'));
        Ok(json!({ "location": location, "bucket": store.bucket(), "key": key }))
    }

    /// The fields of a step of an upload that goes on.
    fn of_upload(&self, upload_id: &str, mut asked: Fields) -> Result<Fields, Error> {
        let key = asked.required_text("key")?;
        asked.finish(&[], ["key", "partNumbers"])?;
        let mut fields = Fields::of_texts(&[("key", &key), ("upload_id", upload_id)])?;
        self.choose_store(&mut fields)?;
        Ok(fields)
    }

    fn choose_store(&self, fields: &mut Fields) -> Result<(), Error> {
        match &self.edge.config.companion.store {
            Some(store) => fields.insert_text("store", store),
            None => Ok(()),
        }
    }

    /// The fields of a file that is about to come, under a key of the edge's choice: as in Companion,
    /// whoever uploads names the file, not the key.
    fn new_file(&self, mut asked: Fields) -> Result<NewFile, Error> {
        let filename = asked.required_text("filename")?;
        if filename.is_empty() {
            return Err(invalid("filename", "is empty"));
        }
        // Before the last slash too, where it would be no part of the key.
        if filename.chars().any(char::is_control) {
            return Err(InvalidKey::ControlCharacter.into());
        }
        let key = self.new_key(&filename)?;
        let mut fields = Fields::of_texts(&[("key", &key)])?;
        self.choose_store(&mut fields)?;
        if let Some(content_type) = asked.text("type")? {
            fields.insert_text("content_type", &content_type)?;
        }
        asked.remove_below("metadata");
        asked.finish(&["metadata"], ["filename", "type", "metadata"])?;
        Ok(NewFile { fields, key })
    }

    fn new_key(&self, filename: &str) -> Result<String, Error> {
        let id = hex(&self.edge.platform.random::<16>());
        // Browsers send a name; one with a path in it would be another folder.
        let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
        let key = self.edge.config.companion.key.fill(&self.caller.session.claims, &id, name);
        key.ok_or_else(|| {
            let error = Error::NotAllowed(Refusal { dimension: Dimension::Key, rule: None });
            let session = &self.caller.session;
            let record = AuditRecord {
                issuer: session.issuer.clone(),
                subject: session.subject.clone(),
                ..AuditRecord::of_request(self.edge)
            };
            Line::new(record, self.edge).refuse(&error);
            error
        })
    }
}

struct NewFile {
    fields: Fields,
    key: String,
}
