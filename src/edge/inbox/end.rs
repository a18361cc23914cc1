//! What is done when an upload's time is over: by the alarm, ever later where it fails, and not for ever.

use serde_json::json;

use super::object::{AGAIN_AFTER, Object, Work, say, store_of, tell};
use crate::edge::clock::now;
use crate::inbox::{End, Record, Reply, State, Trouble};

/// The most between two attempts, in seconds.
const MOST_WAIT: u64 = 6 * 3600;
/// How long after its end an upload is given up that can't be settled, in seconds.
const LEFT_AFTER: u64 = 7 * 86_400;

impl Object {
    /// Forgets what nobody has a URL for, and no part of it was begun.
    pub(super) async fn forget(&self, kept: Option<Record>) -> Result<Reply, String> {
        let is_new = |record: &Record| record.state == State::Signed && record.of_parts().is_none();
        let work = self.begin_work();
        if work.is_some() && kept.is_some_and(|record| is_new(&record)) {
            self.state.forget().await?;
        }
        Ok(Reply::Opened)
    }

    /// Takes away what is left of an upload, or has its copy made that was begun.
    pub(super) async fn end(&self, mut record: Record, work: Work<'_>) -> Result<(), String> {
        let now = now().unix_seconds();
        let mut end = self.ended(&mut record).await;
        let is_told = matches!(end, End::Again(_)) || self.tell_quota(&record).await;
        if end == End::Forget && !is_told {
            end = End::Again(Trouble::Unavailable("its quota can't be told".to_owned()));
        }
        drop(work);
        match end {
            End::Forget => self.state.forget().await,
            End::Again(why) => {
                let late = now.saturating_sub(record.end());
                if late >= LEFT_AFTER {
                    self.tell_quota(&record).await;
                    say(&record, "left", &json!(why));
                    return self.state.forget().await;
                }
                tell(&record, Some(&why));
                // As long again as it has taken so far.
                self.state.wake_at(now + late.clamp(AGAIN_AFTER, MOST_WAIT)).await
            }
            End::Keep => {
                record.until = now;
                self.state.save(&record)?;
                self.state.wake_at(record.wake(now)).await
            }
        }
    }

    async fn ended(&self, record: &mut Record) -> End {
        let config = match self.config().await {
            Ok(config) => config,
            Err(why) => return End::Again(Trouble::Unavailable(why)),
        };
        // What is left in the bucket of a store that is gone can't be reached.
        let Some(store) = store_of(config, record) else { return End::Forget };
        let (clerk, was_final) = (self.clerk(config, store), record.state.is_final());
        let is_begun = !was_final && record.state != State::Signed;
        let is_revoked = if is_begun { self.is_revoked(record).await } else { Ok(false) };
        let end = match is_revoked {
            Ok(false) => clerk.end(record).await,
            Ok(true) => clerk.revoke(record).await.map_or_else(End::Again, |()| End::Keep),
            Err(why) => End::Again(why),
        };
        if !was_final && end == End::Keep {
            tell(record, None);
        }
        end
    }
}
