//! Links: one row for each, with the moments of its uses and the browsers that may come again.

use super::database::{Database, Row, Value};
use crate::ledger::LedgerUnavailable;
use crate::ledger::wire::{Answer, AskedBrowser, Said};

/// The most moments that are kept for a link.
const MOST_MOMENTS: usize = 1000;
/// `001767225600/0123456789abcdef0000;`: the moment and the question's name.
const MOMENT_BYTES: usize = 34;
/// `…@001767225600;`: a hash of 64 digits, and the moment.
const HOLDER_BYTES: usize = 78;
/// The largest whole number of JavaScript.
const ANY_NUMBER: u64 = (1 << 53) - 1;

pub(super) fn make_table(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, n INTEGER NOT NULL, until INTEGER NOT NULL, revoked \
         INTEGER NOT NULL, told INTEGER NOT NULL, moments TEXT NOT NULL, holders TEXT NOT NULL) WITHOUT ROWID"
    )
}

/// A requested use of a link.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    pub(super) until: u64,
    pub(super) most: Option<u32>,
    pub(super) browser: Option<&'a AskedBrowser>,
    pub(super) now: u64,
    pub(super) question: &'a str,
}

/// Whether the browser `?5` has used it after `?6`. The newest comes first.
const HAS_GRACE: &str = "(instr(holders, ?5) > 0 AND CAST(substr(holders, instr(holders, ?5) + 65, 12) AS INTEGER) > ?6)";

impl Asked<'_> {
    /// The beginning of a browser's entries; without a browser, a text that no entry has.
    fn holder(&self) -> String {
        self.browser.map_or_else(|| "-".to_owned(), |browser| format!("{}@", browser.hash))
    }

    /// The moment after which a browser must have used it to come again.
    fn since(&self) -> u64 {
        self.browser.map_or(self.now, |browser| self.now.saturating_sub(browser.grace))
    }

    fn limit(&self) -> u64 {
        self.most.map_or(ANY_NUMBER, u64::from)
    }

    fn left(&self, n: u64) -> Option<u32> {
        self.most.map(|most| u32::try_from(u64::from(most).saturating_sub(n)).unwrap_or_default())
    }

    /// Records the use, if one is left: one statement decides, and counts.
    pub(super) fn spend(
        &self,
        database: &impl Database,
        table: &str,
    ) -> Result<Option<Said>, LedgerUnavailable> {
        if self.limit() == 0 {
            return Ok(None);
        }
        let (moments, holders) = (MOST_MOMENTS * MOMENT_BYTES, MOST_MOMENTS * HOLDER_BYTES);
        let statement = format!(
            "INSERT INTO {table} (id, n, until, revoked, told, moments, holders) VALUES (?1, 1, ?2, 0, 0, ?3, ?4) ON \
             CONFLICT (id) DO UPDATE SET n = n + 1, told = 0, moments = substr(excluded.moments || moments, 1, \
             {moments}), holders = substr(excluded.holders || holders, 1, {holders}) WHERE revoked = 0 AND n < ?7 AND \
             instr(moments, ?8) = 0 AND NOT {HAS_GRACE} RETURNING n"
        );
        let (moment, question) =
            (format!("{:012}/{};", self.now, self.question), format!("/{};", self.question));
        let holder = self.holder();
        let entry = match self.browser {
            Some(_) => format!("{holder}{:012};", self.now),
            None => String::new(),
        };
        let values = [
            Value::Text(self.id),
            Value::Number(self.until),
            Value::Text(&moment),
            Value::Text(&entry),
            Value::Text(&holder),
            Value::Number(self.since()),
            Value::Number(self.limit()),
            Value::Text(&question),
        ];
        let counted = database.run(&statement, &values)?;
        let Some(row) = counted.first() else { return Ok(None) };
        Ok(Some(Said::Fresh { left: self.left(row.number(0)?) }))
    }

    /// The answer for a use, without recording it.
    pub(super) fn look(
        &self,
        database: &impl Database,
        table: &str,
        keeps_marks: bool,
    ) -> Result<Said, LedgerUnavailable> {
        let statement = format!(
            "SELECT n, until, revoked, told, instr(moments, ?2) > 0, {HAS_GRACE} FROM {table} WHERE id = ?1"
        );
        let (question, holder) = (format!("/{};", self.question), self.holder());
        let nothing = Value::Number(0);
        let values = [
            Value::Text(self.id),
            Value::Text(&question),
            nothing,
            nothing,
            Value::Text(&holder),
            Value::Number(self.since()),
        ];
        let rows = database.run(&statement, &values)?;
        let Some(row) = rows.first() else { return Ok(self.unused()) };
        let (n, until) = (row.number(0)?, row.number(1)?);
        Ok(if row.is_true(2)? {
            Said::Revoked { until }
        } else if row.is_true(4)? {
            Said::Fresh { left: self.left(n) }
        } else if row.is_true(5)? {
            Said::Again
        } else if n >= self.limit() {
            let is_first = keeps_marks && !row.is_true(3)?;
            if is_first {
                let tell = format!("UPDATE {table} SET told = 1 WHERE id = ?1");
                database.run(&tell, &values[..1])?;
            }
            Said::Used { until, is_first }
        } else {
            Said::Fresh { left: self.left(n + 1) }
        })
    }

    /// The answer for a link without a record.
    pub(super) fn unused(&self) -> Said {
        if self.limit() == 0 {
            return Said::Used { until: self.until, is_first: false };
        }
        Said::Fresh { left: self.left(1) }
    }
}

/// Revokes a link: no use is left.
pub(super) fn revoke(
    database: &impl Database,
    table: &str,
    id: &str,
    until: u64,
) -> Result<(), LedgerUnavailable> {
    let statement = format!(
        "INSERT INTO {table} (id, n, until, revoked, told, moments, holders) VALUES (?1, 0, ?2, 1, 0, '', '') ON \
         CONFLICT (id) DO UPDATE SET revoked = 1 WHERE revoked = 0"
    );
    database.run(&statement, &[Value::Text(id), Value::Number(until)])?;
    Ok(())
}

/// The history of a link.
pub(super) fn history(
    database: &impl Database,
    table: &str,
    id: &str,
) -> Result<Answer, LedgerUnavailable> {
    let statement = format!("SELECT n, revoked, moments FROM {table} WHERE id = ?1");
    let rows = database.run(&statement, &[Value::Text(id)])?;
    let Some(row) = rows.first() else { return Ok(nothing()) };
    let count = u32::try_from(row.number(0)?).unwrap_or(u32::MAX);
    Ok(Answer::History { count, at: moments(row)?, revoked: row.is_true(1)? })
}

/// The history of a link without a record.
pub(super) const fn nothing() -> Answer {
    Answer::History { count: 0, at: Vec::new(), revoked: false }
}

fn moments(row: &Row) -> Result<Vec<u64>, LedgerUnavailable> {
    let entries = row.text(2)?.split_terminator(';').rev();
    let read = |entry: &str| entry.split_once('/').and_then(|(at, _)| at.parse().ok());
    entries
        .map(read)
        .collect::<Option<Vec<u64>>>()
        .ok_or_else(|| LedgerUnavailable("the ledger's database holds something else".to_owned()))
}
