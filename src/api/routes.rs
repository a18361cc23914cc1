use http::Method;

use super::wire::error::Error;
use super::wire::message::Request;
use super::wire::page::Opened;
use crate::encoding::percent_decode;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/healthz`
    Health,
    /// `/openapi.json`
    OpenApi,
    /// `/v1/presign`
    Presign,
    /// `/v1/presign/batch`
    Batch,
    /// `/v1/forms`
    Forms,
    /// `/v1/links`
    Links,
    /// `/v1/links/{id}`
    Link {
        /// The link's name.
        id: String,
    },
    /// `/v1/uploads/{id}`
    Upload {
        /// The upload's name.
        id: String,
    },
    /// `/v1/uploads/{id}/accept`
    AcceptUpload {
        /// The upload's name.
        id: String,
    },
    /// `/v1/uploads/{id}/verdict`
    UploadVerdict {
        /// The upload's name.
        id: String,
    },
    /// `/v1/store-events`
    StoreEvents,
    /// `/l/{token}`
    Redeem {
        /// The sealed link.
        token: String,
    },
    /// `/v1/uppy/sign`
    Uppy,
    /// `/companion/s3/…`
    Companion(CompanionStep),
    /// `/v1/admin/revocations`, and `/v1/revocations`
    Revocations,
    /// `/v1/quota`
    Quota,
    /// `/v1/admin/quota`
    AdminQuota,
    /// `/v1/admin/links/{id}`
    AdminLink {
        /// The link's name.
        id: String,
    },
    /// `/dev/explain`
    Explain,
    /// `/v1/multipart` and below
    Multipart(Step),
    /// `/f/{store}/{key…}`, decoded
    File {
        /// The store's name.
        store: String,
        /// The object's key.
        key: String,
    },
}

/// A step of an upload in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `/v1/multipart`
    Create,
    /// `/v1/multipart/parts`
    SignParts,
    /// `/v1/multipart/list`
    List,
    /// `/v1/multipart/complete`
    Complete,
    /// `/v1/multipart/abort`
    Abort,
}

/// A step of an upload through Companion's routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CompanionStep {
    /// `params`
    Params,
    /// `multipart`
    Create,
    /// `GET multipart/{uploadId}`
    List {
        /// The upload.
        upload_id: String,
    },
    /// `DELETE multipart/{uploadId}`
    Abort {
        /// The upload.
        upload_id: String,
    },
    /// `multipart/{uploadId}/batch`
    SignBatch {
        /// The upload.
        upload_id: String,
    },
    /// `multipart/{uploadId}/complete`
    Complete {
        /// The upload.
        upload_id: String,
    },
    /// `multipart/{uploadId}/{partNumber}`
    SignPart {
        /// The upload.
        upload_id: String,
        /// The part, as it was written.
        part_number: String,
    },
}

impl CompanionStep {
    const fn methods(&self) -> &'static [Method] {
        match self {
            Self::Params | Self::SignBatch { .. } | Self::SignPart { .. } => {
                &[Method::GET, Method::OPTIONS]
            }
            Self::Create | Self::Complete { .. } => &[Method::POST, Method::OPTIONS],
            Self::List { .. } | Self::Abort { .. } => {
                &[Method::GET, Method::DELETE, Method::OPTIONS]
            }
        }
    }

    /// What follows `/companion/s3/`; an upload's id may have escaped slashes in it.
    fn parse(path: &str, method: &Method) -> Result<Self, Error> {
        let decode = |part: &str| percent_decode(part).map_err(Error::Undecodable).map(Into::into);
        let parts: Vec<&str> = path.split('/').collect();
        Ok(match parts.as_slice() {
            ["params"] => Self::Params,
            ["multipart"] => Self::Create,
            ["multipart", id] if *method == Method::DELETE => {
                Self::Abort { upload_id: decode(id)? }
            }
            ["multipart", id] => Self::List { upload_id: decode(id)? },
            ["multipart", id, "batch"] => Self::SignBatch { upload_id: decode(id)? },
            ["multipart", id, "complete"] => Self::Complete { upload_id: decode(id)? },
            ["multipart", id, part] => {
                Self::SignPart { upload_id: decode(id)?, part_number: decode(part)? }
            }
            _ => return Err(Error::NoSuchRoute),
        })
    }
}

/// Where links begin.
pub(super) const LINK_PATH: &str = "/l/";

/// Whether a request is for a link, even if it is refused.
pub(super) fn is_link(request: &Request<'_>) -> bool {
    request.path.starts_with(LINK_PATH)
}

/// What a refused person has opened, if it is meant for people: they get a page.
pub(super) fn opened(request: &Request<'_>, why: &Error) -> Option<Opened> {
    match why {
        _ if is_link(request) => Some(Opened::Link),
        _ if request.path.starts_with("/f/") => Some(Opened::File),
        Error::NoSuchRoute => Some(Opened::Other),
        _ => None,
    }
}

impl Route {
    /// The methods that the route takes.
    pub(super) const fn methods(&self) -> &'static [Method] {
        match self {
            Self::Health | Self::OpenApi | Self::File { .. } => {
                &[Method::GET, Method::HEAD, Method::OPTIONS]
            }
            // No HEAD: it would spend a one-time key for nothing.
            Self::Presign => &[Method::GET, Method::POST, Method::OPTIONS],
            Self::Link { .. } | Self::AdminLink { .. } => {
                &[Method::GET, Method::DELETE, Method::OPTIONS]
            }
            // A link's own methods are known when it is opened.
            Self::Redeem { .. } => {
                &[Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::OPTIONS]
            }
            Self::Companion(step) => step.methods(),
            Self::Quota | Self::AdminQuota | Self::Upload { .. } => &[Method::GET, Method::OPTIONS],
            Self::Revocations => &[Method::POST, Method::DELETE, Method::OPTIONS],
            Self::Uppy
            | Self::AcceptUpload { .. }
            | Self::UploadVerdict { .. }
            | Self::StoreEvents
            | Self::Links
            | Self::Batch
            | Self::Forms
            | Self::Multipart(_)
            | Self::Explain => &[Method::POST, Method::OPTIONS],
        }
    }
}

/// Finds the route of a request and checks its method.
pub(super) fn route(request: &Request<'_>) -> Result<Route, Error> {
    let route = match request.path {
        "/healthz" => Route::Health,
        "/openapi.json" => Route::OpenApi,
        "/v1/presign" => Route::Presign,
        "/v1/presign/batch" => Route::Batch,
        "/v1/forms" => Route::Forms,
        "/v1/links" => Route::Links,
        "/v1/uppy/sign" => Route::Uppy,
        "/v1/quota" => Route::Quota,
        "/v1/store-events" => Route::StoreEvents,
        "/v1/admin/quota" => Route::AdminQuota,
        "/v1/admin/revocations" | "/v1/revocations" => Route::Revocations,
        "/dev/explain" => Route::Explain,
        "/v1/multipart" => Route::Multipart(Step::Create),
        "/v1/multipart/parts" => Route::Multipart(Step::SignParts),
        "/v1/multipart/list" => Route::Multipart(Step::List),
        "/v1/multipart/complete" => Route::Multipart(Step::Complete),
        "/v1/multipart/abort" => Route::Multipart(Step::Abort),
        path => below(path, &request.method)?,
    };
    if route.methods().contains(&request.method) {
        Ok(route)
    } else {
        Err(Error::MethodNotAllowed(route.methods()))
    }
}

fn below(path: &str, method: &Method) -> Result<Route, Error> {
    if let Some(id) = path.strip_prefix("/v1/links/") {
        return Ok(Route::Link { id: id.to_owned() });
    }
    if let Some(id) = path.strip_prefix("/v1/admin/links/") {
        return Ok(Route::AdminLink { id: id.to_owned() });
    }
    if let Some(rest) = path.strip_prefix("/v1/uploads/") {
        return Ok(match rest.rsplit_once('/') {
            Some((id, "accept")) => Route::AcceptUpload { id: id.to_owned() },
            Some((id, "verdict")) => Route::UploadVerdict { id: id.to_owned() },
            _ => Route::Upload { id: rest.to_owned() },
        });
    }
    if let Some(token) = path.strip_prefix(LINK_PATH) {
        return Ok(Route::Redeem { token: token.to_owned() });
    }
    if let Some(step) = path.strip_prefix("/companion/s3/") {
        return CompanionStep::parse(step, method).map(Route::Companion);
    }
    let file = path.strip_prefix("/f/").and_then(|rest| rest.split_once('/'));
    let (store, key) = file.ok_or(Error::NoSuchRoute)?;
    let decode = |part| percent_decode(part).map_err(Error::Undecodable);
    Ok(Route::File { store: decode(store)?.into_owned(), key: decode(key)?.into_owned() })
}
