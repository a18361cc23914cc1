//! What an object is written and read by.

use std::fs;

use super::client::{Ask, Pairs, Running};

#[test]
fn an_amz_header_that_nobody_signed_is_refused() {
    let store = Running::start();
    let header: Pairs<'_> = &[("x-amz-meta-title", "a")];
    let put = Ask { method: "PUT", key: "key", body: b"hello", ..Ask::default() };
    let refused = store.ask(Ask { unsigned: header, ..put });
    refused.is_refused(403, "AccessDenied");
    assert_eq!(
        refused.element("Message"),
        "There were headers present in the request which were not signed"
    );
    assert_eq!(refused.element("HeadersNotSigned"), "x-amz-meta-title");
    store.get("key").is_refused(404, "NoSuchKey");

    store.ask(Ask { signed: header, unsigned: &[("cache-control", "no-store")], ..put }).is(200);
    let kept = store.get("key");
    assert_eq!(kept.is(200).header("x-amz-meta-title"), Some("a"));
    assert_eq!(kept.header("cache-control"), Some("no-store"));
}

#[test]
fn an_amz_header_that_a_header_signature_leaves_out_is_refused() {
    let store = Running::start();
    let put = Ask { method: "PUT", key: "key", body: b"hello", ..Ask::default() };
    let unsigned = Ask { unsigned: &[("x-amz-meta-title", "a")], ..put };
    store.ask_by_header(unsigned, "UNSIGNED-PAYLOAD").is_refused(403, "AccessDenied");
    store.ask_by_header(put, "UNSIGNED-PAYLOAD").is(200);
}

#[test]
fn a_read_may_be_of_a_range_and_have_conditions() {
    let store = Running::start();
    let etag = store.put("key", "0123456789").is(200).header("etag").unwrap().to_owned();
    assert_eq!(etag, "\"781e5e245d69b566979b86e28d23f2c7\"");
    let read = |name: &str, value: &str| {
        let unsigned = &[(name, value)];
        store.ask(Ask { method: "GET", key: "key", unsigned, ..Ask::default() })
    };
    for (range, body, told) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
    ] {
        let answer = read("range", range);
        assert_eq!(
            (answer.is(206).text().as_str(), answer.header("content-range")),
            (body, Some(told))
        );
    }
    read("range", "bytes=10-").is_refused(416, "InvalidRange");
    read("if-match", &etag).is(200);
    read("if-match", "\"other\"").is_refused(412, "PreconditionFailed");
    read("if-none-match", "\"other\"").is(200);
    let known = read("if-none-match", &etag);
    assert_eq!((known.is(304).text().as_str(), known.header("etag")), ("", Some(etag.as_str())));
    read("if-modified-since", "Sun, 06 Nov 2039 08:49:37 GMT").is(304);
    read("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT").is(200);
    read("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")
        .is_refused(412, "PreconditionFailed");
}

#[test]
fn a_write_may_replace_what_it_knows() {
    let store = Running::start();
    let put = |name: &str, value: &str| {
        let signed = &[(name, value)];
        store.ask(Ask { method: "PUT", key: "key", signed, body: b"b", ..Ask::default() })
    };
    put("if-match", "\"0cc175b9c0f1b6a831c399e269772661\"").is_refused(404, "NoSuchKey");
    store.put("key", "a").is(200);
    put("if-match", "\"92eb5ffee6ae2fec3ad71c777531578f\"").is_refused(412, "PreconditionFailed");
    put("if-none-match", "*").is_refused(412, "PreconditionFailed");
    put("if-match", "\"0cc175b9c0f1b6a831c399e269772661\"").is(200);
    assert_eq!(store.get("key").text(), "b");
}

#[test]
fn bytes_that_arent_those_that_were_promised_are_refused() {
    let store = Running::start();
    // Of "hello".
    for (name, right) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("x-amz-checksum-crc32", "NhCmhg=="),
        ("x-amz-checksum-crc32c", "mnG7TA=="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ] {
        let signed = &[(name, right)];
        let put = |key, body| store.ask(Ask { method: "PUT", key, signed, body, ..Ask::default() });
        put("other", b"hellO").is_refused(400, "BadDigest");
        store.get("other").is_refused(404, "NoSuchKey");
        put(name, b"hello").is(200);
        if name != "content-md5" {
            assert_eq!(store.get(name).header(name), Some(right));
        }
    }
    let signed = &[("content-md5", "nothing")];
    let ask = Ask { method: "PUT", key: "key", signed, body: b"hello", ..Ask::default() };
    store.ask(ask).is_refused(400, "InvalidDigest");
}

#[test]
fn a_checksum_may_come_behind_the_bytes() {
    let store = Running::start();
    let put = |body: &str| {
        let signed = &[
            ("x-amz-decoded-content-length", "5"),
            ("x-amz-sdk-checksum-algorithm", "CRC32"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let body = format!("5\r\n{body}\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
        let ask =
            Ask { method: "PUT", key: "key", signed, body: body.as_bytes(), ..Ask::default() };
        store.ask_by_header(ask, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    };
    put("hellO").is_refused(400, "BadDigest");
    store.get("key").is_refused(404, "NoSuchKey");
    put("hello").is(200);
    assert_eq!(store.get("key").is(200).text(), "hello");
    assert_eq!(store.get("key").header("x-amz-checksum-crc32"), Some("NhCmhg=="));
}

#[test]
fn what_was_kept_is_there_after_a_restart_and_what_was_not_is_gone() {
    let store = Running::start();
    store.put("a//b", "first").is(200);
    store.put("a//b", "second").is(200);
    let id = store.begin("key", &[("content-type", "text/x-test")]);
    let etag = store.put_part("key", &id, 1, b"hello").is(200).header("etag").unwrap().to_owned();
    let bytes = store.folder().join("bucket.bucket/bytes");
    assert_eq!(fs::read_dir(&bytes).unwrap().count(), 2);
    fs::write(bytes.join("of-nobody"), "left by a store that was ended").unwrap();

    let store = store.again();

    assert_eq!(fs::read_dir(&bytes).unwrap().count(), 2);
    assert_eq!(store.get("a//b").is(200).text(), "second");
    store.complete("key", &id, &super::client::part(1, &etag), &[]).is(200);
    let object = store.get("key");
    assert_eq!(
        (object.text().as_str(), object.header("content-type")),
        ("hello", Some("text/x-test"))
    );
    assert_eq!(fs::read_dir(&bytes).unwrap().count(), 2);
}

#[test]
fn an_object_has_the_tags_that_it_was_given_last() {
    let store = Running::start();
    let tags = |key: &str| {
        let query = &[("tagging", "")];
        store.ask(Ask { method: "GET", key, query, ..Ask::default() })
    };
    let put = Ask { method: "PUT", key: "key", body: b"hello", ..Ask::default() };
    store.ask(Ask { signed: &[("x-amz-tagging", "a=b%20c")], ..put }).is(200);
    assert_eq!(
        (tags("key").element("Key"), tags("key").element("Value")),
        ("a".into(), "b c".into())
    );
    tags("other").is_refused(404, "NoSuchKey");

    let body = b"<Tagging><TagSet><Tag><Key>x</Key><Value>y</Value></Tag></TagSet></Tagging>";
    store.ask(Ask { query: &[("tagging", "")], body, ..put }).is(200);
    assert_eq!(
        (tags("key").element("Key"), tags("key").element("Value")),
        ("x".into(), "y".into())
    );

    // A copy takes them along, unless it is to have its own.
    for (key, directive, value) in [("one", "COPY", "y"), ("two", "REPLACE", "")] {
        let signed = &[
            ("x-amz-copy-source", "/bucket/key"),
            ("x-amz-metadata-directive", "REPLACE"),
            ("x-amz-tagging-directive", directive),
        ];
        store.ask(Ask { method: "PUT", key, signed, ..Ask::default() }).is(200);
        assert_eq!(tags(key).is(200).element("Value"), value);
    }

    // A new object has none of the old one's.
    store.put("key", "other");
    assert_eq!(tags("key").is(200).element("Value"), "");
}
