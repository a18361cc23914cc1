//! What is told of requests: the console, and Analytics Engine.

use super::platform::WorkerPlatform;
use super::runtime::{AnalyticsEngine, binding, console_log};
use crate::api::{AuditRecord, Journal, audit_lines};
use crate::config::DECISIONS;

impl Journal for WorkerPlatform<'_> {
    fn audit(&self, record: AuditRecord) {
        let line = self.decisions.borrow_mut().push(record);
        if let Some(line) = line {
            self.write(&line);
        }
    }

    fn log(&self, line: &str) {
        console_log(line);
    }
}

impl WorkerPlatform<'_> {
    /// Writes the lines of the request's decisions.
    pub(super) fn write_audit(&self) {
        self.write(&self.decisions.take().in_order());
    }

    fn write(&self, records: &[AuditRecord]) {
        for line in audit_lines(records) {
            console_log(&line);
        }
        if !self.isolate.has_decisions {
            return;
        }
        let Ok(dataset) = binding::<AnalyticsEngine>(self.env, DECISIONS) else { return };
        for record in records {
            // One index of at most 96 bytes: the store, by which samples are taken.
            let index: String = record.store.chars().take(24).collect();
            let blobs = record.fields().map(|(_, value)| value.into_owned());
            // The console has the line, whether or not the dataset takes it.
            let _ = dataset.write(&index, blobs.into_iter());
        }
    }
}
