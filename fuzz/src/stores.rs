use edge_signer::api::{StatusCode, StoreAnswer};
use edge_signer::xml;
use serde_json::{Value, json};

use super::answers::text;
use super::edge::{config, posts, send};

/// What a store says in XML, as the answer to each step of an upload in parts. A list that is given out is one: its
/// numbers ascend, and none comes twice.
pub fn store_xml(data: &[u8]) {
    let said = String::from_utf8_lossy(data).into_owned();
    let escaped = format!("<a>{}</a>", xml::escape(&said));
    assert_eq!(xml::text(&escaped, "a").as_deref(), Some(said.trim()), "escaping isn't undone");
    let status = 200 + u16::from(said.ends_with(' ')) * 204;
    let answer = StoreAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: Vec::new(),
        body: said,
    };
    let upload = json!({ "key": "small/a", "upload_id": "u" });
    let ask = |path: &str, more: Value| {
        let mut fields = upload.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        send(config(), &posts(path), fields.to_string().as_bytes(), Some(&answer))
    };
    let part = json!({ "part_number": 1, "etag": "\"4f08eef4096726bff1125e1b1b734644\"" });
    ask("/v1/multipart/complete", json!({ "parts": [part] }));
    ask("/v1/multipart/abort", json!({}));
    let create = json!({ "key": "users/alice/a" });
    send(config(), &posts("/v1/multipart"), create.to_string().as_bytes(), Some(&answer));

    let list = ask("/v1/multipart/list", json!({}));
    if list.status.as_u16() == 200 {
        let list: Value = serde_json::from_str(text(&list)).unwrap();
        let numbers = list["parts"].as_array().unwrap().iter();
        let numbers: Vec<u64> = numbers.map(|part| part["part_number"].as_u64().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    }
}
