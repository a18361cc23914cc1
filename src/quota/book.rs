//! What an object keeps of a subject's quotas, in SQL. A counter is a row for a rule and a day or a month; one statement
//! decides, and counts. What may be given back yet is a row an upload, named so that the first is due first.

use std::cell::Cell;

use super::counters::{self, Outcome};
use super::parts;
use super::settle::{Due, kind_of, name_in_inbox, number_of, up_to};
use super::wholes;
use super::wire::{
    Answer, Held, HeldOf, Kind, Left, Letter, Of, Question, Said, Seen, Told, Upload, Wanted,
};
use crate::ledger::LedgerUnavailable;
use crate::ledger::book::{Database, Row, Value};
use crate::policy::{Amount, Per};
use crate::time::Timestamp;

const TABLES: [&str; 5] = [
    counters::TABLE,
    "CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, rule TEXT NOT NULL, ends INTEGER NOT NULL, bytes INTEGER \
     NOT NULL, objects INTEGER NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL, signed_at INTEGER NOT NULL, kind \
     INTEGER NOT NULL) WITHOUT ROWID",
    parts::TABLE,
    wholes::BEGUN,
    wholes::COMPLETIONS,
];

const FIRST_END: &str =
    "SELECT MIN(ends) FROM (SELECT ends FROM counters UNION ALL SELECT ends FROM completions)";

/// Seconds for which a counter is kept after its end: a clock may jump back.
const KEPT_AFTER: u64 = 86_400;

/// The book of a subject's quotas, open.
#[derive(Debug)]
pub struct Book<D> {
    database: D,
    has_tables: Cell<bool>,
    /// The latest moment that it has seen: a clock that jumps back is not believed.
    latest: Cell<u64>,
}

impl<D: Database> Book<D> {
    /// Opens what a database holds. Nothing is written before something is reserved.
    pub fn open(database: D) -> Outcome<Self> {
        let find = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('counters', 'uploads', \
                    'upload_parts', 'begun', 'completions')";
        let found = first(database.run(find, &[])?)?.number(0)?;
        let has_tables = Cell::new(found == TABLES.len() as u64);
        let book = Self { database, has_tables, latest: Cell::new(0) };
        if found > 0 {
            // An earlier version may have made but some of them.
            book.make_tables()?;
        }
        Ok(book)
    }

    fn moment(&self, now_ms: u64) -> Timestamp {
        self.latest.set(self.latest.get().max(now_ms / 1000));
        Timestamp::from_unix_seconds(self.latest.get())
    }

    /// Answers a question, at a moment in milliseconds since 1970.
    pub fn answer(&self, letter: &Letter, now_ms: u64) -> Outcome<Answer> {
        let now = self.moment(now_ms);
        match &letter.question {
            Question::Reserve { wanted, .. } if now_ms > letter.wait_until_ms => {
                Ok(Answer::Reserved(vec![Said::Late; wanted.len()]))
            }
            Question::Reserve { wanted, all } => {
                self.make_tables()?;
                let mut said = Vec::with_capacity(wanted.len());
                for (number, one) in wanted.iter().enumerate() {
                    let question = format!("{}{number:04x}", letter.id.as_str());
                    said.push(self.reserve(one, &question, now)?);
                }
                if *all {
                    self.all_or_none(&mut said)?;
                }
                Ok(Answer::Reserved(said))
            }
            Question::GiveBack(held) => {
                for one in held {
                    self.give_back(one)?;
                }
                Ok(Answer::Done)
            }
            Question::Begun { .. } | Question::Aborted { .. } | Question::Settled { .. }
                if !self.has_tables.get() =>
            {
                Ok(Answer::Done)
            }
            Question::Begun { held, upload } => {
                wholes::begin(&self.database, held, upload).map(|()| Answer::Done)
            }
            Question::Aborted { upload, stands_since } => {
                wholes::give_back(&self.database, upload, *stands_since).map(|()| Answer::Done)
            }
            Question::Settled { id, seen } => {
                self.close(id, |all| up_to(all, *seen)).map(|()| Answer::Done)
            }
            Question::Tell(of) => {
                let told = of.iter().map(|of| self.tell(of, now)).collect::<Outcome<_>>()?;
                Ok(Answer::Told(told))
            }
        }
    }

    fn make_tables(&self) -> Outcome<()> {
        if !self.has_tables.get() {
            for table in TABLES {
                self.database.run(table, &[])?;
            }
            self.has_tables.set(true);
        }
        Ok(())
    }

    fn reserve(&self, one: &Wanted, question: &str, now: Timestamp) -> Outcome<Said> {
        let ends = one.of.per.end(now).unix_seconds();
        match &one.upload.kind {
            Kind::Completion(upload) => {
                // It counts for as long as any of the parts.
                let ends = Per::Month.end(now).unix_seconds();
                wholes::complete(&self.database, upload, question, ends).map(Said::Granted)
            }
            Kind::Part { upload, part } => {
                let asked = parts::Asked { upload, part, question, ends };
                let held = parts::reserve(&self.database, one, asked)?;
                held.map_or_else(|| self.exceeded(one, ends), |held| Ok(Said::Granted(held)))
            }
            _ => self.reserve_object(one, question, ends),
        }
    }

    fn reserve_object(&self, one: &Wanted, question: &str, ends: u64) -> Outcome<Said> {
        let Upload { store, key, signed_at, due, kind } = &one.upload;
        let id = match kind {
            Kind::Inbox(upload) => name_in_inbox(*due, upload),
            _ => format!("{due:012}-{question}"),
        };
        let known = "SELECT 1 FROM uploads WHERE id = ?1";
        if self.database.run(known, &[Value::Text(&id)])?.is_empty() {
            let amount = Amount { bytes: one.bytes, objects: one.objects };
            if !counters::take(&self.database, one, ends, amount, amount)? {
                return self.exceeded(one, ends);
            }
            let write = "INSERT INTO uploads (id, rule, ends, bytes, objects, store, key, signed_at, kind) VALUES (?1, \
                         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            self.database.run(
                write,
                &[
                    Value::Text(&id),
                    Value::Text(&one.of.rule),
                    Value::Number(ends),
                    Value::Number(one.bytes),
                    Value::Number(one.objects),
                    Value::Text(store),
                    Value::Text(key),
                    Value::Number(*signed_at),
                    Value::Number(number_of(kind)),
                ],
            )?;
        }
        Ok(Said::Granted(Held { id, of: HeldOf::Object }))
    }

    fn exceeded(&self, one: &Wanted, ends: u64) -> Outcome<Said> {
        let Told { bytes, objects, .. } = self.counter(&one.of.rule, ends)?;
        Ok(Said::Exceeded(Left {
            bytes: one.most_bytes.map(|most| most.saturating_sub(bytes)),
            objects: one.most_objects.map(|most| most.saturating_sub(objects)),
            ends,
        }))
    }

    /// Gives all of it back where one of it is more than is left, and says of each why.
    fn all_or_none(&self, said: &mut [Said]) -> Outcome<()> {
        let Some(Said::Exceeded(left)) = said.iter().find(|it| matches!(it, Said::Exceeded(_)))
        else {
            return Ok(());
        };
        let left = *left;
        for one in said {
            if let Said::Granted(held) = one {
                self.give_back(held)?;
            }
            *one = Said::Exceeded(left);
        }
        Ok(())
    }

    fn give_back(&self, held: &Held) -> Outcome<()> {
        if !self.has_tables.get() {
            return Ok(());
        }
        match &held.of {
            HeldOf::Object => self.close(&held.id, |all| all),
            HeldOf::Part { upload, part, ends } => {
                parts::give_back(&self.database, (upload, part, *ends), &held.id)
            }
            HeldOf::Completion(upload) => wholes::forget(&self.database, upload, &held.id),
        }
    }

    /// Settles an upload by what was seen of it.
    pub fn settle(&self, due: &Due, seen: Seen) -> Outcome<()> {
        self.close(&due.id, |_| due.rest(seen))
    }

    /// Ends a reservation: `rest` of it is given back.
    fn close(&self, id: &str, rest: impl Fn(Amount) -> Amount) -> Outcome<()> {
        let take = "DELETE FROM uploads WHERE id = ?1 RETURNING rule, ends, bytes, objects";
        for row in self.database.run(take, &[Value::Text(id)])? {
            let all = Amount { bytes: row.number(2)?, objects: row.number(3)? };
            let (rule, ends) = (row.text(0)?, row.number(1)?);
            counters::give(&self.database, rule, ends, rest(all), all)?;
        }
        Ok(())
    }

    fn tell(&self, of: &Of, now: Timestamp) -> Outcome<Told> {
        self.counter(&of.rule, of.per.end(now).unix_seconds())
    }

    fn counter(&self, rule: &str, ends: u64) -> Outcome<Told> {
        if self.has_tables.get() {
            counters::read(&self.database, rule, ends)
        } else {
            Ok(Told { ends, ..Told::default() })
        }
    }

    /// Uploads to settle, so many at the most, at a moment in milliseconds since 1970.
    pub fn due(&self, now_ms: u64, most: u64) -> Outcome<Vec<Due>> {
        let now = self.moment(now_ms).unix_seconds();
        if !self.has_tables.get() {
            return Ok(Vec::new());
        }
        let find = "SELECT id, store, key, signed_at, bytes, objects, kind, ends FROM uploads WHERE id < ?1 ORDER BY id \
                    LIMIT ?2";
        let until = format!("{:012}", now + 1);
        let read = |row: Row| {
            Ok(Due {
                id: row.text(0)?.to_owned(),
                store: row.text(1)?.to_owned(),
                key: row.text(2)?.to_owned(),
                signed_at: row.number(3)?,
                amount: Amount { bytes: row.number(4)?, objects: row.number(5)? },
                kind: kind_of(row.number(6)?),
                is_over: row.number(7)? <= now,
            })
        };
        let rows = self.database.run(find, &[Value::Text(&until), Value::Number(most)])?;
        rows.into_iter().map(read).collect()
    }

    /// Drops counters that ended a while ago, at a moment in milliseconds since 1970.
    pub fn sweep(&self, now_ms: u64) -> Outcome<()> {
        let before = self.moment(now_ms).unix_seconds().saturating_sub(KEPT_AFTER);
        if !self.has_tables.get() {
            return Ok(());
        }
        let drop = |table: &str| {
            let drop = format!("DELETE FROM {table} WHERE ends <= ?1 RETURNING 1");
            Ok::<_, LedgerUnavailable>(
                !self.database.run(&drop, &[Value::Number(before)])?.is_empty(),
            )
        };
        // What is of a counter's time has a counter: the others are looked through only then.
        if drop("completions")? | drop("counters")? {
            drop("upload_parts")?;
            drop("begun")?;
        }
        Ok(())
    }

    /// When there is something to settle or to drop, in Unix seconds; `None` where it keeps nothing.
    pub fn next_end(&self) -> Outcome<Option<u64>> {
        if !self.has_tables.get() {
            return Ok(None);
        }
        let rows = self.database.run("SELECT id FROM uploads ORDER BY id LIMIT 1", &[])?;
        let id = rows.first().map(|row| row.text(0)).transpose()?;
        let due = id.and_then(|id| id.get(..12)?.parse().ok());
        let rows = self.database.run(FIRST_END, &[])?;
        // It says something else than a number where there is none.
        let counter = rows.first().and_then(|row| row.number(0).ok());
        Ok(due.into_iter().chain(counter.map(|ends| ends + KEPT_AFTER)).min())
    }
}

fn first(rows: Vec<Row>) -> Outcome<Row> {
    let nothing = || LedgerUnavailable("the database of a quota says nothing".to_owned());
    rows.into_iter().next().ok_or_else(nothing)
}
