//! Assuming and renewing roles, natively: the test decides what STS answers and what the clock says.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{StatusCode, StoreAnswer, StoreBody};
use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::time::Timestamp;
use serde_json::json;
use support::*;

fn environment_with_role(provider: &str) -> TestEnvironment {
    let mut environment = environment();
    let store = &mut environment.vars["STORES"]["photos"];
    store["provider"] = json!(provider);
    store["assume_role"] = json!("arn:aws:iam::123456789012:role/edge");
    environment.vars["RULES"][0]["max_expires"] = json!(86_400);
    environment
}

/// Credentials named after the time at which they end.
fn gives(until: u64) -> StoreAnswer {
    let body = format!(
        "<Credentials><AccessKeyId>ASIA{until}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>{}</Expiration></Credentials>",
        Timestamp::from_unix_seconds(until)
    );
    StoreAnswer { status: StatusCode::OK, headers: Vec::new(), body }
}

fn says(status: u16, body: &str) -> StoreAnswer {
    StoreAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

/// The key that signed a URL, or the code of the refusal.
fn signer(config: &Config, platform: &TestPlatform<'_, MemoryLedger>, now: u64) -> String {
    let request = get("/v1/presign?store=photos&operation=GetObject&key=users/alice/a");
    let response = answer_at(config, platform, &request, "", now);
    let answer = body(&response);
    match answer["url"].as_str() {
        Some(url) => url.split("X-Amz-Credential=").nth(1).unwrap()[..14].to_owned(),
        None => answer["code"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn a_role_is_renewed_behind_the_answer_and_one_renewal_runs_at_a_time() {
    let config = Config::read(&environment_with_role("aws")).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    let (first, second) = (NOW + 900, NOW + 1800);
    let named = |until: u64| format!("ASIA{until}");
    let calls = || platform.called.borrow().len();

    platform.answers.borrow_mut().push_back(gives(first));
    assert_eq!(signer(&config, &platform, NOW), named(first));
    assert_eq!((signer(&config, &platform, NOW + 299), calls()), (named(first), 1));
    // STS doesn't answer: nobody waits for it, and it is asked once.
    for _ in 0..3 {
        assert_eq!((signer(&config, &platform, NOW + 300), calls()), (named(first), 2));
    }
    assert_eq!((signer(&config, &platform, NOW + 329), calls()), (named(first), 2));
    let [line] = &platform.go_on_behind()[..] else { panic!("it is told that STS didn't answer") };
    assert!(line.contains("\"role_kept\"") && line.contains("\"photos\""), "{line}");

    // Later it is asked again; an answer without credentials leaves the present ones in use.
    let wrong =
        [says(403, "<Error><Code>AccessDenied</Code></Error>"), says(200, "<html>"), gives(NOW)];
    let moments = [NOW + 330, NOW + 360, NOW + 390];
    for (asked, (now, answer)) in (3..).zip(moments.into_iter().zip(wrong)) {
        let text = format!("{answer:?}");
        assert_eq!((signer(&config, &platform, now), calls()), (named(first), asked));
        platform.answers.borrow_mut().push_back(answer);
        assert_eq!(platform.go_on_behind().len(), 1, "{text}");
        assert_eq!(signer(&config, &platform, now), named(first), "{text}");
    }
    assert_eq!(signer(&config, &platform, NOW + 420), named(first));
    platform.answers.borrow_mut().push_back(gives(second));
    assert!(platform.go_on_behind().is_empty());
    assert_eq!(signer(&config, &platform, NOW + 421), named(second));
    assert_eq!((signer(&config, &platform, NOW + 600), calls()), (named(second), 6));
}

#[test]
fn a_role_that_has_ended_is_waited_for() {
    let config = Config::read(&environment_with_role("aws")).unwrap();
    for (answer, expected) in [
        (Some(gives(NOW + 1800)), format!("ASIA{}", NOW + 1800)),
        (None, "credentials_unavailable".to_owned()),
    ] {
        let ledger = MemoryLedger::default();
        let platform = TestPlatform::new(&ledger);
        platform.answers.borrow_mut().push_back(gives(NOW + 900));
        signer(&config, &platform, NOW);
        assert_eq!(signer(&config, &platform, NOW + 899), format!("ASIA{}", NOW + 900));
        platform.answers.borrow_mut().extend(answer);
        assert_eq!(signer(&config, &platform, NOW + 900), expected);
    }
}

/// MinIO refuses a policy that names KMS actions.
#[test]
fn only_aws_is_asked_for_the_use_of_keys() {
    for (provider, names_keys) in [("aws", true), ("minio", false)] {
        let config = Config::read(&environment_with_role(provider)).unwrap();
        let ledger = MemoryLedger::default();
        let platform = TestPlatform::new(&ledger);
        signer(&config, &platform, NOW);
        let called = platform.called.borrow();
        let StoreBody::Text(text) = &called[0].body else { panic!("{called:?}") };
        assert_eq!(text.contains("kms%3ADecrypt"), names_keys, "{text}");
    }
}
