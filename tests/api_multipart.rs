//! The edge's own calls for multipart uploads, natively, with a store that answers what the test says. Tests with real
//! stores are in `tests/e2e`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::api::{StatusCode, StoreAnswer, StoreBody, StoreCall};
use edge_signer::config::Config;
use edge_signer::ledger::memory::MemoryLedger;
use serde_json::{Value, json};
use support::*;

/// The MD5s of `hello` and of `world`, and the `ETag` that they make.
const ETAGS: [&str; 2] =
    ["\"5d41402abc4b2a76b9719d911017c592\"", "\"7d793037a0760186574b0282f2f435e7\""];
const WHOLE: &str = "\"065947336a2f2a95ba8899f3675c3be6-2\"";

fn environment_with(max_bytes: Option<u64>) -> TestEnvironment {
    let mut environment = environment();
    let rule = &mut environment.vars["RULES"][0];
    rule["allow"] = json!([
        "CreateMultipartUpload",
        "UploadPart",
        "ListParts",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    ]);
    if let Some(max_bytes) = max_bytes {
        rule["max_bytes"] = json!(max_bytes);
    }
    environment
}

fn says(status: u16, headers: &[(&str, &str)], body: &str) -> StoreAnswer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    StoreAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: body.to_owned(),
    }
}

fn refuses(status: u16, code: &str) -> StoreAnswer {
    says(status, &[], &format!("<Error><Code>{code}</Code></Error>"))
}

fn nothing() -> StoreAnswer {
    says(999, &[], "")
}

fn has(etag: &str) -> StoreAnswer {
    says(200, &[("etag", etag)], "")
}

/// AWS's answer, after the blanks that it sends while it works.
fn completed(etag: &str) -> StoreAnswer {
    let etag = etag.replace('"', "&quot;");
    let result = format!(
        "<CompleteMultipartUploadResult><ETag>{etag}</ETag></CompleteMultipartUploadResult>"
    );
    says(200, &[], &format!("<?xml version=\"1.0\"?>\n   \n{result}"))
}

fn parts() -> Value {
    json!([{ "part_number": 1, "etag": ETAGS[0] }, { "part_number": 2, "etag": ETAGS[1] }])
}

/// The answer to a step, and the calls that it took.
fn step(
    environment: &TestEnvironment,
    path: &str,
    more: Value,
    answers: impl IntoIterator<Item = StoreAnswer>,
) -> (u16, Value, Vec<StoreCall>) {
    let config = Config::read(environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    platform.answers.borrow_mut().extend(answers);
    let mut ask = json!({ "key": "users/alice/a", "upload_id": "u" });
    let Value::Object(more) = more else { panic!("fields are an object") };
    ask.as_object_mut().unwrap().extend(more);
    ask.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let response = answer_at(&config, &platform, &post(path), &ask.to_string(), NOW);
    let answer = if response.status.as_u16() == 204 { Value::Null } else { body(&response) };
    (response.status.as_u16(), answer, platform.called.take())
}

fn complete(answers: impl IntoIterator<Item = StoreAnswer>) -> (u16, Value, Vec<StoreCall>) {
    step(&environment_with(None), "/v1/multipart/complete", json!({ "parts": parts() }), answers)
}

fn header<'c>(call: &'c StoreCall, name: &str) -> Option<&'c str> {
    call.headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
}

fn text_of(call: &StoreCall) -> &str {
    match &call.body {
        StoreBody::Text(text) => text,
        StoreBody::OfRequest => panic!("{call:?}"),
    }
}

#[test]
fn every_header_of_the_edges_own_calls_is_signed() {
    let environment = environment_with(Some(100));
    let listed = says(
        200,
        &[],
        &format!(
            "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>{}</ETag><Size>5</Size></Part></ListPartsResult>",
            ETAGS[0]
        ),
    );
    let one = json!({ "parts": [{ "part_number": 1, "etag": ETAGS[0] }] });
    let begun = says(200, &[], "<R><UploadId>u</UploadId></R>");
    for (path, more, answers) in [
        ("/v1/multipart", json!({ "upload_id": null, "content_type": "a/b" }), vec![begun]),
        ("/v1/multipart/list", json!({}), vec![listed.clone()]),
        ("/v1/multipart/complete", one, vec![listed, completed("\"a\"")]),
        ("/v1/multipart/abort", json!({}), vec![says(204, &[], "")]),
    ] {
        let count = answers.len();
        let (_, _, calls) = step(&environment, path, more, answers);
        assert_eq!(calls.len(), count, "{path}");
        for call in calls {
            let authorization = header(&call, "authorization").unwrap();
            let signed = authorization.split("SignedHeaders=").nth(1).unwrap();
            let signed: Vec<&str> = signed.split(',').next().unwrap().split(';').collect();
            for (name, _) in &call.headers {
                assert!(name == "authorization" || signed.contains(&name.as_str()), "{call:?}");
            }
            // Without one, fetch adds a content type, which nobody has signed.
            let has_body = !text_of(&call).is_empty();
            assert!(
                !has_body || header(&call, "content-type") == Some("application/xml"),
                "{call:?}"
            );
        }
    }
}

#[test]
fn an_object_is_made_of_the_parts() {
    let (status, answer, calls) = complete([completed(WHOLE)]);
    assert_eq!((status, &answer["etag"]), (200, &json!(WHOLE)));
    assert_eq!(calls.len(), 1);
    // AWS may work for minutes before it answers.
    assert!(calls[0].timeout_ms >= 5 * 60 * 1000, "{calls:?}");
    // Some stores write the ETag without quotes: the edge's answer is the same.
    let (_, answer, _) = complete([completed(WHOLE.trim_matches('"'))]);
    assert_eq!(answer["etag"], WHOLE);
    let (_, _, calls) =
        step(&environment_with(None), "/v1/multipart/abort", json!({}), [says(204, &[], "")]);
    assert!(calls[0].timeout_ms <= 30_000, "{calls:?}");
}

/// Ceph 16.2 completes uploads with an empty element.
#[test]
fn an_etag_that_the_store_leaves_out_is_looked_up() {
    for unnamed in ["", "\"\""] {
        let (status, answer, calls) = complete([completed(unnamed), has(WHOLE)]);
        assert_eq!((status, &answer["etag"], calls.len()), (200, &json!(WHOLE), 2));
        assert_eq!(calls[1].method, "HEAD");
        // The object exists, whatever the look at it shows.
        for seen in [says(403, &[], ""), nothing(), has("\"0\"")] {
            let (status, answer, _) = complete([completed(unnamed), seen]);
            assert_eq!((status, &answer["etag"]), (200, &Value::Null));
        }
    }
}

/// If the store's answer leaves it open whether the object exists, the edge looks at the object.
#[test]
fn an_answer_that_says_nothing_is_followed_by_a_look_at_the_object() {
    for lost in [
        nothing(),
        says(200, &[], "   \n"),
        refuses(200, "InternalError"),
        refuses(200, "SlowDown"),
        refuses(500, "InternalError"),
        says(504, &[], "<html>"),
        refuses(404, "NoSuchUpload"),
    ] {
        let what = format!("{lost:?}");
        let (status, answer, calls) = complete([lost.clone(), has(WHOLE)]);
        assert_eq!((status, &answer["etag"]), (200, &json!(WHOLE)), "{what}");
        assert_eq!((&answer["store"], &answer["key"]), (&json!("photos"), &json!("users/alice/a")));
        assert_eq!((calls.len(), calls[1].method.as_str()), (2, "HEAD"), "{what}");
        assert!(calls[1].url.ends_with("my-photos.s3.eu-central-1.amazonaws.com/users/alice/a"));

        // There is another object, or none, or nobody knows.
        let gone = matches!(lost.status.as_u16(), 404);
        let refused = match lost.status.as_u16() {
            404 => (404, "store_refused"),
            500 | 504 => (502, "store_refused"),
            _ => (503, "store_unavailable"),
        };
        for (seen, is_known) in [
            (says(404, &[], ""), true),
            (has("\"00000000000000000000000000000000-2\""), true),
            (has("\"00000000000000000000000000000000-3\""), true),
            (has("\"00000000000000000000000000000000\""), false),
            (has("\"of another kind\""), false),
            (says(200, &[], ""), false),
            (says(403, &[], ""), true),
            (says(400, &[], ""), false),
            (nothing(), false),
            (
                says(
                    200,
                    &[
                        ("etag", "\"00000000000000000000000000000000-2\""),
                        ("x-amz-server-side-encryption", "aws:kms"),
                    ],
                    "",
                ),
                false,
            ),
        ] {
            let seen_text = format!("{what} {seen:?}");
            let (status, answer, _) = complete([lost.clone(), seen]);
            let code = answer["code"].as_str().unwrap_or_default().to_owned();
            let expected = if is_known || !gone { refused } else { (503, "store_unavailable") };
            assert_eq!((status, code.as_str()), expected, "{seen_text}");
        }
    }
}

#[test]
fn parts_whose_tags_are_no_md5s_make_no_tag_that_could_be_compared() {
    let parts = json!([{ "part_number": 1, "etag": "\"a\"" }]);
    for seen in [has(WHOLE), has("\"a-1\"")] {
        let answers = [nothing(), seen];
        let ask = json!({ "parts": parts });
        let (status, answer, _) =
            step(&environment_with(None), "/v1/multipart/complete", ask, answers);
        assert_eq!((status, answer["code"].as_str()), (503, Some("store_unavailable")));
    }
}

/// The second time the upload is gone, and where parts are counted they can't be listed either.
#[test]
fn the_same_complete_twice_answers_the_same() {
    let environment = environment_with(Some(100));
    let ask = || json!({ "parts": parts() });
    let gone = || refuses(404, "NoSuchUpload");
    let (status, answer, calls) =
        step(&environment, "/v1/multipart/complete", ask(), [gone(), has(WHOLE)]);
    assert_eq!((status, &answer["etag"]), (200, &json!(WHOLE)));
    assert_eq!(calls.iter().map(|call| call.method.as_str()).collect::<Vec<_>>(), ["GET", "HEAD"]);
    let (status, answer, _) =
        step(&environment, "/v1/multipart/complete", ask(), [gone(), says(404, &[], "")]);
    assert_eq!((status, answer["store_code"].as_str()), (404, Some("NoSuchUpload")));
}

/// If two uploads write the same bytes to a new key, one is told that it was first.
#[test]
fn a_condition_that_fails_because_of_this_very_upload_has_not_failed() {
    let environment = environment_with(None);
    let ask = || json!({ "parts": parts(), "create_only": true });
    let taken = || refuses(412, "PreconditionFailed");
    let complete = |answers: Vec<StoreAnswer>| {
        let (status, answer, calls) = step(&environment, "/v1/multipart/complete", ask(), answers);
        (status, answer["etag"].clone(), calls.len())
    };
    let gone = refuses(404, "NoSuchUpload");
    assert_eq!(complete(vec![taken(), gone, has(WHOLE)]), (200, json!(WHOLE), 3));
    let there = says(200, &[], "<ListPartsResult></ListPartsResult>");
    assert_eq!(complete(vec![taken(), there]), (412, Value::Null, 2));
    assert_eq!(complete(vec![taken(), nothing()]), (412, Value::Null, 2));
    let other = has("\"00000000000000000000000000000000-2\"");
    assert_eq!(complete(vec![taken(), refuses(404, "NoSuchUpload"), other]), (412, Value::Null, 3));
}

#[test]
fn what_the_store_refuses_for_good_is_its_answer() {
    for (answer, expected) in [
        (refuses(400, "EntityTooSmall"), (400, "EntityTooSmall")),
        (refuses(200, "InvalidPart"), (409, "InvalidPart")),
        (refuses(409, "ConditionalRequestConflict"), (409, "ConditionalRequestConflict")),
    ] {
        let (status, answer, calls) = complete([answer]);
        assert_eq!((status, answer["store_code"].as_str()), (expected.0, Some(expected.1)));
        assert_eq!(calls.len(), 1);
    }
}

#[test]
fn a_completion_is_decided_once() {
    let config = Config::read(&environment_with(None)).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    platform.answers.borrow_mut().extend([nothing(), has(WHOLE)]);
    let ask = json!({ "key": "users/alice/a", "upload_id": "u", "parts": parts() });
    answer_at(&config, &platform, &post("/v1/multipart/complete"), &ask.to_string(), NOW);
    let decisions = platform.decisions.take();
    assert_eq!(decisions.len(), 1, "{decisions:?}");
    assert_eq!(decisions[0]["operation"], "CompleteMultipartUpload");
}

#[test]
fn the_checksums_of_the_parts_go_where_the_store_wants_them() {
    let environment = environment_with(None);
    let begun = says(200, &[], "<R><UploadId>u</UploadId></R>");
    let (status, _, calls) = step(
        &environment,
        "/v1/multipart",
        json!({ "upload_id": null, "checksum_algorithm": "CRC32", "checksum_type": "COMPOSITE" }),
        [begun],
    );
    assert_eq!(status, 200);
    assert_eq!(header(&calls[0], "x-amz-checksum-algorithm"), Some("CRC32"));
    assert_eq!(header(&calls[0], "x-amz-checksum-type"), Some("COMPOSITE"));

    let parts = json!([
        { "part_number": 1, "etag": ETAGS[0], "checksum": { "crc32": "NhCmhg==" } },
        { "part_number": 2, "etag": ETAGS[1], "checksum": { "crc32": "OncRQw==" } },
    ]);
    let ask = json!({ "parts": parts, "checksum_type": "FULL_OBJECT" });
    let (status, answer, calls) =
        step(&environment, "/v1/multipart/complete", ask, [completed(WHOLE)]);
    assert_eq!(status, 200, "{answer}");
    let second = "<Part><PartNumber>2</PartNumber>\
                  <ETag>&quot;7d793037a0760186574b0282f2f435e7&quot;</ETag>\
                  <ChecksumCRC32>OncRQw==</ChecksumCRC32></Part>";
    assert!(text_of(&calls[0]).contains(second), "{}", text_of(&calls[0]));
    assert_eq!(header(&calls[0], "x-amz-checksum-type"), Some("FULL_OBJECT"));

    let listed = "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5</Size>\
                  <ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></Part></ListPartsResult>";
    let (_, answer, _) =
        step(&environment, "/v1/multipart/list", json!({}), [says(200, &[], listed)]);
    assert_eq!(answer["parts"][0]["checksum"], json!({ "crc64nvme": "AAAAAAAAAAA=" }));
}

#[test]
fn tags_and_checksums_that_are_none_complete_nothing() {
    for etag in ["", "\u{0}", "a\n"] {
        let ask = json!({ "parts": [{ "part_number": 1, "etag": etag }] });
        let (status, answer, calls) =
            step(&environment_with(None), "/v1/multipart/complete", ask, []);
        assert_eq!((status, answer["code"].as_str()), (400, Some("invalid_field")), "{etag:?}");
        assert!(calls.is_empty());
    }
    for checksum in [
        json!({ "sha256": "YQ==" }),
        json!({ "md5": "YQ==" }),
        json!({ "crc32": "NhCmhg==", "crc32c": "NhCmhg==" }),
        json!({ "crc32": 5 }),
        json!("NhCmhg=="),
    ] {
        let parts = json!([{ "part_number": 1, "etag": "a", "checksum": checksum }]);
        let ask = json!({ "parts": parts });
        let (status, answer, calls) =
            step(&environment_with(None), "/v1/multipart/complete", ask, []);
        assert_eq!((status, answer["code"].as_str()), (400, Some("invalid_field")), "{checksum}");
        assert!(calls.is_empty());
    }
}

/// A page of a store's list: numbers, tags and sizes, and whether the store says that there is more.
fn page(
    parts: impl IntoIterator<Item = (u64, &'static str, u64)>,
    is_truncated: bool,
) -> StoreAnswer {
    let part = |(number, etag, size): (u64, &str, u64)| {
        let etag = etag.replace('"', "&quot;");
        format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag><Size>{size}</Size></Part>"
        )
    };
    let parts: String = parts.into_iter().map(part).collect();
    let list = format!(
        "<ListPartsResult><MaxParts>1000</MaxParts><IsTruncated>{is_truncated}</IsTruncated>{parts}</ListPartsResult>"
    );
    says(200, &[], &list)
}

fn full_page(first: u64) -> StoreAnswer {
    page((first..first + 1000).map(|number| (number, ETAGS[0], 5)), true)
}

/// A request, its answer, the store's calls and the decisions.
struct Taken {
    status: u16,
    answer: Value,
    calls: Vec<StoreCall>,
    decisions: Vec<Value>,
}

/// Like [`step`], with claims and on a platform that a test has prepared.
fn taken(
    environment: &TestEnvironment,
    path: &str,
    claims: Value,
    more: Value,
    prepare: impl FnOnce(&TestPlatform<'_, MemoryLedger>),
) -> Taken {
    let config = Config::read(environment).unwrap();
    let ledger = MemoryLedger::default();
    let platform = TestPlatform::new(&ledger);
    prepare(&platform);
    let mut ask = json!({ "key": "users/alice/a", "upload_id": "u" });
    let Value::Object(more) = more else { panic!("fields are an object") };
    ask.as_object_mut().unwrap().extend(more);
    let mut request = post(path);
    request.set("authorization", Some(format!("Bearer {}", token(claims))));
    let response = answer_at(&config, &platform, &request, &ask.to_string(), NOW);
    let (calls, decisions) = (platform.called.take(), platform.decisions.take());
    Taken { status: response.status.as_u16(), answer: body(&response), calls, decisions }
}

/// A narrow rule first and a wide one after it: most sessions get little, some get more.
fn narrow_and_wide() -> TestEnvironment {
    let mut environment = environment_with(Some(10_000_000));
    let mut wide = environment.vars["RULES"][0].clone();
    wide["name"] = json!("premium");
    wide["when"] = json!({ "plan": "premium" });
    wide["max_bytes"] = json!(5_000_000_000_u64);
    environment.vars["RULES"].as_array_mut().unwrap().insert(1, wide);
    environment
}

fn completed_by(environment: &TestEnvironment, claims: Value, sizes: [u64; 2]) -> Taken {
    let listed = page([(1, ETAGS[0], sizes[0]), (2, ETAGS[1], sizes[1])], false);
    taken(environment, "/v1/multipart/complete", claims, json!({ "parts": parts() }), |platform| {
        platform.answers.borrow_mut().extend([listed, completed(WHOLE)]);
    })
}

#[test]
fn a_completion_is_decided_with_the_size_of_the_whole() {
    let environment = narrow_and_wide();
    let premium = || json!({ "plan": "premium" });
    let large = [60_000_000, 40_000_000];
    let Taken { status, answer, decisions, .. } = completed_by(&environment, premium(), large);
    assert_eq!(status, 200, "{answer}");
    let rules: Vec<_> = decisions.iter().map(|line| (&line["operation"], &line["rule"])).collect();
    let (list, complete) = (json!("ListParts"), json!("CompleteMultipartUpload"));
    assert_eq!(rules, [(&list, &json!("members")), (&complete, &json!("premium"))]);

    // A small upload is decided by the first rule, as with a PUT.
    let Taken { status, decisions, .. } = completed_by(&environment, premium(), [5, 5]);
    assert_eq!((status, &decisions[1]["rule"]), (200, &json!("members")));

    // If no rule allows it, nobody can complete it, and one decision is recorded.
    for (claims, sizes) in [(json!({}), large), (premium(), [5_000_000_000, 1])] {
        let Taken { status, answer, calls, decisions } = completed_by(&environment, claims, sizes);
        assert_eq!((status, &answer["dimension"]), (403, &json!("size")));
        assert_eq!((calls.len(), decisions.len()), (1, 2), "{decisions:?}");
        assert_eq!(decisions[1]["outcome"], "not_allowed");
    }
}

/// The rule that decides says what a completion costs, not one that is too narrow.
#[test]
fn a_completion_costs_what_its_own_rule_says() {
    let mut environment = narrow_and_wide();
    environment.vars["RULES"][0]["one_time"] = json!("required");
    let claims = json!({ "plan": "premium", "jti": null });
    let listing = environment.vars["RULES"][1].clone();
    environment.vars["RULES"].as_array_mut().unwrap().insert(0, listing);
    environment.vars["RULES"][0]["allow"] = json!(["ListParts"]);
    let large = completed_by(&environment, claims.clone(), [60_000_000, 40_000_000]);
    assert_eq!(large.status, 200, "{}", large.answer);
    let small = completed_by(&environment, claims, [5, 5]);
    assert_eq!((small.status, &small.answer["dimension"]), (403, &json!("one_time")));
}

#[test]
fn a_list_is_bounded_in_calls() {
    let environment = environment_with(None);
    let list = |answers: Vec<StoreAnswer>| {
        taken(&environment, "/v1/multipart/list", json!({}), json!({}), |platform| {
            platform.answers.borrow_mut().extend(answers);
        })
    };
    // A page that isn't full is the last, whatever the store says about more.
    let Taken { status, answer, calls, decisions } =
        list((1..=30).map(|number| page([(number, ETAGS[0], 5)], true)).collect());
    assert_eq!((status, answer["parts"].as_array().unwrap().len(), calls.len()), (200, 1, 1));
    assert_eq!(decisions.len(), 1);

    // As many parts as S3 takes, in one decision.
    let Taken { status, answer, calls, decisions } =
        list((0..12).map(|index| full_page(1 + 1000 * index)).collect());
    assert_eq!((status, calls.len(), decisions.len()), (200, 10, 1));
    let listed = answer["parts"].as_array().unwrap();
    assert!(listed.iter().zip(1_u64..).all(|(part, number)| part["part_number"] == number));
    assert_eq!(listed.len(), 10_000);
    assert!(calls[9].url.contains("part-number-marker=9000"), "{}", calls[9].url);

    // Small full pages, and a store that starts again each time: an incomplete list is no list.
    let small = |number| {
        let mut small = page([(number, ETAGS[0], 5)], true);
        small.body = small.body.replace("1000</MaxParts>", "1</MaxParts>");
        small
    };
    let Taken { status, calls, .. } = list((1..=30).map(small).collect());
    assert_eq!((status, calls.len()), (502, 10));
    let Taken { status, calls, .. } = list((0..30).map(|_| full_page(1)).collect());
    assert_eq!((status, calls.len()), (502, 2));
    // A part that is listed twice has no size.
    let twice = page([(1, ETAGS[0], 5), (1, ETAGS[0], 6)], false);
    assert_eq!(list(vec![twice]).status, 502);
}

#[test]
fn a_list_is_bounded_in_time_and_ends_with_its_client() {
    let environment = environment_with(None);
    let pages = || (0..10).map(|index| full_page(1 + 1000 * index));
    let list = |prepare: &dyn Fn(&TestPlatform<'_, MemoryLedger>)| {
        taken(&environment, "/v1/multipart/list", json!({}), json!({}), |platform| {
            platform.answers.borrow_mut().extend(pages());
            prepare(platform);
        })
    };
    let slow = list(&|platform| platform.seconds_a_call.set(18));
    assert_eq!((slow.status, slow.answer["code"].as_str()), (503, Some("store_unavailable")));
    assert_eq!(slow.calls.len(), 4);
    let timeouts: Vec<u32> = slow.calls.iter().map(|call| call.timeout_ms).collect();
    assert_eq!(timeouts, [20_000, 20_000, 20_000, 6_000]);

    let gone = list(&|platform| platform.client_leaves_after.set(Some(2)));
    assert_eq!((gone.calls.len(), gone.decisions.len()), (2, 1));
}

#[test]
fn a_list_takes_no_page_size_from_whoever_asks() {
    for field in ["max_parts", "part_number_marker"] {
        let Taken { status, answer, calls, .. } = taken(
            &environment_with(None),
            "/v1/multipart/list",
            json!({}),
            json!({ field: 1 }),
            |platform| platform.answers.borrow_mut().extend([full_page(1)]),
        );
        assert_eq!((status, answer["code"].as_str()), (400, Some("unknown_field")), "{field}");
        assert!(calls.is_empty());
    }
}

#[test]
fn a_part_that_is_stale_or_unwritten_is_named() {
    for (listed, named) in [
        (page([(1, ETAGS[0], 5)], false), "part 2"),
        (page([(2, ETAGS[1], 5)], false), "part 1"),
        (page([(1, ETAGS[0], 5), (2, ETAGS[0], 5)], false), "part 2"),
        (page([], false), "part 1"),
    ] {
        let Taken { status, answer, calls, .. } = taken(
            &environment_with(Some(100)),
            "/v1/multipart/complete",
            json!({}),
            json!({ "parts": parts() }),
            |platform| platform.answers.borrow_mut().extend([listed]),
        );
        assert_eq!((status, answer["code"].as_str()), (400, Some("invalid_field")), "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(named), "{answer}");
        assert_eq!(calls.len(), 1);
    }
}
