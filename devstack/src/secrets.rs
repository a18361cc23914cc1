//! Secrets in development, and the session that is signed with one of them.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use edge_signer::encoding::hex;
use edge_signer::jwt::issue_hs256;
use serde_json::json;

use crate::store::Keys;

pub const ISSUER: &str = "http://localhost/edge-signer-dev";
pub const AUDIENCE: &str = "edge-signer";
pub const SUBJECT: &str = "dev";
/// Seconds that the ready-made token lives: a day's work.
const TOKEN_TTL: u64 = 24 * 3600;

/// Secrets of one stack, made on its first start and kept in its folder.
pub struct Secrets {
    pub keys: Keys,
    pub session_secret: String,
    pub admin_secret: String,
    pub tag_key: String,
}

/// Reads them, and makes those that aren't there. The file is the one that wrangler reads them from.
pub fn secrets(file: &Path) -> Result<Secrets> {
    let mut text = if file.exists() { fs::read_to_string(file)? } else { String::new() };
    let mut value = |name: &str, make: &dyn Fn() -> Result<String>| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        if let Some(value) = line {
            return Ok(value.to_owned());
        }
        let made = make()?;
        text.push_str(&format!("{name}={made}\n"));
        anyhow::Ok(made)
    };
    let secrets = Secrets {
        keys: Keys {
            access_key_id: value("PHOTOS_ACCESS_KEY_ID", &|| {
                Ok(format!("DEV{}", random_hex(8)?.to_uppercase()))
            })?,
            secret_access_key: value("PHOTOS_SECRET_ACCESS_KEY", &|| random_hex(20))?,
        },
        session_secret: value("SESSION_SECRET", &|| random_hex(32))?,
        admin_secret: value("ADMIN_SECRET", &|| random_hex(32))?,
        tag_key: value("TAG_KEY", &|| random_hex(32))?,
    };
    // Nothing but the Worker needs this one.
    value("LINK_KEY", &|| random_hex(32))?;
    keep(file, &text)?;
    Ok(secrets)
}

/// For its owner alone, whatever the file was before.
fn keep(file: &Path, text: &str) -> Result<()> {
    let mut open = OpenOptions::new();
    let mut kept = open.write(true).create(true).truncate(true).mode(0o600).open(file)?;
    kept.set_permissions(Permissions::from_mode(0o600))?;
    Ok(kept.write_all(text.as_bytes())?)
}

/// A session of the subject for development, for a day.
pub fn token(session_secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "role": "member",
        "iat": now, "exp": now + TOKEN_TTL,
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    issue_hs256(session_secret.as_bytes(), &claims)
}

fn random_hex(bytes: usize) -> Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex(&random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".dev.vars");
        fs::write(&file, "SESSION_SECRET=of before\n").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(secrets(&file).unwrap().session_secret, "of before");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let (first, text) = (secrets(&file).unwrap(), fs::read_to_string(&file).unwrap());
        assert_eq!(secrets(&file).unwrap().admin_secret, first.admin_secret);
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
