//! Formatting, lints, documentation and the permitted dependencies; each check runs only if what it reads has changed.

use std::process::Command;

use anyhow::Result;

use super::report::Report;
use super::{deny, stamp, step};
use crate::tools::{npm_packages, npm_program};
use crate::{bench, root};

const DENY: [&str; 3] = ["--", "-D", "warnings"];
const WASM: &str = "wasm32-unknown-unknown";
/// The settings of the compiler and the lints.
const SETTINGS: [&str; 6] =
    ["Cargo.toml", "Cargo.lock", "clippy.toml", "rustfmt.toml", "rust-toolchain.toml", ".cargo"];

/// A command over some of the repository's files.
struct Check<'a> {
    name: &'a str,
    inputs: &'a [&'a str],
    program: &'a str,
    arguments: &'a [&'a str],
}

const CHECKS: [Check<'_>; 11] = [
    Check {
        name: "rustfmt",
        inputs: &["src", "tests", "examples"],
        program: "cargo",
        arguments: &["fmt", "--check"],
    },
    Check {
        name: "clippy, native",
        inputs: &["src", "tests", "fuzz/src"],
        program: "cargo",
        arguments: &["clippy", "--all-targets"],
    },
    Check {
        name: "clippy, Wasm",
        inputs: &["src", "tests"],
        program: "cargo",
        arguments: &["clippy", "--all-targets", "--target", WASM],
    },
    Check {
        name: "rustfmt, xtask",
        inputs: &["xtask"],
        program: "cargo",
        arguments: &["fmt", "--check", "--manifest-path", "xtask/Cargo.toml"],
    },
    Check {
        name: "clippy, xtask",
        inputs: &["xtask"],
        program: "cargo",
        arguments: &["clippy", "--all-targets", "--manifest-path", "xtask/Cargo.toml"],
    },
    Check {
        name: "rustfmt, devstack",
        inputs: &["devstack"],
        program: "cargo",
        arguments: &["fmt", "--check", "--manifest-path", "devstack/Cargo.toml"],
    },
    Check {
        name: "clippy, devstack",
        inputs: &["devstack", "src", "xtask"],
        program: "cargo",
        arguments: &["clippy", "--all-targets", "--manifest-path", "devstack/Cargo.toml"],
    },
    Check {
        name: "rustfmt, bench",
        inputs: &["bench"],
        program: "cargo",
        arguments: &["fmt", "--check", "--all", "--manifest-path", "bench/Cargo.toml"],
    },
    // Its library is compiled and linted with the tests of the product.
    Check {
        name: "rustfmt, fuzz",
        inputs: &["fuzz/src", "fuzz/fuzz_targets"],
        program: "cargo",
        arguments: &["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"],
    },
    Check {
        name: "rustfmt, HTTP client",
        inputs: &["tests/http-client"],
        program: "cargo",
        arguments: &["fmt", "--check", "--manifest-path", "tests/http-client/Cargo.toml"],
    },
    Check {
        name: "clippy, HTTP client",
        inputs: &["tests/http-client"],
        program: "cargo",
        arguments: &[
            "clippy",
            "--all-targets",
            "--manifest-path",
            "tests/http-client/Cargo.toml",
            "--target-dir",
            "target/http-client",
        ],
    },
];

pub(super) fn run(report: &Report) -> Result<()> {
    report.stage("lints", || {
        for check in CHECKS {
            let inputs = [check.inputs, &SETTINGS].concat();
            stamp::unless_unchanged(check.name, &inputs, || {
                let mut command = Command::new(check.program);
                command.args(check.arguments);
                if check.arguments.contains(&"clippy") {
                    command.args(DENY);
                }
                step::run(check.name, command.current_dir(root())).map(|_| ())
            })?;
        }
        npm_packages()?;
        stamp::unless_unchanged("Prettier", &["."], || {
            let mut prettier = Command::new(npm_program("prettier"));
            prettier.args(["--check", "--log-level=warn", "."]).current_dir(root());
            step::run("Prettier", &mut prettier).map(|_| ())
        })?;
        stamp::unless_unchanged("rustdoc", &[&["src"], &SETTINGS[..]].concat(), || {
            let mut doc = Command::new("cargo");
            doc.args(["doc", "--no-deps", "--lib"]).env("RUSTDOCFLAGS", "-D warnings");
            step::run("rustdoc", doc.current_dir(root())).map(|_| ())
        })?;
        stamp::unless_unchanged(
            "clippy, bench",
            &[&["bench", "src"], &SETTINGS[..]].concat(),
            || bench::lint().inspect(|()| println!("ok             clippy, bench")),
        )?;
        stamp::unless_unchanged(
            "cargo deny",
            &["Cargo.toml", "Cargo.lock", "deny.toml"],
            deny::check,
        )
    })
}
