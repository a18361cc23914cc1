//! Uploads in parts as wholes: which have begun, which may have been completed, and what one gives back of which the store has
//! nothing any more.

use super::counters::{Outcome, give};
use super::wire::{Held, HeldOf};
use crate::ledger::book::{Database, Value};
use crate::policy::Amount;

pub(super) const BEGUN: &str = "CREATE TABLE IF NOT EXISTS begun (upload TEXT PRIMARY KEY, ends INTEGER NOT NULL, rule TEXT NOT NULL, \
     objects INTEGER NOT NULL, signed_at INTEGER NOT NULL) WITHOUT ROWID";
pub(super) const COMPLETIONS: &str = "CREATE TABLE IF NOT EXISTS completions (upload TEXT NOT NULL, question TEXT NOT NULL, ends INTEGER \
     NOT NULL, PRIMARY KEY (upload, question)) WITHOUT ROWID";

/// Keeps the object of an upload that has begun under the upload's name.
pub(super) fn begin(database: &impl Database, held: &Held, upload: &str) -> Outcome<()> {
    let take = "DELETE FROM uploads WHERE id = ?1 RETURNING ends, rule, bytes, objects, signed_at";
    for row in database.run(take, &[Value::Text(&held.id)])? {
        let (ends, rule) = (row.number(0)?, row.text(1)?);
        let open = Amount { bytes: row.number(2)?, objects: row.number(3)? };
        give(database, rule, ends, Amount::default(), open)?;
        let write = "INSERT INTO begun (upload, ends, rule, objects, signed_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT \
                     DO NOTHING";
        database.run(
            write,
            &[
                Value::Text(upload),
                Value::Number(ends),
                Value::Text(rule),
                Value::Number(open.objects),
                Value::Number(row.number(4)?),
            ],
        )?;
    }
    Ok(())
}

/// Notes that an upload may be completed from now on.
pub(super) fn complete(
    database: &impl Database,
    upload: &str,
    question: &str,
    ends: u64,
) -> Outcome<Held> {
    let write = "INSERT INTO completions (upload, question, ends) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let values = [Value::Text(upload), Value::Text(question), Value::Number(ends)];
    database.run(write, &values)?;
    Ok(Held { id: question.to_owned(), of: HeldOf::Completion(upload.to_owned()) })
}

/// Forgets a completion that has come to nothing.
pub(super) fn forget(database: &impl Database, upload: &str, question: &str) -> Outcome<()> {
    let forget = "DELETE FROM completions WHERE upload = ?1 AND question = ?2";
    database.run(forget, &[Value::Text(upload), Value::Text(question)]).map(drop)
}

/// Gives all of an upload back, unless something may have come of it: it may have been completed, or the object that
/// stands at its key isn't certainly older.
pub(super) fn give_back(
    database: &impl Database,
    upload: &str,
    stands_since: Option<u64>,
) -> Outcome<()> {
    let name = [Value::Text(upload)];
    let completed = "SELECT 1 FROM completions WHERE upload = ?1 LIMIT 1";
    if !database.run(completed, &name)?.is_empty() {
        return Ok(());
    }
    let begun = "SELECT MIN(signed_at) FROM (SELECT signed_at FROM begun WHERE upload = ?1 UNION ALL SELECT signed_at FROM \
                 upload_parts WHERE upload = ?1)";
    let rows = database.run(begun, &name)?;
    // It says something else than a number where nothing is reserved.
    let Some(begun) = rows.first().and_then(|row| row.number(0).ok()) else { return Ok(()) };
    if stands_since.is_some_and(|since| since >= begun) {
        return Ok(());
    }
    let parts = "DELETE FROM upload_parts WHERE upload = ?1 RETURNING ends, rule, bytes";
    for row in database.run(parts, &name)? {
        let amount = Amount { bytes: row.number(2)?, objects: 0 };
        give(database, row.text(1)?, row.number(0)?, amount, Amount::default())?;
    }
    let object = "DELETE FROM begun WHERE upload = ?1 RETURNING ends, rule, objects";
    for row in database.run(object, &name)? {
        let amount = Amount { bytes: 0, objects: row.number(2)? };
        give(database, row.text(1)?, row.number(0)?, amount, Amount::default())?;
    }
    Ok(())
}
