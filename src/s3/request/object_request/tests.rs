use super::*;
use crate::s3::ObjectKey;
use crate::sigv4::InvalidInput;

fn builder(operation: Operation) -> ObjectRequestBuilder {
    let target = match operation {
        Operation::ListObjectsV2 => Target::Prefix("a/".to_owned()),
        _ => Target::Object(ObjectKey::new("a").unwrap()),
    };
    ObjectRequestBuilder::new(operation, target)
}

fn set(operation: Operation, field: &str, value: &str) -> Result<(), InvalidParameter> {
    builder(operation).set(Parameter::of_field(field).unwrap(), value)
}

#[test]
fn what_is_bound_is_a_header_to_send_and_nothing_else_is() {
    let mut put = builder(Operation::PutObject);
    for (field, value) in [
        ("content_type", "image/png"),
        ("content_length", "0"),
        ("checksum.crc32c", "AAAAAA=="),
        ("create_only", "true"),
        ("acl", "private"),
        ("sse.algorithm", "aws:kms"),
        ("sse.bucket_key", "false"),
    ] {
        put.set(Parameter::of_field(field).unwrap(), value).unwrap();
    }
    put.bind_header("Cache-Control", "no-cache").unwrap();
    put.bind_metadata("Owner", "me").unwrap();
    put.bind_tags(&[("a b".to_owned(), "ü&".to_owned()), ("c".to_owned(), String::new())]).unwrap();
    let request = put.build().unwrap();
    let headers: Vec<_> = request.headers().iter().collect();
    assert_eq!(
        headers,
        [
            ("content-type", "image/png"),
            ("content-length", "0"),
            ("x-amz-checksum-crc32c", "AAAAAA=="),
            ("if-none-match", "*"),
            ("x-amz-acl", "private"),
            ("x-amz-server-side-encryption", "aws:kms"),
            ("cache-control", "no-cache"),
            ("x-amz-meta-owner", "me"),
            ("x-amz-tagging", "a%20b=%C3%BC%26&c="),
        ]
    );
    assert!(request.query().is_empty());
}

#[test]
fn an_operation_has_its_marker_and_needs_its_parameters() {
    let query = |operation: Operation| builder(operation).0.query;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(query(Operation::ListObjectsV2), [pair("list-type", "2"), pair("prefix", "a/")]);
    assert_eq!(query(Operation::PutObjectTagging), [pair("tagging", "")]);
    assert_eq!(query(Operation::CreateMultipartUpload), [pair("uploads", "")]);
    for (operation, missing) in [
        (Operation::UploadPart, "upload_id"),
        (Operation::ListParts, "upload_id"),
        (Operation::GetObjectAttributes, "object_attributes"),
        (Operation::CopyObject, "copy_source.key"),
    ] {
        let why = InvalidParameter::Missing(operation);
        assert_eq!(builder(operation).build().unwrap_err(), (missing, why));
    }
}

#[test]
fn headers_that_change_what_a_request_does_are_refused() {
    let bind = |name, value| builder(Operation::PutObject).bind_header(name, value);
    for name in ["x-amz-copy-source", "x-amz-acl", "content-type", "authorization", "cookie"] {
        assert_eq!(bind(name, "x"), Err(InvalidParameter::NotBindable), "{name}");
    }
    for (name, value, why) in [
        ("a b", "x", InvalidInput::HeaderName),
        ("host", "x", InvalidInput::HeaderName),
        ("expires", "a\r\nb: c", InvalidInput::HeaderValue),
    ] {
        assert_eq!(bind(name, value), Err(InvalidParameter::Http(why)), "{name}");
    }
}

#[test]
fn a_parameter_belongs_to_its_operations() {
    use Operation::{GetObject, PutObject};
    let refused = |operation| Err(InvalidParameter::NotOfOperation(operation));
    assert_eq!(set(GetObject, "content_length", "1"), refused(GetObject));
    assert_eq!(set(PutObject, "version_id", "1"), refused(PutObject));
    assert_eq!(set(PutObject, "upload_id", "1"), refused(PutObject));
    let mut put = builder(PutObject);
    assert_eq!(put.bind_header("range", "bytes=0-1"), refused(PutObject));
    assert!(builder(GetObject).bind_header("Range", "bytes=0-1").is_ok());
}

#[test]
fn values_are_checked() {
    use Operation::{GetObject, PutObject};
    for (operation, field, value, why) in [
        (PutObject, "content_length", "-1", InvalidParameter::Integer(0, 5 * 1024 * 1024 * 1024)),
        (PutObject, "content_length", "007", InvalidParameter::Integer(0, 5 * 1024 * 1024 * 1024)),
        (PutObject, "content_length", "+1", InvalidParameter::Integer(0, 5 * 1024 * 1024 * 1024)),
        (GetObject, "part_number", "10001", InvalidParameter::Integer(1, 10_000)),
        (PutObject, "checksum.crc32", "AAAA", InvalidParameter::Base64(4)),
        (PutObject, "checksum.crc32", "not base64", InvalidParameter::Base64(4)),
        (PutObject, "create_only", "1", InvalidParameter::Flag),
        (PutObject, "content_type", "", InvalidParameter::Text),
        (PutObject, "content_type", "  ", InvalidParameter::Text),
        (PutObject, "content_type", "ü/x", InvalidParameter::NotAscii),
        (GetObject, "version_id", "a\n", InvalidParameter::Text),
    ] {
        assert_eq!(set(operation, field, value), Err(why), "{field} {value:?}");
    }
    assert!(matches!(set(PutObject, "acl", "public"), Err(InvalidParameter::OneOf(_))));
    let mut put = builder(PutObject);
    put.bind_header("expires", "0").unwrap();
    assert_eq!(put.bind_header("Expires", "1"), Err(InvalidParameter::Repeated));
    put.bind_metadata("a", &"a".repeat(8000)).unwrap();
    assert_eq!(put.bind_metadata("b", &"b".repeat(200)), Err(InvalidParameter::TooLong));
    let many: Vec<_> = (0..11).map(|n| (n.to_string(), String::new())).collect();
    assert_eq!(put.bind_tags(&many), Err(InvalidParameter::Tags));
}
