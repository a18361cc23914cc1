//! What every answer of the edge has to be.

use std::sync::LazyLock;

use edge_signer::api::{Content, Method, Response};
use edge_signer::ledger::memory::MemoryLedger;
use serde_json::Value;

use super::edge::{SECRETS, config, member_gets};
use super::support::{NOW, TestPlatform, answer_at};

/// The codes and statuses of problems that `openapi.json` names.
struct Problems {
    codes: Vec<Value>,
    statuses: Vec<Value>,
}

static PROBLEMS: LazyLock<Problems> = LazyLock::new(|| {
    let ledger = MemoryLedger::default();
    let request = member_gets("/openapi.json", "");
    let answer = answer_at(config(), &TestPlatform::new(&ledger), &request, "", NOW);
    let document: Value = serde_json::from_str(text(&answer)).unwrap();
    let of_problem = |name: &str| {
        let path = format!("/components/schemas/Problem/properties/{name}/enum");
        document.pointer(&path).and_then(Value::as_array).cloned().expect("openapi.json has it")
    };
    Problems { codes: of_problem("code"), statuses: of_problem("status") }
});

/// A text; empty where the store's body is passed on.
pub(super) fn text(response: &Response) -> &str {
    match &response.body {
        Content::Text(text) => text,
        Content::OfStore => "",
    }
}

/// The status, and the code where it is a problem.
pub(super) fn code(response: &Response) -> (u16, Option<String>) {
    let body: Option<Value> = serde_json::from_str(text(response)).ok();
    let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
    (response.status.as_u16(), code.map(str::to_owned))
}

/// Whether a text has another in it, byte by byte: what is compared at once, libFuzzer sees and writes into its inputs.
pub(super) fn holds(text: &str, part: &str) -> bool {
    let mut places = text.as_bytes().windows(part.len());
    places.any(|window| window.iter().zip(part.as_bytes()).all(|(one, other)| one == other))
}

/// Panics unless the answer is one that the API may give: JSON or empty, a page only of a link; a problem of a known
/// code and its own status; headers of one line; no secret anywhere.
pub(super) fn check(method: &Method, response: &Response) {
    let Response { status, headers, .. } = response;
    let text = text(response);
    for (name, value) in headers {
        let is_line = value.chars().all(|c| !c.is_control());
        assert!(is_line, "the header {name} has a control character: {value:?}");
    }
    for secret in SECRETS.iter() {
        let told = holds(text, secret) || headers.iter().any(|(_, value)| holds(value, secret));
        assert!(!told, "an answer of {status} has a secret in it");
    }
    match response.header("content-type") {
        _ if *method == Method::HEAD => assert!(text.is_empty(), "HEAD has a body: {text}"),
        Some("application/problem+json") => check_problem(response),
        _ if status.as_u16() >= 400 => panic!("{status} is no problem: {response:?}"),
        Some("application/json") => {
            serde_json::from_str::<Value>(text).expect("an answer is JSON");
        }
        Some("text/html; charset=utf-8") => assert!(text.starts_with("<!doctype html>"), "{text}"),
        Some(other) => panic!("an answer of the type {other}"),
        None => assert!(text.is_empty(), "an answer of no type: {text}"),
    }
}

fn check_problem(response: &Response) {
    let body: Value = serde_json::from_str(text(response)).expect("a problem is JSON");
    assert!(PROBLEMS.codes.contains(&body["code"]), "an unknown code: {body}");
    assert!(PROBLEMS.statuses.contains(&body["status"]), "an unknown status: {body}");
    assert_eq!(body["status"], response.status.as_u16(), "{body}");
    let (title, detail) = (body["title"].as_str(), body["detail"].as_str());
    assert!(title.is_some() && detail.is_some_and(|detail| !detail.is_empty()), "{body}");
}
