//! The crate's layers import downwards only, JavaScript's objects are named in `src/edge` alone, and the RustCrypto
//! crates in `src/crypto` alone.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

mod imports;

use imports::Sources;

/// From the ground up. A module may name modules of lower rows, but no other module of its own row.
const LAYERS: [&[&str]; 9] = [
    &["crypto", "encoding", "html", "jwt", "order", "secret", "time", "variables", "xml"],
    &["sigv4"],
    &["explain", "s3", "session"],
    &["ledger", "policy"],
    &["inbox", "link", "quota"],
    &["config"],
    &["api", "audit", "probe"],
    &["doctor", "edge"],
    &["cli", "main", "lib"],
];

/// The order within the ground floor: `encoding` and the others name nothing of this crate.
const GROUND: &[&str] =
    &["crypto", "encoding", "html", "jwt", "order", "secret", "time", "variables", "xml"];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&module))
}

fn source_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() && !path.ends_with("target") {
            source_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The first segment of every `crate::…` and `edge_signer::…` path, `use` or not.
fn imported(text: &str) -> Vec<String> {
    let name = |rest: &str| {
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    ["crate::", "edge_signer::"]
        .iter()
        .flat_map(|prefix| code.split(prefix).skip(1).map(name).collect::<Vec<_>>())
        .filter(|module| !module.is_empty())
        .collect()
}

#[test]
fn imports_go_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&src, &mut files);
    assert!(files.len() > 30, "the walk found {} files", files.len());
    let mut faults = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).expect("below src").to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("a source file is UTF-8");
        let module = relative.split(['/', '.']).next().unwrap_or_default().to_owned();
        let Some(own) = layer(&module) else {
            faults.push(format!("{relative}: {module} is in no layer; name it in LAYERS"));
            continue;
        };
        for target in imported(&text) {
            // A test inside a module may reach as far as the module's layer, no further.
            let Some(other) = layer(&target) else { continue };
            let down = other < own || target == module;
            let on_the_ground =
                GROUND.contains(&module.as_str()) && GROUND.contains(&target.as_str());
            if !down && !on_the_ground {
                faults.push(format!("{relative} names {target}, which isn't below {module}"));
            }
        }
        for (names, home) in [
            (&["web_sys::", "js_sys::", "wasm_bindgen"][..], "edge"),
            (
                &[
                    "chacha20poly1305::",
                    "ed25519_dalek::",
                    "hmac::",
                    "md5::",
                    "p256::",
                    "p384::",
                    "p521::",
                    "rsa::",
                    "sha2::",
                ][..],
                "crypto",
            ),
        ] {
            let named = names.iter().find(|name| {
                text.lines().any(|line| {
                    let line = line.trim_start();
                    !line.starts_with("//") && line.starts_with(&format!("use {name}"))
                })
            });
            if let Some(name) = named
                && module != home
            {
                faults.push(format!("{relative} uses {name} outside of {home}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The sources below a folder of this package: paths below it, and texts.
fn read_sources(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    source_files(&folder, &mut files);
    let read = |file: PathBuf| {
        let relative = file.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        (relative, fs::read_to_string(&file).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn circle_among(files: &[(String, String)]) -> Option<String> {
    let sources = Sources::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let edges = sources.edges();
    let circle = imports::circle(&edges)?;
    let names = circle.iter().chain(circle.first()).map(|module| module.join("::"));
    Some(names.collect::<Vec<_>>().join(" -> "))
}

#[test]
fn no_two_files_import_each_other() {
    let mut files = read_sources("src");
    assert!(files.len() > 150, "the walk found {} files", files.len());
    assert_eq!(circle_among(&files), None);
    // A re-export doesn't hide a circle: `sigv4::Credentials` is defined in another file.
    let (_, text) = files.iter_mut().find(|(path, _)| path == "sigv4/signing_key.rs").unwrap();
    text.insert_str(0, "use super::{\n    Credentials,\n};\n");
    let circle = circle_among(&files).unwrap();
    assert!(circle.contains("sigv4::credentials -> sigv4::signing_key"), "{circle}");
}

/// Without tests.
const MAX_LINES: usize = 300;

#[test]
fn no_file_is_too_long_to_read_at_once() {
    let mut faults = Vec::new();
    for folder in ["src", "xtask/src", "devstack/src", "fuzz/src", "bench"] {
        for (path, text) in read_sources(folder) {
            let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
            let is_written_by_a_test = text.starts_with("//! Written from");
            let lines = imports::without_tests(&text).lines().count();
            if !is_test && !is_written_by_a_test && lines > MAX_LINES {
                faults.push(format!("{folder}/{path} has {lines} lines"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The native verifiers of signatures would add a twelfth to the Worker, which uses the runtime's.
#[test]
fn the_worker_is_made_without_verifiers_and_with_one_sha2() {
    let only = ["--filter-platform", "wasm32-unknown-unknown"].map(str::to_owned).to_vec();
    let metadata = MetadataCommand::new().other_options(only).exec().unwrap();
    let nodes: BTreeMap<_, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|node| (&node.id, node)).collect();
    let mut reached = BTreeSet::new();
    let mut open = vec![&metadata.root_package().unwrap().id];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            let is_built_in = |dependency: &&cargo_metadata::NodeDep| {
                dependency.dep_kinds.iter().any(|info| info.kind == DependencyKind::Normal)
            };
            open.extend(
                nodes[id].deps.iter().filter(is_built_in).map(|dependency| &dependency.pkg),
            );
        }
    }
    let names: Vec<&str> = metadata
        .packages
        .iter()
        .filter(|package| reached.contains(&package.id))
        .map(|package| package.name.as_str())
        .collect();
    assert!(names.contains(&"web-sys"), "{names:?}");
    let verifiers = ["rsa", "num-bigint-dig", "p384", "p521", "ed25519-dalek", "curve25519-dalek"];
    for absent in verifiers.into_iter().chain(["worker"]) {
        assert!(!names.contains(&absent), "{absent} is in the Worker");
    }
    assert_eq!(names.iter().filter(|name| **name == "sha2").count(), 1);
}
