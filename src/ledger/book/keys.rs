//! One-time keys: one row for each, in the table of the slice in which the session that spent it ends.

use super::before;
use super::database::{Database, Value};
use super::slices::{Kind, Slice, Slices};
use crate::ledger::LedgerUnavailable;
use crate::ledger::wire::Said;

pub(super) fn make_table(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY, until INTEGER NOT NULL, asked TEXT NOT NULL, told \
         INTEGER NOT NULL) WITHOUT ROWID"
    )
}

/// A key to spend.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) id: &'a str,
    pub(super) until: u64,
    pub(super) now: u64,
    pub(super) question: &'a str,
}

/// The statement that records a key in a slice's table, unless any table has a live row of it: the same key under a
/// renewed token has another end.
pub(super) fn statement(into: Slice, slices: &Slices, has_before: bool) -> String {
    let others = slices.iter().filter(|slice| *slice != into).map(|slice| slice.table(Kind::Keys));
    let tables = others.chain(has_before.then(|| before::SPENDS.to_owned()));
    let exists = |table| format!("EXISTS (SELECT 1 FROM {table} WHERE id = ?1 AND until > ?3)");
    let elsewhere = any(&tables.map(exists).collect::<Vec<_>>());
    let table = into.table(Kind::Keys);
    format!(
        "INSERT INTO {table} (id, until, asked, told) SELECT ?1, ?2, ?4, 0 WHERE NOT {elsewhere} ON CONFLICT (id) DO \
         UPDATE SET until = excluded.until, asked = excluded.asked, told = 0 WHERE {table}.until <= ?3 RETURNING 1"
    )
}

/// A disjunction of conditions, as a tree: `SQLite` takes at most a hundred in a row.
fn any(conditions: &[String]) -> String {
    match conditions {
        [] => "0".to_owned(),
        [one] => one.clone(),
        several => {
            let (left, right) = several.split_at(several.len() / 2);
            format!("({} OR {})", any(left), any(right))
        }
    }
}

/// The answer for a key that wasn't recorded because it has a live row.
pub(super) fn refused(
    database: &impl Database,
    slices: &Slices,
    has_before: bool,
    asked: Asked<'_>,
    keeps_marks: bool,
) -> Result<Option<Said>, LedgerUnavailable> {
    let Asked { id, now, question, .. } = asked;
    let values = [Value::Text(id), Value::Number(now)];
    for slice in slices.iter() {
        let table = slice.table(Kind::Keys);
        let find = format!("SELECT until, asked, told FROM {table} WHERE id = ?1 AND until > ?2");
        let Some(row) = database.run(&find, &values)?.into_iter().next() else { continue };
        if row.text(1)? == question {
            return Ok(Some(Said::Fresh { left: Some(0) }));
        }
        let is_first = keeps_marks && !row.is_true(2)?;
        if is_first {
            database.run(&format!("UPDATE {table} SET told = 1 WHERE id = ?1"), &values[..1])?;
        }
        return Ok(Some(Said::Used { until: row.number(0)?, is_first }));
    }
    if has_before && let Some(until) = before::until(database, id, now)? {
        return Ok(Some(Said::Used { until, is_first: false }));
    }
    Ok(None)
}
