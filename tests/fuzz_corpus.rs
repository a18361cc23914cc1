//! Feeds the fuzzer's corpus to its targets: what it found once is tested from then on, without the fuzzer.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[allow(unreachable_pub, dead_code, reason = "it is a crate of its own, too")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_input_of_the_corpus_holds() {
    let mut failed = Vec::new();
    for (name, target) in fuzz::TARGETS {
        let corpus = folder("corpus").join(name);
        let inputs = names(&corpus);
        assert!(inputs.len() >= 10, "{name} has {} inputs", inputs.len());
        for input in inputs {
            let data = fs::read(corpus.join(&input)).unwrap();
            if catch_unwind(AssertUnwindSafe(|| target(&data))).is_err() {
                failed.push(format!("{name}/{input}"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// A target that isn't in the list would be fuzzed and never replayed.
#[test]
fn targets_are_those_of_the_folders() {
    let listed: BTreeSet<String> =
        fuzz::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stem = |file: String| file.trim_end_matches(".rs").to_owned();
    assert_eq!(
        names(&folder("fuzz_targets")).into_iter().map(stem).collect::<BTreeSet<_>>(),
        listed
    );
    assert_eq!(names(&folder("corpus")), listed);
}

/// libFuzzer writes the values that it sees in comparisons into its inputs.
#[test]
fn no_input_has_a_piece_of_a_secret() {
    for (name, _) in fuzz::TARGETS {
        let corpus = folder("corpus").join(name);
        for input in names(&corpus) {
            let data = fs::read(corpus.join(&input)).unwrap();
            let holds = |piece: &[u8]| data.windows(piece.len()).any(|window| window == piece);
            let mut pieces = fuzz::SECRETS.iter().flat_map(|secret| secret.as_bytes().windows(10));
            assert!(!pieces.any(holds), "{name}/{input}");
        }
    }
}

/// Everybody who clones downloads it: it has to stay below 300 KB.
#[test]
fn the_corpus_stays_small() {
    let mut total = 0;
    for (name, _) in fuzz::TARGETS {
        let corpus = folder("corpus").join(name);
        for input in names(&corpus) {
            total += fs::metadata(corpus.join(input)).unwrap().len();
        }
    }
    assert!(total < 300_000, "{total} bytes");
}

/// The fuzzer's crate has a list of packages of its own, which the suite doesn't compile.
#[test]
fn the_fuzzer_has_each_package_that_its_files_use() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = |file: &str| {
        let text = fs::read_to_string(root.join(file)).unwrap();
        let sections = text.split("\n[").filter(|section| {
            section.lines().next().is_some_and(|name| name.ends_with("dependencies]"))
        });
        let lines = sections.flat_map(str::lines).filter_map(|line| line.split_once(" = "));
        lines.map(|(name, what)| (name.to_owned(), what.to_owned())).collect::<BTreeSet<_>>()
    };
    let mut text = String::new();
    for folder in ["tests/support", "fuzz/src"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            text += &fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"));
        }
    }
    let own = listed("fuzz/Cargo.toml");
    let is_used = |name: &str| text.contains(&format!("{}::", name.replace('-', "_")));
    let missing: Vec<_> =
        listed("Cargo.toml").into_iter().filter(|(name, _)| is_used(name)).collect();
    let missing: Vec<_> = missing.iter().filter(|entry| !own.contains(entry)).collect();
    assert!(missing.is_empty(), "fuzz/Cargo.toml lacks {missing:?}");
}
