//! Decisions in the order in which they were asked for.

use std::mem::take;

use crate::api::{AUDIT_GROUP, AuditRecord};

/// A request's decisions that aren't written yet. They are written in the order in which they were asked for, and some
/// are refused before others are paid for.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    waiting: Vec<AuditRecord>,
    /// How many were written.
    written: usize,
    /// How many of the next line are there.
    of_line: usize,
}

impl Decisions {
    /// Takes one. A line that is whole is written at once: a request that is broken off loses the rest at most.
    pub(super) fn push(&mut self, record: AuditRecord) -> Option<Vec<AuditRecord>> {
        let end = self.written + AUDIT_GROUP;
        self.of_line += usize::from(record.place < end);
        self.waiting.push(record);
        if self.of_line < AUDIT_GROUP {
            return None;
        }
        self.written = end;
        let (line, waiting) = take(&mut self.waiting).into_iter().partition(|one| one.place < end);
        self.waiting = waiting;
        let next = end + AUDIT_GROUP;
        self.of_line = self.waiting.iter().filter(|one| one.place < next).count();
        Some(Self { waiting: line, ..Self::default() }.in_order())
    }

    pub(super) fn in_order(mut self) -> Vec<AuditRecord> {
        self.waiting.sort_by_key(|one| one.place);
        self.waiting
    }
}
