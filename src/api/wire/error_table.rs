//! The HTTP status, code and sentence of everything that can go wrong with a request.
//!
//! A module's own small enum says what happened. Here it becomes a status, a code and a sentence for the caller, and a
//! reason for the log. The two differ on purpose: a caller only learns that a token isn't accepted, or which part of
//! the edge is down.

use http::{Method, StatusCode, header};

use super::error::Error;
use super::not_allowed::not_allowed;
use super::password_problem::of_password;
use super::problem::Problem;
use super::quota_exceeded::quota_exceeded;
use crate::api::ports::{LimiterUnavailable, StoreUnavailable};
use crate::encoding::PercentError;
use crate::ledger::{LedgerUnavailable, OneTimeKey};
use crate::policy::Refusal;
use crate::quota::QuotaUnavailable;
use crate::session::DirectoryUnavailable;

impl Error {
    #[expect(clippy::too_many_lines, reason = "a table, read line by line")]
    pub(in crate::api) fn problem(&self) -> Problem {
        match self {
            Self::NoSuchRoute => Problem::new(
                StatusCode::NOT_FOUND,
                "no_such_route",
                "There is nothing at this path. GET /openapi.json lists the routes.",
            ),
            Self::NoDocument => Problem::new(
                StatusCode::NOT_FOUND,
                "no_such_route",
                "This document isn't deployed with the Worker: add [assets] with the binding ASSETS to wrangler.toml.",
            ),
            Self::MethodNotAllowed(methods) => {
                let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
                Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("This path takes {allow}."))
                    .with_header(header::ALLOW, allow)
            }
            Self::BodyTooLarge { limit } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("The body is larger than {limit} bytes, the most that this route reads."),
            ),
            Self::UnsupportedMediaType => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the request as JSON with content-type: application/json.",
            ),
            Self::MalformedBody(why) => {
                Problem::new(StatusCode::BAD_REQUEST, "malformed_body", format!("The body is not what it should be: {why}"))
            }
            Self::Undecodable(PercentError::Escape) => Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed_url",
                "The URL has a % without two hexadecimal digits after it; write % as %25.",
            ),
            Self::Undecodable(PercentError::Utf8) => {
                Problem::new(StatusCode::BAD_REQUEST, "malformed_url", "The URL's escapes don't decode to UTF-8.")
            }
            Self::UnknownField { field, known } => Problem::new(
                StatusCode::BAD_REQUEST,
                "unknown_field",
                format!("{field} is not a field of this request; it has: {known}."),
            ),
            Self::MissingField(field) => {
                Problem::new(StatusCode::BAD_REQUEST, "missing_field", format!("The field {field} is missing."))
            }
            Self::InvalidField { field, detail } => {
                Problem::new(StatusCode::BAD_REQUEST, "invalid_field", format!("{field}: {detail}."))
            }
            Self::InvalidValue { code, field, detail } => {
                Problem::new(StatusCode::BAD_REQUEST, code, format!("{field}: {detail}."))
            }
            Self::NoSuchLink => Problem::new(
                StatusCode::NOT_FOUND,
                "no_such_link",
                "There is no such link. Check that it was copied whole, or ask whoever shared it.",
            ),
            Self::LinkExpired => Problem::new(
                StatusCode::GONE,
                "link_expired",
                "The link has expired. Ask whoever shared it for a new one.",
            ),
            Self::LinkSpent => Problem::new(
                StatusCode::GONE,
                "link_spent",
                "The link has been used as often as it may be. Ask whoever shared it for a new one.",
            ),
            Self::LinkRevoked => Problem::new(
                StatusCode::GONE,
                "link_revoked",
                "The link was withdrawn. Ask whoever shared it.",
            ),
            Self::LinkBound => Problem::new(
                StatusCode::FORBIDDEN,
                "link_bound",
                "The link is bound to somebody else, or to another network. It was not used up.",
            ),
            Self::PasswordMissing
            | Self::PasswordWrong { .. }
            | Self::TooManyTries { .. }
            | Self::PasswordUnavailable(_) => of_password(self),
            Self::PrefetchRefused => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "prefetch_refused",
                "Links can't be prefetched. Open the link when you need it.",
            )
            .with_header(header::RETRY_AFTER, "1"),
            Self::LengthRequired => Problem::new(
                StatusCode::LENGTH_REQUIRED,
                "length_required",
                "Send content-length: the size of an upload is part of what is signed.",
            ),
            Self::UploadSize { sent, takes } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "upload_size",
                format!("This link takes {takes}; content-length says {sent}. It was not used up."),
            ),
            Self::UploadType { expected } => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "upload_type",
                format!("This link takes an upload with content-type: {expected}. It was not used up."),
            ),
            Self::InvalidHeader { name, why } => {
                // The name may contain any character, so it is printed with escapes.
                Problem::new(StatusCode::BAD_REQUEST, "invalid_header", format!("headers: {name:?}: {why}."))
            }
            Self::OneTimeKeyNotTaken => Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_one_time_key",
                "one_time_key: the rule that allows this spends the session token itself; leave the \
                 field out.",
            ),
            Self::SessionMissing => Problem::new(
                StatusCode::UNAUTHORIZED,
                "session_missing",
                "Send a session token: authorization: Bearer <token>.",
            )
            .with_header(header::WWW_AUTHENTICATE, "Bearer"),
            // One text for every fault of a token, which must not help to make a better one.
            Self::SessionInvalid(fault) => Problem::new(
                StatusCode::UNAUTHORIZED,
                "session_invalid",
                "The session token is not accepted. Sign in again to get a new one.",
            )
            .with_header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
            .with_reason(fault.reason()),
            Self::OriginNotAllowed => Problem::new(
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "The session came in a cookie, from a page whose origin may not use it: show the token in \
                 the authorization header, or name the page's origin under CORS.allowed_origins.",
            ),
            Self::OperatorMissing => Problem::new(
                StatusCode::UNAUTHORIZED,
                "operator_missing",
                "Only the operator may use this route. Send its secret: authorization: Bearer <secret>.",
            )
            .with_header(header::WWW_AUTHENTICATE, "Bearer"),
            Self::OperatorInvalid => {
                Problem::new(StatusCode::UNAUTHORIZED, "operator_invalid", "This is not the operator's secret.")
                    .with_header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
            }
            Self::KeysUnavailable(DirectoryUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "keys_unavailable",
                "The keys for verifying session tokens can't be fetched now. Try again.",
            )
            .with_header(header::RETRY_AFTER, "10")
            .with_reason(reason.clone()),
            Self::SessionsUnavailable(DirectoryUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "sessions_unavailable",
                "Session data can't be read or changed now. Try again.",
            )
            .with_header(header::RETRY_AFTER, "1")
            .with_reason(reason.clone()),
            Self::NotAllowed(Refusal { dimension, .. }) => {
                Problem::new(StatusCode::FORBIDDEN, "not_allowed", not_allowed(*dimension))
                    .with_member("dimension", dimension.to_string())
            }
            Self::TokenIdMissing => Problem::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                "The rule that allows this spends the session token's jti, and this token has none.",
            )
            .with_member("dimension", "one_time"),
            Self::CookieCanNotSpend => Problem::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                "This spends a one-time key or a quota, or begins an upload, and any page can make a browser \
                 send a cookie with a GET: show the token in the authorization header.",
            )
            .with_member("dimension", "one_time"),
            Self::NoSuchStore(why) => Problem::new(StatusCode::NOT_FOUND, "no_such_store", why.to_string()),
            // Anybody may have a link, so its recipient learns no store's name.
            Self::LinkStoreGone(reason) => Problem::new(
                StatusCode::NOT_FOUND,
                "no_such_store",
                "The store of this link isn't configured any more.",
            )
            .with_reason(reason.clone()),
            Self::UnsupportedByStore(why) => {
                let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unsupported_by_store", why.to_string());
                match why.feature() {
                    Some(name) => problem.with_member("feature", name),
                    None => problem,
                }
            }
            Self::OneTimeKeyUsed(key) => Problem::new(
                StatusCode::CONFLICT,
                "one_time_key_used",
                match key {
                    OneTimeKey::Caller(_) => {
                        "This one-time key was used before. Make a new one for a new request."
                    }
                    OneTimeKey::TokenId(_) => {
                        "This session token is good for one URL and was used before. Get a new token."
                    }
                },
            ),
            Self::TooManyLongKeys => Problem::new(
                StatusCode::CONFLICT,
                "too_many_long_keys",
                "The ledger takes no more one-time keys of sessions that last longer than 31 days. Use a session \
                 that ends earlier.",
            ),
            Self::LedgerUnavailable(LedgerUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ledger_unavailable",
                "The ledger can't be asked about earlier use now, so no URL is given out. Try again.",
            )
            .with_header(header::RETRY_AFTER, "1")
            .with_reason(reason.clone()),
            Self::RateLimited { whose, retry_after } => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("Too many requests of this {whose} came in a short time. Wait as long as Retry-After says."),
            )
            .with_header(header::RETRY_AFTER, retry_after.to_string())
            .with_member("limit", *whose),
            Self::LimiterUnavailable(LimiterUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "limiter_unavailable",
                "Rate limits can't be checked now. Try again.",
            )
            .with_header(header::RETRY_AFTER, "1")
            .with_reason(reason.clone()),
            Self::QuotaExceeded(left) => quota_exceeded(*left),
            Self::QuotaUnavailable(QuotaUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "quota_unavailable",
                "The quota can't be checked now, so nothing is signed. Try again.",
            )
            .with_header(header::RETRY_AFTER, "1")
            .with_reason(reason.clone()),
            Self::CredentialsExpired(store) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "credentials_expired",
                "The edge's credentials for this store have expired; its operator has to renew them.",
            )
            .with_header(header::RETRY_AFTER, "60")
            .with_reason(format!("the credentials for the store {store} have expired")),
            Self::CredentialsUnavailable(reason) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "credentials_unavailable",
                "The edge has no credentials for this store at the moment. Try again.",
            )
            .with_header(header::RETRY_AFTER, "5")
            .with_reason(reason.clone()),
            Self::Upload(fault) => fault.problem(),
            Self::StoreUnavailable(StoreUnavailable(reason)) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "store_unavailable",
                "The store didn't answer. Try again.",
            )
            .with_header(header::RETRY_AFTER, "5")
            .with_reason(reason.clone()),
            // A refusal about the caller's request keeps its status; others are between the edge and the store.
            Self::StoreRefused { status, code } if is_for_caller(*status) => Problem::new(
                *status,
                "store_refused",
                format!("The store refused: {code}."),
            )
            .with_member("store_code", code.as_str()),
            Self::StoreRefused { status, code } => Problem::new(
                StatusCode::BAD_GATEWAY,
                "store_refused",
                "The store refused the edge's own request. Its operator finds the reason in the log.",
            )
            .with_reason(format!("{} {code}", status.as_u16())),
            Self::Misconfigured(faults) => Problem::misconfigured(faults),
        }
    }
}

const fn is_for_caller(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 404 | 409 | 412 | 416)
}
