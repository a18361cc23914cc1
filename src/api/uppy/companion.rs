//! `/companion/s3/…`: the S3 routes of Uppy's Companion
//! (<https://uppy.io/docs/companion/>), which have no authentication there and a session here.

use std::collections::BTreeSet;

use http::Method;

use super::companion_request::{
    CompanionCompleteRequest, CompanionCreateRequest, CompanionForm, CompanionNothing,
    CompanionObject, CompanionPart, CompanionParts, CompanionSignedPart, CompanionSignedParts,
    CompanionUpload, PartsOfUpload, UploadQuery,
};
use crate::api::edge::Edge;
use crate::api::multipart::steps::MAX_BODY_BYTES;
use crate::api::multipart::{MultipartPartsRequest, SignedPart, Upload};
use crate::api::ports::Platform;
use crate::api::presign::form::{FormAnswer, FormKey, form};
use crate::api::presign::{FormRequest, ObjectFields, Pairs, Parameters};
use crate::api::routes::CompanionStep;
use crate::api::signing::audit::Line;
use crate::api::signing::audit_record::AuditRecord;
use crate::api::signing::caller::{Caller, caller};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, from_query, json_body};
use crate::encoding::{Slash, hex, percent_encode};
use crate::policy::{Dimension, Refusal};
use crate::s3::{InvalidKey, ObjectKey, Store};

/// The most parts that one request signs.
const MAX_BATCH: usize = 1000;

/// Takes one step.
pub(in crate::api) async fn take<P: Platform>(
    step: &CompanionStep,
    request: &Request<'_>,
    body: impl Body,
    edge: &Edge<'_, P>,
) -> Result<Response, Error> {
    let caller = caller(request, edge).await?;
    let companion = Companion { caller: &caller, edge };
    Ok(match step {
        CompanionStep::Params => Response::of(&companion.params(from_query(request.query)?).await?),
        CompanionStep::Create => {
            let file = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
            Response::of(&companion.create(file).await?)
        }
        CompanionStep::List { upload_id } => {
            let UploadQuery { key } = from_query(request.query)?;
            Response::of(&companion.list(upload_id, key).await?)
        }
        CompanionStep::SignPart { upload_id, part_number } => {
            let UploadQuery { key } = from_query(request.query)?;
            Response::of(&companion.sign_part(upload_id, part_number, key).await?)
        }
        CompanionStep::SignBatch { upload_id } => {
            Response::of(&companion.sign_batch(upload_id, from_query(request.query)?).await?)
        }
        CompanionStep::Complete { upload_id } => {
            let parts = from_json(&json_body(request, body, MAX_BODY_BYTES).await?)?;
            let UploadQuery { key } = from_query(request.query)?;
            Response::of(&companion.complete(upload_id, key, parts).await?)
        }
        CompanionStep::Abort { upload_id } => {
            let UploadQuery { key } = from_query(request.query)?;
            companion.upload().abort(companion.of_upload(upload_id, key)).await?;
            Response::of(&CompanionNothing {})
        }
    })
}

struct Companion<'a, P> {
    caller: &'a Caller,
    edge: &'a Edge<'a, P>,
}

impl<P: Platform> Companion<'_, P> {
    fn upload(&self) -> Upload<'_, P> {
        Upload { caller: self.caller, edge: self.edge }
    }

    fn store(&self) -> Result<&Store, Error> {
        Ok(self.edge.config.store(self.edge.config.companion.store.as_deref())?)
    }

    /// `GET params?filename=&type=&metadata[…]=`: a form for a whole file.
    async fn params(&self, asked: CompanionCreateRequest) -> Result<CompanionForm, Error> {
        let asked = FormRequest {
            store: self.edge.config.companion.store.clone(),
            key: self.new_key(&asked.filename)?,
            content_type: asked.content_type,
            ..FormRequest::default()
        };
        let form = form(asked, FormKey::Name, self.caller, self.edge).await?;
        let FormAnswer { url, fields, upload, .. } = form;
        Ok(CompanionForm { method: Method::POST.as_str(), url, fields, upload })
    }

    /// `POST multipart` with `filename`, `type` and `metadata`.
    async fn create(&self, asked: CompanionCreateRequest) -> Result<CompanionUpload, Error> {
        let key = self.new_key(&asked.filename)?;
        let mut parameters = Parameters::default();
        if let Some(content_type) = asked.content_type {
            parameters.set("content_type", content_type);
        }
        let created = self.upload().create(self.object(ObjectKey::new(&key)?, parameters)).await?;
        let bucket = self.store()?.bucket().to_owned();
        let (upload_id, upload) = (created.upload_id, created.upload);
        Ok(CompanionUpload { key, upload_id, bucket, upload })
    }

    /// `GET multipart/{uploadId}?key=`
    async fn list(&self, upload_id: &str, key: ObjectKey) -> Result<CompanionParts, Error> {
        let listed = self.upload().list(self.of_upload(upload_id, key)).await?;
        // Uppy sends back these parts: one without an ETag from the store has to be sent again.
        let parts = listed.parts.into_iter().filter_map(|part| {
            let (part_number, size) = (part.part_number, Some(part.size));
            part.etag.map(|etag| CompanionPart { part_number, etag, size })
        });
        Ok(CompanionParts(parts.collect()))
    }

    /// `GET multipart/{uploadId}/{partNumber}?key=`
    async fn sign_part(
        &self,
        upload_id: &str,
        part_number: &str,
        key: ObjectKey,
    ) -> Result<CompanionSignedPart, Error> {
        let signed = self.sign_parts(self.of_upload(upload_id, key), [part_number]).await?;
        let part = signed.into_iter().next().ok_or(Error::NoSuchRoute)?;
        Ok(CompanionSignedPart { url: part.answer.url, expires: part.answer.expires_at })
    }

    /// `GET multipart/{uploadId}/batch?key=&partNumbers=1,2,3`
    async fn sign_batch(
        &self,
        upload_id: &str,
        asked: PartsOfUpload,
    ) -> Result<CompanionSignedParts, Error> {
        let numbers = asked.part_numbers.split(',');
        if numbers.clone().count() > MAX_BATCH {
            return Err(invalid("partNumbers", "has more than 1000 entries"));
        }
        let signed = self.sign_parts(self.of_upload(upload_id, asked.key), numbers).await?;
        let url = |part: SignedPart| (part.part_number.to_string(), part.answer.url);
        Ok(CompanionSignedParts { presigned_urls: Pairs(signed.into_iter().map(url).collect()) })
    }

    async fn sign_parts<'n>(
        &self,
        object: ObjectFields,
        numbers: impl IntoIterator<Item = &'n str>,
    ) -> Result<Vec<SignedPart>, Error> {
        let read = |number: &str| {
            let digits = number.bytes().all(|b| b.is_ascii_digit());
            number.parse::<u64>().ok().filter(|_| digits)
        };
        let numbers: Option<Vec<u64>> = numbers.into_iter().map(read).collect();
        let numbers = numbers.ok_or_else(|| invalid("partNumber", "has to be 1 to 10000"))?;
        // The answer has one member for each.
        let numbers: BTreeSet<u64> = numbers.into_iter().collect();
        let (part_numbers, parts) = (Some(numbers.into_iter().collect()), None);
        let asked = MultipartPartsRequest { part_numbers, parts, object };
        Ok(self.upload().sign_parts(asked).await?.parts)
    }

    /// `POST multipart/{uploadId}/complete?key=` with `parts`.
    async fn complete(
        &self,
        upload_id: &str,
        key: ObjectKey,
        asked: CompanionCompleteRequest,
    ) -> Result<CompanionObject, Error> {
        let parts = asked.into_parts()?;
        let completed = self.upload().complete(self.of_upload(upload_id, key), parts).await?;
        let (store, key, upload) = (self.store()?, completed.key, completed.upload);
        let place = upload.as_ref().map_or(key.as_str(), |upload| upload.key.as_str());
        let path = percent_encode(place, Slash::Keep);
        let location = format!("{}/{path}", store.bucket_url().trim_end_matches('/'));
        Ok(CompanionObject { location, bucket: store.bucket().to_owned(), key, upload })
    }

    /// The fields that name a begun upload in a step.
    fn of_upload(&self, upload_id: &str, key: ObjectKey) -> ObjectFields {
        let mut parameters = Parameters::default();
        parameters.set("upload_id", upload_id.to_owned());
        self.object(key, parameters)
    }

    fn object(&self, key: ObjectKey, parameters: Parameters) -> ObjectFields {
        let store = self.edge.config.companion.store.clone();
        ObjectFields { store, key: Some(key), parameters, ..ObjectFields::default() }
    }

    /// The key of a new file, chosen by the edge: as in Companion, the uploader names the file, not the key.
    fn new_key(&self, filename: &str) -> Result<String, Error> {
        if filename.is_empty() {
            return Err(invalid("filename", "is empty"));
        }
        // Also before the last slash, although that isn't part of the key.
        if filename.chars().any(char::is_control) {
            return Err(InvalidKey::ControlCharacter.into());
        }
        let id = hex(&self.edge.platform.random::<16>());
        // Browsers send only a name; a path in it would lead to another folder.
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
