//! `openapi.json`, made from the types of requests and answers. This is compiled for tests alone: `cargo xtask openapi`
//! writes the file, and the test below holds it to the code.
//!
//! | file | has |
//! | --- | --- |
//! | `operation.rs`, and a file for each room | the table: path, method, request, answers |
//! | `types.rs`, `parameters.rs` | schemas of checked values; descriptions of S3's parameters |
//! | `shape.rs`, `narrow.rs` | turning flat names into nested objects; leaving out fields of other operations |
//! | `words.json` | what types can't express: the introduction, refusals, headers, the carriers of a session |
//! | `constraints.json` | patterns of texts, which fields go together, examples |

mod files;
mod groups;
mod inbox;
mod links;
mod multipart;
mod narrow;
mod operate;
mod operation;
mod parameters;
mod players;
mod presign;
mod schemas;
mod shape;
mod types;
mod uppy;

pub(in crate::api) use types::{PartChecksum, Problem};

use serde_json::{Map, Value, json};

use files::words;
use operation::Operation;
use schemas::Schemas;

fn operations() -> Vec<Operation> {
    let rooms = [
        operate::operations(),
        presign::operations(),
        multipart::operations(),
        uppy::operations(),
        links::operations(),
        inbox::operations(),
    ];
    rooms.into_iter().flatten().map(Operation::within_limits).collect()
}

/// The document.
fn document() -> Value {
    let mut document = words();
    document["info"]["version"] = json!(env!("CARGO_PKG_VERSION"));
    let mut schemas = Schemas::new();
    let operations = operations();
    for operation in &operations {
        operation.register(&mut schemas);
    }
    let shaped = shape::Shaped::of(schemas);
    let paths = document["paths"].as_object_mut().unwrap();
    let about: Map<String, Value> = std::mem::take(paths);
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(words) = about.get(operation.path) {
            path["description"] = words["description"].clone();
        }
        let method = operation.method.as_str().to_ascii_lowercase();
        path[method] = operation.into_value(&shaped);
    }
    let components = document["components"].as_object_mut().unwrap();
    let known = components.shift_remove("schemas").unwrap();
    components.insert("schemas".to_owned(), shaped.into_definitions(&known));
    shape::keep_referenced(&mut document);
    document
}

/// Writes the file if `EDGE_SIGNER_WRITE_OPENAPI` is set, as `cargo xtask openapi` sets it.
#[test]
fn the_file_is_what_the_code_says() {
    let written = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("EDGE_SIGNER_WRITE_OPENAPI").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/openapi.json");
        std::fs::write(file, &written).unwrap();
    } else {
        let kept = include_str!("../../../assets/openapi.json");
        let differs = kept.lines().zip(written.lines()).position(|(kept, written)| kept != written);
        assert!(
            kept == written,
            "openapi.json isn't what the code says, from line {:?} on: run `cargo xtask openapi`",
            differs.map(|line| line + 1)
        );
    }
}

/// The table has exactly the routed paths and methods.
#[test]
fn the_table_has_the_routes_that_there_are() {
    use crate::api::routes::route;
    use crate::api::wire::message::{HeaderSource, Request};
    use http::Method;

    struct NoHeaders;
    impl HeaderSource for NoHeaders {
        fn get(&self, _: &http::HeaderName) -> Option<String> {
            None
        }
    }
    const METHODS: [Method; 5] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    let operations = operations();
    for operation in &operations {
        let path = operation.path.replace(['{', '}'], "");
        for method in METHODS {
            let request = Request {
                method: method.clone(),
                path: &path,
                query: "",
                edge_origin: "https://edge.example.com",
                headers: &NoHeaders,
            };
            let is_in_table = operations
                .iter()
                .any(|known| known.path == operation.path && known.method == method);
            let routed = route(&request).is_ok();
            assert_eq!(routed, is_in_table, "{} {path}", method.as_str());
        }
    }
    // In the sources a route is a path and its variant.
    let source = include_str!("../routes.rs");
    let paths: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().split_once(" => Route::"))
        .flat_map(|(paths, _)| paths.split(" | "))
        .filter_map(|path| path.strip_prefix('"')?.strip_suffix('"'))
        .collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        let is_in_table = operations.iter().any(|operation| operation.path == path);
        // It exists only in development.
        assert!(is_in_table || path == "/dev/explain", "{path} has no row");
    }
}

/// The document lists the code of every error.
#[test]
fn the_problem_has_every_code() {
    let source = include_str!("../wire/error_table.rs");
    let error = include_str!("../wire/error.rs");
    let problem = include_str!("../wire/problem.rs");
    let password = include_str!("../wire/password_problem.rs");
    let listed =
        document()["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
    for code in listed.as_array().unwrap() {
        let quoted = code.to_string();
        let values = include_str!("../wire/values.rs");
        let quota = include_str!("../wire/quota_exceeded.rs");
        let upload = include_str!("../wire/upload_fault.rs");
        let sources = [source, error, problem, password, values, quota, upload];
        let is_told = sources.iter().any(|text| text.contains(&quoted));
        assert!(is_told, "no error has the code {quoted}");
    }
    let tables = [source, password];
    for text in tables.iter().flat_map(|table| table.split("Problem::new(").skip(1)) {
        let Some(code) = text.split('"').nth(1) else { continue };
        // The sentence may come first, if the code is a separate value.
        if code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            let is_listed = listed.as_array().unwrap().iter().any(|known| known == code);
            assert!(is_listed, "{code} is not in words.json");
        }
    }
}
