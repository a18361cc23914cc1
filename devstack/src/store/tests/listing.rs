//! Listings, and deleting what they name.

use edge_signer::xml;

use super::client::{Ask, Pairs, Running};

fn filled() -> Running {
    let store = Running::start();
    for key in ["a b", "c/1", "c/2", "d", "e/1", "ä"] {
        store.put(key, key).is(200);
    }
    store
}

/// The keys and the folders of a page, and the token of the next one.
fn page(store: &Running, query: Pairs<'_>) -> (String, String, String) {
    let answer = store.list(query);
    let text = answer.is(200).text();
    let folders = xml::elements(&text, "CommonPrefixes");
    let folders: Vec<&str> =
        folders.iter().flat_map(|folder| xml::elements(folder, "Prefix")).collect();
    let token = answer.element("NextContinuationToken");
    assert_eq!(answer.element("IsTruncated") == "true", !token.is_empty(), "{text}");
    (xml::elements(&text, "Key").join(" "), folders.join(" "), token)
}

#[test]
fn a_listing_comes_page_by_page_with_folders_among_the_keys() {
    let store = filled();
    let mut query = vec![("max-keys", "2"), ("delimiter", "/")];
    let (keys, folders, token) = page(&store, &query);
    assert_eq!((keys.as_str(), folders.as_str()), ("a b", "c/"));
    query.push(("continuation-token", &token));
    let (keys, folders, token) = page(&store, &query);
    assert_eq!((keys.as_str(), folders.as_str()), ("d", "e/"));
    query.pop();
    query.push(("continuation-token", &token));
    let last = page(&store, &query);
    assert_eq!(last, ("ä".into(), String::new(), String::new()));
}

#[test]
fn a_listing_may_begin_behind_a_key_end_at_once_and_be_encoded() {
    let store = filled();
    assert_eq!(page(&store, &[("start-after", "c/1"), ("prefix", "c/")]).0, "c/2");
    let behind = page(&store, &[("start-after", "c/1"), ("delimiter", "/")]);
    assert_eq!((behind.0.as_str(), behind.1.as_str()), ("d ä", "c/ e/"));
    assert_eq!(page(&store, &[("max-keys", "0")]), (String::new(), String::new(), String::new()));
    let encoded = page(&store, &[("encoding-type", "url")]).0;
    assert_eq!(encoded, "a%20b c/1 c/2 d e/1 %C3%A4");
    store.list(&[("max-keys", "-1")]).is_refused(400, "InvalidArgument");
}

#[test]
fn a_listing_of_the_first_version_goes_on_behind_a_marker() {
    let store = filled();
    let query = &[("max-keys", "2"), ("marker", "c/1")];
    let answer = store.ask(Ask { method: "GET", query, ..Ask::default() });
    let text = answer.is(200).text();
    assert_eq!(xml::elements(&text, "Key"), ["c/2", "d"]);
    assert_eq!(answer.element("NextMarker"), "d");
}

#[test]
fn several_objects_are_deleted_by_one_request() {
    let store = filled();
    let body =
        "<Delete><Object><Key>c/1</Key></Object><Object><Key>nothing</Key></Object></Delete>";
    let query = &[("delete", "")];
    let ask = Ask { method: "POST", query, body: body.as_bytes(), ..Ask::default() };
    let answer = store.ask(ask);
    assert_eq!(xml::elements(&answer.is(200).text(), "Key"), ["c/1", "nothing"]);
    assert_eq!(page(&store, &[("prefix", "c/")]).0, "c/2");
}

#[test]
fn a_bucket_of_another_name_isnt_there_and_this_one_has_no_versions() {
    let store = filled();
    store.ask(Ask { method: "HEAD", ..Ask::default() }).is(200);
    let versioning =
        store.ask(Ask { method: "GET", query: &[("versioning", "")], ..Ask::default() });
    assert_eq!(versioning.is(200).element("Status"), "");
    let read = |id: &str| {
        let query = &[("versionId", id)];
        store.ask(Ask { method: "GET", key: "d", query, ..Ask::default() })
    };
    read("null").is(200);
    read("other").is_refused(404, "NoSuchVersion");
    let signed = &[("x-amz-copy-source", "/another/d")];
    let copy = Ask { method: "PUT", key: "copy", signed, ..Ask::default() };
    store.ask(copy).is_refused(404, "NoSuchBucket");
}
