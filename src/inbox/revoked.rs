//! What becomes of the uploads of whoever was revoked.

use super::requests_by_parts::Place;
use super::said::{Desk, Trouble};
use super::steps::Clerk;
use super::{Reason, Record, State};

impl<D: Desk> Clerk<'_, D> {
    /// Refuses an upload whose session was revoked, unless its copy was made before anybody knew.
    pub async fn revoke(&self, record: &mut Record) -> Result<(), Trouble> {
        let place = match record.state.clone() {
            State::Accepted { .. } | State::Refused { .. } => return Ok(()),
            State::Promoting { etag, size } => {
                if let Some((true, made)) = self.look(record).await? {
                    return self.settle(record, etag, made, size).await;
                }
                Place::Own
            }
            State::Signed | State::Holding { .. } | State::Scanning { .. } => Place::Held,
        };
        self.throw_away_copy(record, place).await?;
        self.refused(record, Reason::Revoked).await
    }
}
