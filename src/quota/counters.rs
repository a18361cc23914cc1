//! Counters: a row for a rule and a day or a month.

use super::wire::{Told, Wanted};
use crate::ledger::LedgerUnavailable;
use crate::ledger::book::{Database, Value};
use crate::policy::{Amount, Quota};

pub(super) type Outcome<T> = Result<T, LedgerUnavailable>;

pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS counters (rule TEXT NOT NULL, ends INTEGER NOT NULL, bytes INTEGER \
     NOT NULL, objects INTEGER NOT NULL, open_bytes INTEGER NOT NULL, open_objects INTEGER NOT NULL, PRIMARY KEY (rule, \
     ends)) WITHOUT ROWID";

/// Counts, if that is left: one statement decides. `open` is what may be given back later.
pub(super) fn take(
    database: &impl Database,
    one: &Wanted,
    ends: u64,
    amount: Amount,
    open: Amount,
) -> Outcome<bool> {
    let Amount { bytes, objects } = amount;
    let statement = "INSERT INTO counters (rule, ends, bytes, objects, open_bytes, open_objects) SELECT ?1, ?2, ?3, \
                         ?4, ?5, ?6 WHERE ?3 <= ?7 AND ?4 <= ?8 ON CONFLICT (rule, ends) DO UPDATE SET bytes = bytes + \
                         excluded.bytes, objects = objects + excluded.objects, open_bytes = open_bytes + \
                         excluded.open_bytes, open_objects = open_objects + excluded.open_objects WHERE \
                         (excluded.bytes = 0 OR bytes + excluded.bytes <= ?7) AND (excluded.objects = 0 OR objects + \
                         excluded.objects <= ?8) RETURNING 1";
    let most = |most: Option<u64>| most.unwrap_or(Quota::MOST).min(Quota::MOST);
    if bytes > Quota::MOST || objects > Quota::MOST {
        return Ok(false);
    }
    let rows = database.run(
        statement,
        &[
            Value::Text(&one.of.rule),
            Value::Number(ends),
            Value::Number(bytes),
            Value::Number(objects),
            Value::Number(open.bytes),
            Value::Number(open.objects),
            Value::Number(most(one.most_bytes)),
            Value::Number(most(one.most_objects)),
        ],
    )?;
    Ok(!rows.is_empty())
}

/// Gives back; `open` isn't open any more.
pub(super) fn give(
    database: &impl Database,
    rule: &str,
    ends: u64,
    rest: Amount,
    open: Amount,
) -> Outcome<()> {
    let statement = "UPDATE counters SET bytes = bytes - ?3, objects = objects - ?4, open_bytes = open_bytes - ?5, \
                         open_objects = open_objects - ?6 WHERE rule = ?1 AND ends = ?2";
    let values = [
        Value::Text(rule),
        Value::Number(ends),
        Value::Number(rest.bytes),
        Value::Number(rest.objects),
        Value::Number(open.bytes),
        Value::Number(open.objects),
    ];
    database.run(statement, &values).map(drop)
}

/// What is used.
pub(super) fn read(database: &impl Database, rule: &str, ends: u64) -> Outcome<Told> {
    let find = "SELECT bytes, objects, open_bytes, open_objects FROM counters WHERE rule = ?1 AND ends = ?2";
    let rows = database.run(find, &[Value::Text(rule), Value::Number(ends)])?;
    let Some(row) = rows.first() else { return Ok(Told { ends, ..Told::default() }) };
    Ok(Told {
        bytes: row.number(0)?,
        objects: row.number(1)?,
        open_bytes: row.number(2)?,
        open_objects: row.number(3)?,
        ends,
    })
}
