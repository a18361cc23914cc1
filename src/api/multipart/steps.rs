//! `/v1/multipart…`: uploads in parts. The edge itself creates, lists, completes and aborts; the parts'
//! bytes go straight to the store. Completing is in [`super::complete`], and what a store lists in
//! [`super::part_list`].

use super::request::{
    MultipartAbortRequest, MultipartCompleteRequest, MultipartCreateRequest, MultipartListRequest,
    MultipartPartsRequest, MultipartUpload, PartToSign, SignedPart, SignedParts, WrittenParts,
};
use crate::api::edge::Edge;
use crate::api::ports::{
    Platform, STORE_TIMEOUT_MS, StoreAnswer, StoreBody, StoreCall, StoreUnavailable,
};
use crate::api::presign::ObjectFields;
use crate::api::routes::Step;
use crate::api::signing::caller::{Caller, caller};
use crate::api::signing::signatory::signatory;
use crate::api::signing::{Permitted, Scene, SigningRequest, permit_by_edge, sign_all};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::http::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::policy::CompletedSize;
use crate::s3::{AuthorizedRequest, Operation, authorize};
use crate::xml;

/// 10,000 parts with their checksums.
pub(in crate::api) const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// The most parts that an upload has.
pub(in crate::api) const MAX_PARTS: usize = 10_000;
/// S3's codes of what passes.
const PASSING: [&str; 4] = ["InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"];
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
    let body = json_body(request, body, MAX_BODY_BYTES).await?;
    let upload = Upload { caller: &caller, edge };
    Ok(match step {
        Step::Create => {
            let MultipartCreateRequest(object) = from_json(&body)?;
            Response::of(&upload.create(object).await?)
        }
        Step::SignParts => {
            let asked = from_json(&body)?;
            Response::of(&upload.sign_parts(asked).await?)
        }
        Step::List => {
            let MultipartListRequest(object) = from_json(&body)?;
            Response::of(&upload.list(object).await?)
        }
        Step::Complete => {
            let MultipartCompleteRequest { parts, object } = from_json(&body)?;
            Response::of(&upload.complete(object, parts).await?)
        }
        Step::Abort => {
            let MultipartAbortRequest(object) = from_json(&body)?;
            upload.abort(object).await?;
            Response::empty(204)
        }
    })
}

pub(in crate::api) struct Upload<'a, P> {
    pub(in crate::api) caller: &'a Caller,
    pub(in crate::api) edge: &'a Edge<'a, P>,
}

/// Whether a call costs what the rule asks; where one request makes several, the first does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Pays {
    Yes,
    No,
}

impl<P: Platform> Upload<'_, P> {
    pub(in crate::api) async fn create(
        &self,
        object: ObjectFields,
    ) -> Result<MultipartUpload, Error> {
        let wanted = object.to_sign(Operation::CreateMultipartUpload, self.edge.config)?;
        let (store, key) = (wanted.store.name().to_owned(), wanted.request.key().to_owned());
        let answer = self.call(wanted, "", Pays::Yes).await?;
        let upload_id =
            xml::text(&answer.body, "UploadId").ok_or_else(|| unreadable("UploadId"))?;
        Ok(MultipartUpload { store, key, upload_id })
    }

    pub(in crate::api) async fn sign_parts(
        &self,
        asked: MultipartPartsRequest,
    ) -> Result<SignedParts, Error> {
        let MultipartPartsRequest { part_numbers, parts, object } = asked;
        refuse_one_time_key(&object)?;
        let numbered = part_numbers.into_iter().flatten().map(PartToSign::of_number);
        let parts: Vec<PartToSign> = numbered.chain(parts.into_iter().flatten()).collect();
        if parts.is_empty() || parts.len() > MAX_SIGNED_PARTS {
            return Err(invalid("parts", "has to name 1 to 1000 parts, or part_numbers has to"));
        }
        let of_part = |part: &PartToSign| {
            part.within(&object)?.to_sign(Operation::UploadPart, self.edge.config)
        };
        let wanted = parts.iter().map(of_part).collect::<Result<Vec<_>, _>>()?;
        let given = sign_all(&wanted, self.caller, self.edge).await?;
        let signed = given.into_iter().zip(&parts).map(|(given, part)| {
            let part_number = part.part_number;
            SignedPart { answer: given.what.into(), part_number }
        });
        Ok(SignedParts { parts: signed.collect() })
    }

    pub(in crate::api) async fn list(&self, object: ObjectFields) -> Result<WrittenParts, Error> {
        refuse_one_time_key(&object)?;
        // The edge asks for all pages, in the size that the store has them.
        let is_there = |field: &&str| object.parameters.get(field).is_some();
        if let Some(field) = PAGING.into_iter().find(is_there) {
            return Err(Error::UnknownField { field: field.to_owned(), known: OF_LIST.join(", ") });
        }
        Ok(WrittenParts { parts: self.written_parts(&object, Pays::Yes).await? })
    }

    pub(in crate::api) async fn abort(&self, object: ObjectFields) -> Result<(), Error> {
        let wanted = object.to_sign(Operation::AbortMultipartUpload, self.edge.config)?;
        self.call(wanted, "", Pays::Yes).await.map(drop)
    }

    /// Asks the store for what the rules allow, and reads its answer.
    async fn call(
        &self,
        wanted: SigningRequest<'_>,
        body: &str,
        pays: Pays,
    ) -> Result<StoreAnswer, Error> {
        let permitted = self.permit(&wanted, CompletedSize::Unknown)?;
        let asked = self.ask(&wanted, body, pays, &permitted, STORE_TIMEOUT_MS).await;
        let answer = asked.and_then(accept);
        permitted.line.close(&answer);
        answer
    }

    /// Decides on a request of the edge's own.
    pub(in crate::api) fn permit(
        &self,
        wanted: &SigningRequest<'_>,
        completed: CompletedSize,
    ) -> Result<Permitted<'_, P>, Error> {
        let Self { caller, edge } = *self;
        permit_by_edge(wanted, completed, Scene { caller, edge })
    }

    /// Makes a request that `permitted` is for, or that is part of it; the answer, whatever it is.
    pub(in crate::api) async fn ask(
        &self,
        wanted: &SigningRequest<'_>,
        body: &str,
        pays: Pays,
        permitted: &Permitted<'_, P>,
        timeout_ms: u32,
    ) -> Result<StoreAnswer, Error> {
        let by = signatory(wanted.store, wanted.act(), self.edge).await?;
        let authorized =
            authorize(wanted.store, &by.credentials, &wanted.request, body, self.edge.now)?;
        if pays == Pays::Yes {
            permitted.spend().await?;
        }
        let AuthorizedRequest { method, url, headers } = authorized;
        let body = StoreBody::Text(body.to_owned());
        let call = StoreCall { method, url, headers, body, timeout_ms };
        Ok(self.edge.platform.call_store(call).await?)
    }
}

/// A store's answer, unless it refuses.
pub(in crate::api) fn accept(answer: StoreAnswer) -> Result<StoreAnswer, Error> {
    let code = xml::text(&answer.body, "Code");
    let status = match (answer.status, &code) {
        (200..300, None) => return Ok(answer),
        // S3 may have begun to answer 200 before it found that it can't.
        (200..300, Some(code)) if PASSING.contains(&code.as_str()) => {
            return Err(StoreUnavailable(format!("{code} in an answer of 200")).into());
        }
        (200..300, Some(_)) => 409,
        (status, _) => status,
    };
    Err(Error::StoreRefused { status, code: code.unwrap_or_else(|| status.to_string()) })
}

/// A key is spent for one thing.
fn refuse_one_time_key(object: &ObjectFields) -> Result<(), Error> {
    if object.one_time_key.is_some() {
        return Err(invalid("one_time_key", "is taken where the upload is created, not here"));
    }
    Ok(())
}

pub(in crate::api) fn unreadable(what: &str) -> Error {
    Error::StoreRefused { status: 502, code: format!("its answer has no {what}") }
}
