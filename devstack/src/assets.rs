//! What the Worker serves as files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use xtask::root;

use crate::secrets::SUBJECT;
use crate::stack::STORE_NAME;

/// A page, the styles and the client that it may use, and the session.
pub fn write_assets(folder: &Path, page: &Path, token: &str) -> Result<PathBuf> {
    let assets = folder.join("assets");
    if assets.exists() {
        fs::remove_dir_all(&assets)?;
    }
    copy_folder(page, &assets)?;
    copy_folder(&root().join("assets"), &assets)?;
    copy_folder(&root().join("style"), &assets.join("style"))?;
    let client = root().join("clients/js/dist");
    if client.exists() {
        copy_folder(&client, &assets.join("edge-signer"))?;
    }
    let session = json!({ "token": token, "store": STORE_NAME, "subject": SUBJECT });
    fs::write(assets.join("dev-session.json"), session.to_string())?;
    Ok(assets)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
