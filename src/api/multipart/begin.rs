//! `/v1/multipart`: an upload in parts is begun, in an inbox where its rule has one; and the steps of such a one are
//! led there.

use std::rc::Rc;

use super::request::MultipartUpload;
use super::store_call::{Upload, accept, unreadable};
use crate::api::ports::{InboxUnavailable, Platform, STORE_TIMEOUT_MS};
use crate::api::presign::ObjectFields;
use crate::api::signing::in_parts::InParts;
use crate::api::signing::{Inside, UploadTicket, begun};
use crate::api::wire::error::Error;
use crate::api::wire::upload_fault::UploadFault;
use crate::inbox::{Letter, Reply, Stage, UploadId, name_of_parts, upload_of_parts};
use crate::policy::CompletedSize;
use crate::s3::{AuthorizedRequest, ObjectKey, Operation, Target};
use crate::xml;

impl<P: Platform> Upload<'_, P> {
    /// Has the store begin an upload in parts.
    pub(in crate::api) async fn create(
        &self,
        object: ObjectFields,
    ) -> Result<MultipartUpload, Error> {
        let of_store = object.store.clone();
        let wanted =
            object.into_signing_request(Operation::CreateMultipartUpload, self.edge.config)?;
        let (store, key) = (wanted.store.name().to_owned(), wanted.request.key().to_owned());
        let permitted = self.permit(&wanted, CompletedSize::Unknown)?;
        let signable = permitted.begun(&wanted).await?;
        let upload = signable.upload().cloned();
        let paid = signable.pay().await?;
        let reserved = paid.reserved();
        let begin = async |request| {
            let upload_id = self.begin(request).await?;
            if let Some(ticket) = &upload {
                self.write_down(ticket, of_store, &upload_id).await?;
            }
            Ok(upload_id)
        };
        let mut upload_id = paid.carry_out(begin).await?;
        match (&upload, reserved) {
            (Some(ticket), _) => upload_id = name_of_parts(&ticket.id),
            (None, Some(reserved)) => {
                begun(reserved, InParts::new(wanted.store, &key, &upload_id), self.edge).await;
            }
            (None, None) => {}
        }
        Ok(MultipartUpload { store, key, upload_id, upload })
    }

    async fn begin(&self, request: AuthorizedRequest) -> Result<String, Error> {
        let answer = accept(self.send(request, "", STORE_TIMEOUT_MS).await?)?;
        xml::text(&answer.body, "UploadId").ok_or_else(|| unreadable("UploadId"))
    }

    /// Has what the store calls it written down before anybody hears of it; else nothing of it is to be left.
    async fn write_down(
        &self,
        ticket: &UploadTicket,
        store: Option<String>,
        upload_id: &str,
    ) -> Result<(), Error> {
        let (owner, name) = (self.owner(), upload_id.to_owned());
        let written = match UploadId::parse(&ticket.id) {
            Some(id) => {
                let letter = Letter::Begun { owner, upload_id: name };
                self.edge.platform.ask_upload(&id, &letter).await
            }
            None => Err(InboxUnavailable("an upload's name can't be read".to_owned())),
        };
        let why = match written {
            Ok(Reply::Opened) => return Ok(()),
            Ok(_) => InboxUnavailable("an upload's object didn't take it".to_owned()),
            Err(why) => why,
        };
        let mut object =
            ObjectFields { store, key: Some(ticket.inside.clone()), ..ObjectFields::default() };
        object.parameters.set("upload_id", upload_id.to_owned());
        let abort =
            object.into_signing_request(Operation::AbortMultipartUpload, self.edge.config)?;
        // What can't be thrown away has no parts.
        let _ = self.go_on(&abort, STORE_TIMEOUT_MS).await;
        Err(why.into())
    }

    /// What a step is about, with the key and the name that an upload in an inbox has at the store. Nobody else's is
    /// found, and no other key.
    pub(super) async fn find(
        &self,
        mut object: ObjectFields,
        completes: bool,
    ) -> Result<ObjectFields, Error> {
        let has_inbox = self.edge.config.policy.rules().iter().any(|rule| rule.accept.is_some());
        let named = object.parameters.get("upload_id").filter(|_| has_inbox);
        let (Some(id), Some(key)) = (named.and_then(upload_of_parts), object.key.clone()) else {
            return Ok(object);
        };
        let unknown = || Error::Upload(UploadFault::Unknown);
        let store = self.edge.config.store(object.store.as_deref())?;
        let letter = Letter::Step { owner: self.owner(), completes };
        let step = match self.edge.platform.ask_upload(&id, &letter).await? {
            Reply::Step(step) => *step,
            _ => return Err(unknown()),
        };
        if step.store != store.name() || step.asked_key != key.as_str() {
            return Err(unknown());
        }
        object.key = Some(ObjectKey::new(&step.inbox_key)?);
        object.parameters.set("upload_id", step.upload_id);
        object.inside = Some(Rc::new(Inside {
            id: id.as_str().to_owned(),
            rule: step.rule,
            asked: Target::Object(key),
            key: step.key,
            stage: step.stage,
        }));
        Ok(object)
    }

    /// The same, where something may still come of it.
    pub(super) async fn find_open(&self, object: ObjectFields) -> Result<ObjectFields, Error> {
        let object = self.find(object, false).await?;
        match &object.inside {
            Some(inside) if inside.stage != Stage::Waiting => {
                Err(Error::Upload(UploadFault::Unknown))
            }
            _ => Ok(object),
        }
    }

    /// Says that an upload in an inbox was aborted. Where that fails, it is found out when its time is over.
    pub(super) async fn give_up(&self, inside: &Inside) {
        if let Some(id) = UploadId::parse(&inside.id) {
            let letter = Letter::Aborted { owner: self.owner() };
            let _ = self.edge.platform.ask_upload(&id, &letter).await;
        }
    }

    fn owner(&self) -> (String, String) {
        let session = &self.caller.session;
        (session.issuer.clone(), session.subject.clone())
    }
}
