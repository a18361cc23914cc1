//! `/v1/multipart/complete`: an object is made of the parts, and where the store leaves it open whether it is
//! there, the edge looks.

use http::{StatusCode, header};

use super::part_list::total_size;
use super::request::{CompletedUpload, GivenPart};
use super::store_call::{MAX_PARTS, NO_SUCH_UPLOAD, Pays, Upload, accept};
use crate::api::ports::{
    COMPLETION_TIMEOUT_MS, Platform, STORE_TIMEOUT_MS, StoreAnswer, StoreUnavailable,
};
use crate::api::presign::{ObjectFields, build};
use crate::api::signing::{Inside, SigningRequest, UploadTicket};
use crate::api::wire::error::{Error, invalid};
use crate::api::wire::upload_fault::UploadFault;
use crate::inbox::Stage;
use crate::policy::{CompletedSize, Delivery};
use crate::s3::{
    AuthorizedRequest, ObjectKey, ObjectRequestBuilder, Operation, PartToComplete, bare,
    complete_xml, etag_of, is_of_parts,
};
use crate::xml;

/// What is at the key.
enum Seen {
    /// The object that the parts make.
    Whole,
    /// None that the edge may see, or another one.
    Other,
    /// It can't be told; why is for the log.
    Unknown(String),
}

impl<P: Platform> Upload<'_, P> {
    /// Puts an upload together of these parts; the object's fields say the rest.
    pub(in crate::api) async fn complete(
        &self,
        object: ObjectFields,
        parts: Vec<GivenPart>,
    ) -> Result<CompletedUpload, Error> {
        let parts = parts.into_iter().map(GivenPart::check).collect::<Result<Vec<_>, _>>()?;
        let ascending = parts.windows(2).all(|pair| pair[0].number < pair[1].number);
        let numbered = parts.iter().all(|part| (1..=MAX_PARTS as u64).contains(&part.number));
        if parts.is_empty() || !ascending || !numbered {
            let help = "has to be a list of part_number and etag, in ascending order, 1 to 10000";
            return Err(invalid("parts", help));
        }
        let object = self.find(object, true).await?;
        let of_upload = object.of_upload();
        let wanted =
            object.into_signing_request(Operation::CompleteMultipartUpload, self.edge.config)?;
        if let Some(inside) = wanted.inside.as_deref().filter(|it| it.stage != Stage::Waiting) {
            return self.completed_before(&wanted, inside).await;
        }
        let listed = self.size_of_whole(&wanted, &of_upload, &parts).await;
        let size = *listed.as_ref().unwrap_or(&CompletedSize::Pending);
        let permitted = self.permit(&wanted, size)?;
        let completion = Completion { upload: self, wanted: &wanted, parts, of_upload };
        let etag = match listed {
            Ok(_) => {
                let body = complete_xml(&completion.parts);
                let paid = permitted.authorized(&wanted, &body).await?.pay().await?;
                paid.carry_out(async |request| completion.run(request, &body).await).await
            }
            // If the object is there, it was paid for when it was made.
            Err(why) => {
                let paid = permitted.ready(()).covered();
                paid.carry_out(async |()| completion.unless_done(why).await).await
            }
        };
        Ok(completed(&wanted, etag?.map(|etag| format!("\"{}\"", bare(&etag)))))
    }

    /// What was looked at in an inbox, or is, was completed: only the answer was lost.
    async fn completed_before(
        &self,
        wanted: &SigningRequest<'_>,
        inside: &Inside,
    ) -> Result<CompletedUpload, Error> {
        let permitted = self.permit(wanted, CompletedSize::Pending)?;
        let known = async |()| match inside.stage {
            Stage::Refused => Err(Error::Upload(UploadFault::Unknown)),
            _ => Ok(completed(wanted, None)),
        };
        permitted.ready(()).covered().carry_out(known).await
    }
}

/// The answer to a completion.
fn completed(wanted: &SigningRequest<'_>, etag: Option<String>) -> CompletedUpload {
    let upload = wanted.inside.as_deref().and_then(|Inside { id, key, .. }| {
        let inside = ObjectKey::new(wanted.request.key()).ok()?;
        Some(UploadTicket { inside, id: id.clone(), key: key.clone() })
    });
    let (store, key) = (wanted.store.name().to_owned(), wanted.asked_key().to_owned());
    CompletedUpload { store, key, etag, upload }
}

impl<P: Platform> Upload<'_, P> {
    /// The size by which a completion is decided: a narrow rule may stand before a wide one. Where the first rule
    /// that allows the rest has no limit, the parts aren't listed.
    async fn size_of_whole(
        &self,
        wanted: &SigningRequest<'_>,
        of_upload: &ObjectFields,
        parts: &[PartToComplete],
    ) -> Result<CompletedSize, Error> {
        let wish = wanted.wish(CompletedSize::Pending, Delivery::Url);
        match self.edge.config.policy.decide(&self.caller.session, &wish) {
            Ok(grant) if grant.rule.max_bytes.is_some() => {
                let written = self.written_parts(of_upload, Pays::No).await?;
                total_size(parts, &written).map(CompletedSize::Known)
            }
            Ok(_) | Err(_) => Ok(CompletedSize::Pending),
        }
    }
}

struct Completion<'a, P> {
    upload: &'a Upload<'a, P>,
    wanted: &'a SigningRequest<'a>,
    parts: Vec<PartToComplete>,
    /// What names the upload.
    of_upload: ObjectFields,
}

impl<P: Platform> Completion<'_, P> {
    /// The object's `ETag`, where the store has said it.
    async fn run(&self, request: AuthorizedRequest, body: &str) -> Result<Option<String>, Error> {
        match self.ask_for_object(request, body).await {
            Ok(Some(etag)) => Ok(Some(etag)),
            Ok(None) => Ok(self.etag_of_object().await),
            Err(why) => self.unless_done(why).await,
        }
    }

    /// A refusal, unless the object is there already that the parts make.
    async fn unless_done(&self, refused: Error) -> Result<Option<String>, Error> {
        if !self.leaves_it_open(&refused).await {
            return Err(refused);
        }
        match (self.look().await, &refused) {
            (Seen::Whole, _) => Ok(etag_of(&self.parts)),
            // That the store refused may be about what it has done itself.
            (Seen::Unknown(why), Error::StoreRefused { status, .. })
                if !status.is_server_error() =>
            {
                Err(StoreUnavailable(why).into())
            }
            _ => Err(refused),
        }
    }

    async fn ask_for_object(
        &self,
        request: AuthorizedRequest,
        body: &str,
    ) -> Result<Option<String>, Error> {
        let answer = accept(self.upload.send(request, body, COMPLETION_TIMEOUT_MS).await?)?;
        // The status comes before the work is done, and blanks meanwhile: only the document is an answer.
        if xml::elements(&answer.body, "CompleteMultipartUploadResult").is_empty() {
            return Err(
                StoreUnavailable("its answer to the completion was cut off".to_owned()).into()
            );
        }
        // Ceph 16.2 says an empty one.
        Ok(xml::text(&answer.body, "ETag").filter(|etag| !bare(etag).is_empty()))
    }

    /// What the store calls the object that it has made, where it didn't say so.
    async fn etag_of_object(&self) -> Option<String> {
        match self.look().await {
            Seen::Whole => etag_of(&self.parts),
            Seen::Other | Seen::Unknown(_) => None,
        }
    }

    /// Whether the object may be there although this wasn't the answer to hope for.
    async fn leaves_it_open(&self, refused: &Error) -> bool {
        match refused {
            Error::StoreUnavailable(_) => true,
            Error::StoreRefused { status, .. } if status.is_server_error() => true,
            Error::StoreRefused { code, .. } if code == NO_SUCH_UPLOAD => true,
            // The condition may have failed because of what this upload has made. If so, the upload is gone.
            Error::StoreRefused { status: StatusCode::PRECONDITION_FAILED, .. } => {
                self.is_gone().await
            }
            _ => false,
        }
    }

    async fn is_gone(&self) -> bool {
        let (upload, of_upload) = (self.upload, self.of_upload.clone());
        let Ok(list) = of_upload.into_signing_request(Operation::ListParts, upload.edge.config)
        else {
            return false;
        };
        let listed = upload.go_on(&list, STORE_TIMEOUT_MS).await;
        let code = listed.ok().and_then(|answer| xml::text(&answer.body, "Code"));
        code.as_deref() == Some(NO_SUCH_UPLOAD)
    }

    /// Looks whether the object is there that the parts make. The permit for making it covers that: it tells
    /// no more than the completion's own answer.
    async fn look(&self) -> Seen {
        let target = self.wanted.request.target().clone();
        let head = build(ObjectRequestBuilder::new(Operation::HeadObject, target));
        let asked = match head {
            Ok(request) => {
                let store = self.wanted.store;
                let (expires_in, cacheable, one_time_key) = (None, false, None);
                let inside = self.wanted.inside.clone();
                let head =
                    SigningRequest { store, request, expires_in, cacheable, one_time_key, inside };
                self.upload.go_on(&head, STORE_TIMEOUT_MS).await
            }
            Err(why) => Err(why),
        };
        match asked {
            // Of what isn't there AWS says 403 to credentials that may not list.
            Ok(StoreAnswer { status: StatusCode::FORBIDDEN | StatusCode::NOT_FOUND, .. }) => {
                Seen::Other
            }
            Ok(answer) if answer.status == StatusCode::OK => self.compare(&answer),
            Ok(answer) => {
                Seen::Unknown(format!("HeadObject was answered with {}", answer.status.as_u16()))
            }
            Err(why) => Seen::Unknown(format!("HeadObject: {}", why.problem().code())),
        }
    }

    /// Size and date say nothing: another object may have the same. The `ETag` does, where the store makes it
    /// as most do.
    fn compare(&self, answer: &StoreAnswer) -> Seen {
        let (made, found) = (etag_of(&self.parts), answer.header(&header::ETAG).map(bare));
        if made.is_some() && made.as_deref() == found {
            return Seen::Whole;
        }
        // What S3 encrypts with these keys has ETags of another kind.
        let is_encrypted =
            answer.header("x-amz-server-side-encryption-customer-algorithm").is_some()
                || answer.header("x-amz-server-side-encryption").is_some_and(|how| how != "AES256");
        if made.is_some() && found.is_some_and(is_of_parts) && !is_encrypted {
            Seen::Other
        } else {
            Seen::Unknown("an object is there whose ETag can't be compared".to_owned())
        }
    }
}
