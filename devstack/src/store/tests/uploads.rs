//! Uploads in parts.

use edge_signer::xml;

use super::client::{Ask, Running, part};

const MIB: usize = 1024 * 1024;

#[test]
fn an_upload_id_is_that_of_one_key() {
    let store = Running::start();
    let id = store.begin("own", &[]);
    let etag = store.put_part("own", &id, 1, b"hello").is(200).header("etag").unwrap().to_owned();
    for (key, id) in [("other", id.as_str()), ("/own", &id), ("own", "nothing")] {
        let ask = Ask { key, query: &[("uploadId", id)], ..Ask::default() };
        store.put_part(key, id, 1, b"other").is_refused(404, "NoSuchUpload");
        store.ask(Ask { method: "GET", ..ask }).is_refused(404, "NoSuchUpload");
        store.complete(key, id, &part(1, &etag), &[]).is_refused(404, "NoSuchUpload");
        store.ask(Ask { method: "DELETE", ..ask }).is_refused(404, "NoSuchUpload");
        store.get(key).is_refused(404, "NoSuchKey");
    }
    let completed = store.complete("own", &id, &part(1, &etag), &[]);
    // The MD5 of the MD5 of "hello".
    assert_eq!(completed.is(200).element("ETag"), "\"62109206880d38a4010a98e11243924a-1\"");
    assert!(completed.element("Location").ends_with("/bucket/own"), "{}", completed.text());
    assert_eq!(store.get("own").text(), "hello");
}

#[test]
fn a_list_of_parts_that_doesnt_fit_is_refused_and_the_upload_goes_on() {
    let store = Running::start();
    let id = store.begin("key", &[]);
    let etag = |answer: super::client::Answer| answer.is(200).header("etag").unwrap().to_owned();
    let small = etag(store.put_part("key", &id, 3, b"small"));
    let large = etag(store.put_part("key", &id, 7, &vec![b'a'; 5 * MIB]));
    let last = etag(store.put_part("key", &id, 9, b"last"));
    let refused = |parts: &[String], code: &str| {
        store.complete("key", &id, &parts.concat(), &[]).is_refused(400, code);
    };
    refused(&[], "MalformedXML");
    refused(&[part(7, &large), part(8, &last)], "InvalidPart");
    refused(&[part(7, &last)], "InvalidPart");
    refused(&[part(9, &last), part(7, &large)], "InvalidPartOrder");
    refused(&[part(7, &large), part(7, &large)], "InvalidPartOrder");
    refused(&[part(3, &small), part(7, &large)], "EntityTooSmall");
    store.put_part("key", &id, 0, b"a").is_refused(400, "InvalidArgument");
    store.put_part("key", &id, 10_001, b"a").is_refused(400, "InvalidArgument");

    let page = |query: &[(&str, &str)]| {
        let query = [query, &[("uploadId", id.as_str())]].concat();
        let listed = store.ask(Ask { method: "GET", key: "key", query: &query, ..Ask::default() });
        let numbers = xml::elements(&listed.is(200).text(), "PartNumber").join(" ");
        (numbers, listed.element("IsTruncated"))
    };
    assert_eq!(page(&[("max-parts", "2")]), ("3 7".into(), "true".into()));
    assert_eq!(page(&[("part-number-marker", "7")]), ("9".into(), "false".into()));

    // A gap between numbers is no fault, and a part may be left out.
    store.complete("key", &id, &[part(7, &large), part(9, &last)].concat(), &[]).is(200);
    let read = |number: &str| {
        let query = &[("partNumber", number)];
        store.ask(Ask { method: "GET", key: "key", query, ..Ask::default() })
    };
    assert_eq!(read("1").is(206).body.len(), 5 * MIB);
    let second = read("2");
    assert_eq!(
        (second.is(206).text().as_str(), second.header("x-amz-mp-parts-count")),
        ("last", Some("2"))
    );
    read("3").is_refused(416, "InvalidRange");
}

#[test]
fn parts_checksums_are_kept_compared_and_make_that_of_the_object() {
    const NAME: &str = "x-amz-checksum-sha256";
    /// Of "hello".
    const SHA256: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let store = Running::start();
    let id = store.begin("key", &[("x-amz-checksum-algorithm", "SHA256")]);
    let write = |body| {
        let query = &[("partNumber", "1"), ("uploadId", id.as_str())];
        let signed = &[(NAME, SHA256)];
        store.ask(Ask { method: "PUT", key: "key", query, signed, body, ..Ask::default() })
    };
    write(b"hellO").is_refused(400, "BadDigest");
    let written = write(b"hello");
    assert_eq!(written.is(200).header(NAME), Some(SHA256));
    let etag = written.header("etag").unwrap();
    let with = |checksum: &str| {
        part(1, etag)
            .replace("</Part>", &format!("<ChecksumSHA256>{checksum}</ChecksumSHA256></Part>"))
    };
    let other = with("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    store.complete("key", &id, &other, &[]).is_refused(400, "InvalidPart");
    store.complete("key", &id, &with(SHA256), &[]).is(200);
    // The SHA-256 of the SHA-256 of "hello".
    let kept = store.get("key");
    assert_eq!(
        kept.header(NAME),
        Some("lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1"),
        "{kept:?}"
    );
}

#[test]
fn a_part_may_be_copied_from_a_range() {
    let store = Running::start();
    store.put("source", "0123456789").is(200);
    let id = store.begin("key", &[]);
    let copy = |range: &str| {
        let query = &[("partNumber", "1"), ("uploadId", id.as_str())];
        let signed = &[("x-amz-copy-source", "/bucket/source"), ("x-amz-copy-source-range", range)];
        store.ask(Ask { method: "PUT", key: "key", query, signed, ..Ask::default() })
    };
    copy("bytes=2-10").is_refused(400, "InvalidArgument");
    copy("bytes=5-2").is_refused(400, "InvalidArgument");
    copy("2-5").is_refused(400, "InvalidArgument");
    let copied = copy("bytes=2-5");
    let etag = copied.is(200).element("ETag");
    store.complete("key", &id, &part(1, &etag), &[]).is(200);
    assert_eq!(store.get("key").text(), "2345");
}

#[test]
fn uploads_that_were_begun_are_listed_until_they_end() {
    let store = Running::start();
    let first = store.begin("a/1", &[]);
    let second = store.begin("a/2", &[]);
    store.begin("b", &[]);
    let list = |query: &[(&str, &str)]| {
        let query = [query, &[("uploads", ""), ("prefix", "a/")]].concat();
        store.ask(Ask { method: "GET", query: &query, ..Ask::default() }).is(200).text()
    };
    assert_eq!(xml::elements(&list(&[]), "UploadId"), [first.as_str(), second.as_str()]);
    let page = list(&[("max-uploads", "1")]);
    assert_eq!(xml::elements(&page, "Key"), ["a/1"]);
    let behind = list(&[("key-marker", "a/1"), ("upload-id-marker", &first)]);
    assert_eq!(xml::elements(&behind, "Key"), ["a/2"]);
    let query = &[("uploadId", first.as_str())];
    store.ask(Ask { method: "DELETE", key: "a/1", query, ..Ask::default() }).is(204);
    assert_eq!(xml::elements(&list(&[]), "UploadId"), [second.as_str()]);
}
