//! What can go wrong with an upload into an inbox, and the problem for it.

use http::{StatusCode, header};

use super::problem::Problem;
use crate::api::ports::InboxUnavailable;
use crate::inbox::{BadSignature, NotTaken};

/// Why an upload isn't signed, or can't be looked up.
#[derive(Clone, Debug)]
pub(in crate::api) enum UploadFault {
    /// It couldn't be copied to its key. The reason is for the log.
    CannotAccept(String),
    /// There is none.
    Unknown,
    /// Nothing is there yet.
    Nothing,
    /// It was replaced while it was looked at.
    Changed,
    /// Its object didn't answer.
    Unavailable(InboxUnavailable),
    /// A store's events came without their secret.
    StoreSecretMissing,
    /// They came with another one.
    StoreSecretInvalid,
    /// A verdict came without a signature.
    SignatureMissing,
    /// It came with another one than the scanner's, or late.
    BadSignature(BadSignature),
    /// It is of nothing that a verdict is waited for.
    NotTaken(NotTaken),
}

/// A refusal of what a scanner has to sign. RFC 9110 wants the name of a scheme.
fn unsigned(code: &'static str, sentence: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, sentence)
        .with_header(header::WWW_AUTHENTICATE, "webhook-signature")
}

impl UploadFault {
    /// The status, the code and a sentence.
    pub(super) fn problem(&self) -> Problem {
        match self {
        Self::CannotAccept(reason) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unsupported_by_store",
            "The upload could not be brought to its key at this store as it is asked for, so nothing was signed. \
             Leave out headers and metadata that it doesn't need.",
        )
        .with_reason(reason.clone()),
        // Somebody else's upload counts as unknown.
        Self::Unknown => Problem::new(
            StatusCode::NOT_FOUND,
            "no_such_upload",
            "There is no such upload of this session's, or its time is over.",
        ),
        Self::Nothing => Problem::new(
            StatusCode::CONFLICT,
            "nothing_uploaded",
            "Nothing was uploaded yet. Send the file first, then ask again.",
        ),
        Self::Changed => Problem::new(
            StatusCode::CONFLICT,
            "upload_changed",
            "The file was replaced while it was looked at. Ask again once it is there.",
        ),
        Self::Unavailable(InboxUnavailable(reason)) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "inbox_unavailable",
            "What is known of uploads can't be read or written now. Try again.",
        )
        .with_header(header::RETRY_AFTER, "1")
        .with_reason(reason.clone()),
        Self::StoreSecretMissing => Problem::new(
            StatusCode::UNAUTHORIZED,
            "store_secret_missing",
            "This route is a store's. Show its secret: authorization: Bearer <secret>, or Basic with it as the \
             password.",
        )
        .with_header(header::WWW_AUTHENTICATE, "Bearer"),
        Self::StoreSecretInvalid => Problem::new(
            StatusCode::UNAUTHORIZED,
            "store_secret_invalid",
            "This is not the secret of UPLOADS.events_secret.",
        )
        .with_header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
        Self::SignatureMissing => unsigned(
            "signature_missing",
            "A verdict is signed: send webhook-id, webhook-timestamp and webhook-signature.",
        ),
        Self::BadSignature(BadSignature::Forged) => unsigned(
            "signature_invalid",
            "webhook-signature is not of this message with the secret of UPLOADS.scanner.",
        ),
        Self::BadSignature(BadSignature::Stale) => unsigned(
            "signature_expired",
            "webhook-timestamp is more than 300 seconds off. Sign the message again.",
        ),
        Self::NotTaken(NotTaken::NotAsked) => Problem::new(
            StatusCode::CONFLICT,
            "not_scanning",
            "No verdict was asked for of this upload.",
        ),
        Self::NotTaken(NotTaken::OtherBytes) => Problem::new(
            StatusCode::CONFLICT,
            "verdict_of_other_bytes",
            "etag is not that of the bytes that are being scanned.",
        ),
        Self::NotTaken(NotTaken::TooLate) => Problem::new(
            StatusCode::CONFLICT,
            "verdict_too_late",
            "The upload has come to another end, and stays so.",
        ),
        }
    }
}
