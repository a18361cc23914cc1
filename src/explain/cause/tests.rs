use super::*;

const URL: &str = "https://b.s3.amazonaws.com/a%20b%2Bc/x?X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260115%2Feu-central-1%2Fs3%2Faws4_request\
    &X-Amz-Date=20260115T123456Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost\
    &X-Amz-Signature=0000";

fn headers(content_type: &str) -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), content_type.to_owned())]
}

fn signed() -> Signed {
    Signed::read("PUT", URL, &headers("image/png")).unwrap()
}

/// What a store says that saw this request.
fn seen(method: &str, url: &str, content_type: &str) -> StoreError {
    let seen = Signed::read(method, url, &headers(content_type)).unwrap();
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
    let without = Signed::read("PUT", URL, &[]).unwrap();
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
        ("SignatureDoesNotMatch", "", Cause::Unknown),
    ] {
        let xml = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        assert_eq!(explain(&signed(), &StoreError::read(&xml)).cause, cause, "{code}");
    }
}

#[test]
fn urls_that_are_not_presigned_are_told() {
    use super::super::SignedUrlFault;
    let read = |url| Signed::read("GET", url, &[]);
    assert_eq!(read("nowhere"), Err(SignedUrlFault::Url));
    assert_eq!(read("https://x/%zz"), Err(SignedUrlFault::Url));
    assert_eq!(read("https://x/y"), Err(SignedUrlFault::Parameter("X-Amz-Algorithm")));
}
