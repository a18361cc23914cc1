//! Everything that can go wrong with a request. [`super::error_table`] has each error's status and code.

use std::fmt;

use http::{Method, StatusCode};

use super::upload_fault::UploadFault;
use crate::api::ports::{InboxUnavailable, LimiterUnavailable, StoreUnavailable};
use crate::config::NoSuchStore;
use crate::encoding::PercentError;
use crate::ledger::{LedgerUnavailable, OneTimeKey};
use crate::policy::Refusal;
use crate::quota::{QuotaUnavailable, wire::Left};
use crate::s3::{InvalidKey, InvalidParameter, UnsupportedByStore};
use crate::session::{DirectoryUnavailable, NoSession, TokenFault};
use crate::variables::Fault;

/// Why a request is refused or fails.
#[derive(Clone, Debug)]
pub(in crate::api) enum Error {
    NoSuchRoute,
    NoDocument,
    MethodNotAllowed(&'static [Method]),
    BodyTooLarge { limit: usize },
    UnsupportedMediaType,
    MalformedBody(String),
    Undecodable(PercentError),
    UnknownField { field: String, known: String },
    MissingField(&'static str),
    InvalidField { field: String, detail: String },
    InvalidValue { code: &'static str, field: String, detail: String },
    NoSuchLink,
    LinkExpired,
    LinkSpent,
    LinkRevoked,
    LinkBound,
    PasswordMissing,
    PasswordWrong { left: Option<u32> },
    TooManyTries { retry_after: u64 },
    PasswordUnavailable(String),
    PrefetchRefused,
    LengthRequired,
    UploadSize { sent: u64, takes: String },
    UploadType { expected: String },
    InvalidHeader { name: String, why: InvalidParameter },
    OneTimeKeyNotTaken,
    SessionMissing,
    SessionInvalid(TokenFault),
    OriginNotAllowed,
    OperatorMissing,
    OperatorInvalid,
    KeysUnavailable(DirectoryUnavailable),
    SessionsUnavailable(DirectoryUnavailable),
    NotAllowed(Refusal),
    TokenIdMissing,
    CookieCanNotSpend,
    NoSuchStore(NoSuchStore),
    LinkStoreGone(String),
    UnsupportedByStore(UnsupportedByStore),
    OneTimeKeyUsed(OneTimeKey),
    TooManyLongKeys,
    LedgerUnavailable(LedgerUnavailable),
    RateLimited { whose: &'static str, retry_after: u64 },
    LimiterUnavailable(LimiterUnavailable),
    QuotaExceeded(Left),
    QuotaUnavailable(QuotaUnavailable),
    CredentialsExpired(String),
    CredentialsUnavailable(String),
    Upload(UploadFault),
    StoreUnavailable(StoreUnavailable),
    StoreRefused { status: StatusCode, code: String },
    Misconfigured(Vec<Fault>),
}

/// A field's value is wrong.
pub(in crate::api) fn invalid(field: &str, detail: impl fmt::Display) -> Error {
    Error::InvalidField { field: field.to_owned(), detail: detail.to_string() }
}

impl From<InvalidKey> for Error {
    fn from(why: InvalidKey) -> Self {
        let (code, field) = ("invalid_key", "key".to_owned());
        Self::InvalidValue { code, field, detail: why.to_string() }
    }
}

impl From<NoSuchStore> for Error {
    fn from(why: NoSuchStore) -> Self {
        Self::NoSuchStore(why)
    }
}

impl From<NoSession> for Error {
    fn from(why: NoSession) -> Self {
        match why {
            NoSession::Refused(fault) => Self::SessionInvalid(fault),
            NoSession::KeysUnavailable(why) => Self::KeysUnavailable(why),
            NoSession::Unavailable(why) => Self::SessionsUnavailable(why),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::NotAllowed(refusal)
    }
}

impl From<UnsupportedByStore> for Error {
    fn from(why: UnsupportedByStore) -> Self {
        Self::UnsupportedByStore(why)
    }
}

impl From<StoreUnavailable> for Error {
    fn from(why: StoreUnavailable) -> Self {
        Self::StoreUnavailable(why)
    }
}

impl From<InboxUnavailable> for Error {
    fn from(why: InboxUnavailable) -> Self {
        Self::Upload(UploadFault::Unavailable(why))
    }
}

impl From<LedgerUnavailable> for Error {
    fn from(why: LedgerUnavailable) -> Self {
        Self::LedgerUnavailable(why)
    }
}

impl From<LimiterUnavailable> for Error {
    fn from(why: LimiterUnavailable) -> Self {
        Self::LimiterUnavailable(why)
    }
}

impl From<QuotaUnavailable> for Error {
    fn from(why: QuotaUnavailable) -> Self {
        Self::QuotaUnavailable(why)
    }
}
