//! Each reader with lines in its log's published format. Names, addresses and times are from the vendors' examples;
//! requests are this project's.

use super::*;
use crate::s3::Tag;
use crate::time::Timestamp;

const TAG: &str = "AAECAwQFBgcICQoLDA0ODxAR";
const SIGNATURE: &str = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

fn query() -> String {
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20190206%2Fus-west-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20190206T000038Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&x-edge={TAG}&X-Amz-Signature={SIGNATURE}"
    )
}

fn tagged() -> Signed {
    Signed::InQuery(Mark::Tag(Tag::parse(TAG).unwrap()))
}

fn s3_line(request: &str, behind: &str) -> String {
    let owner = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    format!(
        "{owner} amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 {owner} 3E57427F3EXAMPLE \
         REST.GET.OBJECT users/alice/a%2520b {request} {behind} \"-\" \"S3Console/0.4\" - \
         s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 \
         ECDHE-RSA-AES128-GCM-SHA256 QueryString amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 - Yes us-east-1"
    )
}

fn get() -> String {
    format!("\"GET /users/alice/a%20b?{} HTTP/1.1\"", query())
}

fn time() -> Timestamp {
    Timestamp::parse_rfc3339("2019-02-06T00:00:38Z").unwrap()
}

fn read(format: Format, line: &str) -> Logged<'_> {
    assert_eq!(Format::of(line.as_bytes()), Some(format), "{line}");
    format.read(line.as_bytes()).unwrap().unwrap()
}

#[test]
fn s3_says_all_of_it_in_text() {
    let line = s3_line(&get(), "200 - 2662992 3462992 70 10");
    let logged = read(Format::S3Text, &line);
    assert_eq!(
        logged,
        Logged {
            time: time(),
            address: "192.0.2.3".parse().ok(),
            method: Method::Get,
            path: Path::Encoded(b"/users/alice/a%20b"),
            signed: tagged(),
            status: Some(200),
            sent: Some(2_662_992),
            received: None,
            request_id: b"3E57427F3EXAMPLE",
            is_end: false,
        }
    );
    // For an upload no body is sent, and the object has the size.
    let put = format!("\"PUT /users/alice/a?{} HTTP/1.1\"", query());
    let line = s3_line(&put, "200 - - 4406583 41754 28");
    let logged = read(Format::S3Text, &line);
    assert_eq!((logged.sent, logged.received), (Some(0), Some(4_406_583)));
    let line = s3_line(&get(), "403 AccessDenied 243 - 7 -").replace("192.0.2.3", "-");
    let logged = read(Format::S3Text, &line);
    assert_eq!((logged.status, logged.address), (Some(403), None));
}

#[test]
fn what_signs_a_request_is_in_its_query_or_elsewhere() {
    for (query, expected) in [
        (query(), tagged()),
        (query().replace(&format!("&x-edge={TAG}"), ""), Signed::InQuery(Mark::None)),
        (query().replace(TAG, "made-up"), Signed::InQuery(Mark::False)),
        (query().replace(TAG, ""), Signed::InQuery(Mark::False)),
        (format!("{}&x-edge={TAG}", query()), Signed::InQuery(Mark::False)),
        (query().to_ascii_lowercase().replace(&TAG.to_ascii_lowercase(), TAG), tagged()),
        (
            "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=a&Expires=1".to_owned(),
            Signed::InQuery(Mark::None),
        ),
        (format!("x-edge={TAG}"), Signed::Otherwise),
        ("versioning".to_owned(), Signed::Otherwise),
        ("&&=&a".to_owned(), Signed::Otherwise),
        (String::new(), Signed::Otherwise),
    ] {
        let line = s3_line(&format!("\"GET /a?{query} HTTP/1.1\""), "200 - 1 1 1 1");
        assert_eq!(read(Format::S3Text, &line).signed, expected, "{query}");
    }
}

#[test]
fn s3_says_the_same_in_json() {
    let line = format!(
        r#"{{"schema_version_id":"V_1_0","bucket_arn":"arn:aws:s3:::amzn-s3-demo-bucket1","bucket_name":"amzn-s3-demo-bucket1","request_time":"2019-02-06T00:00:38.123Z","remote_ip":"192.0.2.3","requester":null,"request_id":"3E57427F3EXAMPLE","operation":"REST.GET.OBJECT","key":"users/alice/a%2520b","request_uri":"GET /users/alice/a%20b?{} HTTP/1.1","http_status":206,"error_code":null,"bytes_sent":100,"object_size":3462992}}"#,
        query()
    );
    let logged = read(Format::S3Json, &line);
    assert_eq!(
        logged,
        Logged {
            time: time(),
            address: "192.0.2.3".parse().ok(),
            method: Method::Get,
            path: Path::Encoded(b"/users/alice/a%20b"),
            signed: tagged(),
            status: Some(206),
            sent: Some(100),
            received: None,
            request_id: b"3E57427F3EXAMPLE",
            is_end: false,
        }
    );
    // Exported lines have their moment in front; numbers may be texts; escapes don't change the meaning.
    let exported = format!("2019-02-06T00:00:38.123Z {line}")
        .replace(r#""http_status":206"#, r#""http_status":"200""#)
        .replace(r#""bytes_sent":100"#, r#""bytes_sent":null"#)
        .replace("GET /users", r"GET \/users")
        .replace("&x-edge", r"\u0026x-edge");
    let logged = read(Format::S3Json, &exported);
    assert_eq!((logged.status, logged.sent, logged.signed), (Some(200), None, tagged()));
    assert_eq!(logged.path, Path::Decoded("/users/alice/a b".into()));
    let without = line
        .replace(r#""http_status":206,"#, "")
        .replace(r#""remote_ip":"192.0.2.3""#, r#""remote_ip":null"#);
    let logged = read(Format::S3Json, &without);
    assert_eq!((logged.status, logged.address), (None, None));
}

#[test]
fn ceph_says_all_of_it() {
    let line = format!(
        r#"{{"bucket":"photos","time":"2019-02-06T00:00:38.123456Z","time_local":"2019-02-06T01:00:38.123456+0100","remote_addr":"192.0.2.3","user":"alice","operation":"get_obj","uri":"GET /photos/users/alice/a%20b?{} HTTP/1.1","http_status":"200","error_code":"","bytes_sent":2662992,"bytes_received":0,"object_size":2662992,"total_time":7,"user_agent":"curl/7.88.1","referrer":"","trans_id":"tx00000a1b2c3d4e5f6-0065e0c0de-4e9f-default"}}"#,
        query()
    );
    let logged = read(Format::Ceph, &line);
    assert_eq!(
        logged,
        Logged {
            time: time(),
            address: "192.0.2.3".parse().ok(),
            method: Method::Get,
            path: Path::Encoded(b"/photos/users/alice/a%20b"),
            signed: tagged(),
            status: Some(200),
            sent: Some(2_662_992),
            received: Some(0),
            request_id: b"tx00000a1b2c3d4e5f6-0065e0c0de-4e9f-default",
            is_end: false,
        }
    );
    // From the socket they are a list.
    assert_eq!(read(Format::Ceph, &format!("[{line},")), logged);
    let v6 = line.replace("192.0.2.3", "2001:db8::7");
    assert_eq!(read(Format::Ceph, &v6).address, "2001:db8::7".parse().ok());
}

#[test]
fn minio_says_all_of_it_but_the_method() {
    let line = format!(
        r#"{{"version":"1","deploymentid":"8ca2b7ad-20cf-4d07-9efb-28b2f519f4a5","time":"2019-02-06T00:00:38.744431903Z","event":"","trigger":"incoming","api":{{"name":"GetObject","bucket":"data","object":"users/alice/a b","status":"OK","statusCode":200,"rx":0,"tx":358,"txHeaders":387,"timeToFirstByte":"2096989ns"}},"remotehost":"192.0.2.3","requestID":"17B86CB0ED88EBE9","userAgent":"curl","requestPath":"/data/users/alice/a b","requestHost":"minio.example.net:9000","requestQuery":{{"X-Amz-Algorithm":"AWS4-HMAC-SHA256","X-Amz-Credential":"AKIAIOSFODNN7EXAMPLE/20190206/us-east-1/s3/aws4_request","X-Amz-Signature":"{SIGNATURE}","x-edge":"{TAG}"}},"requestHeader":{{"Range":["a"]}},"responseHeader":{{"ETag":"\"1d9fdc88af5e74f5eac0a3dd750ce58e-2\""}},"tags":{{}}}}"#
    );
    let logged = read(Format::Minio, &line);
    assert_eq!(
        logged,
        Logged {
            time: time(),
            address: "192.0.2.3".parse().ok(),
            method: Method::Get,
            path: Path::Decoded("/data/users/alice/a b".into()),
            signed: tagged(),
            status: Some(200),
            sent: Some(358),
            received: Some(0),
            request_id: b"17B86CB0ED88EBE9",
            is_end: false,
        }
    );
    for (name, method) in [
        ("HeadObject", Method::Head),
        ("PutObject", Method::Put),
        ("PutObjectPart", Method::Put),
        ("DeleteObject", Method::Delete),
        ("SomethingNew", Method::Other),
    ] {
        let line = line.replace("GetObject", name);
        assert_eq!(read(Format::Minio, &line).method, method, "{name}");
    }
    let header = line.replace(&format!(r#""X-Amz-Signature":"{SIGNATURE}","#), "");
    assert_eq!(read(Format::Minio, &header).signed, Signed::Otherwise);
    let twice = line.replace(TAG, &format!("{TAG},{TAG}"));
    assert_eq!(read(Format::Minio, &twice).signed, Signed::InQuery(Mark::False));
}

#[test]
fn garage_says_who_asked_for_what_and_no_more() {
    let request = format!("GET /photos/users/alice/a%20b?{}", query());
    let plain = format!(
        "2019-02-06T00:00:38.657651Z  INFO garage_api_common::generic_server: 192.0.2.3 (via [::1]:50102) {request}"
    );
    let expected = Logged {
        time: time(),
        address: "192.0.2.3".parse().ok(),
        method: Method::Get,
        path: Path::Encoded(b"/photos/users/alice/a%20b"),
        signed: tagged(),
        status: None,
        sent: None,
        received: None,
        request_id: b"",
        is_end: false,
    };
    assert_eq!(read(Format::Garage, &plain), expected);
    for line in [
        plain.replace("garage_api_common", "garage_api"),
        plain.replace("generic_server:", "generic_server"),
        plain.replace("192.0.2.3 (via [::1]:50102)", "192.0.2.3:50102"),
        format!("Feb 06 00:00:38 host garage[812]: {plain}"),
        plain
            .replace(
                "2019-02-06T00:00:38.657651Z  INFO ",
                "\x1b[2m2019-02-06T00:00:38.657651Z\x1b[0m \x1b[32m INFO\x1b[0m ",
            )
            .replace(
                "garage_api_common::generic_server:",
                "\x1b[2mgarage_api_common::generic_server\x1b[0m\x1b[2m:\x1b[0m",
            ),
    ] {
        assert_eq!(read(Format::Garage, &line), expected, "{line}");
    }
    let v6 = plain.replace("192.0.2.3 (via [::1]:50102)", "[2001:db8::7]:50102");
    assert_eq!(read(Format::Garage, &v6).address, "2001:db8::7".parse().ok());
    for other in [
        "2019-02-06T00:00:38.657651Z  INFO garage_api_common::generic_server: Response: error 403 Forbidden, Forbidden: Invalid signature",
        "2019-02-06T00:00:38.657651Z  INFO garage_api_common::generic_server: S3 API server listening on http://[::]:3900",
        "2019-02-06T00:00:38.657651Z  INFO garage::server: Loading configuration...",
    ] {
        assert_eq!(Format::Garage.read(other.as_bytes()), Ok(None), "{other}");
        assert_eq!(Format::of(other.as_bytes()), Some(Format::Garage));
    }
}

#[test]
fn what_is_no_line_of_a_log_is_told_and_never_fatal() {
    let lines = [
        (Format::S3Text, s3_line(&get(), "200 - 2662992 3462992 70 10")),
        (
            Format::S3Json,
            format!(
                r#"{{"bucket_arn":"arn:aws:s3:::b","request_time":"2019-02-06T00:00:38.123Z","remote_ip":"192.0.2.3","request_uri":"GET /a?{} HTTP/1.1"}}"#,
                query()
            ),
        ),
        (
            Format::Ceph,
            format!(
                r#"{{"bucket":"b","time":"2019-02-06T00:00:38.123456Z","remote_addr":"192.0.2.3","uri":"GET /b/a?{} HTTP/1.1","http_x_headers":[{{"a":"b"}}]}}"#,
                query()
            ),
        ),
        (
            Format::Minio,
            format!(
                r#"{{"time":"2019-02-06T00:00:38Z","api":{{"name":"GetObject"}},"requestQuery":{{"X-Amz-Signature":"{SIGNATURE}"}}}}"#
            ),
        ),
    ];
    for (format, line) in &lines {
        assert!(format.read(line.as_bytes()).is_ok(), "{line}");
        for end in 0..line.len() {
            let cut = &line.as_bytes()[..end];
            // S3 may leave fields out at the end; these aren't read.
            if let Ok(read) = format.read(cut) {
                assert!(*format == Format::S3Text && read.unwrap().status == Some(200), "{end}");
            }
        }
        if *format != Format::S3Text {
            let cut = &line.as_bytes()[..line.len() - 1];
            assert_eq!(format.read(cut), Err(Unreadable::Cut), "{line}");
        }
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for garbage in [
        "",
        " ",
        "{",
        "}",
        "{}",
        "[]",
        "null",
        "a b c",
        "\"",
        "{\"a\"",
        "{\"a\":}",
        "{\"a\":\"\\\"}",
        "{,}",
        "{\"time\":1,\"api\":2}",
        "{\"time\":\"2019-02-06T00:00:38Z\",\"api\":[]}",
        "\u{1b}[2m generic_server",
        "2019-02-06T00:00:38.657651Z INFO generic_server",
        &deep,
        "<html>",
        "- - - - - -",
        "a b [06/Feb/2019:00:00:38 +0000",
        "a b [nonsense] c d e f g",
    ] {
        for (format, _) in Format::ALL {
            let read = format.read(garbage.as_bytes());
            assert!(!matches!(read, Ok(Some(_))), "{garbage} {format:?} {read:?}");
        }
    }
    let cut = s3_line(&get(), "200");
    assert_eq!(Format::S3Text.read(&cut.as_bytes()[..300]), Err(Unreadable::Cut));
}
