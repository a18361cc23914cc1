use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::before;
use super::database::{Database, Value};
use super::slices::{Kind, Slice, Slices};
use super::{keys, links};
use crate::ledger::LedgerUnavailable;

/// A key that is kept for more seconds than this counts as a long one. Links' rows are kept for less.
pub(super) const LONG: u64 = 31 * 86_400;

/// The entry with the end of the last dropped slice.
const GONE: &str = "gone";

/// How a book is kept.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Seconds of the narrowest slice.
    pub slice: u64,
    /// The most rows of long keys.
    pub most_long_rows: u64,
}

/// A book of uses, open.
#[derive(Debug)]
pub struct Book<D> {
    pub(super) database: D,
    settings: Settings,
    /// The latest moment that it has seen: time never goes back.
    latest: Cell<u64>,
    pub(super) state: RefCell<State>,
}

/// What is known of the tables.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) keys: Slices,
    links: Slices,
    /// Whether the tables of earlier versions are there.
    pub(super) has_before: bool,
    has_gone: bool,
    /// The number of rows of long keys, once they were counted.
    long_rows: Option<u64>,
    /// The statements for keys by the slice in which they end, until the slices change.
    statements: HashMap<u64, Rc<str>>,
}

impl<D: Database> Book<D> {
    /// Opens the book in a database.
    pub fn open(database: D, settings: Settings) -> Result<Self, LedgerUnavailable> {
        let mut state = State::default();
        for row in database.run("SELECT name FROM sqlite_schema WHERE type = 'table'", &[])? {
            let name = row.text(0)?;
            if let Some(slice) = Slice::of_table(name, Kind::Keys) {
                state.keys.add(slice);
            } else if let Some(slice) = Slice::of_table(name, Kind::Links) {
                state.links.add(slice);
            }
            state.has_before |= name == before::SPENDS;
            state.has_gone |= name == GONE;
        }
        let gone = if state.has_gone {
            database.run(&format!("SELECT MAX(until) FROM {GONE}"), &[])?
        } else {
            Vec::new()
        };
        let gone = gone.first().and_then(|row| row.number(0).ok()).unwrap_or_default();
        let (latest, state) = (Cell::new(gone), RefCell::new(state));
        Ok(Self { database, settings, latest, state })
    }

    /// The current moment, which never goes back, nor before the end of a dropped slice.
    pub(super) fn moment(&self, clock: u64) -> u64 {
        self.latest.set(self.latest.get().max(clock));
        self.latest.get()
    }

    /// The slice that `until` is in, with its table, which is made if necessary.
    fn table(&self, kind: Kind, until: u64, now: u64) -> Result<Slice, LedgerUnavailable> {
        let mut state = self.state.borrow_mut();
        let slices = match kind {
            Kind::Keys => &mut state.keys,
            Kind::Links => &mut state.links,
        };
        if let Some(slice) = slices.of(until) {
            return Ok(slice);
        }
        let slice = slices.make(until, now, self.settings.slice);
        let table = slice.table(kind);
        let make = match kind {
            Kind::Keys => keys::make_table(&table),
            Kind::Links => links::make_table(&table),
        };
        self.database.run(&make, &[])?;
        slices.add(slice);
        state.statements.clear();
        state.long_rows = None;
        Ok(slice)
    }

    /// The statement that records a key.
    pub(super) fn key_statement(&self, until: u64, now: u64) -> Result<Rc<str>, LedgerUnavailable> {
        let slice = self.table(Kind::Keys, until, now)?;
        let mut state = self.state.borrow_mut();
        if let Some(known) = state.statements.get(&slice.to) {
            return Ok(Rc::clone(known));
        }
        let statement: Rc<str> = keys::statement(slice, &state.keys, state.has_before).into();
        state.statements.insert(slice.to, Rc::clone(&statement));
        Ok(statement)
    }

    /// The table of a link's row, whether or not the row exists.
    pub(super) fn table_of_link(
        &self,
        id: &str,
        until: u64,
        now: u64,
    ) -> Result<String, LedgerUnavailable> {
        let table = self.table(Kind::Links, until, now)?.table(Kind::Links);
        self.carry(id, until, now, &table)?;
        Ok(table)
    }

    /// The table of a link's row, if the row exists.
    pub(super) fn known_table_of_link(
        &self,
        id: &str,
        until: u64,
        now: u64,
    ) -> Result<Option<String>, LedgerUnavailable> {
        if until <= now {
            return Ok(None);
        }
        if self.is_before(id, now)? {
            return self.table_of_link(id, until, now).map(Some);
        }
        let state = self.state.borrow();
        Ok(state.links.of(until).map(|slice| slice.table(Kind::Links)))
    }

    fn is_before(&self, id: &str, now: u64) -> Result<bool, LedgerUnavailable> {
        let has_before = self.state.borrow().has_before;
        Ok(has_before && before::until(&self.database, id, now)?.is_some())
    }

    fn carry(&self, id: &str, until: u64, now: u64, into: &str) -> Result<(), LedgerUnavailable> {
        if self.is_before(id, now)? {
            before::carry_link(&self.database, into, id, until)?;
        }
        Ok(())
    }

    /// Whether there is no room for another long key.
    pub(super) fn is_full(&self, now: u64) -> Result<bool, LedgerUnavailable> {
        let mut state = self.state.borrow_mut();
        let rows = if let Some(rows) = state.long_rows {
            rows
        } else {
            let mut rows = 0;
            for slice in state.keys.iter().filter(|slice| slice.to > now + LONG) {
                let count = format!("SELECT COUNT(*) FROM {}", slice.table(Kind::Keys));
                for row in self.database.run(&count, &[])? {
                    rows += row.number(0)?;
                }
            }
            state.long_rows = Some(rows);
            rows
        };
        Ok(rows >= self.settings.most_long_rows)
    }

    pub(super) fn count_long(&self) {
        let mut state = self.state.borrow_mut();
        state.long_rows = state.long_rows.map(|rows| rows + 1);
    }

    /// Drops the slices that are over at a moment in milliseconds since 1970. Their end is recorded first, so their
    /// rows stay expired whatever a clock says later.
    pub fn sweep(&self, now_ms: u64) -> Result<(), LedgerUnavailable> {
        let now = self.moment(now_ms / 1000);
        let mut state = self.state.borrow_mut();
        let over = |slices: &Slices| -> Vec<Slice> {
            slices.iter().filter(|slice| slice.to <= now).collect()
        };
        let (over_keys, over_links) = (over(&state.keys), over(&state.links));
        let last_before = if state.has_before { before::last(&self.database)? } else { None };
        let is_before_over = state.has_before && last_before.is_none_or(|last| last <= now);
        let ends = over_keys.iter().chain(&over_links).map(|slice| slice.to);
        if let Some(end) = ends.chain(last_before.filter(|_| is_before_over)).max() {
            self.write_gone(&mut state, end)?;
        }
        for (kind, over) in [(Kind::Keys, over_keys), (Kind::Links, over_links)] {
            for slice in over {
                state.statements.clear();
                state.long_rows = None;
                self.database.run(&format!("DROP TABLE IF EXISTS {}", slice.table(kind)), &[])?;
                match kind {
                    Kind::Keys => state.keys.remove(slice),
                    Kind::Links => state.links.remove(slice),
                }
            }
        }
        if is_before_over {
            state.statements.clear();
            before::drop_tables(&self.database)?;
            state.has_before = false;
        }
        Ok(())
    }

    fn write_gone(&self, state: &mut State, end: u64) -> Result<(), LedgerUnavailable> {
        if !state.has_gone {
            let make = format!(
                "CREATE TABLE IF NOT EXISTS {GONE} (one INTEGER PRIMARY KEY, until INTEGER NOT NULL)"
            );
            self.database.run(&make, &[])?;
            state.has_gone = true;
        }
        let write = format!(
            "INSERT INTO {GONE} (one, until) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET until = excluded.until \
             WHERE excluded.until > {GONE}.until"
        );
        self.database.run(&write, &[Value::Number(end)])?;
        Ok(())
    }

    /// When the next of its tables can be dropped, in Unix seconds; `None` if it has none.
    pub fn next_end(&self) -> Result<Option<u64>, LedgerUnavailable> {
        let state = self.state.borrow();
        let ends = [&state.keys, &state.links].into_iter().flat_map(Slices::iter);
        let next = ends.map(|slice| slice.to).min();
        let last_before =
            if state.has_before { Some(before::last(&self.database)?.unwrap_or(0)) } else { None };
        Ok(next.into_iter().chain(last_before).min())
    }
}
