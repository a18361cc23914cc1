//! Whether whoever uploads was revoked: asked where nobody's session is at hand.

use super::object::Object;
use crate::edge::clock::now;
use crate::edge::isolate::Isolate;
use crate::inbox::{Record, Trouble};
use crate::session::Maker;
use crate::time::Timestamp;

impl Object {
    /// Whether the subject of an upload was revoked since its session was issued. What can't be told is no yes and no no.
    pub(super) async fn is_revoked(&self, record: &Record) -> Result<bool, Trouble> {
        let isolate = Isolate::of(&self.env).await;
        if !isolate.config.as_ref().is_ok_and(|config| config.admin_secret.is_some()) {
            return Ok(false);
        }
        let (issuer, subject) = &record.owner;
        let issued_at = record.issued_at.map(Timestamp::from_unix_seconds);
        let maker = Maker { issuer, subject };
        let asked = maker.is_revoked(issued_at, &self.env, &isolate.sessions, now()).await;
        asked.map_err(|why| Trouble::Unavailable(why.0))
    }
}
