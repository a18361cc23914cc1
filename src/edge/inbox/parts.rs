//! What an upload's object is told of an upload in parts.

use super::object::{Object, store_of};
use crate::edge::clock::now;
use crate::inbox::{Record, Reply, Stage};

impl Object {
    /// Writes down what the store calls it.
    pub(super) fn begun(&self, record: Option<Record>, upload_id: &str) -> Result<Reply, String> {
        let Some(mut record) = record else { return Ok(Reply::Unknown) };
        if !record.begin(upload_id) {
            return Ok(Reply::Unknown);
        }
        self.state.save(&record)?;
        Ok(Reply::Opened)
    }

    /// Says what a step needs, and looks after the upload for longer where that is needed.
    pub(super) async fn step(
        &self,
        record: Option<Record>,
        completes: bool,
    ) -> Result<Reply, String> {
        let now = now().unix_seconds();
        // What is over is being settled.
        let Some(mut record) = record.filter(|record| now < record.end()) else {
            return Ok(Reply::Unknown);
        };
        let Some(step) = record.of_parts() else { return Ok(Reply::Unknown) };
        if step.stage == Stage::Waiting && record.goes_on(now, completes) {
            self.state.save(&record)?;
            self.state.wake_at(record.end()).await?;
        }
        Ok(Reply::Step(Box::new(step)))
    }

    /// Ends it, where nothing came of it, and has its quota given back.
    pub(super) async fn aborted(&self, record: Option<Record>) -> Result<Reply, String> {
        let Some(mut record) = record else { return Ok(Reply::Unknown) };
        // Where it is worked on, something is there.
        let Some(_work) = self.begin_work() else { return Ok(Reply::Opened) };
        let config = self.config().await?;
        let Some(store) = store_of(config, &record) else { return Ok(Reply::Unknown) };
        let given_up = self.clerk(config, store).give_up(&mut record).await;
        // The alarm has it given back otherwise.
        if given_up == Ok(true) && self.tell_quota(&record).await {
            record.settled();
            self.state.save(&record)?;
        }
        Ok(Reply::Opened)
    }
}
