//! Parts: a row a part, because one that is signed again replaces the first.

use super::counters::{Outcome, give, take};
use super::wire::{Held, HeldOf, Wanted};
use crate::ledger::book::{Database, Value};
use crate::policy::Amount;

pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS upload_parts (upload TEXT NOT NULL, part TEXT NOT NULL, ends INTEGER NOT NULL, \
     rule TEXT NOT NULL, bytes INTEGER NOT NULL, asked TEXT NOT NULL, added INTEGER NOT NULL, signed_at INTEGER NOT NULL, \
     PRIMARY KEY (upload, part, ends)) WITHOUT ROWID";

/// A part that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) upload: &'a str,
    pub(super) part: &'a str,
    pub(super) question: &'a str,
    pub(super) ends: u64,
}

/// A part that is signed again takes only what it is larger by: it replaces the first.
pub(super) fn reserve(
    database: &impl Database,
    one: &Wanted,
    asked: Asked<'_>,
) -> Outcome<Option<Held>> {
    let Asked { upload, part, question, ends } = asked;
    let find =
        "SELECT bytes, asked FROM upload_parts WHERE upload = ?1 AND part = ?2 AND ends = ?3";
    let name = [Value::Text(upload), Value::Text(part), Value::Number(ends)];
    let known = database.run(find, &name)?;
    let (bytes, is_repeated) = match known.first() {
        Some(row) => (row.number(0)?, row.text(1)? == question),
        None => (0, false),
    };
    let of = HeldOf::Part { upload: upload.to_owned(), part: part.to_owned(), ends };
    let held = Held { id: question.to_owned(), of };
    let added = one.bytes.saturating_sub(bytes);
    if is_repeated || (added == 0 && !known.is_empty()) {
        return Ok(Some(held));
    }
    let amount = Amount { bytes: added, objects: 0 };
    if !take(database, one, ends, amount, Amount::default())? {
        return Ok(None);
    }
    let write = "INSERT INTO upload_parts (upload, part, ends, rule, bytes, asked, added, signed_at) VALUES (?1, ?2, ?3, \
                     ?4, ?5, ?6, ?7, ?8) ON CONFLICT (upload, part, ends) DO UPDATE SET bytes = excluded.bytes, asked = \
                     excluded.asked, added = excluded.added";
    database.run(
        write,
        &[
            Value::Text(upload),
            Value::Text(part),
            Value::Number(ends),
            Value::Text(&one.of.rule),
            Value::Number(one.bytes),
            Value::Text(question),
            Value::Number(added),
            Value::Number(one.upload.signed_at),
        ],
    )?;
    Ok(Some(held))
}

/// Gives back what a question has added to a part.
pub(super) fn give_back(
    database: &impl Database,
    (upload, part, ends): (&str, &str, u64),
    question: &str,
) -> Outcome<()> {
    let taken = "UPDATE upload_parts SET bytes = bytes - added, asked = '' WHERE upload = ?1 AND part = ?2 AND ends = ?3 \
                 AND asked = ?4 RETURNING rule, added";
    let values =
        [Value::Text(upload), Value::Text(part), Value::Number(ends), Value::Text(question)];
    for row in database.run(taken, &values)? {
        let amount = Amount { bytes: row.number(1)?, objects: 0 };
        give(database, row.text(0)?, ends, amount, Amount::default())?;
    }
    Ok(())
}
