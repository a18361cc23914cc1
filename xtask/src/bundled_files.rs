//! The files beside `wrangler.toml` that go into the bundle: `policy.toml`, `stores.toml`, `issuers.toml`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::process::run;
use crate::{command_line, say};

/// Their names, as `edge_signer::config::FILES` has them.
const NAMES: [&str; 3] = ["stores.toml", "issuers.toml", "policy.toml"];

/// Bundled if there are no such files.
pub const NONE: &str = "{}";

/// The files of a folder, as one JSON object with a member for each file that exists.
pub fn read(folder: &Path) -> Result<String> {
    let mut files = Map::new();
    for name in NAMES {
        let path = folder.join(name);
        if path.exists() {
            let text = fs::read_to_string(&path).with_context(|| name.to_owned())?;
            let contents: Value = toml::from_str(&text).with_context(|| name.to_owned())?;
            files.insert(name.to_owned(), contents);
        }
    }
    Ok(Value::Object(files).to_string())
}

/// Has the command line read them with `wrangler.toml`, as the Worker will: a fault ends the build. Wrangler names the
/// environment that it builds for only in `CLOUDFLARE_ENV`.
pub fn check(folder: &Path) -> Result<()> {
    say("checking policy.toml and its like (the command line is compiled for it, the first time)");
    let mut check = Command::new(command_line::build()?);
    check.args(["policy", "check"]);
    if let Ok(environment) = std::env::var("CLOUDFLARE_ENV") {
        check.args(["--env", &environment]);
    }
    run(check.current_dir(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_order_and_numbers() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), NONE);
        let stores = "[STORES.zebra]\nregion = \"a\"\n[STORES.ant]\nrole_seconds = 900\n";
        fs::write(folder.path().join("stores.toml"), stores).unwrap();
        let expected =
            r#"{"stores.toml":{"STORES":{"zebra":{"region":"a"},"ant":{"role_seconds":900}}}}"#;
        assert_eq!(read(folder.path()).unwrap(), expected);
        fs::write(folder.path().join("policy.toml"), "[[RULES]\n").unwrap();
        assert!(format!("{:#}", read(folder.path()).unwrap_err()).contains("policy.toml"));
    }
}
