use crate::api::{Client, InboxUnavailable, Inboxes};
use crate::config::INBOX;
use crate::edge::clock::now_ms;
use crate::edge::ledger::namespace::{Place, Silence, ask_object};
use crate::edge::platform::WorkerPlatform;
use crate::edge::runtime::within;
use crate::inbox::{Letter, Reply, UploadId};

/// How long an object may take to write something down or to tell it, in milliseconds.
const TIMEOUT_MS: u32 = 12_000;
/// How long it may take to look at an upload and have it copied. It goes on after that.
const ACCEPT_TIMEOUT_MS: u32 = 90_000;
/// How often it is asked where the question or the answer was lost. Whatever is asked may be asked again.
const ATTEMPTS: usize = 3;

impl Inboxes for WorkerPlatform<'_> {
    async fn ask_upload(&self, id: &UploadId, letter: &Letter) -> Result<Reply, InboxUnavailable> {
        let failed = |error: serde_json::Error| InboxUnavailable(error.to_string());
        let is_new = matches!(letter, Letter::Open(_));
        let patience = match letter {
            Letter::Accept { .. } => ACCEPT_TIMEOUT_MS,
            _ => TIMEOUT_MS,
        };
        let letter = serde_json::to_string(letter).map_err(failed)?;
        // Where it is made counts for good, so that only whoever makes it hints at it.
        let location_hint = if is_new { self.location_hint() } else { None };
        let place = Place { jurisdiction: id.jurisdiction(), location_hint };
        let end_ms = now_ms() + u64::from(patience);
        let mut attempts = 1;
        let answer = loop {
            match self.ask_once(place, id, &letter, end_ms).await {
                Err(silence) if silence.may_repeat && attempts < ATTEMPTS => attempts += 1,
                answer => break answer.map_err(|silence| InboxUnavailable(silence.why))?,
            }
        };
        serde_json::from_str(&answer).map_err(failed)
    }
}

impl WorkerPlatform<'_> {
    async fn ask_once(
        &self,
        place: Place,
        id: &UploadId,
        letter: &str,
        end_ms: u64,
    ) -> Result<String, Silence> {
        let silent = |error| Silence::of(&error);
        let asked = ask_object(self.env, INBOX, place, id.as_str(), letter).map_err(silent)?;
        let left_ms = end_ms.saturating_sub(now_ms()).try_into().unwrap_or(TIMEOUT_MS);
        let answer = within(&asked, left_ms, "an upload's object").await.map_err(silent)?;
        let why = || "an upload's object says no text".to_owned();
        answer.as_string().ok_or_else(|| Silence { why: why(), may_repeat: false })
    }
}
