//! Temporary folders, removed when the command ends, whatever ends it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

static KEPT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<PathBuf>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that is removed with this value, and by a signal that ends the command.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one below the system's temporary folder; only its owner can read it.
    pub fn folder(name: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("edge-signer-{name}-")).tempdir();
        let path = folder.context("a temporary folder")?.keep();
        kept().push(path.clone());
        Ok(Self(path))
    }

    /// Makes a file with this text, unless it exists already.
    pub fn file(path: &Path, text: &str) -> Result<Option<Self>> {
        if path.exists() {
            return Ok(None);
        }
        kept().push(path.to_owned());
        fs::write(path, text).with_context(|| path.display().to_string())?;
        Ok(Some(Self(path.to_owned())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.0);
        kept().retain(|path| *path != self.0);
    }
}

/// Removes all of them; the children that used them have ended.
pub fn remove_all() {
    for path in kept().drain(..) {
        remove(&path);
    }
}

fn remove(path: &Path) {
    // It may be gone already.
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_gone_with_its_value_and_a_file_that_was_there_stays() {
        let scratch = Scratch::folder("test").unwrap();
        let folder = scratch.path().to_owned();
        let file = folder.join("file");
        fs::write(&file, "theirs").unwrap();
        assert!(Scratch::file(&file, "ours").unwrap().is_none());
        let own = folder.join("own");
        let made = Scratch::file(&own, "ours").unwrap().unwrap();
        assert!(own.exists());
        drop(made);
        assert!(!own.exists() && file.exists());
        drop(scratch);
        assert!(!folder.exists());
    }
}
