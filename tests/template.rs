//! templates/worker: a copy outside of the repository compiles for Workers, its tests pass, and it doesn't contain
//! edge-signer's own entry.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use edge_signer::crypto::sha256;
use edge_signer::encoding::hex;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder outside of the repository, removed when this value is dropped.
struct Outside(PathBuf);

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_copy_outside_of_the_repository_compiles_for_workers_and_passes_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Always the same folder for a clone, so that nothing is compiled again.
    let name = &hex(&sha256(root.as_os_str().as_encoded_bytes()))[..8];
    let outside = Outside(std::env::temp_dir().join(format!("edge-signer-template-{name}")));
    let _ = fs::remove_dir_all(&outside.0);
    copy(&root.join("templates/worker"), &outside.0);
    // The copy has to name the clone by its full path.
    let manifest = outside.0.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let beside = "path = \"../edge-signer\"";
    assert_eq!(text.matches(beside).count(), 1);
    fs::write(&manifest, text.replace(beside, &format!("path = {root:?}"))).unwrap();
    fs::copy(root.join("rust-toolchain.toml"), outside.0.join("rust-toolchain.toml")).unwrap();
    // A target folder of its own, kept for the next run: the library with other features would replace the one that
    // other tests link at the same time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("template");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&outside.0);
        let output = command.env("CARGO_TARGET_DIR", &target).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !error.contains("warning:"), "{arguments:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let passed = cargo(&["test", "--config", "profile.dev.debug=false"]);
    assert!(passed.contains("3 passed"), "{passed}");
    let workers =
        ["build", "--target", "wasm32-unknown-unknown", "--config", "profile.dev.debug=false"];
    cargo(&workers);
    let wasm = fs::read(target.join("wasm32-unknown-unknown/debug/my_signer.wasm")).unwrap();
    let has = |text: &[u8]| memchr::memmem::find(&wasm, text).is_some();
    assert!(has(b"teams read their reports") && has(b"AWS4-HMAC-SHA256"));
    // The exports of edge-signer's own Worker.
    assert!(!has(b"useFiles") && !has(b"LedgerObject"));
}
