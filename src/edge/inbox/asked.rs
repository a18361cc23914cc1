use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::api::{Client, InboxUnavailable, Inboxes};
use crate::config::INBOX;
use crate::edge::clock::now_ms;
use crate::edge::ledger::namespace::{Place, Silence, ask_object};
use crate::edge::platform::WorkerPlatform;
use crate::edge::runtime::{Env, within};
use crate::inbox::{Letter, Reply, UploadId};
use crate::ledger::LocationHint;

/// How long an object may take to write something down or to tell it, in milliseconds.
const TIMEOUT_MS: u32 = 12_000;
/// How long it may take to look at an upload and have it copied. It goes on after that.
const ACCEPT_TIMEOUT_MS: u32 = 90_000;
/// How long a store waits that tells of an upload, in milliseconds. Amazon's event bus does for 5 seconds.
const STORE_TIMEOUT_MS: u32 = 4_000;
/// How often it is asked where the question or the answer was lost. Whatever is asked may be asked again.
const ATTEMPTS: usize = 3;

impl Inboxes for WorkerPlatform<'_> {
    async fn ask_upload(&self, id: &UploadId, letter: &Letter) -> Result<Reply, InboxUnavailable> {
        match letter {
            Letter::Look { .. } => self.look_behind(id.clone(), letter.clone()).await,
            // Where it is made counts for good, so that only whoever makes it hints at it.
            Letter::Open(_) => ask_upload(self.env, id, letter, self.location_hint()).await,
            _ => ask_upload(self.env, id, letter, None).await,
        }
    }
}

impl WorkerPlatform<'_> {
    /// Has an upload looked at, which goes on behind the answer where it takes long.
    async fn look_behind(&self, id: UploadId, letter: Letter) -> Result<Reply, InboxUnavailable> {
        let env = self.env.clone();
        let looked = future_to_promise(async move {
            let reply = ask_upload(&env, &id, &letter, None).await.map_err(|why| why.0);
            Ok(serde_json::to_string(&reply).unwrap_or_default().into())
        });
        let Ok(reply) = within(&looked, STORE_TIMEOUT_MS, "an upload's object").await else {
            // It is late, and its object says what comes of it.
            self.context.do_behind(async move { drop(JsFuture::from(looked).await) });
            return Ok(Reply::Busy);
        };
        let reply: Result<Result<Reply, String>, _> =
            serde_json::from_str(&reply.as_string().unwrap_or_default());
        reply.map_err(|error| error.to_string()).flatten().map_err(InboxUnavailable)
    }
}

/// Asks an upload's object.
pub(in crate::edge) async fn ask_upload(
    env: &Env,
    id: &UploadId,
    letter: &Letter,
    location_hint: Option<LocationHint>,
) -> Result<Reply, InboxUnavailable> {
    let failed = |error: serde_json::Error| InboxUnavailable(error.to_string());
    let patience = match letter {
        Letter::Accept { .. } | Letter::Look { .. } | Letter::Verdict(_) => ACCEPT_TIMEOUT_MS,
        _ => TIMEOUT_MS,
    };
    let letter = serde_json::to_string(letter).map_err(failed)?;
    let place = Place { jurisdiction: id.jurisdiction(), location_hint };
    let end_ms = now_ms() + u64::from(patience);
    let mut attempts = 1;
    let answer = loop {
        match ask_once(env, place, id, &letter, end_ms).await {
            Err(silence) if silence.may_repeat && attempts < ATTEMPTS => attempts += 1,
            answer => break answer.map_err(|silence| InboxUnavailable(silence.why))?,
        }
    };
    serde_json::from_str(&answer).map_err(failed)
}

async fn ask_once(
    env: &Env,
    place: Place,
    id: &UploadId,
    letter: &str,
    end_ms: u64,
) -> Result<String, Silence> {
    let silent = |error| Silence::of(&error);
    let asked = ask_object(env, INBOX, place, id.as_str(), letter).map_err(silent)?;
    let left_ms = end_ms.saturating_sub(now_ms()).try_into().unwrap_or(TIMEOUT_MS);
    let answer = within(&asked, left_ms, "an upload's object").await.map_err(silent)?;
    let why = || "an upload's object says no text".to_owned();
    answer.as_string().ok_or_else(|| Silence { why: why(), may_repeat: false })
}
