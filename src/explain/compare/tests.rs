use super::*;
use crate::xml;

const URL: &str = "https://b.s3.amazonaws.com/a%20b%2Bc/x?X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Feu-central-1%2Fs3%2Faws4_request\
    &X-Amz-Date=20260115T123456Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost\
    &X-Amz-Signature=0000";

fn headers(content_type: &str) -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), content_type.to_owned())]
}

fn signed() -> SignedUrl {
    SignedUrl::read("PUT", URL, &headers("image/png")).unwrap()
}

/// The answer of a store that saw this request.
fn seen(method: &str, url: &str, content_type: &str) -> StoreError {
    let seen = SignedUrl::read(method, url, &headers(content_type)).unwrap();
    let xml = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>{}</CanonicalRequest>\
         <StringToSign>{}</StringToSign></Error>",
        xml::escape(&seen.canonical_request),
        xml::escape(&seen.string_to_sign)
    );
    StoreError::read(&xml)
}

#[test]
fn the_texts_are_those_that_were_signed() {
    let signed = signed();
    assert!(signed.canonical_request.starts_with("PUT\n/a%20b%2Bc/x\nX-Amz-Algorithm="));
    assert!(
        signed.canonical_request.contains("\ncontent-type:image/png\nhost:b.s3.amazonaws.com\n\n")
    );
    assert!(signed.canonical_request.ends_with("\ncontent-type;host\nUNSIGNED-PAYLOAD"));
    let scope = "20260115/eu-central-1/s3/aws4_request";
    let start = format!("AWS4-HMAC-SHA256\n20260115T123456Z\n{scope}\n");
    assert!(signed.string_to_sign.starts_with(&start));
    assert_eq!(signed.access_key_id, "AKIAIOSFODNN7EXAMPLE");
    let without = SignedUrl::read("PUT", URL, &[]).unwrap();
    assert_eq!(without.missing_headers, ["content-type"]);
}

#[test]
fn each_difference_has_its_cause() {
    let put = |url: &str| seen("PUT", url, "image/png");
    for (error, cause) in [
        (seen("POST", URL, "image/png"), Cause::Method),
        (put(&URL.replace("a%20b%2Bc", "a%2520b%252Bc")), Cause::DoubleEncoding),
        (put(&URL.replace("a%20b%2Bc", "a+b+c")), Cause::Plus),
        (put(&URL.replace("/x?", "//x?")), Cause::PathNormalized),
        (put(&URL.replace("/x?", "/y?")), Cause::Path),
        (put(&format!("{URL}&utm_source=mail")), Cause::QueryAdded),
        (put(&URL.replace("Expires=60", "Expires=600")), Cause::QueryChanged),
        (put(&URL.replace("//b.s3", "//b.cdn")), Cause::Host),
        (seen("PUT", URL, "image/png; charset=utf-8"), Cause::ContentType),
        (put(URL), Cause::Secret),
    ] {
        assert_eq!(explain(&signed(), &error).cause, cause);
    }
}

#[test]
fn the_first_byte_that_differs_is_found() {
    let error = seen("PUT", URL, "image/gif");
    let difference = explain(&signed(), &error).difference.unwrap();
    assert_eq!(difference.line, 4);
    assert_eq!(
        (difference.signed.as_str(), difference.seen.as_str()),
        ("content-type:image/png", "content-type:image/gif")
    );
    let signed = signed();
    assert_eq!(&signed.canonical_request[difference.offset..=difference.offset], "p");
}

#[test]
fn codes_that_say_it_all() {
    for (code, message, cause) in [
        ("RequestTimeTooSkewed", "", Cause::Clock),
        ("InvalidAccessKeyId", "", Cause::AccessKeyId),
        ("AccessDenied", "Request has expired", Cause::Expired),
        ("AuthorizationQueryParametersError", "the region 'eu' is wrong", Cause::Region),
        ("NoSuchKey", "", Cause::Unknown),
    ] {
        let xml = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        assert_eq!(explain(&signed(), &StoreError::read(&xml)).cause, cause, "{code}");
    }
}

/// Answers that stores gave, or document.
#[test]
#[expect(clippy::too_many_lines, reason = "a table, read line by line")]
fn what_stores_say_of_a_refusal_has_its_cause() {
    for (code, message, more, cause) in [
        // AWS
        (
            "AccessDenied",
            "There were headers present in the request which were not signed",
            "<HeadersNotSigned>x-amz-acl</HeadersNotSigned>",
            "headers_not_signed",
        ),
        (
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            "",
            "expires_over_a_week",
        ),
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
            "",
            "region",
        ),
        (
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
            "<Endpoint>b.s3.eu-central-1.amazonaws.com</Endpoint>",
            "endpoint",
        ),
        (
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            "",
            "session_token",
        ),
        (
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            "",
            "body",
        ),
        ("BadDigest", "The Content-MD5 you specified did not match what we received.", "", "body"),
        ("AccessDenied", "Access Denied", "", "unknown"),
        // MinIO
        ("AccessDenied", "Request is not valid yet", "", "clock"),
        // R2
        ("ExpiredRequest", "Request has expired.", "", "expired"),
        (
            "InvalidArgument",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
            "",
            "expires_over_a_week",
        ),
        // Garage
        ("InvalidRequest", "Bad request: Date is too old", "", "expired"),
        (
            "InvalidRequest",
            "Bad request: X-Amz-Expires may not exceed a week",
            "",
            "expires_over_a_week",
        ),
        ("AccessDenied", "Forbidden: Invalid signature", "", "signature"),
        ("AccessDenied", "Forbidden: No such key: GKffffffffffffffffffffffff", "", "access_key_id"),
        (
            "AccessDenied",
            "Forbidden: Access key GK00112233445566778899aabb has expired",
            "",
            "access_key_id",
        ),
        ("AccessDenied", "Forbidden: Operation is not allowed for this key.", "", "permission"),
        (
            "AuthorizationHeaderMalformed",
            "Authorization header malformed, unexpected scope: &apos;20260115/us-east-1/s3/aws4_request&apos;, expected: &apos;20260115/garage/s3/aws4_request&apos;",
            "<Region>garage</Region>",
            "region",
        ),
        (
            "AuthorizationHeaderMalformed",
            "Authorization header malformed, unexpected scope: &apos;20260114/garage/s3/aws4_request&apos;, expected: &apos;20260115/garage/s3/aws4_request&apos;",
            "",
            "scope",
        ),
        (
            "InvalidRequest",
            "Bad request: Header `x-amz-meta-a` should be signed",
            "",
            "headers_not_signed",
        ),
        (
            "InvalidRequest",
            "Bad request: signed header `content-type` is not present",
            "",
            "header_missing",
        ),
        (
            "InvalidRequest",
            "Bad request: duplicate query parameter: `X-Amz-Expires`",
            "",
            "query_added",
        ),
        (
            "InvalidDigest",
            "Invalid digest: Failed to validate checksum for algorithm Sha256: calculated Some(Sha256([45])), expected Sha256([161])",
            "",
            "body",
        ),
        ("InvalidRequest", "Bad request: Invalid date", "", "unknown"),
        // Ceph and Swift
        ("SignatureDoesNotMatch", "", "", "signature"),
    ] {
        let xml = format!("<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>");
        let found = explain(&signed(), &StoreError::read(&xml)).cause;
        assert_eq!(found.code(), cause, "{code}: {message}");
    }
}

#[test]
fn a_bound_header_that_was_not_sent_is_not_the_secrets_fault() {
    let without = SignedUrl::read("PUT", URL, &[]).unwrap();
    let says = |canonical_request: &str, string_to_sign: &str| StoreError {
        code: "SignatureDoesNotMatch".to_owned(),
        canonical_request: Some(canonical_request.to_owned()),
        string_to_sign: Some(string_to_sign.to_owned()),
        ..StoreError::default()
    };
    // Some stores write a line for a missing header, and some none.
    let empty = &without.canonical_request;
    let none = &empty.replace("content-type:\n", "");
    for (ours, theirs, cause) in [
        (&without, empty, "header_missing"),
        (&signed(), empty, "header_missing"),
        (&without, none, "header_missing"),
        (&signed(), none, "header_missing"),
        // The header was sent, but the caller doesn't say with which value it was signed.
        (&without, &signed().canonical_request, "header_not_given"),
    ] {
        let found = explain(ours, &says(theirs, &without.string_to_sign)).cause;
        assert_eq!(found.code(), cause, "{theirs}");
    }
}

/// Some stores refuse it without a reason.
#[test]
fn a_url_for_more_than_a_week_is_no_stores() {
    let read = |seconds: &str| {
        let url = URL.replace("Expires=60", &format!("Expires={seconds}"));
        let signed = SignedUrl::read("PUT", &url, &headers("image/png")).unwrap();
        let xml = "<Error><Code>AccessDenied</Code><Message></Message></Error>";
        explain(&signed, &StoreError::read(xml)).cause.code()
    };
    assert_eq!(read("604801"), "expires_over_a_week");
    assert_eq!(read("604800"), "unknown");
    assert_eq!(read("99999999999999999999999"), "expires_over_a_week");
    assert_eq!(read("soon"), "unknown");
}

#[test]
fn urls_that_are_not_presigned_are_told() {
    use crate::explain::SignedUrlFault;
    let read = |url| SignedUrl::read("GET", url, &[]);
    assert_eq!(read("nowhere"), Err(SignedUrlFault::Url));
    assert_eq!(read("https://x/%zz"), Err(SignedUrlFault::Url));
    assert_eq!(read("https://x/y"), Err(SignedUrlFault::Parameter("X-Amz-Algorithm")));
}
