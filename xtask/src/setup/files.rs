//! Files that are either written whole or left as they were, however a run ends.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::root;

/// The file with the secrets for `wrangler dev`; git ignores it, and only its owner can read it.
pub const DEV_VARS: &str = ".dev.vars";

/// Copies the assets that `wrangler.toml` deploys with the Worker into a folder outside of the repository: wrangler
/// wants them there before it builds anything.
pub fn put_assets(folder: &Path) -> Result<()> {
    if fs::canonicalize(folder)? == fs::canonicalize(root())? {
        return Ok(());
    }
    let assets = folder.join("assets");
    fs::create_dir_all(&assets).context("assets/")?;
    let document = "openapi.json";
    fs::copy(root().join("assets").join(document), assets.join(document)).context(document)?;
    Ok(())
}

/// Files that are written but not yet in their places.
#[derive(Default)]
pub struct Staged(Vec<(PathBuf, PathBuf)>);

impl Staged {
    /// Writes a file beside its place, over one that an interrupted run may have left there.
    pub fn write(&mut self, folder: &Path, name: &str, contents: &[u8]) -> Result<()> {
        let place = folder.join(name);
        let beside = folder.join(format!(".{}.part", name.trim_start_matches('.')));
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mode = match fs::metadata(&place) {
            _ if name == DEV_VARS => 0o600,
            Ok(present) => present.permissions().mode() & 0o777,
            Err(_) => 0o644,
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .with_context(|| name.to_owned())?;
        self.0.push((beside, place));
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.write_all(contents)?;
        file.sync_all().with_context(|| name.to_owned())
    }

    /// Puts all of them into their places, in the order in which they were written.
    pub fn put(mut self) -> Result<()> {
        for (beside, place) in std::mem::take(&mut self.0) {
            fs::rename(&beside, &place).with_context(|| place.display().to_string())?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (beside, _) in &self.0 {
            // The file isn't needed any more; it may be gone already.
            let _ = fs::remove_file(beside);
        }
    }
}

/// The variables in `.dev.vars`, which `wrangler dev` reads.
pub fn dev_vars(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join(DEV_VARS)).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// Adds secrets to `.dev.vars`: Cloudflare never shows a secret again, and the application needs the one that signs its
/// tokens.
pub fn keep_own(folder: &Path, secrets: &[(String, String)]) -> Result<()> {
    let mut text = fs::read_to_string(folder.join(DEV_VARS)).unwrap_or_default();
    let known = dev_vars(folder);
    for (name, value) in secrets.iter().filter(|(name, _)| !known.contains_key(name)) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!("{name}={value}\n"));
    }
    let mut staged = Staged::default();
    staged.write(folder, DEV_VARS, text.as_bytes())?;
    staged.put()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_in_its_place_before_all_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let mut names: Vec<String> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort_unstable();
            names
        };
        // A run that was killed leaves this.
        fs::write(folder.path().join(".a.toml.part"), "half").unwrap();
        let mut staged = Staged::default();
        staged.write(folder.path(), "a.toml", b"a = 1\n").unwrap();
        staged.write(folder.path(), "b.toml", b"b = 1\n").unwrap();
        assert_eq!(names(), [".a.toml.part", ".b.toml.part"]);
        staged.put().unwrap();
        assert_eq!(names(), ["a.toml", "b.toml"]);
        assert_eq!(fs::read_to_string(folder.path().join("a.toml")).unwrap(), "a = 1\n");

        let mut given_up = Staged::default();
        given_up.write(folder.path(), "a.toml", b"a = 2\n").unwrap();
        drop(given_up);
        assert_eq!(names(), ["a.toml", "b.toml"]);
        assert_eq!(fs::read_to_string(folder.path().join("a.toml")).unwrap(), "a = 1\n");
    }

    #[test]
    fn secrets_are_added_once_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(DEV_VARS);
        let secrets = [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())];
        keep_own(folder.path(), &secrets[..1]).unwrap();
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        keep_own(folder.path(), &secrets).unwrap();
        keep_own(folder.path(), &secrets).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "A=1\nB=2\n");
    }
}
