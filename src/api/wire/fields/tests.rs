use super::*;
use crate::api::wire::http::Content;

fn code(error: &Error) -> String {
    let response = error.problem().into_response(&crate::api::RequestId::new("x"));
    let Content::Text(text) = response.body else { panic!("a text") };
    let body: Value = serde_json::from_str(&text).unwrap();
    body["code"].as_str().unwrap().to_owned()
}

#[test]
fn a_body_and_a_query_give_the_same_fields() {
    let body = br#"{"key":"a b","expires_in":60,"create_only":true,"response":{"expires":"0"},"store":null}"#;
    let query = "key=a+b&expires_in=60&create_only=true&response.expires=0";
    for mut fields in [Fields::from_json(body).unwrap(), Fields::from_query(query).unwrap()] {
        assert_eq!(fields.text("key").unwrap().as_deref(), Some("a b"));
        assert_eq!(fields.integer("expires_in", Error::InvalidExpiry).unwrap(), Some(60));
        assert!(fields.flag("create_only").unwrap());
        assert_eq!(fields.text("response.expires").unwrap().as_deref(), Some("0"));
        assert_eq!(fields.text("store").unwrap(), None);
        assert!(fields.finish(&[], []).is_ok());
    }
}

#[test]
fn bodies_that_are_no_fields_are_malformed() {
    let deep = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{\"a\":1}x",
        "{\"a\":{\"b\":{}}}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":\"1\",\"b\":\"2\"}}",
        "{\"a.b\":\"1\",\"a\":{\"b\":\"2\"}}",
        "{a:1}",
        &deep,
        &format!("{{\"a\":{deep}"),
    ] {
        let error = Fields::from_json(body.as_bytes()).unwrap_err();
        assert_eq!(code(&error), "malformed_body", "{body:.40}");
    }
    assert_eq!(code(&Fields::from_json(b"{\"a\":\"\xff\"}").unwrap_err()), "malformed_body");
}

#[test]
fn numbers_that_are_no_count_of_seconds_are_told_apart() {
    for value in ["-1", "1.5", "1e3", "1e300", "\"60\"", "18446744073709551616", "true"] {
        let body = format!("{{\"expires_in\":{value}}}");
        let mut fields = Fields::from_json(body.as_bytes()).unwrap();
        let error = fields.integer("expires_in", Error::InvalidExpiry).unwrap_err();
        assert_eq!(code(&error), "invalid_expiry", "{value}");
    }
    for value in ["-1", "1.5", "+1", "", "1e3", "99999999999999999999"] {
        let query = format!("expires_in={}", value.replace('+', "%2B"));
        let mut fields = Fields::from_query(&query).unwrap();
        let error = fields.integer("expires_in", Error::InvalidExpiry).unwrap_err();
        assert_eq!(code(&error), "invalid_expiry", "{value}");
    }
}

#[test]
fn an_empty_object_is_one_only_where_an_object_may_be() {
    let fields =
        || Fields::from_json(br#"{"headers":{},"response":null,"create_only":{}}"#).unwrap();
    assert_eq!(code(&fields().flag("create_only").unwrap_err()), "invalid_field");
    let mut taken = fields();
    taken.take("create_only");
    assert!(taken.finish(&["headers", "response"], []).is_ok());
    assert_eq!(code(&fields().finish(&["headers", "response"], []).unwrap_err()), "unknown_field");
}

#[test]
fn queries_with_a_field_twice_or_broken_escapes_are_refused() {
    assert_eq!(code(&Fields::from_query("a=1&a=2").unwrap_err()), "invalid_field");
    assert_eq!(code(&Fields::from_query("a=%zz").unwrap_err()), "malformed_url");
    let many: String = (0..=MAX_FIELDS).fold(String::new(), |query, n| query + &format!("a{n}=1&"));
    assert_eq!(code(&Fields::from_query(&many).unwrap_err()), "invalid_field");
}

#[test]
fn a_number_inside_an_object_is_named_where_a_text_is_wanted() {
    let mut fields = Fields::from_json(br#"{"headers":{"range":1}}"#).unwrap();
    let error = fields.texts_below("headers.").unwrap_err();
    assert_eq!(code(&error), "invalid_field");
}
