//! Every key that S3 has is a key of its own.

use edge_signer::xml;

use super::client::{Ask, Running};

#[test]
fn slashes_and_dots_are_part_of_a_key() {
    let store = Running::start();
    let keys = ["/a/b", "//a/b", "a", "a/b", "a/b/", "a//b", "a/./b", "a/../a/b", "a\\b", "a%2Fb"];
    for key in keys {
        store.put(key, key).is(200);
    }
    for key in keys {
        assert_eq!(store.get(key).is(200).text(), key);
    }
    let listed = store.list(&[]).is(200).text();
    let mut sorted = keys;
    sorted.sort_unstable();
    let listed: Vec<String> =
        xml::elements(&listed, "Key").into_iter().map(|key| key.to_owned()).collect();
    assert_eq!(listed, sorted);

    store.ask(Ask { method: "DELETE", key: "a//b", ..Ask::default() }).is(204);
    store.get("a//b").is_refused(404, "NoSuchKey");
    store.get("a/b").is(200);
}

#[test]
fn a_leading_slash_is_kept_by_a_listing_and_by_a_copy() {
    let store = Running::start();
    store.put("/a/1", "with").is(200);
    store.put("a/1", "without").is(200);
    let listed = store.list(&[("prefix", "/a/")]);
    assert_eq!(xml::elements(&listed.text(), "Key"), ["/a/1"]);
    let folders = store.list(&[("delimiter", "/")]);
    assert_eq!(xml::elements(&folders.text(), "Prefix"), ["", "/", "a/"], "{}", folders.text());

    let signed = &[("x-amz-copy-source", "/bucket//a/1")];
    store.ask(Ask { method: "PUT", key: "copy", signed, ..Ask::default() }).is(200);
    assert_eq!(store.get("copy").text(), "with");
}

#[test]
fn a_key_has_1024_bytes_at_the_most() {
    let store = Running::start();
    let long =
        ["a".repeat(1024), "ä".repeat(512), "/".repeat(1024), format!("a/{}", "b".repeat(1022))];
    for key in &long {
        store.put(key, "hello").is(200);
        assert_eq!(store.get(key).is(200).text(), "hello");
    }
    store.put(&"a".repeat(1025), "hello").is_refused(400, "KeyTooLongError");
}
