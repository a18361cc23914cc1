//! The Worker's configuration in development. `wrangler.toml` is the one for production.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::root;

use crate::stack::STORE_NAME;

/// All of it that doesn't depend on where things are; the end-to-end tests' Worker has the same.
const WORKER: &str = include_str!("../worker.json");

/// What wrangler is started with; it builds again when sources change.
pub fn worker_config(store_url: &str, assets: &Path) -> Result<Value> {
    let mut worker: Value = serde_json::from_str(WORKER).context("devstack/worker.json")?;
    worker["main"] = json!(root().join("build/index.js"));
    worker["assets"] =
        json!({ "directory": assets, "binding": "ASSETS", "run_worker_first": ["/openapi.json"] });
    worker["vars"]["STORES"][STORE_NAME]["endpoint"] = json!(store_url);
    worker["build"] = json!({
        "command": "cargo xtask build --without-files", "cwd": root(), "watch_dir": root().join("src"),
    });
    Ok(worker)
}

/// What an example has of its own.
pub fn replace_vars(worker: &mut Value, file: &Path) -> Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(file)?;
    let own: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    for (name, value) in own.as_object().into_iter().flatten() {
        worker["vars"][name] = value.clone();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use edge_signer::s3::Operation;
    use serde_json::json;

    use super::*;
    use crate::secrets::{AUDIENCE, ISSUER};
    use crate::stack::BUCKET;

    #[test]
    fn members_may_do_everything_with_their_own_files() {
        let worker = worker_config("http://127.0.0.1:9", Path::new("/assets")).unwrap();
        let vars = &worker["vars"];
        assert_eq!(vars["RULES"][0]["allow"], json!(Operation::ALL.map(Operation::as_str)));
        assert_eq!(vars["STORES"][STORE_NAME]["bucket"], json!(BUCKET));
        assert_eq!(vars["STORES"][STORE_NAME]["endpoint"], json!("http://127.0.0.1:9"));
        assert_eq!(vars["ISSUERS"][0]["issuer"], json!(ISSUER));
        assert_eq!(vars["ISSUERS"][0]["audience"], json!(AUDIENCE));
    }
}
