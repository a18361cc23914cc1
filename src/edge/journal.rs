//! What is told of requests: the console, and Analytics Engine.

use wasm_bindgen::prelude::wasm_bindgen;
use worker::AnalyticsEngineDataPointBuilder;

use super::platform::WorkerPlatform;
use crate::api::{AuditRecord, Journal, audit_lines};
use crate::config::DECISIONS;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    pub(super) fn log(line: &str);
}

impl Journal for WorkerPlatform<'_> {
    fn audit(&self, record: AuditRecord) {
        let line = self.decisions.borrow_mut().push(record);
        if let Some(line) = line {
            self.write(&line);
        }
    }

    fn log(&self, line: &str) {
        log(line);
    }
}

impl WorkerPlatform<'_> {
    /// Writes the lines of the request's decisions.
    pub(super) fn write_audit(&self) {
        self.write(&self.decisions.take().in_order());
    }

    fn write(&self, records: &[AuditRecord]) {
        for line in audit_lines(records) {
            log(&line);
        }
        if !self.isolate.has_decisions {
            return;
        }
        let Ok(dataset) = self.env.analytics_engine(DECISIONS) else { return };
        for record in records {
            // One index of at most 96 bytes: the store, by which samples are taken.
            let point = AnalyticsEngineDataPointBuilder::new()
                .indexes([record.store.chars().take(24).collect::<String>().as_str()])
                .blobs(record.fields().map(|(_, value)| value.into_owned()))
                .doubles([1.0])
                .build();
            // The console has the line, whether or not the dataset takes it.
            let _ = dataset.write_data_point(&point);
        }
    }
}
