//! The two tables of earlier versions, with a row for each use and an index on its end. They are read until their last
//! row has expired, and then dropped.

use super::database::{Database, Value};
use crate::ledger::LedgerUnavailable;

pub(super) const SPENDS: &str = "spends";
const REDEMPTIONS: &str = "redemptions";

/// Until when a live id is recorded.
pub(super) fn until(
    database: &impl Database,
    id: &str,
    now: u64,
) -> Result<Option<u64>, LedgerUnavailable> {
    let find = format!("SELECT until FROM {SPENDS} WHERE id = ?1 AND until > ?2");
    let rows = database.run(&find, &[Value::Text(id), Value::Number(now)])?;
    rows.first().map(|row| row.number(0)).transpose()
}

/// Copies a link's row, with its moments and browsers, into its new table, unless it is there.
pub(super) fn carry_link(
    database: &impl Database,
    into: &str,
    id: &str,
    until: u64,
) -> Result<(), LedgerUnavailable> {
    let moments = |what: &str, which: &str| {
        format!(
            "COALESCE((SELECT group_concat({what}, '') FROM (SELECT at, holder FROM {REDEMPTIONS} WHERE id = ?1 \
             {which} ORDER BY n DESC)), '')"
        )
    };
    let at = moments("printf('%012d/--------------------;', at)", "");
    let holders = moments("holder || printf('@%012d;', at)", "AND holder IS NOT NULL");
    let carry = format!(
        "INSERT OR IGNORE INTO {into} (id, n, until, revoked, told, moments, holders) SELECT id, n, ?2, revoked, 0, \
         {at}, {holders} FROM {SPENDS} WHERE id = ?1"
    );
    database.run(&carry, &[Value::Text(id), Value::Number(until)])?;
    Ok(())
}

/// When their last row expires; `None` if there are no rows.
pub(super) fn last(database: &impl Database) -> Result<Option<u64>, LedgerUnavailable> {
    let rows = database.run(&format!("SELECT MAX(until) FROM {SPENDS}"), &[])?;
    Ok(rows.first().and_then(|row| row.number(0).ok()))
}

pub(super) fn drop_tables(database: &impl Database) -> Result<(), LedgerUnavailable> {
    for table in [REDEMPTIONS, SPENDS] {
        database.run(&format!("DROP TABLE IF EXISTS {table}"), &[])?;
    }
    Ok(())
}
