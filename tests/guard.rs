//! Nothing that the table refuses is signed. This is tried for every store, every operation and form, and everything
//! that they may be bound to, in `s3` and through the routes of `api`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use edge_signer::s3::{
    Act, CopySource, Feature, Form, ObjectKey, ObjectRequest, ObjectRequestBuilder, Operation,
    PARAMETERS, Parameter, Sender, SignableForm, SignableRequest, Store, Target,
    UnsupportedByStore, authorize,
};
use edge_signer::time::Timestamp;
use edge_signer::variables::{Faults, Table};
use serde_json::{Value, json};
use support::NOW;

fn data() -> Value {
    serde_json::from_str(include_str!("../src/s3/providers.json")).unwrap()
}

/// Each provider, and each of its releases.
fn columns() -> Vec<(String, Option<String>, Vec<Value>)> {
    let mut columns = Vec::new();
    for provider in data()["providers"].as_array().unwrap() {
        for release in provider["releases"].as_array().unwrap() {
            columns.push((
                provider["name"].as_str().unwrap().to_owned(),
                release["release"].as_str().map(str::to_owned),
                release["cells"].as_array().unwrap().clone(),
            ));
        }
    }
    columns
}

/// Whether a feature holds there according to the data, without the compiled table.
fn holds(cells: &[Value], feature: Feature, act: Act, never_versioned: bool) -> bool {
    cells.iter().any(|cell| {
        let is_about = match &cell["operations"] {
            Value::Array(items) => items.iter().any(|item| {
                let item = item.as_str().unwrap();
                let own = feature.algorithm().map(|algorithm| format!("{algorithm}:"));
                item == act.as_str()
                    || Some(item) == feature.algorithm()
                    || own.is_some_and(|own| item == own + act.as_str())
            }),
            _ => feature.acts().contains(act),
        };
        cell["feature"] == feature.name()
            && is_about
            && cell["verdict"] == "holds"
            && (cell["unversioned"] != true || never_versioned)
    })
}

fn store_of(settings: &Value) -> Result<Store, Vec<(String, String)>> {
    let secret = |name: &str| match name {
        "PHOTOS_ACCESS_KEY_ID" | "UPLOADS_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        "PHOTOS_SECRET_ACCESS_KEY" | "UPLOADS_SECRET_ACCESS_KEY" => {
            Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned())
        }
        _ => None,
    };
    let mut json = json!({
        "endpoint": "https://0123abcd.r2.cloudflarestorage.com", "region": "us-east-1",
        "bucket": "my-photos", "style": "path", "credentials": "PHOTOS",
    });
    json.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let faults = Faults::default();
    let table = Table::new("STORES.photos", &json, &faults).unwrap();
    let store = Store::read("photos", table, &faults, &secret);
    let faults = faults.into_vec();
    match store {
        Some(store) if faults.is_empty() => Ok(store),
        _ => Err(faults.into_iter().map(|fault| (fault.path, fault.detail)).collect()),
    }
}

fn store(settings: &Value) -> Store {
    store_of(settings).unwrap_or_else(|faults| panic!("{settings}: {faults:?}"))
}

fn column_store(provider: &str, release: Option<&String>, more: &Value) -> Store {
    let mut settings = json!({ "provider": provider });
    if let Some(release) = release {
        settings["release"] = json!(release);
    }
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    store(&settings)
}

fn signed(
    store: &Store,
    request: &ObjectRequest,
    sender: Sender,
) -> Result<(), UnsupportedByStore> {
    let by = store.credentials()[0].clone();
    SignableRequest::new(store, by, request, sender).map(drop)
}

fn builder(operation: Operation, key: &str) -> ObjectRequestBuilder {
    let target = if operation.is_on_prefix() {
        Target::Prefix(key.to_owned())
    } else {
        Target::Object(ObjectKey::new(key).unwrap())
    };
    let mut builder = ObjectRequestBuilder::new(operation, target);
    if operation.copies() {
        let key = ObjectKey::new("source").unwrap();
        builder.copy_from(CopySource { key, version_id: None }).unwrap();
    }
    for needed in PARAMETERS.iter().filter(|p| p.required_by.contains(&operation)) {
        builder.set(needed, if needed.field == "part_number" { "1" } else { "x" }).unwrap();
    }
    builder
}

fn set(builder: &mut ObjectRequestBuilder, field: &str, value: &str) -> bool {
    builder.set(Parameter::of_field(field).unwrap(), value).is_ok()
}

/// Every operation with each thing that it may be bound to, and the feature that this binding needs in addition to the
/// operation's own.
fn requests() -> Vec<(Operation, Option<Feature>, ObjectRequest)> {
    let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let fields = [
        (Feature::ChecksumSha, "checksum.sha256", sha256),
        (Feature::ChecksumSha, "checksum.sha1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
        (Feature::ChecksumCrc32, "checksum.crc32", "AAAAAA=="),
        (Feature::ChecksumCrc32c, "checksum.crc32c", "AAAAAA=="),
        (Feature::ChecksumCrc64Nvme, "checksum.crc64nvme", "AAAAAAAAAAA="),
        (Feature::ChecksumSha, "checksum_algorithm", "SHA1"),
        (Feature::ChecksumCrc32, "checksum_algorithm", "CRC32"),
        (Feature::ChecksumCrc32c, "checksum_algorithm", "CRC32C"),
        (Feature::ChecksumCrc64Nvme, "checksum_algorithm", "CRC64NVME"),
        (Feature::ContentLength, "content_length", "5"),
        (Feature::Acl, "acl", "private"),
        (Feature::StorageClass, "storage_class", "STANDARD"),
        (Feature::SseS3, "sse.algorithm", "AES256"),
        (Feature::SseKms, "sse.algorithm", "aws:kms"),
        (Feature::SseKms, "sse.algorithm", "aws:kms:dsse"),
        (Feature::SseKms, "sse.kms_key_id", "x"),
        (Feature::SseKms, "sse.bucket_key", "true"),
        (Feature::SseCustomer, "sse_customer.algorithm", "AES256"),
        (Feature::SseCustomer, "sse_customer.key", sha256),
        (Feature::SseCustomer, "sse_customer.key_md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        (Feature::TaggingDirective, "tagging_directive", "REPLACE"),
        (Feature::Versions, "version_id", "x"),
    ];
    let mut requests = Vec::new();
    for operation in Operation::ALL {
        let mut add = |feature, builder: ObjectRequestBuilder| {
            requests.push((operation, feature, builder.build().unwrap()));
        };
        add(None, builder(operation, "a/b"));
        for (feature, field, value) in fields {
            let mut bound = builder(operation, "a/b");
            if set(&mut bound, field, value) {
                add(Some(feature), bound);
            }
        }
        let mut once = builder(operation, "a/b");
        if set(&mut once, "create_only", "true") {
            let complete = operation == Operation::CompleteMultipartUpload;
            add(
                Some(if complete { Feature::CreateOnlyComplete } else { Feature::CreateOnly }),
                once,
            );
        }
        let mut part = builder(operation, "a/b");
        if matches!(operation, Operation::GetObject | Operation::HeadObject) {
            assert!(set(&mut part, "part_number", "1"));
            add(Some(Feature::PartNumber), part);
        }
        let mut tagged = builder(operation, "a/b");
        if tagged.bind_tags(&[("a".to_owned(), "b".to_owned())]).is_ok() {
            add(Some(Feature::TaggingOnUpload), tagged);
        }
        for (feature, header) in
            [(Feature::ConditionalWrite, "if-match"), (Feature::ContentMd5, "content-md5")]
        {
            let mut bound = builder(operation, "a/b");
            let asks = operation.writes() || feature != Feature::ConditionalWrite;
            if bound.bind_header(header, "x").is_ok() {
                add(asks.then_some(feature), bound);
            }
        }
        for (feature, key) in [
            (Feature::LeadingSlash, "/a"),
            (Feature::EmptySegment, "a//b"),
            (Feature::EmptySegment, "a\\b"),
            (Feature::KeyNormalisation, "u\u{308}"),
        ] {
            add(Some(feature), builder(operation, key));
            if operation.copies() {
                let target = Target::Object(ObjectKey::new("a").unwrap());
                let mut copy = ObjectRequestBuilder::new(operation, target);
                let key = ObjectKey::new(key).unwrap();
                copy.copy_from(CopySource { key, version_id: None }).unwrap();
                if operation == Operation::UploadPartCopy {
                    assert!(set(&mut copy, "upload_id", "x") && set(&mut copy, "part_number", "1"));
                }
                add(Some(feature), copy);
            }
        }
    }
    requests
}

/// The features that an operation needs by itself.
fn of_operation(operation: Operation, sender: Sender) -> Vec<Feature> {
    let mut features = match operation {
        Operation::GetObjectTagging | Operation::PutObjectTagging => vec![Feature::Tagging],
        Operation::GetObjectAttributes => vec![Feature::ObjectAttributes],
        Operation::CreateMultipartUpload | Operation::CompleteMultipartUpload => {
            vec![Feature::PresignedPost]
        }
        _ => Vec::new(),
    };
    let writes = ["PutObject", "CopyObject", "PutObjectTagging", "CreateMultipartUpload"];
    let writes_parts = ["UploadPart", "UploadPartCopy", "CompleteMultipartUpload"];
    let name = operation.as_str();
    if sender == Sender::Client && (writes.contains(&name) || writes_parts.contains(&name)) {
        features.push(Feature::UnsignedHeadersRefused);
    }
    features
}

#[test]
fn a_url_is_signed_where_the_data_says_that_all_of_it_holds_and_nowhere_else() {
    let requests = requests();
    assert!(requests.len() > 150, "{}", requests.len());
    let (mut yes, mut no) = (0, 0);
    for (provider, release, cells) in columns() {
        for never_versioned in [false, true] {
            let more = if never_versioned { json!({ "versioned": false }) } else { json!({}) };
            let store = column_store(&provider, release.as_ref(), &more);
            for (operation, feature, request) in &requests {
                let act = Act::from(*operation);
                for sender in [Sender::Client, Sender::Edge] {
                    let mut needs = of_operation(*operation, sender);
                    needs.extend(*feature);
                    let expected =
                        needs.iter().all(|need| holds(&cells, *need, act, never_versioned));
                    let outcome = signed(&store, request, sender);
                    assert_eq!(
                        outcome.is_ok(),
                        expected,
                        "{provider} {release:?} {operation} {feature:?} {sender:?}: {outcome:?}"
                    );
                    if expected { yes += 1 } else { no += 1 }
                }
                // The edge's own requests are signed in their headers, and nobody else adds any.
                let needs: Vec<Feature> = of_operation(*operation, Sender::Edge)
                    .into_iter()
                    .filter(|need| *need != Feature::PresignedPost)
                    .chain(*feature)
                    .collect();
                let expected = needs.iter().all(|need| holds(&cells, *need, act, never_versioned));
                let set = &store.credentials()[0].credentials;
                let now = Timestamp::from_unix_seconds(NOW);
                let outcome = authorize(&store, set, request, "", now);
                assert_eq!(outcome.is_ok(), expected, "{provider} {operation} {feature:?}");
            }
        }
    }
    assert!(yes > 500 && no > 500, "{yes} {no}");
}

/// The features that a form needs, its fields, and its further conditions.
type FormCase = (Vec<Feature>, Vec<(String, String)>, Vec<Value>);

#[test]
fn a_form_is_signed_where_the_data_says_that_all_its_fields_hold_and_nowhere_else() {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let forms: Vec<FormCase> = vec![
        (vec![], vec![field("key", "a")], vec![]),
        (vec![Feature::EmptySegment], vec![field("key", "a/${filename}")], vec![]),
        (
            vec![Feature::EmptySegment, Feature::KeyNormalisation],
            vec![field("key", "a${filename}")],
            vec![],
        ),
        (vec![Feature::EmptySegment], vec![field("key", "${filename}")], vec![]),
        (
            vec![Feature::EmptySegment, Feature::LeadingSlash],
            vec![field("key", "/a/${filename}")],
            vec![],
        ),
        (
            vec![Feature::EmptySegment],
            vec![field("key", "a")],
            vec![json!(["starts-with", "$Key", "a"])],
        ),
        (vec![Feature::LeadingSlash], vec![field("key", "/a")], vec![]),
        (vec![Feature::EmptySegment], vec![field("key", "a//b")], vec![]),
        (vec![Feature::KeyNormalisation], vec![field("Key", "u\u{308}")], vec![]),
        (vec![Feature::Acl], vec![field("key", "a"), field("acl", "private")], vec![]),
        (
            vec![Feature::StorageClass],
            vec![field("key", "a"), field("X-Amz-Storage-Class", "STANDARD")],
            vec![],
        ),
        (
            vec![Feature::SseS3],
            vec![field("key", "a"), field("x-amz-server-side-encryption", "AES256")],
            vec![],
        ),
        (
            vec![Feature::SseKms],
            vec![field("key", "a"), field("x-amz-server-side-encryption", "aws:kms")],
            vec![],
        ),
        (vec![Feature::TaggingOnUpload], vec![field("key", "a"), field("tagging", "x")], vec![]),
        (
            vec![Feature::PostFormMetadata],
            vec![field("key", "a"), field("cache-control", "no-cache")],
            vec![],
        ),
        (
            vec![Feature::PostFormMetadata],
            vec![field("key", "a")],
            vec![json!(["starts-with", "$content-disposition", ""])],
        ),
        (
            vec![Feature::SseCustomer],
            vec![field("key", "a")],
            vec![json!({ "x-amz-server-side-encryption-customer-algorithm": "AES256" })],
        ),
    ];
    let mut yes = 0;
    for (provider, release, cells) in columns() {
        let store = column_store(&provider, release.as_ref(), &json!({}));
        for (features, fields, conditions) in &forms {
            let form = Form {
                bucket: "my-photos".to_owned(),
                fields: fields.clone(),
                conditions: conditions.clone(),
            };
            let outcome = SignableForm::new(form, &store, store.credentials()[0].clone());
            let needs = features.iter().chain(&[Feature::PostForm]);
            let expected = needs.clone().all(|need| holds(&cells, *need, Act::Form, false));
            assert_eq!(outcome.is_ok(), expected, "{provider} {release:?} {fields:?} {features:?}");
            yes += u32::from(expected);
        }
    }
    assert!(yes > 20, "{yes}");
}

#[test]
fn without_a_release_the_most_cautious_of_those_measured_counts() {
    for provider in ["ceph", "swift", "garage"] {
        let releases: Vec<_> = columns()
            .into_iter()
            .filter(|(name, release, _)| name == provider && release.is_some())
            .collect();
        assert!(!releases.is_empty());
        let cautious = column_store(provider, None, &json!({}));
        for (operation, feature, request) in requests() {
            let each = releases.iter().all(|(_, release, _)| {
                signed(
                    &column_store(provider, release.as_ref(), &json!({})),
                    &request,
                    Sender::Edge,
                )
                .is_ok()
            });
            let outcome = signed(&cautious, &request, Sender::Edge);
            assert_eq!(outcome.is_ok(), each, "{provider} {operation} {feature:?}");
        }
    }
    // A patch release belongs to its release.
    let exact = column_store("ceph", Some(&"18.2.7".to_owned()), &json!({}));
    assert_eq!(exact.kept(), column_store("ceph", Some(&"18.2".to_owned()), &json!({})).kept());
    for wrong in ["19.2", "18", "18.20", ""] {
        let faults = store_of(&json!({ "provider": "ceph", "release": wrong })).unwrap_err();
        assert_eq!(faults[0].0, "STORES.photos.release", "{wrong}");
        assert!(faults[0].1.contains("16.2, 18.2"), "{}", faults[0].1);
    }
    let faults = store_of(&json!({ "provider": "aws", "release": "2026" })).unwrap_err();
    assert_eq!(faults[0].0, "STORES.photos.release");
}

/// What measuring real stores corrected, each shown by the answer to a request.
#[test]
#[expect(clippy::too_many_lines, reason = "a table, read line by line")]
fn what_was_measured_decides() {
    use Operation::{
        CompleteMultipartUpload, CopyObject, CreateMultipartUpload, DeleteObject, GetObject,
        GetObjectAttributes, PutObject, UploadPart,
    };
    let ask = |operation, field: &str, value: &str| {
        let mut builder = builder(operation, "a/b");
        match field {
            "" => {}
            "tags" => builder.bind_tags(&[("a".to_owned(), "b".to_owned())]).unwrap(),
            "if-match" | "content-md5" => builder.bind_header(field, value).unwrap(),
            _ => assert!(set(&mut builder, field, value), "{operation} {field}"),
        }
        builder.build().unwrap()
    };
    let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let both = ["16.2", "18.2"];
    for (provider, releases, operation, field, value, holds) in [
        ("ceph", &both[..], PutObject, "sse.algorithm", "AES256", false),
        ("ceph", &both, CopyObject, "sse.algorithm", "AES256", false),
        ("ceph", &both, CopyObject, "sse.algorithm", "aws:kms", false),
        ("ceph", &both, CopyObject, "sse_customer.key", sha256, false),
        ("ceph", &both, PutObject, "sse_customer.key", sha256, true),
        ("ceph", &both, UploadPart, "sse_customer.key", sha256, true),
        ("ceph", &both, PutObject, "tags", "", true),
        ("ceph", &both, CreateMultipartUpload, "tags", "", false),
        ("ceph", &both, CopyObject, "tags", "", false),
        ("ceph", &both, CopyObject, "tagging_directive", "REPLACE", false),
        ("ceph", &both, GetObject, "part_number", "1", false),
        ("ceph", &both, GetObjectAttributes, "", "", false),
        ("ceph", &both, PutObject, "create_only", "true", false),
        ("ceph", &both, CompleteMultipartUpload, "create_only", "true", false),
        ("ceph", &both, PutObject, "if-match", "\"x\"", false),
        ("ceph", &both, DeleteObject, "if-match", "\"x\"", false),
        ("ceph", &both, PutObject, "checksum.sha256", sha256, false),
        ("ceph", &both, PutObject, "content-md5", "x", true),
        ("ceph", &both, PutObject, "acl", "private", true),
        ("ceph", &both, GetObject, "version_id", "x", true),
        ("garage", &["2.5"], GetObjectAttributes, "", "", false),
        ("garage", &["2.5"], PutObject, "checksum.crc64nvme", "AAAAAAAAAAA=", true),
        ("garage", &["2.5"], PutObject, "create_only", "true", false),
        ("garage", &["2.5"], PutObject, "if-match", "\"x\"", false),
        ("garage", &["2.5"], DeleteObject, "if-match", "\"x\"", false),
        ("garage", &["2.5"], CompleteMultipartUpload, "create_only", "true", false),
        ("garage", &["2.5"], GetObject, "version_id", "x", false),
        ("garage", &["2.5"], DeleteObject, "version_id", "x", false),
        ("swift", &["2.30"], PutObject, "checksum.sha256", sha256, false),
        ("swift", &["2.35"], PutObject, "checksum.sha256", sha256, true),
        ("swift", &["2.30"], PutObject, "checksum.crc32", "AAAAAA==", false),
        ("swift", &["2.35"], PutObject, "checksum.crc32", "AAAAAA==", true),
        ("swift", &["2.35"], PutObject, "checksum.crc32c", "AAAAAA==", false),
        ("swift", &["2.30"], GetObject, "part_number", "1", false),
        ("swift", &["2.35"], GetObject, "part_number", "1", true),
        ("swift", &["2.30", "2.35"], PutObject, "acl", "private", false),
        ("swift", &["2.30", "2.35"], PutObject, "sse_customer.key", sha256, false),
        ("swift", &["2.30", "2.35"], PutObject, "create_only", "true", false),
        ("swift", &["2.30", "2.35"], DeleteObject, "if-match", "\"x\"", false),
        ("swift", &["2.30", "2.35"], GetObjectAttributes, "", "", false),
        ("swift", &["2.30", "2.35"], PutObject, "content_length", "5", true),
        ("r2", &[], PutObject, "create_only", "true", true),
        ("r2", &[], PutObject, "acl", "private", false),
    ] {
        let releases = releases.iter().map(|release| Some((*release).to_owned()));
        let none = if provider == "r2" { Some(None) } else { None };
        for release in releases.chain(none) {
            let store = column_store(provider, release.as_ref(), &json!({}));
            let outcome = signed(&store, &ask(operation, field, value), Sender::Edge);
            assert_eq!(
                outcome.is_ok(),
                holds,
                "{provider} {release:?} {operation} {field}: {outcome:?}"
            );
        }
    }
    // The condition is atomic in a bucket that was never versioned, and ignored in a versioned one.
    for release in both {
        let create_only = ask(PutObject, "create_only", "true");
        for (versioned, holds) in [(json!(false), true), (json!(true), false)] {
            let more = json!({ "versioned": versioned });
            let store = column_store("ceph", Some(&release.to_owned()), &more);
            assert_eq!(signed(&store, &create_only, Sender::Edge).is_ok(), holds, "{versioned}");
        }
    }
    // Which stores refuse unsigned headers.
    for (provider, refuses) in [
        ("aws", true),
        ("swift", true),
        ("garage", true),
        ("seaweedfs", true),
        ("ceph", false),
        ("minio", false),
        ("rustfs", false),
        ("spaces", false),
        ("r2", false),
        ("b2", false),
        ("wasabi", false),
        ("tigris", false),
        ("supabase", false),
        ("generic", false),
    ] {
        let store = column_store(provider, None, &json!({}));
        for operation in [PutObject, UploadPart] {
            let outcome = signed(&store, &ask(operation, "", ""), Sender::Client);
            assert_eq!(outcome.is_ok(), refuses, "{provider}");
        }
        assert_eq!(signed(&store, &ask(GetObject, "", ""), Sender::Client), Ok(()), "{provider}");
        assert_eq!(
            signed(&store, &ask(DeleteObject, "", ""), Sender::Client),
            Ok(()),
            "{provider}"
        );
    }
}

#[test]
fn the_operators_word_is_about_what_it_names() {
    let claims = json!({
        "tagging_on_upload": true, "tagging_on_upload:CopyObject": false,
        "checksum_crc32:crc32c": true, "create_only:PutObject": true, "sse_s3": false,
    });
    let store = store(&json!({ "provider": "minio", "features": claims }));
    let kept =
        |feature, operation: Operation| store.kept().of_act(operation.into()).contains(feature);
    assert!(kept(Feature::TaggingOnUpload, Operation::PutObject));
    assert!(!kept(Feature::TaggingOnUpload, Operation::CopyObject));
    assert!(store.kept().of_act(Act::Form).contains(Feature::TaggingOnUpload));
    assert!(kept(Feature::ChecksumCrc32c, Operation::CopyObject));
    assert!(!kept(Feature::ChecksumCrc32, Operation::CopyObject));
    assert!(kept(Feature::CreateOnly, Operation::PutObject));
    assert!(!kept(Feature::CreateOnly, Operation::CopyObject));
    assert!(!kept(Feature::SseS3, Operation::PutObject));
    // Every feature can be set by its name.
    for feature in Feature::ALL {
        for keeps in [true, false] {
            let store = self::store(&json!({ "features": { feature.name(): keeps } }));
            for act in feature.acts().iter() {
                assert_eq!(store.kept().of_act(act).contains(feature), keeps, "{feature:?}");
            }
        }
    }
    let wrong = json!({
        "create-only": true, "acl": "true", "acl:GetObject": true, "tagging_on_upload:": true,
        "checksum_crc32:crc64": true, "versions": 1, "acl:CopyObject": null,
    });
    let faults = store_of(&json!({ "features": wrong })).unwrap_err();
    let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "STORES.photos.features.create-only",
            "STORES.photos.features.acl",
            "STORES.photos.features.acl:GetObject",
            "STORES.photos.features.tagging_on_upload:",
            "STORES.photos.features.checksum_crc32:crc64",
            "STORES.photos.features.versions",
            "STORES.photos.features.acl:CopyObject",
        ]
    );
    assert!(faults[0].1.contains("unsigned_headers_refused, absent_headers_signed, create_only,"));
    assert!(faults[2].1.contains("PutObject, CopyObject, CreateMultipartUpload, PostObject"));
    assert!(faults[4].1.contains("crc32, crc32c, "));
    let faults = store_of(&json!({ "features": ["create_only"] })).unwrap_err();
    assert_eq!(faults[0].0, "STORES.photos.features");
    let faults = store_of(&json!({ "versioned": "no" })).unwrap_err();
    assert_eq!(faults[0].0, "STORES.photos.versioned");
}

#[test]
fn credentials_for_one_url_bind_nothing_and_sign_nothing_that_is_bound() {
    let sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let put = |field: &str, value: &str| {
        let mut builder = builder(Operation::PutObject, "a/b");
        assert!(field.is_empty() || set(&mut builder, field, value));
        builder.build().unwrap()
    };
    let uploads = store(&json!({ "provider": "r2", "uploads": "scoped" }));
    let all = store(&json!({ "provider": "r2", "credentials_mode": "scoped" }));
    for store in [&uploads, &all] {
        assert_eq!(signed(store, &put("", ""), Sender::Client), Ok(()));
        for (field, value, header) in [
            ("content_length", "5", "content-length"),
            ("content_type", "image/png", "content-type"),
            ("create_only", "true", "if-none-match"),
            ("checksum.sha256", sha256, "x-amz-checksum-sha256"),
        ] {
            let outcome = signed(store, &put(field, value), Sender::Client);
            assert_eq!(outcome, Err(UnsupportedByStore::Unbound(header.to_owned())));
            // Nobody else can change the edge's own requests.
            assert_eq!(signed(store, &put(field, value), Sender::Edge), Ok(()), "{field}");
        }
        let mut bound = builder(Operation::PutObject, "a/b");
        bound.bind_metadata("a", "b").unwrap();
        assert!(signed(store, &bound.build().unwrap(), Sender::Client).is_err());
    }
    let mut read = builder(Operation::GetObject, "a/b");
    read.bind_header("range", "bytes=0-1").unwrap();
    let read = read.build().unwrap();
    assert_eq!(signed(&uploads, &read, Sender::Client), Ok(()));
    assert!(signed(&all, &read, Sender::Client).is_err());

    let bound = store(&json!({ "provider": "r2", "uploads": "bound" }));
    assert_eq!(signed(&bound, &put("create_only", "true"), Sender::Client), Ok(()));
    // A setting for the feature takes precedence over one for uploads.
    let denied = json!({ "unsigned_headers_refused": false });
    let bound = store(&json!({ "provider": "r2", "uploads": "bound", "features": denied }));
    assert!(signed(&bound, &put("", ""), Sender::Client).is_err());

    for (settings, path) in [
        (json!({ "provider": "aws", "uploads": "bound" }), "uploads"),
        (json!({ "provider": "minio", "uploads": "scoped" }), "uploads"),
        (json!({ "provider": "r2", "uploads": "both" }), "uploads"),
        (json!({ "provider": "r2", "uploads": "bound", "credentials_mode": "scoped" }), "uploads"),
        (
            json!({ "provider": "r2", "uploads": "scoped", "write_credentials": "UPLOADS" }),
            "write_credentials",
        ),
        (json!({ "write_credentials": "uploads" }), "write_credentials"),
    ] {
        let faults = store_of(&settings).unwrap_err();
        assert_eq!(faults[0].0, format!("STORES.photos.{path}"), "{settings}");
    }
    let faults = store_of(&json!({ "write_credentials": "OTHERS" })).unwrap_err();
    assert_eq!(faults[0].0, "OTHERS_ACCESS_KEY_ID");
}
