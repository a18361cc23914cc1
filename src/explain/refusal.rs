//! Causes of refusals from stores that don't show the texts that they signed.
//!
//! AWS: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>; Garage's sentences are those of 2.5.

use super::{Cause, SignedUrl, StoreError};

/// The longest life of a query signature, in seconds
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>).
const WEEK: u64 = 604_800;

/// The cause that follows from the code and its sentence.
pub(super) fn cause_by_code(signed: &SignedUrl, error: &StoreError) -> Option<Cause> {
    let says = |words: &str| error.message.contains(words);
    let by_code = match error.code.as_str() {
        "RequestTimeTooSkewed" => Some(Cause::Clock),
        "InvalidAccessKeyId" | "NotSignedUp" => Some(Cause::AccessKeyId),
        "InvalidToken" => Some(Cause::SessionToken),
        "ExpiredToken" | "ExpiredRequest" => Some(Cause::Expired),
        "PermanentRedirect" => Some(Cause::Endpoint),
        "XAmzContentSHA256Mismatch" | "BadDigest" => Some(Cause::Body),
        "InvalidDigest" if says("Failed to validate checksum") => Some(Cause::Body),
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" => {
            cause_in_parameters(&error.message)
        }
        // R2 uses AWS's sentence with another code.
        "InvalidArgument" if says("less than a week") => Some(Cause::ExpiresOverAWeek),
        "AccessDenied" if error.headers_not_signed.is_some() => Some(Cause::HeadersNotSigned),
        // MinIO says so of a signed header that didn't come too.
        "AccessDenied" if says("which were not signed") => {
            let all_given = signed.missing_headers.is_empty();
            Some(if all_given { Cause::HeadersNotSigned } else { Cause::HeaderMissing })
        }
        "AccessDenied" if says("No such key") || says("Access key") => Some(Cause::AccessKeyId),
        "AccessDenied" if says("expired") => Some(Cause::Expired),
        "AccessDenied" if says("not yet valid") || says("not valid yet") => Some(Cause::Clock),
        "AccessDenied" if says("Invalid signature") => Some(Cause::Signature),
        "AccessDenied" if says("not allowed for this key") => Some(Cause::Permission),
        "InvalidRequest" if says("may not exceed a week") => Some(Cause::ExpiresOverAWeek),
        "InvalidRequest" if says("Date is too old") => Some(Cause::Expired),
        "InvalidRequest" if says("should be signed") => Some(Cause::HeadersNotSigned),
        "InvalidRequest" if says("is not present") => Some(Cause::HeaderMissing),
        "InvalidRequest" if says("duplicate query parameter") => Some(Cause::QueryAdded),
        _ => None,
    };
    // Ceph gives no reason.
    let may_be_its_time = matches!(
        error.code.as_str(),
        "" | "AccessDenied" | "AuthorizationQueryParametersError" | "InvalidRequest"
    );
    by_code.or_else(|| {
        (may_be_its_time && is_over_a_week(&signed.expires)).then_some(Cause::ExpiresOverAWeek)
    })
}

fn cause_in_parameters(message: &str) -> Option<Cause> {
    if message.contains("less than a week") {
        return Some(Cause::ExpiresOverAWeek);
    }
    if let Some((_, scopes)) = message.split_once("unexpected scope: '") {
        // Garage shows the scope (date/region/service/aws4_request) that came, and the expected one.
        let (came, expected) = scopes.split_once("', expected: '")?;
        let region = |scope: &str| scope.split('/').nth(1).map(str::to_owned);
        let same = region(came) == region(expected);
        return Some(if same { Cause::Scope } else { Cause::Region });
    }
    message.contains("egion").then_some(Cause::Region)
}

fn is_over_a_week(expires: &str) -> bool {
    let is_number = !expires.is_empty() && expires.bytes().all(|b| b.is_ascii_digit());
    is_number && expires.parse::<u64>().map_or(true, |seconds| seconds > WEEK)
}
