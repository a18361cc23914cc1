use serde::Deserialize;
use serde::de::IgnoredAny;

use super::*;
use crate::api::wire::message::Content;
use crate::api::wire::values::{LinkExpiresIn, Seconds, Texts, Whole};
use crate::ledger::OneTimeKey;
use crate::s3::ObjectKey;
use crate::sigv4::ExpiresIn;

#[derive(Debug, Deserialize)]
struct Outer {
    key: ObjectKey,
    expires_in: Option<ExpiresIn>,
    one_time_key: Option<OneTimeKey>,
    count: Option<Whole<1, 5>>,
    grace: Option<Seconds<0, 60>>,
    life: Option<LinkExpiresIn>,
    list: Option<Vec<u64>>,
    #[serde(rename = "tags.*", default)]
    tags: Texts,
    #[serde(rename = "unread.**", default)]
    _unread: IgnoredAny,
    #[serde(rename = "*")]
    inner: Inner,
}

#[derive(Debug, Deserialize)]
struct Inner {
    store: Option<String>,
    create_only: Option<bool>,
    #[serde(rename = "response.expires")]
    expires: Option<String>,
}

/// Code and detail of the problem.
fn problem(error: &Error) -> (String, String) {
    let response = error.problem().into_response(&crate::api::RequestId::new("x"));
    let Content::Text(text) = response.body else { panic!("a text") };
    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("code"), text("detail"))
}

fn json(body: &str) -> Result<Outer, Error> {
    from_json(body.as_bytes())
}

fn refused(body: &str) -> (String, String) {
    problem(&json(body).unwrap_err())
}

#[test]
fn a_body_and_a_query_make_the_same_struct() {
    let body = r#"{"key":"a b","expires_in":60,"create_only":true,"response":{"expires":"0"},"store":null,
        "tags":{"b":"1","a":"","c":null},"count":5,"list":null,"unread":{"a":{"b":[]}}}"#;
    let query = "key=a+b&expires_in=60&create_only=true&response.expires=0&tags.b=1&tags.a=&count=5\
                 &unread%5Ba%5D=1&unread.b=2&unread=3";
    for read in [json(body).unwrap(), from_query(query).unwrap()] {
        assert_eq!(read.key.as_str(), "a b");
        assert_eq!(read.expires_in.map(ExpiresIn::seconds), Some(60));
        assert_eq!(read.count.map(|Whole(count)| count), Some(5));
        assert_eq!(read.inner.create_only, Some(true));
        assert_eq!(read.inner.expires.as_deref(), Some("0"));
        assert_eq!(read.inner.store, None);
        assert!(read.list.is_none() && read.one_time_key.is_none());
        assert!(read.grace.is_none() && read.life.is_none());
        let tags = [("b", "1"), ("a", "")].map(|(name, tag)| (name.to_owned(), tag.to_owned()));
        assert_eq!(read.tags.0, tags);
    }
    let dotted = json(r#"{"key":"a","response.expires":"0","tags.a":"1","list":[1,2]}"#).unwrap();
    assert_eq!(dotted.inner.expires.as_deref(), Some("0"));
    assert_eq!((dotted.tags.0.len(), dotted.list), (1, Some(vec![1, 2])));
}

#[test]
fn bodies_that_are_no_object_of_fields_are_malformed() {
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{\"key\":\"a\"}x",
        "{\"key\":\"a\",\"a\":{\"b\":{}}}",
        "{\"key\":\"a\",\"store\":{\"b\":[]}}",
        "{\"key\":\"a\",\"key\":\"b\"}",
        "{\"key\":\"a\",\"tags\":{\"b\":\"1\",\"b\":\"2\"}}",
        "{\"key\":\"a\",\"tags.b\":\"1\",\"tags\":{\"b\":\"2\"}}",
        "{a:1}",
        &deep,
        &format!("{{\"a\":{deep}"),
    ] {
        assert_eq!(refused(body).0, "malformed_body", "{body:.40}");
    }
    assert_eq!(
        problem(&from_json::<Outer>(b"{\"key\":\"\xff\"}").unwrap_err()).0,
        "malformed_body"
    );
}

#[test]
fn what_is_wrong_is_named_by_its_path_and_never_repeated() {
    let known = "key, expires_in, one_time_key, count, grace, life, list, tags.*, unread, store, create_only, \
                 response.expires";
    let unknown = |field: &str| format!("{field} is not a field of this request; it has: {known}.");
    for (body, code, detail) in [
        ("{}", "missing_field", "The field key is missing.".to_owned()),
        (r#"{"key":null}"#, "missing_field", "The field key is missing.".to_owned()),
        (r#"{"key":1}"#, "invalid_field", "key: has to be a text.".to_owned()),
        (r#"{"key":{}}"#, "invalid_field", "key: has to be a text.".to_owned()),
        (r#"{"key":["secret"]}"#, "invalid_field", "key: has to be a text.".to_owned()),
        (
            r#"{"key":""}"#,
            "invalid_key",
            "key: the key is empty: name the object, such as photos/cat.jpg.".to_owned(),
        ),
        (
            r#"{"key":"a","one_time_key":""}"#,
            "invalid_one_time_key",
            "one_time_key: a one-time key is 1 to 256 bytes without control characters, such as a UUID."
                .to_owned(),
        ),
        (
            r#"{"key":"a","count":6}"#,
            "invalid_field",
            "count: has to be a whole number from 1 to 5.".to_owned(),
        ),
        (
            r#"{"key":"a","count":"secret"}"#,
            "invalid_field",
            "count: has to be a whole number from 1 to 5.".to_owned(),
        ),
        (r#"{"key":"a","grace":61}"#, "invalid_field", "grace: has to be 0 to 60 seconds.".to_owned()),
        (
            r#"{"key":"a","life":2592001}"#,
            "invalid_expiry",
            "life: a link lives a whole number of seconds from 1 to 2592000 (30 days).".to_owned(),
        ),
        (r#"{"key":"a","list":1}"#, "invalid_field", "list: has to be a list.".to_owned()),
        (
            r#"{"key":"a","list":["secret"]}"#,
            "invalid_field",
            "list: is not a valid list for this request; see /openapi.json.".to_owned(),
        ),
        (
            r#"{"key":"a","create_only":"true"}"#,
            "invalid_field",
            "create_only: has to be true or false.".to_owned(),
        ),
        (r#"{"key":"a","tags":{"b":1}}"#, "invalid_field", "tags.b: has to be a text.".to_owned()),
        (r#"{"key":"a","tags":"b"}"#, "invalid_field", "tags: has to be an object.".to_owned()),
        (r#"{"key":"a","tags":[]}"#, "invalid_field", "tags: has to be an object.".to_owned()),
        (r#"{"key":"a","response":1}"#, "invalid_field", "response: has to be an object.".to_owned()),
        (r#"{"key":"a","colour":"secret"}"#, "unknown_field", unknown("colour")),
        (r#"{"key":"a","colour":null}"#, "unknown_field", unknown("colour")),
        (r#"{"key":"a","response":{"etag":"1"}}"#, "unknown_field", unknown("response.etag")),
        (r#"{"key":"a","store":{"name":"b"}}"#, "unknown_field", unknown("store.name")),
        (r#"{"key":"a","*":"b"}"#, "unknown_field", unknown("*")),
        (r#"{"key":"a","tags.*":"b","tags":{"":"x"},"":"y"}"#, "unknown_field", unknown("")),
    ] {
        assert_eq!(refused(body), (code.to_owned(), detail), "{body}");
    }
}

#[test]
fn numbers_that_are_no_count_of_seconds_are_told_apart() {
    for value in ["-1", "1.5", "1e3", "1e300", "\"60\"", "18446744073709551616", "true", "{}", "[]"]
    {
        let body = format!("{{\"key\":\"a\",\"expires_in\":{value}}}");
        assert_eq!(refused(&body).0, "invalid_expiry", "{value}");
    }
    for value in ["-1", "1.5", "%2B1", "", "1e3", "99999999999999999999", "0", "604801"] {
        let error = from_query::<Outer>(&format!("key=a&expires_in={value}")).unwrap_err();
        assert_eq!(problem(&error).0, "invalid_expiry", "{value}");
    }
}

#[test]
fn an_empty_object_is_one_only_where_an_object_may_be() {
    assert!(json(r#"{"key":"a","tags":{},"response":null}"#).is_ok());
    assert_eq!(refused(r#"{"key":"a","create_only":{}}"#).0, "invalid_field");
    assert_eq!(refused(r#"{"key":"a","colour":{}}"#).0, "unknown_field");
}

#[test]
fn queries_with_a_field_twice_or_broken_escapes_are_refused() {
    let code = |query: &str| problem(&from_query::<Outer>(query).unwrap_err()).0;
    assert_eq!(code("key=a&store=1&store=2"), "invalid_field");
    assert_eq!(code("key=a&store=%zz"), "malformed_url");
    let many: String = (0..=100).fold(String::new(), |query, n| query + &format!("tags.a{n}=1&"));
    assert_eq!(code(&many), "invalid_field");
}
