//! `/v1/multipart…`: uploads in parts. The edge itself creates, lists, completes and aborts; the parts'
//! bytes go straight to the store. Completing is in [`super::complete`], what a store lists in
//! [`super::part_list`], and how it is asked in [`super::store_call`].

use http::StatusCode;

use super::request::{
    MultipartAbortRequest, MultipartCompleteRequest, MultipartCreateRequest, MultipartListRequest,
    MultipartPartsRequest, PartToSign, SignedPart, SignedParts, WrittenParts,
};
use super::store_call::{NO_SUCH_UPLOAD, Pays, Upload};
use crate::api::edge::Edge;
use crate::api::ports::{Platform, StoreAnswer};
use crate::api::presign::ObjectFields;
use crate::api::quota::aborted::give_back_aborted;
use crate::api::routes::Step;
use crate::api::signing::caller::caller;
use crate::api::signing::in_parts::InParts;
use crate::api::signing::sign_all;
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::message::{Body, Request, Response};
use crate::api::wire::read::{from_json, json_body};
use crate::s3::Operation;

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
            Response::empty(StatusCode::NO_CONTENT)
        }
    })
}

impl<P: Platform> Upload<'_, P> {
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
        let object = self.find_open(object).await?;
        let of_part = |part: &PartToSign| {
            part.within(&object)?.into_signing_request(Operation::UploadPart, self.edge.config)
        };
        let wanted = parts.iter().map(of_part).collect::<Result<Vec<_>, _>>()?;
        let given = sign_all(&wanted, self.caller, self.edge).await?;
        let signed = given.into_iter().zip(&parts).map(|(given, part)| {
            let part_number = part.part_number;
            SignedPart { answer: given.into(), part_number }
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
        let object = self.find_open(object).await?;
        Ok(WrittenParts { parts: self.written_parts(&object, Pays::Yes).await? })
    }

    pub(in crate::api) async fn abort(&self, object: ObjectFields) -> Result<(), Error> {
        let object = self.find_open(object).await?;
        let inside = object.inside.clone();
        let wanted =
            object.into_signing_request(Operation::AbortMultipartUpload, self.edge.config)?;
        let upload = InParts::of(&wanted).filter(|it| it.is_counted(self.edge.config));
        let aborted = self.call(wanted, "").await;
        match (inside, upload) {
            _ if !is_gone(&aborted) => {}
            (Some(inside), _) => self.give_up(&inside).await,
            (None, Some(upload)) => {
                give_back_aborted(upload, &self.caller.session, self.edge).await;
            }
            (None, None) => {}
        }
        aborted.map(drop)
    }
}

/// Whether the store has no such upload any more.
fn is_gone(aborted: &Result<StoreAnswer, Error>) -> bool {
    match aborted {
        Ok(_) => true,
        Err(Error::StoreRefused { code, .. }) => code == NO_SUCH_UPLOAD,
        Err(_) => false,
    }
}

/// A key is spent for one thing.
fn refuse_one_time_key(object: &ObjectFields) -> Result<(), Error> {
    if object.one_time_key.is_some() {
        return Err(invalid("one_time_key", "is taken where the upload is created, not here"));
    }
    Ok(())
}
