//! One presign after the other with one isolate's memory. `cargo xtask reach` runs it instrumented, the second time
//! with one more request: the difference is the code that one request runs.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::collections::BTreeSet;
use std::env;

use edge_signer::api::Content;
use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use support::{NOW, TestPlatform, answer_at, environment, post_presign};

/// The number of requests, and their body, in which the word `NUMBER` is a different number each time.
const REQUESTS: &str = "EDGE_SIGNER_REACH_REQUESTS";
const BODY: &str = "EDGE_SIGNER_REACH_BODY";

#[test]
fn each_request_of_an_isolate_gets_a_url() {
    let requests: u64 = env::var(REQUESTS).map_or(3, |number| number.parse().unwrap());
    let body = env::var(BODY)
        .unwrap_or(r#"{"operation":"GetObject","key":"users/alice/NUMBER"}"#.to_owned());
    let config = Config::read(&environment()).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let request = post_presign();
    let mut urls = BTreeSet::new();
    for number in 0..requests {
        let body = body.replace("NUMBER", &format!("{number:016}"));
        let response = answer_at(&config, &platform, &request, &body, NOW + number);
        assert_eq!(response.status.as_u16(), 200);
        let Content::Text(text) = &response.body else { panic!("{:?}", response.body) };
        assert!(text.contains("X-Amz-Signature="));
        urls.insert(text.clone());
    }
    assert_eq!(urls.len() as u64, requests);
}
