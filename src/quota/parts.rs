//! Parts: a row a part, because one that is signed again replaces the first.

use super::counters::{Outcome, give, take};
use super::wire::{Held, Wanted};
use crate::ledger::book::{Database, Value};
use crate::policy::Amount;

pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS parts (ends INTEGER NOT NULL, part TEXT NOT NULL, rule TEXT NOT NULL, \
     bytes INTEGER NOT NULL, asked TEXT NOT NULL, added INTEGER NOT NULL, PRIMARY KEY (ends, part)) WITHOUT ROWID";

/// A part that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
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
    let Asked { part, question, ends } = asked;
    let find = "SELECT bytes, asked FROM parts WHERE ends = ?1 AND part = ?2";
    let known = database.run(find, &[Value::Number(ends), Value::Text(part)])?;
    let (bytes, is_repeated) = match known.first() {
        Some(row) => (row.number(0)?, row.text(1)? == question),
        None => (0, false),
    };
    let held = Held { id: question.to_owned(), part: Some((part.to_owned(), ends)) };
    let added = one.bytes.saturating_sub(bytes);
    if is_repeated || (added == 0 && !known.is_empty()) {
        return Ok(Some(held));
    }
    let amount = Amount { bytes: added, objects: 0 };
    if !take(database, one, ends, amount, Amount::default())? {
        return Ok(None);
    }
    let write = "INSERT INTO parts (ends, part, rule, bytes, asked, added) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT \
                     (ends, part) DO UPDATE SET bytes = excluded.bytes, asked = excluded.asked, added = excluded.added";
    database.run(
        write,
        &[
            Value::Number(ends),
            Value::Text(part),
            Value::Text(&one.of.rule),
            Value::Number(one.bytes),
            Value::Text(question),
            Value::Number(added),
        ],
    )?;
    Ok(Some(held))
}

/// Gives back what a question has added to a part.
pub(super) fn give_back(
    database: &impl Database,
    part: &str,
    ends: u64,
    question: &str,
) -> Outcome<()> {
    let taken = "UPDATE parts SET bytes = bytes - added, asked = '' WHERE ends = ?1 AND part = ?2 AND asked = ?3 \
                 RETURNING rule, added";
    let values = [Value::Number(ends), Value::Text(part), Value::Text(question)];
    for row in database.run(taken, &values)? {
        let amount = Amount { bytes: row.number(1)?, objects: 0 };
        give(database, row.text(0)?, ends, amount, Amount::default())?;
    }
    Ok(())
}
